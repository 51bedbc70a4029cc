"""Bernoulli units: a like or a dislike."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib.data import LIKES_IN_WORDS, TO_LIKES

from .contract import SERIAL
from .listed import ListedUnits


@SERIAL
class Bernoulli(ListedUnits):
    """Like (1) or dislike (0), with P(like) = sigmoid(activation).

    A dislike and an unrated film both contribute nothing to the hidden units' input. Only the mask tells them apart, in
    the chain, in the gradient and in the normaliser.

    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Bernoulli
        >>> units = Bernoulli()
        >>> units.shape(7), units.mean(tf.constant([0.0, 2.0])).numpy().round(3).astype(str).tolist()
        ((7,), ['0.5', '0.881'])
    """

    name = "bernoulli"
    values = (0.0, 1.0)
    ratings_in_words = LIKES_IN_WORDS
    way_out = TO_LIKES

    def shape(self, num_items: int) -> tuple[int, ...]:
        return (num_items,)

    def encode(self, rating: tf.Tensor) -> tf.Tensor:
        """The rating itself."""
        return rating

    def mean(self, activation: tf.Tensor) -> tf.Tensor:
        """P(like), float, of the shape of `activation` (in nats)."""
        return tf.sigmoid(activation)

    def sample(self, mean: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
        """1.0 where the random number is below P(like), else 0.0."""
        return tf.cast(uniform < mean, mean.dtype)

    def log_normaliser(self, activation: tf.Tensor) -> tf.Tensor:
        """log(1 + exp(activation))."""
        return tf.nn.softplus(activation)

    def log_normaliser_float64(self, activation: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.logaddexp(0.0, activation)

    def exact(self, given: tf.Tensor, couplings: tf.Tensor, bias: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
        """P(like): both ratings weighted by the product over hidden units of 1 + exp(activation with that rating)."""
        like, dislike = given + (1.0 - offset) * couplings, given - offset * couplings
        return tf.sigmoid(bias + tf.reduce_sum(tf.nn.softplus(like) - tf.nn.softplus(dislike), axis=-1))

    def agrees(self, reconstruction: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
        """The probability that the chain's rating is the given one; 0 or 1 if it was sampled."""
        return 1.0 - tf.abs(reconstruction - visible)

    @property
    def scores(self) -> NDArray[np.float32]:
        return np.array([[0.0], [1.0]], np.float32)

    def tilts(self, degree: int) -> NDArray[np.float32]:
        """A user's bias in log odds of a like: `(2, 1)`."""
        check_count(degree, "user_bias", most=1)
        return self.scores

    def tilted(self, offset: tf.Tensor, user_bias: tf.Tensor) -> tf.Tensor:
        like = offset * tf.exp(user_bias)[:, None]
        return like / (1.0 - offset + like)

    def expected(self, mean: tf.Tensor) -> tf.Tensor:
        return mean

    def distribution(self, mean: NDArray[Any]) -> NDArray[Any]:
        return np.stack([1 - mean, mean], axis=1)

    def bias_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        return log_shares[:, 1] - log_shares[:, 0]

    def mean_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        return np.exp(log_shares[:, 1])
