"""What every compiled loop shares: the compiler's options, draws, and the arranging of a batch."""

import numba
import numpy as np

from rbm_lib.draw_layout import CHUNK, KEY_INCREMENTS, LANE, MULTIPLIERS
from rbm_lib.kernel_cache import discard_stale_kernels

discard_stale_kernels()  # before the first compiled loop below is looked up

# What may be assumed of floats: sums may be reordered and fused. Infinities and NaN may NOT be assumed away: with the
# full `fastmath` the sigmoid of a large input came out as NaN.
FLAGS = {"reassoc", "contract", "nsz", "arcp"}
# Division as NumPy divides: Python's check for a zero divisor is a way out of the loop, and no loop with one becomes
# vector instructions. The sigmoid took seven times as long with it.
OPTIONS = {"nogil": True, "cache": True, "fastmath": FLAGS, "error_model": "numpy"}

_M0, _M1 = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_W0, _W1 = (np.uint64(increment) for increment in KEY_INCREMENTS)

LOWEST = np.float32(-87.0)  # exp of it is the smallest normal float32, roughly; nothing beside 1
LOG_2, LOG2_E, ONE, HALF = (np.float32(number) for number in (np.log(2), 1 / np.log(2), 1, 0.5))
S3, S4, S5, S6 = (np.float32(1 / n) for n in (3, 4, 5, 6))


@numba.njit(**OPTIONS)
def exp_of_negative(value):
    """exp(value) for value <= 0, within a share of 5e-7 of it: 2^n times a series in |rest| <= log(2) / 2.

    Arithmetic alone, so that a loop over it becomes vector instructions; one over `np.exp` calls a function each time.
    """
    value = LOWEST if value < LOWEST else value
    n = np.int32(value * LOG2_E - HALF)  # towards zero: the nearest whole number
    rest = value - np.float32(n) * LOG_2
    series = ONE + rest * S5 * (ONE + rest * S6)
    series = ONE + rest * (ONE + rest * HALF * (ONE + rest * S3 * (ONE + rest * S4 * series)))
    return series * np.int32((n + np.int32(127)) << np.int32(23)).view(np.float32)  # the bits of 2^n


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
def fill_uniform_from_0(user, step, stream, seed, purpose, out):
    """`fill_uniform` for places 0, 1, 2 and so on, at a third of the cost: takes all four words of each block.

    Args:
        out: float32, of whole chunks (`CHUNK`) of places.
    """
    c1, c2, c3 = np.uint64(user), np.uint64(step) & _LOW, np.uint64(stream)
    k0, k1 = np.uint64(seed), np.uint64(purpose)
    scale, unused = np.float32(2.0**-24), np.uint32(8)
    for chunk in range(len(out) // CHUNK):
        first = out[chunk * CHUNK : chunk * CHUNK + LANE]
        second = out[chunk * CHUNK + LANE : chunk * CHUNK + 2 * LANE]
        third = out[chunk * CHUNK + 2 * LANE : chunk * CHUNK + 3 * LANE]
        fourth = out[chunk * CHUNK + 3 * LANE : chunk * CHUNK + 4 * LANE]
        for lane in range(LANE):
            w0, w1, w2, w3 = _philox(np.uint64(chunk * LANE + lane), c1, c2, c3, k0, k1)
            first[lane] = np.float32(np.uint32(w0) >> unused) * scale
            second[lane] = np.float32(np.uint32(w1) >> unused) * scale
            third[lane] = np.float32(np.uint32(w2) >> unused) * scale
            fourth[lane] = np.float32(np.uint32(w3) >> unused) * scale


@numba.njit(nogil=True, cache=True)
def rows_hold(row_splits, item_index, num_items):
    """Whether the rows follow each other and list films of the model, strictly ascending within a row."""
    if len(row_splits) == 0 or row_splits[0] != 0 or row_splits[-1] != len(item_index):
        return False
    for row in range(len(row_splits) - 1):
        if row_splits[row] > row_splits[row + 1]:
            return False
    wrong = 0  # counted to the end: a loop without a way out becomes vector instructions
    for row in range(len(row_splits) - 1):
        items = item_index[row_splits[row] : row_splits[row + 1]]
        if len(items):
            wrong += items[0] < 0 or items[-1] >= num_items
            for n in range(len(items) - 1):
                wrong += items[n] >= items[n + 1]
    return wrong == 0


@numba.njit(nogil=True, cache=True)
def states_of(rating, values):
    """The place of each rating among the ascending `values`: int8 `(num_observed,)`; -1 for a number not among them."""
    states = np.full(len(rating), -1, np.int8)
    for s in range(len(values)):
        for n in range(len(rating)):
            states[n] = s if rating[n] == values[s] else states[n]
    return states


@numba.njit(nogil=True, cache=True)
def order_by_item(row_splits, item_index, num_items):
    """The batch's ratings film by film, by counting.

    Returns:
        item_splits: int64 `(num_items + 1,)`, where each film's ratings stand in the two below.
        row: int32 `(num_observed,)`, the batch row of each, ascending within a film.
        position: int64 `(num_observed,)`, its place in `item_index`.
    """
    splits = np.zeros(num_items + 2, np.int64)  # one ahead: filling moves each start to the next film's
    for item in item_index:
        splits[item + 2] += 1
    for item in range(num_items):
        splits[item + 2] += splits[item + 1]
    row, position = np.empty(len(item_index), np.int32), np.empty(len(item_index), np.int64)
    for r in range(len(row_splits) - 1):
        for n in range(row_splits[r], row_splits[r + 1]):
            place = splits[item_index[n] + 1]
            row[place], position[place] = r, n
            splits[item_index[n] + 1] = place + 1
    return splits[:-1], row, position


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
