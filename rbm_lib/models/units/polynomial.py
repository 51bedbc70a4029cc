"""Polynomial units: stars whose weights are a polynomial of the star."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_count

from .contract import SERIAL
from .gram import gram_polynomials
from .softmax import STARS, Softmax

if TYPE_CHECKING:
    from ..parameters import Increments, RBMParameters


@SERIAL
class PolynomialSoftmax(Softmax):
    """A softmax unit whose weight to a hidden unit is a polynomial of the star, of low degree.

    logit of star s = b_s + sum over k of { p_k(s) * (W_k . h) },  p_1 ... p_degree: see `gram_polynomials`

    The visible biases are free, one for each star. With degree 1 there is one weight to each hidden unit, however many
    stars there are: a hidden unit moves a film up or down the scale. Degree 2 adds whether opinions spread or agree.
    Degree K - 1 with weights to the rated films spans the same distributions as `Softmax` with K values: the missing
    constant is D.

    Args:
        stars: ascending numbers, at least two, the possible ratings.
        degree: int, 1 <= degree < number of stars.
    Raises:
        ValueError: naming the argument.
    References:
        Agresti (2010), "Analysis of ordinal categorical data", section 4.1: logits that are linear in scores of the
            categories. Salakhutdinov, Mnih and Hinton (2007), Eq. 1, is the case of one weight for each star.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import PolynomialSoftmax, RBMParameters
        >>> units = PolynomialSoftmax(stars=[1, 2, 3], degree=1)
        >>> trained = RBMParameters(tf.ones((1, 1, 1)), tf.zeros((1, 3)), tf.zeros(1), units=units)
        >>> units.effective(trained).interaction_weights.numpy().round(3).ravel()
        array([-1.225,  0.   ,  1.225], dtype=float32)
    """

    name = "polynomial"

    def __init__(self, stars: Iterable[float] = STARS, degree: int = 1) -> None:
        super().__init__(stars)
        self.degree = check_count(degree, "degree", most=len(self.values) - 1)

    @property
    def scores(self) -> NDArray[np.float32]:
        return gram_polynomials(self.values, self.degree)

    def coupling_shape(self, num_items: int) -> tuple[int, ...]:
        return (num_items, self.degree)

    def effective(self, trained: RBMParameters) -> RBMParameters:
        couplings = tf.einsum("sk,ikj->isj", tf.constant(self.scores), trained.interaction_weights)
        return trained._replace(interaction_weights=couplings)

    def pull_back(self, gradient: Increments) -> Increments:
        couplings = tf.einsum("sk,isj->ikj", tf.constant(self.scores), gradient.interaction_weights)
        return gradient._replace(interaction_weights=couplings)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"degree": self.degree}
