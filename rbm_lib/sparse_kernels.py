"""Compiled loops of the sparse engine: over users for chains, over films for gradients; no array of users by films.

Every function here trusts its arguments. `rbm_lib.sparse` checks them; call that.

A batch is CSR: the ratings of row r are `row_splits[r]:row_splits[r + 1]`, each an int8 `state`: 0 or 1 of a Bernoulli
unit, the place among the stars of a softmax unit. Couplings are `(num_items, num_values, num_hidden)` and visible
biases `(num_items, num_values)`; a single value stands for Bernoulli units, whose dislike needs no couplings.
`parameters` are a tuple (weights, visible_bias, hidden_bias, offset, rated): `offset`, `(num_items,)`, is taken off a
Bernoulli unit's state (that of a softmax unit is part of `rated`), and `rated`, `(num_items, num_hidden)`, is what a
film's being rated tells the hidden units; without rows, nothing.
All floats are float32. Threads share only what they read: a chain belongs to one row, a row of the gradient to one
film, and sums are taken in a fixed order, so the number of threads changes no bit of any result.
"""

import numba
import numpy as np

from rbm_lib.draw_layout import CHUNK, HIDDEN, NOT_STARTED, TRAINING, VISIBLE
from rbm_lib.kernel_basics import OPTIONS, exp_of_negative, fill_uniform, fill_uniform_from_0

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@numba.njit(**OPTIONS)
def _sigmoid(values):
    for n in range(len(values)):
        small = exp_of_negative(-abs(values[n]))
        values[n] = (small if values[n] < ZERO else ONE) / (ONE + small)


@numba.njit(**OPTIONS)
def _add_scaled(total, factor, row):
    for j in range(len(total)):
        total[j] += factor * row[j]


@numba.njit(**OPTIONS)
def _add_rows(total, count, factor, place, table):
    """total += sum over n < count of factor[n] * table[place[n]]; four at a time, so that `total` is moved less."""
    whole = count - count % 4
    for n in range(0, whole, 4):
        f0, f1, f2, f3 = factor[n], factor[n + 1], factor[n + 2], factor[n + 3]
        r0, r1, r2, r3 = table[place[n]], table[place[n + 1]], table[place[n + 2]], table[place[n + 3]]
        for j in range(len(total)):
            total[j] += f0 * r0[j] + f1 * r1[j] + f2 * r2[j] + f3 * r3[j]
    for n in range(whole, count):
        _add_scaled(total, factor[n], table[place[n]])


@numba.njit(**OPTIONS)
def _activate(items, state, parameters, factor, place, activation):
    """activation = c + sum of ((v - m) W + D). `factor` and `place` are space to write in."""
    weights, _, hidden_bias, offset, rated = parameters
    num_values, count = weights.shape[1], 0
    for n in range(len(items)):
        if num_values == 1:
            factor[count], place[count] = np.float32(state[n]) - offset[items[n]], items[n]
        else:
            factor[count], place[count] = ONE, items[n] * num_values + state[n]
        count += factor[count] != ZERO
    activation[:] = hidden_bias
    _add_rows(activation, count, factor, place, weights.reshape(-1, weights.shape[2]))
    if len(rated):
        factor[: len(items)] = ONE
        _add_rows(activation, len(items), factor, items, rated)


@numba.njit(**OPTIONS)
def _follow(items, before, after, weights, factor, place, activation):
    """Adds to the activation what ratings that changed make of it; cheaper than the sum over all of them."""
    num_values, count = weights.shape[1], 0
    for n in range(len(items)):
        changed = before[n] != after[n]
        if num_values == 1:
            factor[count], place[count] = np.float32(after[n] - before[n]), items[n]
        elif changed:
            factor[count], place[count] = -ONE, items[n] * num_values + before[n]
            count += 1
            factor[count], place[count] = ONE, items[n] * num_values + after[n]
        count += changed
    _add_rows(activation, count, factor, place, weights.reshape(-1, weights.shape[2]))


@numba.njit(**OPTIONS)
def _dot(row, hidden):
    total = ZERO
    for j in range(len(hidden)):
        total += row[j] * hidden[j]
    return total


@numba.njit(**OPTIONS)
def _dots(items, table, hidden, dots):
    """dots[n] = table[items[n], 0] . hidden; eight at a time, so that `hidden` is read less."""
    whole = len(items) - len(items) % 8
    for n in range(0, whole, 8):
        r0, r1, r2, r3 = table[items[n], 0], table[items[n + 1], 0], table[items[n + 2], 0], table[items[n + 3], 0]
        r4, r5, r6, r7 = table[items[n + 4], 0], table[items[n + 5], 0], table[items[n + 6], 0], table[items[n + 7], 0]
        d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = ZERO
        for j in range(len(hidden)):
            h = hidden[j]
            d0, d1, d2, d3 = d0 + r0[j] * h, d1 + r1[j] * h, d2 + r2[j] * h, d3 + r3[j] * h
            d4, d5, d6, d7 = d4 + r4[j] * h, d5 + r5[j] * h, d6 + r6[j] * h, d7 + r7[j] * h
        dots[n], dots[n + 1], dots[n + 2], dots[n + 3] = d0, d1, d2, d3
        dots[n + 4], dots[n + 5], dots[n + 6], dots[n + 7] = d4, d5, d6, d7
    for n in range(whole, len(items)):
        dots[n] = _dot(table[items[n], 0], hidden)


@numba.njit(**OPTIONS)
def _softmax_of_film(item, hidden, weights, visible_bias, shares):
    """shares = softmax(b + W h) of one film."""
    largest = np.float32(-np.inf)
    for s in range(len(shares)):
        shares[s] = _dot(weights[item, s], hidden) + visible_bias[item, s]
        largest = max(largest, shares[s])
    total = ZERO
    for s in range(len(shares)):
        shares[s] = exp_of_negative(shares[s] - largest)
        total += shares[s]
    for s in range(len(shares)):
        shares[s] /= total


@numba.njit(**OPTIONS)
def _draw_hidden(mean, user, step, sweep, seed, purpose, uniform):
    """Replaces each probability in `mean` by a draw from it."""
    fill_uniform_from_0(user, step, 2 * sweep + HIDDEN, seed, purpose, uniform)
    for j in range(len(mean)):
        mean[j] = ONE if uniform[j] < mean[j] else ZERO


@numba.njit(**OPTIONS)
def _draw_visible(items, hidden, weights, visible_bias, user, step, sweep, seed, purpose, uniform, work, state):
    """state[n] is drawn from P(rating of films items[n] | hidden). `uniform` and `work` are space to write in."""
    fill_uniform(items, user, step, 2 * sweep + VISIBLE, seed, purpose, uniform)
    if weights.shape[1] == 1:
        mean = work[: len(items)]
        _dots(items, weights, hidden, mean)
        for n in range(len(items)):
            mean[n] += visible_bias[items[n], 0]
        _sigmoid(mean)
        for n in range(len(items)):
            state[n] = uniform[n] < mean[n]
    else:
        shares = work[: visible_bias.shape[1]]
        for n in range(len(items)):
            _softmax_of_film(items[n], hidden, weights, visible_bias, shares)
            below, drawn = ZERO, 0
            for s in range(len(shares) - 1):
                below += shares[s]
                drawn += below <= uniform[n]
            state[n] = drawn


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
    """D - m W of each film: what its being rated tells the hidden units, float32 `(num_items, num_hidden)`."""
    centre = np.empty((len(weights), weights.shape[2]), np.float32)
    for item in numba.prange(len(weights)):
        centre[item] = ZERO
        if len(rated_weights):
            centre[item] = rated_weights[item]
        for value in range(weights.shape[1]):
            _add_scaled(centre[item], -offset[item, value], weights[item, value])
    return centre


@numba.njit(parallel=True, **OPTIONS)
def chains(row_splits, item_index, state, user_index, parameters, persistent, cd_steps, step, seed):
    """Each row's hidden means at the data and at the end of its chain of `cd_steps` sweeps, and that end.

    Args:
        persistent: uint8 `(batch, num_hidden)`, the hidden states from which persistent chains go on, or
            `NOT_STARTED`; without rows for contrastive divergence, whose chains start at the data.
    Returns:
        hidden_start, hidden_end: float32 `(batch, num_hidden)`.
        reconstruction: int8 `(num_observed,)`.
        stop: uint8, of the shape of `persistent`.
    """
    weights, visible_bias, hidden_bias = parameters[:3]
    batch, num_hidden, num_values = len(user_index), len(hidden_bias), visible_bias.shape[1]
    hidden_start = np.empty((batch, num_hidden), np.float32)
    hidden_end = np.empty((batch, num_hidden), np.float32)
    reconstruction = state.copy()
    stop = np.empty_like(persistent)
    chunks = -(-num_hidden // CHUNK) * CHUNK
    for row in numba.prange(batch):
        first, last = row_splits[row], row_splits[row + 1]
        items, visible, user = item_index[first:last], reconstruction[first:last], user_index[row]
        hidden, activation = np.empty(num_hidden, np.float32), np.empty(num_hidden, np.float32)
        uniform = np.empty(max(chunks, last - first), np.float32)
        work = np.empty(max(num_values, last - first), np.float32)
        factor, place = np.empty(2 * (last - first) + 1, np.float32), np.empty(2 * (last - first) + 1, np.int32)
        before = np.empty(last - first, np.int8)
        _activate(items, visible, parameters, factor, place, activation)
        hidden[:] = activation
        _sigmoid(hidden)
        hidden_start[row] = hidden
        for sweep in range(cd_steps):
            if sweep == 0 and len(persistent) and persistent[row, 0] != NOT_STARTED:
                for j in range(num_hidden):
                    hidden[j] = persistent[row, j]
            else:
                _draw_hidden(hidden, user, step, sweep, seed, TRAINING, uniform[:chunks])
            before[:] = visible
            _draw_visible(
                items, hidden, weights, visible_bias, user, step, sweep, seed, TRAINING, uniform, work, visible
            )
            _follow(items, before, visible, weights, factor, place, activation)
            hidden[:] = activation
            _sigmoid(hidden)
        hidden_end[row] = hidden
        if len(persistent):
            _draw_hidden(hidden, user, step, cd_steps, seed, TRAINING, uniform[:chunks])
            for j in range(num_hidden):
                stop[row, j] = np.uint8(hidden[j])
    return hidden_start, hidden_end, reconstruction, stop


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
    """Adds the statistics of one film's ratings to each star's gradient, and takes the share of its offset off."""
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
        increments: bool, whether they are taken by the increments of couplings and biases from value to value.
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


@numba.njit(parallel=True, **OPTIONS)
def hidden_activations(row_splits, item_index, state, parameters):
    """c + (v - m) W + D of each row, float32 `(batch, num_hidden)`."""
    batch = len(row_splits) - 1
    activations = np.empty((batch, len(parameters[2])), np.float32)
    for row in numba.prange(batch):
        own = slice(row_splits[row], row_splits[row + 1])
        size = row_splits[row + 1] - row_splits[row] + 1
        factor, place = np.empty(size, np.float32), np.empty(size, np.int32)
        _activate(item_index[own], state[own], parameters, factor, place, activations[row])
    return activations


@numba.njit(parallel=True, **OPTIONS)
def add_rated(row_splits, item_index, rated_weights, activations):
    """Adds to each row, in place, D of films that are known to be rated without their rating."""
    for row in numba.prange(len(row_splits) - 1):
        for item in item_index[row_splits[row] : row_splits[row + 1]]:
            _add_scaled(activations[row], ONE, rated_weights[item])
