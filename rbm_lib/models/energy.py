"""Energy, free energy and the exact log partition function of a masked RBM.

A user's RBM has visible units for the films this user rated and for no others. The mask decides which units exist, so
each mask has its own partition function. Shapes as in `rbm_lib.models.conditionals`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from rbm_lib._states import binary_states

from .conditionals import hidden_activation, mask_out
from .long_sums import product_in_blocks, sum_in_blocks
from .parameters import has_user_bias, is_conditional, units_of
from .user_bias import of_user

if TYPE_CHECKING:
    from .parameters import RBMParameters

MAX_ENUMERATED_HIDDEN = 20


def energy(visible: tf.Tensor, hidden: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """E(v, h) = - sum{ v b } - sum{ h c } - sum{ ((v - m) W + D) h } - sum{ log g(v) }, over rated films.

    g is the base measure of the visible units: 1 for likes and stars, exp(-v^2 / 2) for Gaussian units.

    Args:
        visible, observed_mask, parameters: see `rbm_lib.models.conditionals`.
        hidden: float `(batch, num_hidden)`.
    Returns:
        energy: float `(batch,)`, in nats.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 4, and section 4 for D. In the paper the normaliser of the rating
        alone is a part of the energy; here it is a part of Z.
    """
    activation = hidden_activation(visible, observed_mask, parameters, product=product_in_blocks)
    hidden_terms = tf.reduce_sum(activation * tf.cast(hidden, activation.dtype), axis=1)
    return _as_given(-hidden_terms - _bias_terms(visible, observed_mask, parameters), parameters)


def free_energy(visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """F(v) = - sum{ v b } - sum{ softplus(c + (v - m) W + D) } - sum{ log g(v) }: -log of the sum over h of exp(-E).

    Args:
        visible, observed_mask, parameters: see `rbm_lib.models.conditionals`.
    Returns:
        free_energy: float `(batch,)`, in nats.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Bernoulli, RBMParameters, free_energy
        >>> parameters = RBMParameters(tf.zeros((4, 2)), tf.zeros(4), tf.zeros(2), units=Bernoulli())
        >>> free_energy(tf.ones((1, 4)), tf.ones((1, 4), bool), parameters).numpy().round(3)  # -2 log 2
        array([-1.386], dtype=float32)
    """
    softplus = tf.nn.softplus(hidden_activation(visible, observed_mask, parameters, product=product_in_blocks))
    free = -_bias_terms(visible, observed_mask, parameters) - tf.reduce_sum(softplus, axis=1)
    return _as_given(free, parameters)


def _as_given(nats: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """Rounded to the type of the parameters, at the end: the terms of a long row nearly cancel."""
    return tf.cast(nats, tf.as_dtype(parameters.hidden_bias.dtype))


def _bias_terms(visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """The terms of the energy that depend on the ratings alone: sum{ v b } + sum{ log g(v) }; float64 for long rows."""
    size = math.prod(parameters.visible_bias.shape)
    visible = mask_out(visible, observed_mask)
    bias = tf.reshape(parameters.visible_bias, (size, 1))
    terms = product_in_blocks(tf.reshape(visible, (-1, size)), bias)[:, 0]
    if has_user_bias(parameters):
        told = sum_in_blocks(visible)  # over films, of the statistic
        told *= tf.cast(parameters.user_bias, told.dtype)
        terms += tf.cast(told if len(told.shape) == 1 else tf.reduce_sum(told, axis=1), terms.dtype)
    base_measure = units_of(parameters).log_base_measure(visible)
    if not tf.is_tensor(base_measure):  # the number 0: only the biases remain
        return terms
    return terms + tf.cast(sum_in_blocks(mask_out(base_measure, observed_mask)), terms.dtype)


def log_partition(observed_mask: ArrayLike, parameters: RBMParameters) -> NDArray[np.float64]:
    """Exact log Z of each user's RBM, by enumeration of the hidden states.

    Z = sum over h of { exp(h c) * product over rated films of ( exp(D h) * sum over v of exp(b v + (v - m) W h) ) }

    Args:
        observed_mask: bool `(batch, num_items)`, NumPy or tensor.
        parameters: `RBMParameters` with at most 20 hidden units.
    Returns:
        log_partition: float64 NumPy array `(batch,)`, in nats.
    Raises:
        ValueError: for more than 20 hidden units: more than 2**20 states do not fit in memory.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Bernoulli, RBMParameters, log_partition
        >>> parameters = RBMParameters(tf.zeros((4, 2)), tf.zeros(4), tf.zeros(2), units=Bernoulli())
        >>> log_partition(tf.constant([[True, True, True, False]]), parameters).round(3)  # log of 2**2 * 2**3 states
        array([3.466])
    """
    hidden, rated = enumerate_hidden(parameters), np.asarray(observed_mask, np.float64)
    hidden_bias = np.asarray(parameters.hidden_bias, np.float64)
    if has_user_bias(parameters):
        film_terms = np.stack([film_log_sums(hidden, of_user(parameters, row)) for row in range(len(rated))])
        film_sums = np.einsum("bi,bni->bn", rated, film_terms)
    else:
        film_sums = rated @ film_log_sums(hidden, parameters).T
    return logsumexp(film_sums + hidden @ hidden_bias, axis=1)


def enumerate_hidden(parameters: RBMParameters) -> NDArray[np.int64]:
    """Every hidden state: int64 0/1 `(num_states, num_hidden)`; ValueError for more than 20 hidden units.

    Args:
        parameters: `RBMParameters`, for the number of hidden units.
    Returns:
        states: int64 `(2**num_hidden, num_hidden)`.
    Raises:
        ValueError: for more than 20 hidden units.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import RBMParameters, enumerate_hidden
        >>> enumerate_hidden(RBMParameters(tf.zeros((4, 2)), tf.zeros(4), tf.zeros(2)))
        array([[0, 0],
               [1, 0],
               [0, 1],
               [1, 1]])
    """
    num_hidden = len(np.asarray(parameters.hidden_bias))
    if num_hidden > MAX_ENUMERATED_HIDDEN:
        raise ValueError(f"parameters: expected at most {MAX_ENUMERATED_HIDDEN} hidden units, found {num_hidden}")
    return binary_states(num_hidden)


def film_log_sums(hidden: NDArray[Any], parameters: RBMParameters) -> NDArray[np.float64]:
    """The contribution of a rated film to log Z given the hidden states, its rating summed out.

    Args:
        hidden: 0 or 1 `(num_states, num_hidden)`.
        parameters: `RBMParameters`.
    Returns:
        film_log_sums: float64 `(num_states, num_items)`, in nats.
    """
    weights, visible_bias, _, visible_offset, rated_weights = (
        np.asarray(part, np.float64) for part in parameters.arrays
    )
    log_normaliser = units_of(parameters).log_normaliser_float64
    if weights.ndim == 3:
        coupling = np.einsum("nh,ish->nis", hidden, weights, optimize=True)
        film_terms = log_normaliser(coupling + visible_bias) - (coupling * visible_offset).sum(axis=2)
    else:
        coupling = hidden @ weights.T
        film_terms = log_normaliser(coupling + visible_bias) - coupling * visible_offset
    return film_terms + hidden @ rated_weights.T if is_conditional(parameters) else film_terms
