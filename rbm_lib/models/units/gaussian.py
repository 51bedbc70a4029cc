"""Gaussian units: ratings on a continuous scale, such as -10 to 10."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_number

from .contract import SERIAL, VisibleUnits

if TYPE_CHECKING:
    from rbm_lib.data import Ratings

LOG_ROOT = 0.5 * math.log(2 * math.pi)
NODES = 129  # of the quadrature that sums the hidden units out
REACH = 6.0  # standard deviations beyond the outermost component's mean that the quadrature covers


@SERIAL
class Gaussian(VisibleUnits):
    """A number from `low` to `high`: normal around scale * activation, with the standard deviation `scale`.

    The statistic is v = rating / scale: P(v | hidden units) = N(v; activation, 1). Expected ratings are clipped.

    Args:
        low, high: numbers, the ends of the scale.
        scale: float > 0, standard deviation of a rating around its mean; a quarter of the range by default.
    Raises:
        ValueError: naming the argument, unless all are finite, `low` is below `high` and `scale` above 0.
    References:
        Welling, Rosen-Zvi and Hinton (2004), "Exponential family harmoniums", section 2; Hinton (2010), 13.2.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Gaussian
        >>> units = Gaussian(-10, 10)
        >>> units.expected(units.mean(tf.constant([-0.5, 3.0]))).numpy().tolist()  # 15 is beyond the scale
        [-2.5, 10.0]
    """

    name = "gaussian"

    def __init__(self, low: float = -10.0, high: float = 10.0, scale: float | None = None) -> None:
        self.low = float(check_number(low, "low"))
        self.high = float(check_number(high, "high", above=self.low))
        scale = (self.high - self.low) / 4 if scale is None else scale
        self.scale = float(check_number(scale, "scale", above=0))

    @property
    def ratings_in_words(self) -> str:
        return f"from {self.low:g} to {self.high:g}"

    def shape(self, num_items: int) -> tuple[int, ...]:
        return (num_items,)

    def check(self, rating: NDArray[Any], argument: str) -> None:
        wrong = ~((np.asarray(rating) >= self.low) & (np.asarray(rating) <= self.high))  # true for NaN too
        if wrong.any():
            found = f"{np.asarray(rating)[wrong].flat[0]} and {int(wrong.sum()) - 1} more out of range"
            raise ValueError(f"{argument}: expected ratings {self.ratings_in_words}, found {found}")

    def holds(self, rating: tf.Tensor) -> tf.Tensor:
        return (rating >= self.low) & (rating <= self.high)

    def encode(self, rating: tf.Tensor) -> tf.Tensor:
        return rating / self.scale

    def mean(self, activation: tf.Tensor) -> tf.Tensor:
        return activation

    def sample(self, mean: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
        """The quantile of the random number; half a step of 2**-24 is added, so that it is neither 0 nor 1."""
        uniform = tf.minimum(tf.cast(uniform, mean.dtype) + 2.0**-25, 1.0 - 2.0**-24)
        return mean + tf.math.ndtri(uniform)

    def log_normaliser(self, activation: tf.Tensor) -> tf.Tensor:
        return 0.5 * activation**2 + LOG_ROOT

    def log_normaliser_float64(self, activation: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.5 * activation**2 + LOG_ROOT

    def log_base_measure(self, visible: tf.Tensor) -> tf.Tensor:
        return -0.5 * visible**2

    def exact(self, given: tf.Tensor, couplings: tf.Tensor, bias: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
        """The mean by quadrature over v: N(v; bias, 1) times the product over hidden units of 1 + exp(activation).

        The nodes cover this mixture of normals: bias plus all negative weights to bias plus all positive weights.
        """
        low = bias + tf.reduce_sum(tf.minimum(couplings, 0.0), axis=-1) - REACH
        high = bias + tf.reduce_sum(tf.maximum(couplings, 0.0), axis=-1) + REACH

        def node(place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            v = low + (high - low) * place
            hidden = tf.reduce_sum(tf.nn.softplus(given + (v[:, None] - offset) * couplings), axis=-1)
            return v, bias * v - 0.5 * v**2 + hidden

        places = tf.linspace(0.0, 1.0, NODES)
        v, log_weight = tf.map_fn(node, places, fn_output_signature=(given.dtype, given.dtype))
        return tf.reduce_sum(tf.nn.softmax(log_weight, axis=0) * v, axis=0)

    def start(self, ratings: Ratings, smoothing: float) -> tuple[NDArray[Any], NDArray[Any]]:
        count = ratings.ratings_per_item + check_number(smoothing, "smoothing", above=0)
        total = np.bincount(ratings.item_index, ratings.rating, ratings.num_items)
        mean = (total + smoothing * ratings.rating.mean(dtype=np.float64)) / count / self.scale
        return mean.astype(np.float32), mean.astype(np.float32)

    def expected(self, mean: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(self.scale * mean, self.low, self.high)

    def agrees(self, reconstruction: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
        """Within one standard deviation of the given rating: two samples of a continuous scale are never equal."""
        return tf.abs(reconstruction - visible) <= 1.0

    def get_config(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "scale": self.scale}
