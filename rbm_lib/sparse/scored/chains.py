"""Masked Gibbs chains of scored machines, with sampled or expected reconstructions, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS
from rbm_lib.draws import CHUNK, HIDDEN, NOT_STARTED, TRAINING, VISIBLE, fill_uniform, fill_uniform_from_0

from ..arithmetic import LOWEST, ONE, ZERO, _add_rows, _drawn_value, _sigmoid, exp_of_negative
from .user_biases import infer_bias


@numba.njit(**OPTIONS)
def mean_scores(item, shares, power, tilted, scores, mean):
    """mean = sum of the scores weighted by one film's shares; tilted shares are first normalised to a sum of 1."""
    total = ZERO
    mean[:] = ZERO
    for s in range(len(power)):
        share = shares[item, s] * power[s]
        total += share
        for k in range(len(mean)):
            mean[k] += share * scores[s, k]
    if tilted and total > ZERO:
        for k in range(len(mean)):
            mean[k] /= total


@numba.njit(**OPTIONS)
def _add_scored(items, factor, place, sign, moments, weights, activation):
    """activation += sign * sum of moments[n, k] * weights[items[n], k]. `factor` and `place` are scratch arrays."""
    num_scores, count = weights.shape[1], 0
    for n in range(len(items)):
        for k in range(num_scores):
            factor[count], place[count] = sign * moments[n, k], items[n] * num_scores + k
            count += factor[count] != ZERO
    _add_rows(activation, count, factor, place, weights.reshape(-1, weights.shape[2]))


@numba.njit(**OPTIONS)
def activate(items, state, tables, power, factor, place, moments, activation):
    """activation = c + sum of { (s(v) - m) W + D }; moments[n] = s(v) - m. `factor` and `place` are scratch arrays."""
    weights, _, hidden_bias, shares, rated, scores = tables[:6]
    tilted = tables[6].shape[1] > 0
    for n in range(len(items)):
        mean_scores(items[n], shares, power, tilted, scores, moments[n])
        for k in range(len(moments[n])):
            moments[n, k] = scores[state[n], k] - moments[n, k]
    activation[:] = hidden_bias
    _add_scored(items, factor, place, ONE, moments, weights, activation)
    if len(rated):
        factor[: len(items)] = ONE
        _add_rows(activation, len(items), factor, items, rated)


@numba.njit(**OPTIONS)
def coupled_scores(items, weights, hidden, coupled):
    """coupled[n, k] = W[items[n], k] . hidden, eight rows at a time, so that `hidden` is read less."""
    num_scores = weights.shape[1]
    rows, total, flat = weights.reshape(-1, weights.shape[2]), len(items) * num_scores, coupled.reshape(-1)
    whole = total - total % 4
    for n in range(0, whole, 4):
        r0, r1 = rows[_row(items, n, num_scores)], rows[_row(items, n + 1, num_scores)]
        r2, r3 = rows[_row(items, n + 2, num_scores)], rows[_row(items, n + 3, num_scores)]
        d0 = d1 = d2 = d3 = ZERO
        for j in range(len(hidden)):
            h = hidden[j]
            d0, d1, d2, d3 = d0 + r0[j] * h, d1 + r1[j] * h, d2 + r2[j] * h, d3 + r3[j] * h
        flat[n], flat[n + 1], flat[n + 2], flat[n + 3] = d0, d1, d2, d3
    for n in range(whole, total):
        row, dot = rows[_row(items, n, num_scores)], ZERO
        for j in range(len(hidden)):
            dot += row[j] * hidden[j]
        flat[n] = dot


@numba.njit(**OPTIONS)
def _row(items, n, num_scores):
    return items[n // num_scores] * num_scores + n % num_scores


@numba.njit(**OPTIONS)
def shares_given_hidden(items, tilt, visible_bias, scores, coupled, shares):
    """shares[n] = softmax over the values of b + t . a + s . coupled[n], of films items[n]."""
    for n in range(len(items)):
        largest = -np.float32(np.inf)
        for s in range(len(tilt)):
            logit = visible_bias[items[n], s] + tilt[s]
            for k in range(scores.shape[1]):
                logit += scores[s, k] * coupled[n, k]
            shares[n, s] = logit
            largest = max(largest, logit)
        total = ZERO
        for s in range(len(tilt)):
            shares[n, s] = exp_of_negative(max(shares[n, s] - largest, LOWEST))
            total += shares[n, s]
        for s in range(len(tilt)):
            shares[n, s] /= total


@numba.njit(**OPTIONS)
def _reconstruct(moments, state, shares, tables, drawing, uniform, ends):
    """ends[n] = s(v') - m of the reconstruction, sampled or expected; a sample replaces `shares` by its 0 and 1."""
    scores, likes = tables[5], tables[9]
    for n in range(len(state)):
        if drawing:
            # A like if the random number is below its share, as in Bernoulli units.
            value = int(uniform[n] < shares[n, 1]) if likes else _drawn_value(shares[n], uniform[n])
            shares[n] = ZERO
            shares[n, value] = ONE
        for k in range(scores.shape[1]):
            ends[n, k] = moments[n, k] - scores[state[n], k]  # - m
            for s in range(len(scores)):
                ends[n, k] += shares[n, s] * scores[s, k]


@numba.njit(**OPTIONS)
def _start_hidden(hidden, persistent, address, seed, uniform, offset):
    """Hidden states, minus their offset, sampled from their means, or the last ones of a persistent chain."""
    user, step, sweep = address
    if sweep == 0 and len(persistent) and persistent[0] != NOT_STARTED:
        for j in range(len(hidden)):
            hidden[j] = persistent[j] - offset
        return
    fill_uniform_from_0(user, step, 2 * sweep + HIDDEN, seed, TRAINING, uniform)
    for j in range(len(hidden)):
        hidden[j] = (ONE if uniform[j] < hidden[j] else ZERO) - offset


@numba.njit(parallel=True, **OPTIONS)
def scored_chains(row_splits, item_index, places, state, user_index, tables, persistent, cd_steps, step, seed, drawing):
    """Each row's hidden means at the data and at the end of its chain of `cd_steps` sweeps, and both ends' scores.

    Args:
        places: int32 `(num_observed,)`, as in `chains.chains`.
        tables: `ScoredTables`.
        persistent: uint8 `(batch, num_hidden)`, as in `chains.chains`.
        drawing: bool, whether reconstructions are sampled, else expectations. Hidden units are always sampled.
    Returns:
        hidden_start, hidden_end: float32 `(batch, num_hidden)`.
        score_start, score_end: float32 `(num_observed, num_scores)`, s - m.
        shares_end: float32 `(num_observed, num_values)`, the reconstruction: of each value 0 or 1, or its probability.
        tilt: float32 `(batch, num_values)`, t . a of each row.
        stop: uint8, of the shape of `persistent`.
    """
    weights, visible_bias, hidden_bias, shares, _, scores, tilts, precision, offset, _ = tables
    batch, num_hidden, num_values, num_scores = len(user_index), len(hidden_bias), len(scores), scores.shape[1]
    hidden_start = np.empty((batch, num_hidden), np.float32)
    hidden_end = np.empty((batch, num_hidden), np.float32)
    score_start = np.empty((len(state), num_scores), np.float32)
    score_end = np.empty((len(state), num_scores), np.float32)
    shares_end = np.empty((len(state), num_values), np.float32)
    tilts_of_rows = np.empty((batch, num_values), np.float32)
    stop = np.empty_like(persistent)
    chunks = -(-num_hidden // CHUNK) * CHUNK
    for row in numba.prange(batch):
        first, last = row_splits[row], row_splits[row + 1]
        size, user = last - first, user_index[row]
        items, visible, moments, ends = (
            item_index[first:last],
            state[first:last],
            score_start[first:last],
            score_end[first:last],
        )
        hidden, activation = np.empty(num_hidden, np.float32), np.empty(num_hidden, np.float32)
        uniform = np.empty(max(chunks, size), np.float32)
        factor, place = np.empty(num_scores * size + 1, np.float32), np.empty(num_scores * size + 1, np.int32)
        coupled, change = np.empty((size, num_scores), np.float32), np.empty((size, num_scores), np.float32)
        tilt, power, bias = (
            np.empty(num_values, np.float32),
            np.empty(num_values, np.float32),
            np.zeros(tilts.shape[1], np.float32),
        )
        scratch = np.empty(num_values + 3, np.float64)
        infer_bias(items, visible, shares, tilts, precision, bias, tilt, power, scratch)
        tilts_of_rows[row] = tilt
        activate(items, visible, tables, power, factor, place, moments, activation)
        hidden[:] = activation
        _sigmoid(hidden)
        hidden_start[row] = hidden
        ends[:] = moments
        for sweep in range(cd_steps):
            chain = persistent[row] if len(persistent) else persistent[:0].reshape(-1)
            _start_hidden(hidden, chain, (user, step, sweep), seed, uniform[:chunks], offset)
            coupled_scores(items, weights, hidden, coupled)
            shares_given_hidden(items, tilt, visible_bias, scores, coupled, shares_end[first:last])
            change[:] = ends
            if drawing:
                fill_uniform(places[first:last], user, step, 2 * sweep + VISIBLE, seed, TRAINING, uniform)
            _reconstruct(moments, visible, shares_end[first:last], tables, drawing, uniform, ends)
            for n in range(size):
                for k in range(num_scores):
                    change[n, k] = ends[n, k] - change[n, k]
            _add_scored(items, factor, place, ONE, change, weights, activation)
            hidden[:] = activation
            _sigmoid(hidden)
        hidden_end[row] = hidden
        if len(persistent):
            fill_uniform_from_0(user, step, 2 * cd_steps + HIDDEN, seed, TRAINING, uniform[:chunks])
            for j in range(num_hidden):
                stop[row, j] = 1 if uniform[j] < hidden[j] else 0
    return hidden_start, hidden_end, score_start, score_end, shares_end, tilts_of_rows, stop
