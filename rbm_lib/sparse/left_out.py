"""The training loss as a compiled loop: how well one rating of each user is predicted from the user's others."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from .arithmetic import ONE, ZERO, exp_of_negative

GROUP = 8  # a product of so many factors of at least LEAST does not underflow float64
LEAST = np.float32(1e-38)


@numba.njit(**OPTIONS)
def _log_mean_exp(mean, change, factor):
    """Sum over hidden units of log(1 - mean + mean * exp(change)), float64; one logarithm for many factors.

    `factor` is a scratch array. The first loop has no early exit, so that it is vectorised.
    """
    rise = ZERO
    for j in range(len(mean)):
        small = exp_of_negative(-abs(change[j]))
        rises = change[j] > ZERO
        more = (ONE - mean[j]) * small + mean[j] if rises else ONE - mean[j] + mean[j] * small
        factor[j] = LEAST if more < LEAST else more  # in this order NaN is kept
        rise += change[j] if rises else ZERO
    total = np.float64(rise)
    for first in range(0, len(mean), GROUP):
        product = 1.0
        for one in factor[first : first + GROUP]:
            product *= one
        total += np.log(product)
    return total


@numba.njit(**OPTIONS)
def surprise_of_value(table, bias, given, mean, change, factor):
    """-log P(the given value of one film | all else), from hidden means `mean` that depend on this value too.

    Args:
        table: float32 `(num_values, num_hidden)`, the effect of each value on the hidden units; one row for likes.
        bias: float32 `(num_values,)`.
        change, factor: scratch arrays `(num_hidden,)`.
    """
    total = 0.0  # of log P(value) / P(given); the given value's first
    if len(table) == 1:
        sign = ONE - np.float32(2 * given)
        change[:] = sign * table[0]
        return np.logaddexp(total, sign * bias[0] + _log_mean_exp(mean, change, factor))
    for value in range(len(table)):
        if value != given:
            change[:] = table[value] - table[given]
            total = np.logaddexp(total, bias[value] - bias[given] + _log_mean_exp(mean, change, factor))
    return total


@numba.njit(parallel=True, **OPTIONS)
def losses(row_splits, item_index, state, user_index, hidden_start, weights, visible_bias):
    """-log P(one rating | the row's other ratings), the hidden units summed out; see `models.loss.left_out_loss`.

    Args:
        row_splits, item_index, state, user_index: the batch; `state` is the index of each rating among the values.
        hidden_start: float32 `(batch, num_hidden)`, the hidden units' means given all of a row's ratings.
        weights: float32 `(num_items, num_values, num_hidden)`, one value for likes.
        visible_bias: float32 `(num_items, num_values)`.
    Returns:
        losses: float32 `(batch,)`, in nats; 0 for a row without ratings.
    """
    found = np.zeros(len(user_index), np.float32)
    for row in numba.prange(len(user_index)):
        count = row_splits[row + 1] - row_splits[row]
        if count == 0:
            continue
        n = row_splits[row] + user_index[row] % count
        change, factor = np.empty_like(hidden_start[row]), np.empty_like(hidden_start[row])
        found[row] = surprise_of_value(
            weights[item_index[n]], visible_bias[item_index[n]], state[n], hidden_start[row], change, factor
        )
    return found
