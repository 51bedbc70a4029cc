"""The training loss of scored machines, as a compiled loop."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from ..arithmetic import ONE, ZERO, _add_scaled, _dot
from ..left_out import surprise_of_value


@numba.njit(**OPTIONS)
def _loss_of_row(item, given, mean, tilt, tables):
    """-log P(the given value of one film | all else), with the film's weights summed over the scores."""
    weights, visible_bias, scores, offset = tables[0], tables[1], tables[5], tables[8]
    num_values, num_hidden = len(scores), weights.shape[2]
    table, bias = np.zeros((num_values, num_hidden), np.float32), np.zeros(num_values, np.float32)
    ones = np.full(num_hidden, ONE)
    for s in range(num_values):
        for k in range(scores.shape[1]):
            if scores[s, k] != ZERO:
                _add_scaled(table[s], scores[s, k], weights[item, k])
        bias[s] = visible_bias[item, s] + tilt[s] - offset * _dot(table[s], ones)
    change, factor = np.empty(num_hidden, np.float32), np.empty(num_hidden, np.float32)
    return surprise_of_value(table, bias, given, mean, change, factor)


@numba.njit(parallel=True, **OPTIONS)
def scored_losses(row_splits, item_index, state, user_index, hidden_start, tilts, tables):
    """-log P(one rating | the row's other ratings), as `left_out.losses`; the row's bias is given.

    Args:
        row_splits, item_index, state, user_index: the batch.
        hidden_start: float32 `(batch, num_hidden)`, the hidden units' means given all of a row's ratings.
        tilts: float32 `(batch, num_values)`, t . a of each row.
        tables: `ScoredTables`.
    Returns:
        losses: float32 `(batch,)`, in nats; 0 for a row without ratings.
    """
    found = np.zeros(len(user_index), np.float32)
    for row in numba.prange(len(user_index)):
        count = row_splits[row + 1] - row_splits[row]
        if count > 0:
            n = row_splits[row] + user_index[row] % count
            found[row] = _loss_of_row(item_index[n], state[n], hidden_start[row], tilts[row], tables)
    return found
