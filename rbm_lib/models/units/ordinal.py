"""Ordinal units: stars whose neighbours share what they learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from .contract import SERIAL
from .softmax import Softmax

if TYPE_CHECKING:
    from ..parameters import Increments, RBMParameters


@SERIAL
class OrdinalSoftmax(Softmax):
    """A softmax unit whose weights and biases for value s are the sums of trained increments up to s.

    W_isj = sum{ V_itj over t <= s },    b_is = sum{ beta_it over t <= s },    V and beta trained

    This is a re-parametrisation of the softmax unit: V_is = W_is - W_i,s-1 gives any W, so that the two can represent
    the same distributions. Ordinal units differ in the weight decay, which shrinks neighbouring values towards each
    other instead of each value towards zero, and in the steps: the increment from 3 to 4 stars is learnt from every
    rating of 4 or 5. The first increment is common to all values; its only effect is to make the hidden units depend on
    which films were rated.

    Args:
        stars: ascending numbers, at least two, the possible ratings; half stars as well.
    Raises:
        ValueError: for fewer than two values, or values that do not ascend.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import OrdinalSoftmax, RBMParameters
        >>> units = OrdinalSoftmax(stars=[1, 2, 3])
        >>> trained = RBMParameters(tf.zeros((1, 3, 2)), tf.constant([[0.5, 1.0, -2.0]]), tf.zeros(2), units=units)
        >>> units.effective(trained).visible_bias.numpy().tolist()
        [[0.5, 1.5, -0.5]]
    """

    name = "ordinal"
    trains_increments = True

    @property
    def scores(self) -> NDArray[np.float32]:
        return np.tri(len(self.values), dtype=np.float32)

    def effective(self, trained: RBMParameters) -> RBMParameters:
        couplings, biases = (tf.unstack(part, axis=1) for part in trained[:2])
        return trained._replace(
            interaction_weights=tf.stack(_running_sums(couplings), axis=1),
            visible_bias=tf.stack(_running_sums(biases), axis=1),
        )

    def pull_back(self, gradient: Increments) -> Increments:
        couplings, biases = (tf.unstack(part, axis=1)[::-1] for part in gradient[:2])
        return gradient._replace(
            interaction_weights=tf.stack(_running_sums(couplings)[::-1], axis=1),
            visible_bias=tf.stack(_running_sums(biases)[::-1], axis=1),
        )

    def bias_of(self, log_shares: NDArray[Any]) -> NDArray[Any]:
        return np.diff(log_shares, axis=1, prepend=np.zeros_like(log_shares[:, :1]))


def _running_sums(parts: list[tf.Tensor]) -> list[tf.Tensor]:
    sums = [parts[0]]
    for part in parts[1:]:
        sums.append(sums[-1] + part)
    return sums
