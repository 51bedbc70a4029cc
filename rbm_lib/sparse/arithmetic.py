"""Shared arithmetic of the compiled loops: exponentials, sigmoids and normalisers as vector instructions."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

LOWEST = np.float32(-87.0)  # exp of it is about the smallest normal float32; negligible beside 1
LOG_2, LOG2_E, ONE, HALF = (np.float32(number) for number in (np.log(2), 1 / np.log(2), 1, 0.5))
S3, S4, S5, S6 = (np.float32(1 / n) for n in (3, 4, 5, 6))


@numba.njit(**OPTIONS)
def exp_of_negative(value):
    """exp(value) for value <= 0, with a relative error below 5e-7: 2^n times a series in |rest| <= log(2) / 2.

    Only arithmetic, so that a loop over it is vectorised; a loop over `np.exp` makes one function call per value.
    """
    value = LOWEST if value < LOWEST else value
    n = np.int32(value * LOG2_E - HALF)  # towards zero: the nearest whole number
    rest = value - np.float32(n) * LOG_2
    series = ONE + rest * S5 * (ONE + rest * S6)
    series = ONE + rest * (ONE + rest * HALF * (ONE + rest * S3 * (ONE + rest * S4 * series)))
    return series * np.int32((n + np.int32(127)) << np.int32(23)).view(np.float32)  # the bits of 2^n


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
    """total += sum over n < count of factor[n] * table[place[n]]; four at a time, for fewer reads and writes."""
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
    """activation = c + sum of ((v - m) W + D). `factor` and `place` are scratch arrays."""
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
    """Updates the activation by the ratings that changed in a sweep; cheaper than a new sum over all of them."""
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
def _drawn_value(shares, uniform):
    """The first value whose cumulative share exceeds a random number in [0, 1)."""
    below, value = ZERO, 0
    for s in range(len(shares) - 1):
        below += shares[s]
        value += below <= uniform
    return value


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
