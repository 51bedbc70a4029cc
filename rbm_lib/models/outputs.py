"""From the probabilities of a rating's values to the number that is asked for, and to metrics of held-out ratings."""

import keras
import numpy as np
import tensorflow as tf

from rbm_lib._checks import check_choice, check_number

OUTPUTS = ("expected", "mode", "like", "distribution")
# Evenly spaced in log odds, where predictions spread, instead of in probability, where they crowd near 1.
AUC_THRESHOLDS = tuple(float(1 / (1 + np.exp(-log_odds))) for log_odds in np.linspace(-10, 10, 501)[1:-1])


def summarize(probability, units, output, threshold=3):
    """One number a target, or its distribution.

    Args:
        probability: float `(num_targets,)`, P(like), or `(num_targets, num_stars)`, P(star).
        units: the visible units it came from.
        output: "expected" (the mean of the values: stars, or P(like)), "mode" (the likeliest value), "like" (P(like),
            the sum over stars from `threshold` on), or "distribution".
        threshold: the fewest stars of a like; not used for Bernoulli units.
    Returns:
        summary: float32 `(num_targets,)`; `(num_targets, num_values)` for "distribution".
    Raises:
        ValueError: for another output, or a threshold that makes everything or nothing a like.
    """
    check_choice(output, OUTPUTS, "output")
    check_number(threshold, "threshold")
    values = np.float32(units.values)
    if probability.ndim == 1:
        probability = np.stack([1 - probability, probability], axis=1)
        threshold = 1
    if output == "distribution":
        return probability
    if output == "mode":
        return values[probability.argmax(axis=1)]
    if output == "expected":
        return probability @ values
    return share_of_likes(probability, values, threshold)


def share_of_likes(probability, values, threshold):
    """P(like), the sum over the stars from a threshold on.

    Args:
        probability: float `(num_targets, num_values)`.
        values: ascending floats `(num_values,)`, what a rating can be.
        threshold: the fewest stars of a like.
    Returns:
        like: float `(num_targets,)`.
    Raises:
        ValueError: for a threshold that makes everything or nothing a like.
    """
    check_threshold(values, threshold)
    # in float32 the shares of the stars may add up to a little more than one
    return np.minimum(probability[:, values >= threshold].sum(axis=1), 1)


def check_threshold(values, threshold):
    """Raises ValueError if a threshold makes everything or nothing a like."""
    check_number(threshold, "threshold")
    if not values[0] < threshold <= values[-1]:
        raise ValueError(f"threshold: expected above {values[0]:g} and up to {values[-1]:g}, found {threshold!r}")


def expected_values(probability, units):
    """The mean of a rating's values, as a tensor: P(like), or stars.

    Args:
        probability: float `(batch, num_items)`, P(like), or `(batch, num_items, num_stars)`, P(star).
        units: the visible units it came from.
    Returns:
        expected: float `(batch, num_items)`.
    """
    if len(probability.shape) == 2:
        return probability
    return tf.linalg.matvec(probability, tf.constant(units.values, tf.float32))


class TargetMetrics:
    """Keras metrics of held-out ratings: accuracy, AUC and log loss of likes; RMSE, MAE and log loss of stars.

    The log loss is -log P(the rating that was given), in nats. The AUC is Keras' streaming one;
    `metrics.binary_metrics` gives the exact one.

    Args:
        units: the visible units of the model.
    """

    def __init__(self, units):
        self.units, self.binary = units, len(units.shape(1)) == 1
        log_loss = keras.metrics.Mean(name="log_loss")
        if self.binary:
            auc = keras.metrics.AUC(thresholds=AUC_THRESHOLDS, name="auc")
            self.metrics = [keras.metrics.BinaryAccuracy(name="accuracy"), auc, log_loss]
        else:
            rmse = keras.metrics.RootMeanSquaredError(name="rmse")
            self.metrics = [rmse, keras.metrics.MeanAbsoluteError(name="mae"), log_loss]

    def update(self, rating, probability):
        """Adds a batch: `rating` float `(num_targets,)`, `probability` as `summarize` takes it."""
        tiny = keras.config.epsilon()
        if self.binary:
            point, given = probability, tf.where(rating > 0.5, probability, 1.0 - probability)
        else:
            point = tf.linalg.matvec(probability, tf.constant(self.units.values, tf.float32))
            given = tf.reduce_sum(self.units.encode(rating) * probability, axis=-1)
        for metric in self.metrics[:2]:
            metric.update_state(rating[:, None], point[:, None])
        self.metrics[2].update_state(-tf.math.log(tf.clip_by_value(given, tiny, 1.0 - tiny)))
        return {metric.name: metric.result() for metric in self.metrics}
