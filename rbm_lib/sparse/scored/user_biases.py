"""The bias of each user, from the user's own ratings: the mode of its posterior, by Newton's method, compiled."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from ..arithmetic import ONE, ZERO

NEWTON_STEPS = 6  # from 0; after four, no bias moves in its fourth digit
LONGEST_STEP = ONE  # of each part of a bias in one Newton step; further steps overshoot where few ratings speak


@numba.njit(**OPTIONS)
def tilt_of(bias, tilts, tilt, power):
    """tilt = t . a of each value, and power = exp(tilt)."""
    for s in range(len(tilt)):
        tilt[s] = ZERO
        for p in range(len(bias)):
            tilt[s] += tilts[s, p] * bias[p]
        power[s] = np.exp(tilt[s])


@numba.njit(**OPTIONS)
def _add_moments(item, shares, power, tilts, moments):
    """moments[:P] = the mean of t over one film's tilted shares; moments[P:] its covariances, row by row."""
    total, count = ZERO, tilts.shape[1]
    moments[:] = ZERO
    for s in range(len(power)):
        share = shares[item, s] * power[s]
        total += share
        for p in range(count):
            moments[p] += share * tilts[s, p]
            for q in range(p + 1):
                moments[count + p * count + q] += share * tilts[s, p] * tilts[s, q]
    for p in range(len(moments)):
        moments[p] /= total
    for p in range(count):
        for q in range(p + 1):
            moments[count + p * count + q] -= moments[p] * moments[q]


@numba.njit(**OPTIONS)
def infer_bias(items, state, shares, tilts, precision, bias, tilt, power, scratch):
    """bias = the a that maximises sum{ log P(v | shares tilted by a) } - precision . a^2 / 2, by Newton's method.

    Args:
        items, state: int32 and int8 `(num_rated,)`, one user's ratings.
        shares, tilts, precision: as in `ScoredTables`.
        bias: float32 `(num_tilts,)`, written to; one or two tilts.
        tilt, power: float32 `(num_values,)`, written to: t . a, and exp of it.
        scratch: float32 `(3, num_tilts + num_tilts^2)`.
    """
    count = len(bias)
    moments, total = scratch[0], scratch[1]
    bias[:] = ZERO
    for _ in range(NEWTON_STEPS if count else 0):
        tilt_of(bias, tilts, tilt, power)
        total[:] = ZERO
        for p in range(count):
            total[p] = -precision[p] * bias[p]
            total[count + p * count + p] = precision[p]
        for n in range(len(items)):
            _add_moments(items[n], shares, power, tilts, moments)
            for p in range(count):
                total[p] += tilts[state[n], p] - moments[p]
            for p in range(count, len(total)):
                total[p] += moments[p]
        _newton_step(bias, total)
    tilt_of(bias, tilts, tilt, power)


@numba.njit(**OPTIONS)
def _newton_step(bias, total):
    """bias += curvature^-1 gradient, each part at most `LONGEST_STEP`; `total` holds both."""
    if len(bias) == 1:
        bias[0] += min(max(total[0] / total[1], -LONGEST_STEP), LONGEST_STEP)
    else:
        first, cross, second = total[2], total[4], total[5]
        determinant = first * second - cross * cross
        bias[0] += min(max((second * total[0] - cross * total[1]) / determinant, -LONGEST_STEP), LONGEST_STEP)
        bias[1] += min(max((first * total[1] - cross * total[0]) / determinant, -LONGEST_STEP), LONGEST_STEP)


@numba.njit(parallel=True, **OPTIONS)
def user_biases(row_splits, item_index, state, shares, tilts, precision):
    """Each row's bias, the posterior covariance around it, and the shares that it expects over its films.

    Args:
        row_splits, item_index, state: CSR of the rows, int64 `(batch + 1,)`, int32 and int8 `(num_observed,)`.
        shares, tilts, precision: as in `ScoredTables`, with one or two tilts.
    Returns:
        bias: float32 `(batch, num_tilts)`, in nats per unit of t.
        variance: float32 `(batch, num_tilts)`, by Laplace's approximation.
        expected: float64 `(batch, num_values)`, sums of the tilted shares.
    """
    batch, num_values, count = len(row_splits) - 1, shares.shape[1], tilts.shape[1]
    bias, variance = np.empty((batch, count), np.float32), np.empty((batch, count), np.float32)
    expected = np.zeros((batch, num_values), np.float64)
    for row in numba.prange(batch):
        items = item_index[row_splits[row] : row_splits[row + 1]]
        tilt, power = np.empty(num_values, np.float32), np.empty(num_values, np.float32)
        scratch = np.empty((3, count + count * count), np.float32)
        own = state[row_splits[row] : row_splits[row + 1]]
        infer_bias(items, own, shares, tilts, precision, bias[row], tilt, power, scratch)
        curvature = scratch[2]
        curvature[:] = ZERO
        for p in range(count):
            curvature[count + p * count + p] = precision[p]
        for n in range(len(items)):
            _add_moments(items[n], shares, power, tilts, scratch[0])
            for p in range(count, len(curvature)):
                curvature[p] += scratch[0, p]
            total = ZERO
            for s in range(num_values):
                total += shares[items[n], s] * power[s]
            for s in range(num_values):
                expected[row, s] += shares[items[n], s] * power[s] / total
        if count == 1:
            variance[row, 0] = ONE / curvature[1]
        else:
            determinant = curvature[2] * curvature[5] - curvature[4] * curvature[4]
            variance[row, 0], variance[row, 1] = curvature[5] / determinant, curvature[2] / determinant
    return bias, variance, expected
