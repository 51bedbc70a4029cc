"""From the probabilities of a rating's values to a prediction, and to metrics of held-out ratings."""

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_choice, check_number
from rbm_lib._states import LIKES

from .auc import SortedAUC

if TYPE_CHECKING:
    from .units.contract import VisibleUnits

OUTPUTS = ("expected", "mode", "like", "distribution")
LEAST = 1e-9  # shares are clipped here so that their logarithms stay finite
# Thresholds are evenly spaced in log odds, where predictions spread, not in probability, where they crowd near 1.
AUC_THRESHOLDS = tuple(float(1 / (1 + np.exp(-log_odds))) for log_odds in np.linspace(-10, 10, 501)[1:-1])


def summarize(
    probability: NDArray[np.float32], units: "VisibleUnits", output: str, threshold: float = 3
) -> NDArray[np.float32]:
    """A prediction of each target: one number, or a distribution.

    Args:
        probability: float `(num_targets,)`, P(like), or `(num_targets, num_stars)`, P(star); the mean of the statistic
            for other units.
        units: the visible units it came from.
        output: "expected" (the mean of the values: stars, or P(like)), "mode" (the likeliest value), "like" (P(like),
            the sum over stars from `threshold` on), or "distribution".
        threshold: the fewest stars of a like; not used for Bernoulli units.
    Returns:
        summary: float32 `(num_targets,)`; `(num_targets, num_values)` for "distribution".
    Raises:
        ValueError: for another output, one that the units do not have, or a threshold that makes everything or nothing
            a like.
    """
    check_choice(output, OUTPUTS, "output")
    check_number(threshold, "threshold")
    if output == "expected" and units.values is None:
        return np.asarray(units.expected(probability))
    return summarize_shares(units.distribution(probability), np.asarray(units.values, np.float32), output, threshold)


def summarize_shares(
    shares: NDArray[np.floating], values: NDArray[np.floating], output: str, threshold: float = 3
) -> NDArray[Any]:
    """`summarize` of any distribution over values.

    Args:
        shares: float `(num_targets, num_values)`.
        values: ascending floats `(num_values,)`.
        output, threshold: as `summarize` takes them.
    Returns:
        summary: float `(num_targets,)`; the shares themselves for "distribution".
    Raises:
        ValueError: for another output, or a threshold that makes everything or nothing a like.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import summarize_shares
        >>> summarize_shares(np.array([[0.5, 0.25, 0.25]]), np.array([1.0, 2.0, 3.0]), "expected").tolist()
        [1.75]
    """
    check_choice(output, OUTPUTS, "output")
    if output == "distribution":
        return shares
    if output == "mode":
        return values[shares.argmax(axis=1)]
    if output == "expected":
        with np.errstate(invalid="ignore"):  # a BLAS may compute values beside short rows, which are dropped
            return shares @ values
    return share_of_likes(shares, values, 1 if tuple(values.tolist()) == LIKES else threshold)


def log_shares(shares: ArrayLike) -> NDArray[np.float64]:
    """log P(value) in nats, float64; shares are kept above `LEAST`, so that it stays finite."""
    logs: NDArray[np.float64] = np.log(np.maximum(np.asarray(shares, np.float64), LEAST))
    return logs


def share_of_likes(
    probability: NDArray[np.floating], values: NDArray[np.floating], threshold: float
) -> NDArray[np.floating]:
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


def check_threshold(values: NDArray[np.floating], threshold: float) -> None:
    """Raises ValueError if a threshold makes everything or nothing a like."""
    check_number(threshold, "threshold")
    if not values[0] < threshold <= values[-1]:
        raise ValueError(f"threshold: expected above {values[0]:g} and up to {values[-1]:g}, found {threshold!r}")


def as_keras_returns(logs: dict[str, float], return_dict: bool) -> list[float] | dict[str, float]:
    """Metrics of a step as Keras' methods return them: the loss first, as a dict or a list."""
    logs = {"loss": logs["loss"]} | logs
    return logs if return_dict else list(logs.values())


class TrainingMetrics:
    """Keras metrics of a training step, outside of what Keras saves with a model: `loss`, see `loss.left_out_loss`."""

    def __init__(self) -> None:
        self.loss = keras.metrics.Mean(name="loss")


class TargetMetrics:
    """Keras metrics of held-out ratings: accuracy, AUC, log loss of likes; RMSE, MAE of others; log loss of stars.

    The log loss is -log P(the given rating), in nats; it is also the `loss`. Units without a log loss have the mean
    squared error as `loss`. The AUC is Keras' streaming estimate; `metrics.binary_metrics` gives the exact one.

    Args:
        units: the visible units of the model.
    """

    def __init__(self, units: "VisibleUnits") -> None:
        self.units: VisibleUnits = units
        self.one_hot: bool = len(units.shape(1)) == 2
        self.binary: bool = units.values == LIKES and not self.one_hot  # stars may be 0 and 1, too
        if self.binary:
            auc = SortedAUC(thresholds=AUC_THRESHOLDS, name="auc")
            self.metrics: list[Any] = [keras.metrics.BinaryAccuracy(name="accuracy"), auc]
        else:
            rmse = keras.metrics.RootMeanSquaredError(name="rmse")
            self.metrics = [rmse, keras.metrics.MeanAbsoluteError(name="mae")]
        if self.binary or self.one_hot:
            self.metrics.append(keras.metrics.Mean(name="log_loss"))
            self.metrics[2]._direction = "down"  # as Keras marks its own, for the mode "auto" of its callbacks

    def update(self, rating: tf.Tensor, probability: tf.Tensor) -> dict[str, tf.Tensor]:
        """Adds a batch: `rating` float `(num_targets,)`, `probability` as `summarize` takes it."""
        tiny = keras.config.epsilon()
        point = self.units.expected(probability)
        for metric in self.metrics[:2]:
            metric.update_state(rating[:, None], point[:, None])
        if self.binary or self.one_hot:
            if self.binary:
                given = tf.where(rating > 0.5, probability, 1.0 - probability)
            else:
                given = tf.reduce_sum(self.units.encode(rating) * probability, axis=-1)
            self.metrics[2].update_state(-tf.math.log(tf.clip_by_value(given, tiny, 1.0 - tiny)))
        found = {metric.name: metric.result() for metric in self.metrics}
        return {"loss": found["log_loss"] if "log_loss" in found else tf.square(found["rmse"])} | found
