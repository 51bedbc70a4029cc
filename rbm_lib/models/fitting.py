"""Keras' `fit` and `train_on_batch` for an RBM."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import keras
import tensorflow as tf

from rbm_lib._process import refuse_forks
from rbm_lib._tensorflow import check_one_replica, forget_model

from . import feeds
from .graph_errors import as_value_errors
from .outputs import as_keras_returns
from .training.callbacks import EpochClock
from .training.divergence import check_finite, check_loss
from .training.refusals import OF_DATA, check_ready, refuse_arguments
from .training.spreading import failing_together, spread_over

if TYPE_CHECKING:
    from rbm_lib.workers import Ranks

    from .model import RBM


class Fitting(keras.Model):
    """A mixin of `RBM`: training."""

    def fit(
        self,
        x: Any = None,
        y: None = None,
        *,
        batch_size: int | None = None,
        validation_data: Any = None,
        callbacks: list[keras.callbacks.Callback] | None = None,
        shuffle: bool = True,
        initial_epoch: int | None = None,
        workers: Ranks | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Keras' `fit`.

            callbacks = [
                keras.callbacks.ReduceLROnPlateau(patience=2),
                keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
                rbm_lib.Checkpoints("run-1"),
            ]
            model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
            model.fit(split.inputs, epochs=100, validation_data=split, callbacks=callbacks)

        If this run is killed and started again by the same lines, it continues from its last checkpoint; see
        `checkpoints.Checkpoints`. The best weights that `EarlyStopping` restores include the chains of PCD; the
        optimizer's state is not restored.

        The logs hold `loss`, the negative log pseudo-likelihood in nats per rating: -log P(a rating | the same user's
        others), of one rating of every user, the same at each visit, computed before the step. `val_loss` is the log
        loss of the targets, the same quantity for held-out ratings. (For units without a list of values, both are mean
        squared errors.) The loss is a monitor only: training follows an estimate of the gradient of the log-likelihood,
        whose own value is too expensive to show. `accuracy` is the share of ratings that the chain reproduced.

        A second `fit` continues the training: with new orders of the users, new random numbers and the schedule of k
        from its last epoch, even after another `compile`. If parameters become NaN, training ends with an error that
        says where; with Keras' `TerminateOnNaN` among the callbacks, that callback ends it.

        Args:
            x: `Ratings` of the units' values, `Shards` of them on disk, a `tf.data.Dataset` of their batches, or a pair
                `(visible, observed_mask)`.
            y: None.
            batch_size: int, users in a mini-batch; default 32. Not used for a dataset. An optimizer with state (Adam,
                momentum) updates every parameter in every step, so on the sparse engine small batches spend more time
                on the update than on the chains: 128 to 1,024 users are efficient. Plain SGD updates rated films only,
                exactly; so does `RowAdam`, with moments of its own for each film, which suits large catalogues. Short
                steps also gain from `compile(..., steps_per_execution=8)`, which does not change the results; it cannot
                be combined with `Checkpoints`, which act between steps.
            validation_data: `Split` or dataset of its batches; gives `evaluate`'s metrics, as `val_loss` and so on.
            callbacks: list of Keras callbacks.
            shuffle: bool, whether each epoch has its own order of users, a function of the seed and the epoch.
            initial_epoch: int >= 0, the number of the first epoch, also for the order of the users and the schedule of
                k; None continues from the epochs that the model has been trained for, while callbacks see 0.
            **kwargs: `epochs`, `verbose` and the others of `keras.Model.fit`.
        Returns:
            history: `keras.callbacks.History`.
        Raises:
            ValueError: naming the argument, for data of another shape, ratings that are no value of the units, an
                argument without meaning for an RBM (`sample_weight`, ...), or parameters that are NaN or infinite.
        """
        refuse_forks()
        check_one_replica(self.distribute_strategy)  # here too, before Keras divides the first batch
        kwargs = refuse_arguments(kwargs | {"y": y}, OF_DATA)
        with failing_together(workers), as_value_errors():
            return self._fit(x, batch_size, validation_data, callbacks, shuffle, initial_epoch, workers, kwargs)

    def _fit(
        self,
        x: Any,
        batch_size: int | None,
        validation_data: Any,
        callbacks: list[keras.callbacks.Callback] | None,
        shuffle: bool,
        initial_epoch: int | None,
        workers: Ranks | None,
        kwargs: dict[str, Any],
    ) -> keras.callbacks.History:
        """`fit`, after the checks of what it cannot do; `kwargs` are those for Keras."""
        clock, seed = EpochClock(counting_on=initial_epoch is None), self.seed if shuffle else None
        kwargs |= {} if initial_epoch is None else {"initial_epoch": initial_epoch}
        batch_size, kwargs = feeds.check_batch_size(batch_size), feeds.check_lengths(kwargs)
        batches, steps = feeds.training_batches(x, self, batch_size, seed, clock, kwargs.get("steps_per_epoch"))
        of_validation = kwargs.pop("validation_batch_size", None)
        if validation_data is not None:
            validation_data = feeds.evaluation_batches(
                validation_data, self.num_items, self.units, of_validation, "validation_data"
            )
        kwargs |= {"validation_data": validation_data, "shuffle": False}
        self._prepare(stacklevel=4)
        going_on = spread_over(workers, self, callbacks, clock, x, batch_size, shuffle, kwargs)
        try:
            with going_on as (callbacks, kwargs):
                return super().fit(batches, callbacks=callbacks, **kwargs | {"steps_per_epoch": steps})
        finally:
            forget_model(clock)  # TensorFlow keeps the batches' function, which refers to the clock

    def train_on_batch(
        self, x: Any, y: None = None, *args: Any, return_dict: bool = False, **kwargs: Any
    ) -> list[float] | dict[str, float]:
        """One step, as in `fit`; it counts as a step, but not as an epoch.

        Args:
            x: a batch of `Ratings.batches`, or `Ratings` or a pair `(visible, observed_mask)`; then all users are one
                batch.
            y, *args, **kwargs: None; see `training.refusals.OF_DATA`.
            return_dict: bool.
        Returns:
            logs: `loss` and `accuracy` of this batch, as a list or a dict.
        Raises:
            ValueError: as `fit`.
        """
        refuse_forks()
        check_one_replica(self.distribute_strategy)
        _refuse_weights(y, args, kwargs)
        batch = feeds.one_batch(x, self)
        check_finite(self, "to train")
        self._prepare()
        self._count_from_optimizer()
        with as_value_errors():
            logs = super().train_on_batch(batch, return_dict=True)
        check_loss(self, logs["loss"], f"in step {self.steps_done} of all")
        return as_keras_returns(logs, return_dict)

    def _prepare(self, stacklevel: int = 3) -> None:
        """Checks that the model can be trained, and makes the optimizer's variables; warns of the caller's caller."""
        check_ready(self)
        if not self.moving:
            warnings.warn(
                "The model does not have any trainable weights: they all stay as they are.", stacklevel=stacklevel
            )
        elif not self.optimizer.built:
            self.optimizer.build(self.moving)  # built inside the first step, it would make the step be traced twice

    def _count_from_optimizer(self) -> None:
        """Takes the number of steps from the optimizer, for a model that was saved before models stored it."""
        model = cast("RBM", self)
        if model.steps_done == 0:
            model.steps_done = int(tf.convert_to_tensor(model.optimizer._iterations))


def _refuse_weights(y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raises for any argument besides a batch; positional arguments are named as Keras names them."""
    given = dict(zip(("sample_weight", "class_weight"), args, strict=False))
    for name in refuse_arguments(given | kwargs | {"y": y}, OF_DATA):
        raise TypeError(f"train_on_batch: expected no argument {name}")
