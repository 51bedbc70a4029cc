"""The common part of units whose ratings are a list of values."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib.data import check_values, star_base_rates

from .contract import VisibleUnits
from .gram import gram_polynomials

if TYPE_CHECKING:
    from rbm_lib.data import Ratings


class ListedUnits(VisibleUnits):
    """The base of units whose ratings are a list of values: likes, stars, or a list of your own.

    A subclass defines its `values`, `ratings_in_words`, and how base rates become biases (`bias_of`, `mean_of`),
    besides the methods that the contract requires of all units.

    Attributes:
        values: ascending floats, the possible ratings.
        way_out: text that an error adds for ratings that are none of them.
    Example:
        >>> from rbm_lib.models import Bernoulli, Gaussian, ListedUnits
        >>> isinstance(Bernoulli(), ListedUnits), isinstance(Gaussian(), ListedUnits)
        (True, False)
    """

    values: tuple[float, ...]
    way_out: str = ""

    @property
    def scores(self) -> NDArray[np.float32]:
        """The factor of each trained weight for each value: float32 `(num_values, num_scores)`.

        The activation of a value is its bias and the sum over k of scores[value, k] * (W_k . h). The compiled loops use
        it; units of your own do not need it.
        """
        raise ValueError(f"units: expected units that the compiled loops know, found {self.name} units")

    def tilts(self, degree: int) -> NDArray[np.float32]:
        """The factor of a user's bias for each value: float32 `(num_values, degree)`; polynomials of the values."""
        return gram_polynomials(self.values, degree)

    def check(self, rating: NDArray[Any], argument: str) -> None:
        check_values(rating, self.values, argument, self.ratings_in_words, self.way_out)

    def holds(self, rating: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(rating[..., None] == tf.constant(self.values, rating.dtype), axis=-1)

    def tilted(self, offset: tf.Tensor, user_bias: tf.Tensor) -> tf.Tensor:
        weighed = offset * tf.exp(user_bias)[:, None, :]
        return tf.math.divide_no_nan(weighed, tf.reduce_sum(weighed, axis=-1, keepdims=True))

    def start(self, ratings: Ratings, smoothing: float) -> tuple[NDArray[Any], NDArray[Any]]:
        log_shares = star_base_rates(ratings, self.values, smoothing)
        return self.bias_of(log_shares), self.mean_of(log_shares)

    @abstractmethod
    def bias_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        """Visible biases, as trained, that alone give these log shares `(num_items, num_values)`."""

    @abstractmethod
    def mean_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        """The mean statistic of films with these log shares `(num_items, num_values)`."""
