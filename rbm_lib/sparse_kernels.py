"""Compiled loops of the sparse engine: over users for chains, over films for gradients; no array of users by films.

Every function here trusts its arguments. `rbm_lib.sparse` checks them; call that.

A batch is CSR: the ratings of row r are `row_splits[r]:row_splits[r + 1]`. All floats are float32. Threads share only
what they read: a chain belongs to one row, a row of the gradient to one film, and sums are taken in a fixed order,
so the number of threads changes no bit of any result.
"""

import numba
import numpy as np

from rbm_lib.draw_layout import HIDDEN, KEY_INCREMENTS, LANE, MULTIPLIERS, TRAINING, VISIBLE

# What may be assumed of floats: sums may be reordered and fused. Infinities and NaN may NOT be assumed away: with the
# full `fastmath` the sigmoid of a large input came out as NaN.
FLAGS = {"reassoc", "contract", "nsz", "arcp"}
OPTIONS = {"nogil": True, "cache": True, "fastmath": FLAGS}

_M0, _M1 = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_W0, _W1 = (np.uint64(increment) for increment in KEY_INCREMENTS)


@numba.njit(inline="always")
def _philox_round(c0, c1, c2, c3, k0, k1):
    p0, p1 = c0 * _M0, c2 * _M1
    return (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW


@numba.njit(inline="always")
def _philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds; the compiler unrolls them, and the loop around them becomes vector instructions."""
    for _ in range(10):
        c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@numba.njit(**OPTIONS)
def fill_uniform(places, user, step, stream, seed, purpose, out):
    """`out[n]` is the draw of `rbm_lib.draws` for place `places[n]`."""
    c1, c2, c3 = np.uint64(user), np.uint64(step) & _LOW, np.uint64(stream)
    k0, k1 = np.uint64(seed), np.uint64(purpose)
    for n in range(len(places)):
        place = np.uint32(places[n])
        block = np.uint64((place >> np.uint32(8)) * np.uint32(LANE) + (place & np.uint32(LANE - 1)))
        word = (place >> np.uint32(6)) & np.uint32(3)
        w0, w1, w2, w3 = _philox(block, c1, c2, c3, k0, k1)
        low = w0 if word == np.uint32(0) else w1
        high = w2 if word == np.uint32(2) else w3
        chosen = low if word < np.uint32(2) else high
        out[n] = np.float32(np.uint32(chosen) >> np.uint32(8)) * np.float32(2.0**-24)


@numba.njit(**OPTIONS)
def _sigmoid(values):
    for n in range(len(values)):
        values[n] = np.float32(1.0) / (np.float32(1.0) + np.exp(-values[n]))


@numba.njit(**OPTIONS)
def _hidden_mean(items, visible, offset, weights, hidden_bias, mean):
    """mean = sigmoid(c + sum of (v - m) W)."""
    mean[:] = hidden_bias
    for n in range(len(items)):
        item = items[n]
        surprise = visible[n] - offset[item]
        row = weights[item]
        for j in range(len(mean)):
            mean[j] += surprise * row[j]
    _sigmoid(mean)


@numba.njit(**OPTIONS)
def _visible_mean(items, hidden, weights, visible_bias, mean):
    """mean[n] = sigmoid(b + W h) of film items[n]."""
    for n in range(len(items)):
        item = items[n]
        row = weights[item]
        total = np.float32(0.0)
        for j in range(len(hidden)):
            total += row[j] * hidden[j]
        mean[n] = total + visible_bias[item]
    _sigmoid(mean)


@numba.njit(**OPTIONS)
def _draw(mean, places, user, step, stream, seed, purpose, uniform):
    """Replaces each probability in `mean` by a draw from it."""
    fill_uniform(places, user, step, stream, seed, purpose, uniform)
    for n in range(len(mean)):
        mean[n] = np.float32(1.0) if uniform[n] < mean[n] else np.float32(0.0)


@numba.njit(parallel=True, **OPTIONS)
def chains(
    row_splits, item_index, rating, user_index, weights, visible_bias, hidden_bias, offset, cd_steps, step, seed
):
    """Each row's hidden means at the data and at the end of its chain of `cd_steps` sweeps, and that end.

    Returns:
        hidden_start, hidden_end: float32 `(batch, num_hidden)`.
        reconstruction: float32 `(num_observed,)`, 0 or 1.
    """
    batch, num_hidden = len(user_index), len(hidden_bias)
    hidden_start = np.empty((batch, num_hidden), np.float32)
    hidden_end = np.empty((batch, num_hidden), np.float32)
    reconstruction = np.empty(len(rating), np.float32)
    units = np.arange(num_hidden).astype(np.int32)
    for row in numba.prange(batch):
        first, last = row_splits[row], row_splits[row + 1]
        items, visible = item_index[first:last], reconstruction[first:last]
        hidden = np.empty(num_hidden, np.float32)
        uniform = np.empty(max(num_hidden, last - first), np.float32)
        user = user_index[row]
        _hidden_mean(items, rating[first:last], offset, weights, hidden_bias, hidden)
        hidden_start[row] = hidden
        for sweep in range(cd_steps):
            _draw(hidden, units, user, step, 2 * sweep + HIDDEN, seed, TRAINING, uniform)
            _visible_mean(items, hidden, weights, visible_bias, visible)
            _draw(visible, items, user, step, 2 * sweep + VISIBLE, seed, TRAINING, uniform)
            _hidden_mean(items, visible, offset, weights, hidden_bias, hidden)
        hidden_end[row] = hidden
    return hidden_start, hidden_end, reconstruction


@numba.njit(**OPTIONS)
def order_by_item(row_splits, item_index, num_items):
    """The batch's ratings film by film, by counting.

    Returns:
        items: int32 `(num_touched,)`, the films rated in the batch, ascending.
        item_splits: int64 `(num_touched + 1,)`, where each film's ratings stand in the two below.
        row: int32 `(num_observed,)`, the batch row of each, ascending within a film.
        position: int64 `(num_observed,)`, its place in `item_index`.
    """
    start = np.zeros(num_items + 1, np.int64)
    for item in item_index:
        start[item + 1] += 1
    num_touched = 0
    for item in range(num_items):
        num_touched += start[item + 1] > 0
    items, item_splits = np.empty(num_touched, np.int32), np.empty(num_touched + 1, np.int64)
    touched, total = 0, 0
    for item in range(num_items):
        count = start[item + 1]
        if count:
            items[touched], item_splits[touched] = item, total
            touched += 1
        start[item] = total
        total += count
    item_splits[num_touched] = total
    row, position = np.empty(total, np.int32), np.empty(total, np.int64)
    for r in range(len(row_splits) - 1):
        for n in range(row_splits[r], row_splits[r + 1]):
            place = start[item_index[n]]
            row[place], position[place] = r, n
            start[item_index[n]] = place + 1
    return items, item_splits, row, position


@numba.njit(parallel=True, **OPTIONS)
def film_gradients(items, item_splits, row, position, rating, reconstruction, hidden_start, hidden_end, offset):
    """Each touched film's sum over the batch of its positive minus its negative statistics.

    Returns:
        couplings: float32 `(num_touched, num_hidden)`.
        bias: float32 `(num_touched,)`.
    """
    num_hidden = hidden_start.shape[1]
    couplings = np.zeros((len(items), num_hidden), np.float32)
    bias = np.zeros(len(items), np.float32)
    for touched in numba.prange(len(items)):
        middle, total = offset[items[touched]], couplings[touched]
        for place in range(item_splits[touched], item_splits[touched + 1]):
            data, end = rating[position[place]], reconstruction[position[place]]
            up, down = hidden_start[row[place]], hidden_end[row[place]]
            for j in range(num_hidden):
                total[j] += (data - middle) * up[j] - (end - middle) * down[j]
            bias[touched] += data - end
    return couplings, bias


@numba.njit(parallel=True, **OPTIONS)
def hidden_means(row_splits, item_index, rating, weights, hidden_bias, offset):
    """P(hidden unit on | ratings) of each row, float32 `(batch, num_hidden)`."""
    batch = len(row_splits) - 1
    means = np.empty((batch, len(hidden_bias)), np.float32)
    for row in numba.prange(batch):
        own = slice(row_splits[row], row_splits[row + 1])
        _hidden_mean(item_index[own], rating[own], offset, weights, hidden_bias, means[row])
    return means


@numba.njit(parallel=True, **OPTIONS)
def visible_means(row_splits, item_index, hidden, weights, visible_bias):
    """P(like) of each listed film given its row's hidden units, float32 `(num_listed,)`."""
    means = np.empty(len(item_index), np.float32)
    for row in numba.prange(len(row_splits) - 1):
        own = slice(row_splits[row], row_splits[row + 1])
        _visible_mean(item_index[own], hidden[row], weights, visible_bias, means[own])
    return means


@numba.njit(parallel=True, **OPTIONS)
def draw_rows(mean, row_splits, places, user_index, step, stream, seed, purpose):
    """A draw from each probability of a CSR list, keyed by user and place; float32 0 or 1 of the shape of `mean`."""
    drawn = mean.copy()
    for row in numba.prange(len(user_index)):
        own = slice(row_splits[row], row_splits[row + 1])
        uniform = np.empty(row_splits[row + 1] - row_splits[row], np.float32)
        _draw(drawn[own], places[own], user_index[row], step, stream, seed, purpose, uniform)
    return drawn


@numba.njit(nogil=True, cache=True)
def gather_rows(row_splits, item_index, rating, users):
    """The ratings of the chosen users, one user after another.

    Returns:
        splits: int64 `(num_chosen + 1,)`.
        items: int32 `(num_gathered,)`; values: float32 of the same shape.
    """
    splits = np.zeros(len(users) + 1, np.int64)
    for row in range(len(users)):
        splits[row + 1] = splits[row] + row_splits[users[row] + 1] - row_splits[users[row]]
    items, values = np.empty(splits[-1], np.int32), np.empty(splits[-1], np.float32)
    for row in range(len(users)):
        source = row_splits[users[row]]
        for n in range(splits[row + 1] - splits[row]):
            items[splits[row] + n] = item_index[source + n]
            values[splits[row] + n] = rating[source + n]
    return splits, items, values
