"""The contrastive-divergence gradient of scored machines film by film, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from ..arithmetic import ONE, ZERO, _add_rows, _add_scaled


@numba.njit(parallel=True, **OPTIONS)
def scored_gradients(films, by_item, state, chain, hidden_offset, couplings, rated):
    """Each listed film's mean over the batch of its positive minus its negative statistics.

    Args:
        films: int32 `(num_listed,)`.
        by_item: the result of `order_by_item`.
        state: int8 `(num_observed,)`, the ratings.
        chain: the first five results of `scored_chains`.
        hidden_offset: float32, n.
        couplings: float32 `(num_listed, num_scores, num_hidden)`, written to.
        rated: float32 `(num_listed, num_hidden)`, written to; without rows if not conditional.
    Returns:
        bias: float32 `(num_listed, num_values)`.
    """
    hidden_start, hidden_end, score_start, score_end, shares_end = chain
    item_splits, rows, position = by_item
    num_values, num_scores, batch = shares_end.shape[1], score_start.shape[1], len(hidden_start)
    scale = ONE / np.float32(max(1, batch))
    bias = np.zeros((len(films), num_values), np.float32)
    means = (
        np.concatenate((hidden_start - hidden_offset, hidden_end - hidden_offset, hidden_start - hidden_end)) * scale
    )
    factor, place = np.empty(2 * len(state) + 1, np.float32), np.empty(2 * len(state) + 1, np.int32)
    for n in numba.prange(len(films)):
        first, last = item_splits[films[n]], item_splits[films[n] + 1]
        own_factor, own_place = factor[2 * first : 2 * last], place[2 * first : 2 * last]
        for k in range(num_scores):
            couplings[n, k] = ZERO
            for m in range(first, last):
                count = 2 * (m - first)
                own_factor[count], own_place[count] = score_start[position[m], k], rows[m]
                own_factor[count + 1], own_place[count + 1] = -score_end[position[m], k], batch + rows[m]
            _add_rows(couplings[n, k], 2 * (last - first), own_factor, own_place, means)
        for m in range(first, last):
            bias[n, state[position[m]]] += scale
            for s in range(num_values):
                bias[n, s] -= scale * shares_end[position[m], s]
        if len(rated):
            rated[n] = ZERO
            for m in range(first, last):
                _add_scaled(rated[n], ONE, means[2 * batch + rows[m]])
    return bias
