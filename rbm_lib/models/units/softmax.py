"""Softmax units: one of several stars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.special import logsumexp

from .contract import SERIAL
from .listed import ListedUnits

STARS = (1.0, 2.0, 3.0, 4.0, 5.0)
MOST_VALUES = 127  # a state is an int8 in the compiled loops


@SERIAL
class Softmax(ListedUnits):
    """One of K values, with P(value s) = softmax over s of the activations.

    Args:
        stars: ascending numbers, at least two, the possible ratings; half stars as well.
    Raises:
        ValueError: for fewer than two values, or values that do not ascend.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 1.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Softmax
        >>> units = Softmax(stars=[1, 2, 3])
        >>> units.encode(tf.constant([3.0, 1.0])).numpy().tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
        >>> units.expected(units.mean(tf.zeros((1, 3)))).numpy().tolist()  # three values alike
        [2.0]
    """

    name = "softmax"
    way_out = "; `stars=` names what a rating can be"

    def __init__(self, stars: Iterable[float] = STARS) -> None:
        values = tuple(float(star) for star in stars)
        steps = np.diff(np.asarray(values, np.float32))  # float32, as ratings are stored
        if not 2 <= len(values) <= MOST_VALUES or not all(np.isfinite(steps) & (steps > 0)):
            raise ValueError(f"stars: expected 2 to {MOST_VALUES} ascending numbers, found {stars!r}")
        self.values = values

    @property
    def ratings_in_words(self) -> str:
        return f"among {', '.join(f'{value:g}' for value in self.values)}"

    def shape(self, num_items: int) -> tuple[int, ...]:
        return (num_items, len(self.values))

    def encode(self, rating: tf.Tensor) -> tf.Tensor:
        """One-hot over the values, float32 `(..., num_stars)`; all zero for a number that is none of them."""
        return tf.cast(rating[..., None] == tf.constant(self.values, tf.float32), tf.float32)

    def mean(self, activation: tf.Tensor) -> tf.Tensor:
        """P(value), float `(..., num_stars)`."""
        return tf.nn.softmax(activation)

    def sample(self, mean: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
        """One-hot of the first value whose cumulative probability exceeds the random number."""
        below = tf.cumsum(mean, axis=-1)[..., :-1] <= uniform[..., None]
        return tf.one_hot(tf.reduce_sum(tf.cast(below, tf.int32), axis=-1), mean.shape[-1])

    def log_normaliser(self, activation: tf.Tensor) -> tf.Tensor:
        """log of the sum over the values of exp(activation); float `(...)`."""
        return tf.reduce_logsumexp(activation, axis=-1)

    def log_normaliser_float64(self, activation: NDArray[np.float64]) -> NDArray[np.float64]:
        return logsumexp(activation, axis=-1)

    def exact(self, given: tf.Tensor, couplings: tf.Tensor, bias: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
        """P(star): each star weighted by the product over hidden units of 1 + exp(activation with that star)."""
        surprises = couplings - tf.reduce_sum(offset * couplings, axis=1, keepdims=True)
        return tf.nn.softmax(bias + tf.reduce_sum(tf.nn.softplus(given[:, None, :] + surprises), axis=-1))

    def agrees(self, reconstruction: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
        """The probability that the chain's value is the given one; 0 or 1 if it was sampled."""
        return tf.reduce_sum(reconstruction * visible, axis=-1)

    @property
    def scores(self) -> NDArray[np.float32]:
        return np.eye(len(self.values), dtype=np.float32)

    def expected(self, mean: tf.Tensor) -> tf.Tensor:
        return tf.linalg.matvec(mean, tf.constant(self.values, tf.float32))

    def distribution(self, mean: NDArray[Any]) -> NDArray[Any]:
        return mean

    def bias_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        return log_shares

    def mean_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        return np.exp(log_shares)

    def get_config(self) -> dict[str, Any]:
        return {"stars": list(self.values)}
