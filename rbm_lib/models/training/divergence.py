"""Checks for parameters that are NaN or infinite: during training, before predictions and before a save."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from .callbacks import EpochClock, Logs

if TYPE_CHECKING:
    from ..model import RBM

BLOCK = 2**20  # numbers of a parameter that are checked at a time
WAY_OUT = "make a new model, or go on from a checkpoint or a file that was saved before"


def not_finite(model: RBM) -> str | None:
    """The first parameter of the model with NaN or an infinity, in words; None if all are finite."""
    for variable in model.rbm_layer.weights:
        wrong = [array for array in blocks_of(variable) if not np.isfinite(array).all()]
        if wrong:
            found = "NaN" if any(np.isnan(array).any() for array in wrong) else "infinity"
            return f"{found} in {variable.name}"
    return None


def blocks_of(variable: keras.Variable) -> Iterator[NDArray[Any]]:
    """The values of a variable, some rows at a time: TensorFlow would copy the whole of one that is written by rows."""
    if len(variable.shape) == 0:
        yield np.asarray(variable)
        return
    rows = max(1, BLOCK // max(1, math.prod(variable.shape[1:])))
    for first in range(0, variable.shape[0], rows):
        yield np.asarray(tf.gather(variable.value, tf.range(first, min(first + rows, variable.shape[0]))))


def check_finite(model: RBM, purpose: str) -> None:
    """Raises ValueError if a parameter is NaN or infinite.

    Args:
        model: `RBM`.
        purpose: the use of the parameters, for the error: "to predict".
    """
    found = not_finite(model)
    if found:
        raise ValueError(f"weights: expected finite numbers {purpose}, found {found}: the training diverged; {WAY_OUT}")


def check_loss(model: RBM, loss: float, where: str) -> None:
    """Raises ValueError, with the likely cause, if the loss of a step is NaN or infinite.

    Args:
        model: `RBM`.
        loss: float, of the step.
        where: the place in training, in words.
    """
    if not np.isfinite(loss):
        raise ValueError(f"loss: expected a finite number, found {loss} {where}; {likely_cause(model)}")


def likely_cause(model: RBM) -> str:
    """The likely cause of diverging contrastive divergence, with the current learning rate."""
    rate, kind = float(model.optimizer.learning_rate), type(model.optimizer).__name__
    return (
        f"the likely cause is a step that is too large: try a tenth of {kind}'s learning rate of {rate:g}, or its "
        f"clipnorm=1.0, and then {WAY_OUT}"
    )


class DivergenceWatch(keras.callbacks.Callback):
    """Ends a training whose parameters are NaN or infinite, with an error that says where and why.

    It checks the loss of every step, and all parameters after every epoch before other callbacks save them. If Keras'
    `TerminateOnNaN` is among the callbacks, that one ends the training.

    Args:
        clock: `EpochClock` of this fit.
        others: the other callbacks.
    """

    async_safe = True  # Keras need not wait for each step's logs

    def __init__(self, clock: EpochClock, others: Iterable[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.clock: EpochClock = clock
        self.silent: bool = any(isinstance(one, keras.callbacks.TerminateOnNaN) for one in others)

    def on_train_begin(self, logs: Logs = None) -> None:
        if not self.silent:
            check_finite(self.model, "to train")

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not self.silent:
            step = self.clock.first_batch + batch + 1
            check_loss(self.model, (logs or {})["loss"], f"in epoch {self.clock.epoch + 1}, step {step}")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        found = None if self.silent else not_finite(self.model)
        if found:
            where = f"at the end of epoch {epoch + 1}, after step {self.model.steps_done} of all"
            raise ValueError(f"weights: expected finite numbers, found {found} {where}; {likely_cause(self.model)}")
