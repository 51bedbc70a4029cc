"""Keras callbacks: the data order's clock, and a timer of epochs."""

import time

import keras


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

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._spent, self._since = 0.0, time.perf_counter()

    def on_test_begin(self, logs=None):
        self._spent += time.perf_counter() - self._since

    def on_test_end(self, logs=None):
        self._since = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(self._spent + time.perf_counter() - self._since)


class EpochClock(keras.callbacks.Callback):
    """Tells the data order, and the schedule of k, which epoch begins: a resumed run does as the first run did.

    Attributes:
        epoch: int, counted from 0.
        first_batch: int, where the epoch begins: 0, but for an epoch that was interrupted and goes on.
    """

    def __init__(self):
        super().__init__()
        self.epoch = self.first_batch = 0
        self._resume, self._closed = (0, 0), False

    def resume(self, epoch, first_batch):
        """Lets that epoch, and no other, begin at its `first_batch`."""
        self._resume = (epoch, first_batch)

    def close_epoch(self):
        """Ends the epoch after the present batch, though Keras counts on more, and lets training go on."""
        if not self.model.stop_training:  # or else somebody wants all of it to end
            self.model.stop_training = self._closed = True

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.first_batch = self._resume[1] if epoch == self._resume[0] else 0
        self.model.begin_epoch(epoch)

    def on_epoch_end(self, epoch, logs=None):
        if self._closed:
            self.model.stop_training = self._closed = False
