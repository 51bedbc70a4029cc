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
from .training.checkpoints import resuming
from .training.divergence import check_finite, check_loss
from .training.refusals import OF_DATA, check_ready, refuse_arguments

if TYPE_CHECKING:
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

        Killed and begun again by the same lines, that run goes on where it was; see `checkpoints.Checkpoints`. The best
        weights that `EarlyStopping` restores are all of them, chains of PCD included; the optimizer stays as it is.

        The logs hold `loss`, the negative log pseudo-likelihood in nats per rating: -log P(a rating | the same user's
        others), of one rating of every user, the same at each visit, before the step that it belongs to. `val_loss` is
        the log loss of the targets, the same of ratings that are held out. (Of units without a list of values, both
        are mean squared errors.) It moves nothing: what training climbs has no value that could be shown. `accuracy` is
        the share of ratings that the chain reproduced.

        A second `fit` goes on: with new orders of the users, new draws and the schedule of k where it was, whatever was
        compiled in between. A training whose parameters become NaN ends with an error that says where, or as Keras'
        `TerminateOnNaN` has it if that is among the callbacks.

        Args:
            x: `Ratings` of the units' values, `Shards` of them on disk, a `tf.data.Dataset` of their batches, or a pair
                `(visible, observed_mask)`.
            y: None.
            batch_size: int, users in a mini-batch; default 32. Not used for a dataset. An optimizer with a memory
                (Adam, momentum) moves every parameter at every step, so on the sparse engine small batches cost more
                than their chains: 128 to 1,024 users make good use of it. Plain SGD moves rated films only, exactly;
                so does `RowAdam`, with moments of its own for each film, which suits catalogues of many films.
                Short steps also gain from `compile(..., steps_per_execution=8)`, which changes no result; it does not
                go with `Checkpoints`, which look between steps.
            validation_data: `Split` or dataset of its batches; gives `evaluate`'s metrics, as `val_loss` and so on.
            callbacks: list of Keras callbacks.
            shuffle: bool, whether each epoch has its own order of users, a function of the seed and the epoch.
            initial_epoch: int >= 0, the number of the first epoch, for the order of the users and the schedule of k as
                well; None counts on from the epochs that the model has been trained for, while callbacks see 0.
            **kwargs: `epochs`, `verbose` and the others of `keras.Model.fit`.
        Returns:
            history: `keras.callbacks.History`.
        Raises:
            ValueError: naming the argument, for data of another shape, ratings that are no value of the units, what has
                no meaning for an RBM (`sample_weight`, ...), or parameters that are no numbers any more.
        """
        refuse_forks()
        check_one_replica(self.distribute_strategy)  # here too, before Keras divides the first batch
        kwargs = refuse_arguments(kwargs | {"y": y}, OF_DATA)
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
        self._prepare()
        going_on = resuming(self, callbacks, clock, x, batch_size, shuffle, kwargs)
        try:
            with as_value_errors(), going_on as (callbacks, kwargs):
                return super().fit(batches, callbacks=callbacks, **kwargs | {"steps_per_epoch": steps})
        finally:
            forget_model(clock)  # the batches' function, which TensorFlow keeps, asks it

    def train_on_batch(
        self, x: Any, y: None = None, *args: Any, return_dict: bool = False, **kwargs: Any
    ) -> list[float] | dict[str, float]:
        """One step, as `fit` takes many; it counts as a step, and not as an epoch.

        Args:
            x: a batch of `Ratings.batches`, or `Ratings` or a pair `(visible, observed_mask)` of all of its users.
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

    def _prepare(self) -> None:
        """Checks that the model can be trained, and makes the optimizer's variables."""
        check_ready(self)
        if not self.moving:
            warnings.warn("The model does not have any trainable weights: they all stay as they are.", stacklevel=3)
        elif not self.optimizer.built:
            self.optimizer.build(self.moving)  # inside the first step, the step would be traced twice

    def _count_from_optimizer(self) -> None:
        """Takes the steps of a model that was saved before they were counted from its optimizer, where they stood."""
        model = cast("RBM", self)
        if model.steps_done == 0:
            model.steps_done = int(tf.convert_to_tensor(model.optimizer._iterations))


def _refuse_weights(y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raises for anything but a batch; positional arguments are named as Keras names them."""
    given = dict(zip(("sample_weight", "class_weight"), args, strict=False))
    for name in refuse_arguments(given | kwargs | {"y": y}, OF_DATA):
        raise TypeError(f"train_on_batch: expected no argument {name}")
