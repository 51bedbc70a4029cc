"""Keras callbacks: the current epoch for the order of the data, and a timer of epochs."""

import time
from typing import Any

import keras

Logs = dict[str, Any] | None  # the logs that Keras passes to callbacks


class EpochTimer(keras.callbacks.Callback):
    """Seconds of training (validation left out) of each epoch, in `seconds`.

    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.models import EpochTimer
        >>> model, timer = RBM(num_items=2, num_hidden=3, seed=1), EpochTimer()
        >>> model.compile(optimizer="adam")
        >>> likes = Ratings.from_triples([1, 1, 2], [10, 20, 10], [1, 0, 1])
        >>> history = model.fit(likes, batch_size=2, epochs=2, callbacks=[timer], verbose=0)
        >>> len(timer.seconds)
        2
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._spent, self._since = 0.0, time.perf_counter()

    def on_test_begin(self, logs: Logs = None) -> None:
        self._spent += time.perf_counter() - self._since

    def on_test_end(self, logs: Logs = None) -> None:
        self._since = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.seconds.append(self._spent + time.perf_counter() - self._since)


class EpochClock(keras.callbacks.Callback):
    """Gives the current epoch to the data order and the schedule of k, so that a resumed run repeats the original one.

    Args:
        counting_on: bool, whether the order and k continue from the epochs that the model has been trained for; Keras'
            own numbers, which other callbacks see, start at 0 in every fit.
    Attributes:
        epoch: int, Keras' number, counted from 0.
        first_batch: int, the batch where the epoch starts: 0, or later in an interrupted epoch that is resumed.
    """

    def __init__(self, counting_on: bool = False) -> None:
        super().__init__()
        self.epoch: int = 0
        self.first_batch: int = 0
        self._before: int | None = None if counting_on else 0  # epochs before Keras' number 0
        self._resume, self._closed = (0, 0), False

    @property
    def order(self) -> int:
        """The epoch's number for the order of the users and the schedule of k."""
        return self.order_of(self.epoch)

    def order_of(self, epoch: int) -> int:
        """The same of the epoch with Keras' number `epoch`."""
        return epoch + (self._before or 0)

    def resume(self, epoch: int, first_batch: int) -> None:
        """Makes this epoch, and no other, start at `first_batch`."""
        self._resume = (epoch, first_batch)

    def close_epoch(self) -> None:
        """Ends the epoch after this batch, earlier than the number of steps that Keras expects; training continues."""
        if not self.model.stop_training:  # unless another callback has stopped the training
            self.model.stop_training = self._closed = True

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.epoch = epoch
        if self._before is None:  # only now: another callback may have restored the model
            self._before = self.model.epochs_done - epoch
        self.model._count_from_optimizer()
        self.first_batch = self._resume[1] if epoch == self._resume[0] else 0
        self.model.begin_epoch(self.order)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.model.epochs_done = self.order + 1
        if self._closed:
            self.model.stop_training = self._closed = False
