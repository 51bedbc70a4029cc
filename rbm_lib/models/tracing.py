"""Keras' train, test and predict functions without TensorFlow's retracing warnings."""

from typing import Any

from rbm_lib._tensorflow import check_one_replica, without_retracing_warning


class QuietTracing:
    """A mixin before `keras.Model`; see `without_retracing_warning` for the reason."""

    def make_train_function(self, force: bool = False) -> None:
        check_one_replica(self.distribute_strategy)  # type: ignore[attr-defined]
        super().make_train_function(force)  # type: ignore[misc]
        without_retracing_warning(self.train_function)  # type: ignore[attr-defined]

    def make_test_function(self, force: bool = False) -> None:
        super().make_test_function(force)  # type: ignore[misc]
        without_retracing_warning(self.test_function)  # type: ignore[attr-defined]

    def make_predict_function(self, force: bool = False) -> Any:
        function = super().make_predict_function(force)  # type: ignore[misc]
        without_retracing_warning(self.predict_function)  # type: ignore[attr-defined]
        return function
