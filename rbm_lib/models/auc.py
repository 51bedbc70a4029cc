"""Keras' streaming AUC, from a sort of the predictions instead of a comparison of each with every threshold."""

from typing import Any

import keras
import tensorflow as tf

BELOW = -1.0  # under every threshold


class SortedAUC(keras.metrics.AUC):
    """`keras.metrics.AUC` of likes, with the same counts and so the same value, to the last bit.

    For thresholds that are not evenly spaced, Keras compares all predictions of a mini-batch with all thresholds: for
    500 of these, most of the time of an evaluation.

    Args:
        **kwargs: those of `keras.metrics.AUC`; one label, and no label weights.
    """

    def update_state(self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: None = None) -> None:
        """Adds a batch: ratings 0 and 1, and P(like), of the same shape."""
        like, chance = tf.cast(tf.reshape(y_true, [-1]), tf.bool), tf.cast(tf.reshape(y_pred, [-1]), tf.float32)
        chance = tf.where(tf.math.is_nan(chance), BELOW, chance)  # NaN is above nothing
        parts = [tf.boolean_mask(chance, like), tf.boolean_mask(chance, ~like)]
        above = [self._above(part) for part in parts]
        total = [tf.cast(tf.size(part), tf.float32) for part in parts]
        self.true_positives.assign_add(above[0])
        self.false_negatives.assign_add(total[0] - above[0])
        self.false_positives.assign_add(above[1])
        self.true_negatives.assign_add(total[1] - above[1])

    def _above(self, chance: tf.Tensor) -> Any:
        """How many are above each threshold: float32 `(num_thresholds,)`."""
        ordered = tf.sort(tf.concat([[BELOW], chance], axis=0))  # never empty, which TensorFlow's search refuses
        first = tf.searchsorted(ordered, tf.constant(self._thresholds, tf.float32), side="right")
        return tf.cast(tf.size(ordered) - first, tf.float32)
