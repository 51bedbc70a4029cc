"""Keras callbacks: the data order's clock, and the article's log line."""

import keras
import numpy as np


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


class ArticleLog(keras.callbacks.Callback):
    """Prints `epoch_nr, batch, acc_train, acc_test` during training, as the article does.

    `acc_train` is the share of observed ratings that the chain reproduces, so far in the epoch; `acc_test` the share of
    held-out ratings that one sampled pass up and down reproduces.

    Args:
        split: `Split` whose targets are predicted from its inputs.
        every: int >= 1, a line after so many mini-batches (and one at the end of each epoch).
        write: callable that takes the line; default `print`.
    """

    def __init__(self, split, every=50, write=print):
        super().__init__()
        if every < 1:
            raise ValueError(f"every: expected a whole number of at least 1, found {every!r}")
        self.split, self.every, self.write = split, every, write
        self.epoch, self.batch = 0, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.batch = epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        self.batch = batch + 1
        if self.batch % self.every == 0:
            self._line(logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.batch % self.every:
            self._line(logs)

    def _line(self, logs):
        like = self.model.predict_ratings(self.split, inference="sampled")
        accuracy = np.mean(like == self.split.targets.rating)
        self.write(
            f"epoch_nr: {self.epoch + 1}, batch: {self.batch}, "
            f"acc_train: {float(logs['accuracy']):.3f}, acc_test: {accuracy:.3f}"
        )
