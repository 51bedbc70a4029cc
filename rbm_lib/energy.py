"""Energy, free energy and the exact log partition function of a masked RBM.

A user's RBM has visible units for the films this user rated and for no others: the mask decides which units exist, so
the partition function is one a mask. Shapes as in `rbm_lib.conditionals`.
"""

import numpy as np
import tensorflow as tf
from scipy.special import logsumexp

from rbm_lib.conditionals import hidden_activation, mask_out

MAX_ENUMERATED_HIDDEN = 20


def energy(visible, hidden, observed_mask, parameters):
    """E(v, h) = - sum{ v b } - sum{ h c } - sum{ (v - m) W h }, over rated films.

    Args:
        visible, observed_mask, parameters: see `rbm_lib.conditionals`.
        hidden: float `(batch, num_hidden)`.
    Returns:
        energy: float `(batch,)`, in nats.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 4, for Bernoulli visible units and m = 0.
    """
    hidden_terms = tf.reduce_sum(hidden_activation(visible, observed_mask, parameters) * hidden, axis=1)
    return -hidden_terms - tf.linalg.matvec(mask_out(visible, observed_mask), parameters.visible_bias)


def free_energy(visible, observed_mask, parameters):
    """F(v) = - sum{ v b } - sum{ softplus(c + (v - m) W) }, hidden units summed out: -log of the sum over h of exp(-E).

    Args:
        visible, observed_mask, parameters: see `rbm_lib.conditionals`.
    Returns:
        free_energy: float `(batch,)`, in nats.
    """
    softplus = tf.nn.softplus(hidden_activation(visible, observed_mask, parameters))
    return -tf.linalg.matvec(mask_out(visible, observed_mask), parameters.visible_bias) - tf.reduce_sum(
        softplus, axis=1
    )


def log_partition(observed_mask, parameters):
    """Exact log Z of each user's RBM, by enumeration of the hidden states.

    Z = sum over h of { exp(h c) * product over rated films of (1 + exp(b + W h)) exp(-m W h) }

    Args:
        observed_mask: bool `(batch, num_items)`, NumPy or tensor.
        parameters: `RBMParameters` with at most 20 hidden units.
    Returns:
        log_partition: float64 NumPy array `(batch,)`, in nats.
    Raises:
        ValueError: for more than 20 hidden units, whose 2**20 states no longer enumerate in memory.
    """
    weights, visible_bias, hidden_bias, visible_offset = (np.asarray(value, np.float64) for value in parameters)
    num_hidden = len(hidden_bias)
    if num_hidden > MAX_ENUMERATED_HIDDEN:
        raise ValueError(f"parameters: expected at most {MAX_ENUMERATED_HIDDEN} hidden units, found {num_hidden}")
    hidden = (np.arange(2**num_hidden)[:, None] >> np.arange(num_hidden)) & 1  # (num_states, num_hidden)
    coupling = hidden @ weights.T  # (num_states, num_items)
    film_log_sum = np.logaddexp(0.0, coupling + visible_bias) - coupling * visible_offset
    return logsumexp(np.asarray(observed_mask, np.float64) @ film_log_sum.T + hidden @ hidden_bias, axis=1)
