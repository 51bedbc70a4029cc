"""The contrastive-divergence gradient film by film, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from .arithmetic import ONE, ZERO, _add_rows, _add_scaled


@numba.njit(parallel=True, **OPTIONS)
def running_sums(increments, sums):
    """Writes each film's sums of increments up to each value into `sums`, `(num_items, num_values, num_hidden)`."""
    for item in numba.prange(len(increments)):
        sums[item, 0] = increments[item, 0]
        for value in range(1, increments.shape[1]):
            for j in range(increments.shape[2]):
                sums[item, value, j] = sums[item, value - 1, j] + increments[item, value, j]


@numba.njit(parallel=True, **OPTIONS)
def centre_of(weights, offset, rated_weights):
    """D - m W of each film, its effect on the hidden units by being rated: float32 `(num_items, num_hidden)`."""
    centre = np.empty((len(weights), weights.shape[2]), np.float32)
    for item in numba.prange(len(weights)):
        centre[item] = ZERO
        if len(rated_weights):
            centre[item] = rated_weights[item]
        for value in range(weights.shape[1]):
            _add_scaled(centre[item], -offset[item, value], weights[item, value])
    return centre


@numba.njit(**OPTIONS)
def _like_terms(rows, position, state, reconstruction, offset, batch, factor, place):
    """(v - m) up - (v' - m) down of one film's ratings, as rows of `means` with factors; returns how many.

    It is (v - m) (up - down) + (v - v') down, and the second term is zero for most ratings.
    """
    count = 0
    for n in range(len(rows)):
        data, end = np.float32(state[position[n]]), np.float32(reconstruction[position[n]])
        factor[count], place[count] = data - offset, 2 * batch + rows[n]
        count += factor[count] != ZERO
        factor[count], place[count] = data - end, batch + rows[n]
        count += data != end
    return count


@numba.njit(**OPTIONS)
def _add_star_terms(rows, position, state, reconstruction, offset, means, couplings, bias):
    """Adds the statistics of one film's ratings to each star's gradient, and subtracts the share of its offset."""
    batch, both = len(means) // 3, np.zeros(means.shape[1], np.float32)
    scale = ONE / np.float32(batch)
    for n in range(len(rows)):
        data, end = state[position[n]], reconstruction[position[n]]
        if data == end:
            _add_scaled(couplings[data], ONE, means[2 * batch + rows[n]])
        else:
            _add_scaled(couplings[data], ONE, means[rows[n]])
            _add_scaled(couplings[end], -ONE, means[batch + rows[n]])
        bias[data] += scale
        bias[end] -= scale
        _add_scaled(both, ONE, means[2 * batch + rows[n]])
    for value in range(len(couplings)):
        _add_scaled(couplings[value], -offset[value], both)


@numba.njit(parallel=True, **OPTIONS)
def film_gradients(
    films, by_item, state, reconstruction, hidden_start, hidden_end, offset, increments, couplings, rated
):
    """Each listed film's mean over the batch of its positive minus its negative statistics.

    Args:
        films: int32 `(num_listed,)`.
        by_item: what `order_by_item` returned.
        offset: float32 `(num_items, num_values)`.
        increments: bool, whether the gradient is by the increments of weights and biases from value to value.
        couplings: float32 `(num_listed, num_values, num_hidden)`, written to.
        rated: float32 `(num_listed, num_hidden)`, the same for `rated_weights`; without rows if not conditional.
    Returns:
        bias: float32 `(num_listed, num_values)`.
    """
    item_splits, rows, position = by_item
    num_values = offset.shape[1]
    bias = np.zeros((len(films), num_values), np.float32)
    batch, scale = len(hidden_start), ONE / np.float32(max(1, len(hidden_start)))
    means = np.concatenate((hidden_start, hidden_end, hidden_start - hidden_end)) * scale
    factor, place = np.empty(2 * len(state) + 1, np.float32), np.empty(2 * len(state) + 1, np.int32)
    for n in numba.prange(len(films)):
        film, first, last = films[n], item_splits[films[n]], item_splits[films[n] + 1]
        own, where = rows[first:last], position[first:last]
        space = factor[2 * first :], place[2 * first :]
        couplings[n] = ZERO
        if num_values == 1:
            count = _like_terms(own, where, state, reconstruction, offset[film, 0], batch, *space)
            _add_rows(couplings[n, 0], count, *space, means)
            for m in where:
                bias[n, 0] += scale * np.float32(state[m] - reconstruction[m])
        else:
            _add_star_terms(own, where, state, reconstruction, offset[film], means, couplings[n], bias[n])
        if increments:
            for value in range(num_values - 2, -1, -1):
                _add_scaled(couplings[n, value], ONE, couplings[n, value + 1])
                bias[n, value] += bias[n, value + 1]
        if len(rated):
            rated[n] = ZERO
            for row in own:
                _add_scaled(rated[n], ONE, means[2 * batch + row])
    return bias
