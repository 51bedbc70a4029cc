"""The bias of each user, from the user's own ratings: the mode of its posterior, by Newton's method, compiled."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from ..arithmetic import ONE, ZERO

NEWTON_STEPS = 6  # at most; after four from 0, no bias changes in its fourth digit
SHORTEST_STEP = np.float32(1e-3)  # of all components: the next step would be about its square, a rounding error
LONGEST_STEP = ONE  # limit on each component in one Newton step; larger steps overshoot with few ratings


@numba.njit(**OPTIONS)
def tilt_of(bias, tilts, tilt, power):
    """tilt = t . a of each value, and power = exp(tilt)."""
    for s in range(len(tilt)):
        tilt[s] = ZERO
        for p in range(len(bias)):
            tilt[s] += tilts[s, p] * bias[p]
        power[s] = np.exp(tilt[s])


@numba.njit(**OPTIONS)
def _sum_over_films(items, shares, power, tilts, expected, squares):
    """Two sums over a row's films, from which gradient and curvature of its log-likelihood follow.

    Args:
        expected: float64 `(num_values,)`, written to: the tilted shares p, summed.
        squares: float64 `(3,)`, written to: the products m1 m1, m1 m2 and m2 m2 of the films' means m = p . t, summed.
    """
    expected[:] = 0.0
    squares[:] = 0.0
    for n in range(len(items)):
        item, total, first, second = items[n], ZERO, ZERO, ZERO
        for s in range(len(power)):
            share = shares[item, s] * power[s]
            total += share
            first += share * tilts[s, 0]
            if tilts.shape[1] == 2:
                second += share * tilts[s, 1]
        inverse = ONE / total
        for s in range(len(power)):
            expected[s] += shares[item, s] * power[s] * inverse
        first *= inverse
        second *= inverse
        squares[0] += first * first
        squares[1] += first * second
        squares[2] += second * second


@numba.njit(**OPTIONS)
def _curvature(p, q, tilts, precision, expected, squares):
    """Minus the second derivative of the log posterior by the components p and q of a bias."""
    total = -squares[p + q]
    for s in range(len(expected)):
        total += expected[s] * tilts[s, p] * tilts[s, q]
    return total + precision[p] if p == q else total


@numba.njit(**OPTIONS)
def _gradient(p, state, bias, tilts, precision, expected):
    """The derivative of the log posterior by the component p of a bias."""
    total = -np.float64(precision[p] * bias[p])
    for n in range(len(state)):
        total += tilts[state[n], p]
    for s in range(len(expected)):
        total -= expected[s] * tilts[s, p]
    return total


@numba.njit(**OPTIONS)
def infer_bias(items, state, shares, tilts, precision, bias, tilt, power, scratch):
    """Moves bias to the a that maximises sum{ log P(v | shares tilted by a) } - precision . a^2 / 2, by Newton steps.

    Args:
        items, state: int32 and int8 `(num_rated,)`, one user's ratings.
        shares, tilts, precision: as in `ScoredTables`.
        bias: float32 `(num_tilts,)`, the start, overwritten with the result; at most two tilts.
        tilt, power: float32 `(num_values,)`, written to: t . a, and exp of it.
        scratch: float64 `(num_values + 3,)`.
    """
    expected, squares = scratch[:-3], scratch[-3:]
    for _ in range(NEWTON_STEPS if len(bias) else 0):
        tilt_of(bias, tilts, tilt, power)
        _sum_over_films(items, shares, power, tilts, expected, squares)
        if _newton_step(state, bias, tilts, precision, expected, squares) < SHORTEST_STEP:
            break
    tilt_of(bias, tilts, tilt, power)


@numba.njit(**OPTIONS)
def _newton_step(state, bias, tilts, precision, expected, squares):
    """bias += curvature^-1 gradient, each component at most `LONGEST_STEP`; returns the largest component."""
    gradient = _gradient(0, state, bias, tilts, precision, expected)
    curvature = _curvature(0, 0, tilts, precision, expected, squares)
    if len(bias) == 1:
        step = min(max(gradient / curvature, -LONGEST_STEP), LONGEST_STEP)
        bias[0] += step
        return abs(step)
    other = _gradient(1, state, bias, tilts, precision, expected)
    cross = _curvature(0, 1, tilts, precision, expected, squares)
    second = _curvature(1, 1, tilts, precision, expected, squares)
    determinant = curvature * second - cross * cross
    step = min(max((second * gradient - cross * other) / determinant, -LONGEST_STEP), LONGEST_STEP)
    other = min(max((curvature * other - cross * gradient) / determinant, -LONGEST_STEP), LONGEST_STEP)
    bias[0] += step
    bias[1] += other
    return max(abs(step), abs(other))


@numba.njit(parallel=True, **OPTIONS)
def user_biases(row_splits, item_index, state, shares, tilts, precision, start):
    """Each row's bias, the posterior variance around it, and the expected shares summed over its films.

    Args:
        row_splits, item_index, state: CSR of the rows, int64 `(batch + 1,)`, int32 and int8 `(num_observed,)`.
        shares, tilts, precision: as in `ScoredTables`, with one or two tilts.
        start: float32 `(batch, num_tilts)`, the start of Newton's method.
    Returns:
        bias: float32 `(batch, num_tilts)`, in nats per unit of t.
        variance: float32 `(batch, num_tilts)`, by Laplace's approximation.
        expected: float64 `(batch, num_values)`, sums of the tilted shares.
    """
    batch, num_values, count = len(row_splits) - 1, shares.shape[1], tilts.shape[1]
    bias, variance = start.copy(), np.empty((batch, count), np.float32)
    expected = np.empty((batch, num_values), np.float64)
    for row in numba.prange(batch):
        items = item_index[row_splits[row] : row_splits[row + 1]]
        own = state[row_splits[row] : row_splits[row + 1]]
        tilt, power = np.empty(num_values, np.float32), np.empty(num_values, np.float32)
        scratch = np.empty(num_values + 3, np.float64)
        squares = scratch[-3:]
        infer_bias(items, own, shares, tilts, precision, bias[row], tilt, power, scratch)
        _sum_over_films(items, shares, power, tilts, expected[row], squares)
        first = _curvature(0, 0, tilts, precision, expected[row], squares)
        if count == 1:
            variance[row, 0] = 1.0 / first
        else:
            cross = _curvature(0, 1, tilts, precision, expected[row], squares)
            second = _curvature(1, 1, tilts, precision, expected[row], squares)
            determinant = first * second - cross * cross
            variance[row, 0], variance[row, 1] = second / determinant, first / determinant
    return bias, variance, expected
