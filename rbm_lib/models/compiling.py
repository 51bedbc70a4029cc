"""Keras' `compile` for an RBM: an optimizer, and an error for arguments that would have no effect."""

from __future__ import annotations

from typing import Any

import keras

from rbm_lib._checks import check_count

from .training.refusals import OF_COMPILE, check_optimizer, refuse_arguments


class Compiling(keras.Model):
    """A mixin of `RBM`: `compile`, and its settings in a saved model."""

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: None = None,
        *,
        loss_weights: None = None,
        metrics: None = None,
        weighted_metrics: None = None,
        **kwargs: Any,
    ) -> None:
        """Keras' `compile`. As always in Keras, it fixes which variables are trained: those that are `trainable` now.

        Args:
            optimizer: name or `keras.optimizers.Optimizer`; without loss scaling, because there is no loss to scale.
            loss, loss_weights, metrics, weighted_metrics: None; see `training.refusals.OF_COMPILE`.
            **kwargs: `steps_per_execution`, `run_eagerly` and the others of `keras.Model.compile`.
        Raises:
            ValueError: naming an argument that has no meaning for an RBM, or is out of its range.
        """
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics}
        refuse_arguments(given, OF_COMPILE)
        optimizer = keras.optimizers.get(optimizer)
        check_optimizer(optimizer)
        check_count(kwargs.get("steps_per_execution", 1), "steps_per_execution")
        super().compile(optimizer=optimizer, **kwargs)

    def get_compile_config(self) -> dict[str, Any]:
        """Keras' configuration, and the names of the variables that are not trained."""
        config = super().get_compile_config()
        frozen = [variable.name for variable in self.rbm_layer.trained if not variable.trainable]
        return {**config, "frozen": frozen} if config else config

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles a loaded model as before, and makes its optimizer's variables, so that they can be loaded."""
        config = dict(config)
        frozen = config.pop("frozen", [])
        for variable in self.rbm_layer.trained:
            variable.trainable = variable.name not in frozen
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None:
            self.optimizer.build(self.moving)
