"""Predictions of scored machines, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from ..arithmetic import ZERO, _add_scaled, _dot
from ..predictions import _softplus_sum
from .chains import activate, coupled_scores, mean_scores, shares_given_hidden
from .user_biases import infer_bias


@numba.njit(parallel=True, **OPTIONS)
def scored_activations(row_splits, item_index, state, tables):
    """Each row's hidden activation c + sum{ (s(v) - m) W + D }, and its tilt t . a.

    Returns:
        activations: float32 `(batch, num_hidden)`, in nats.
        tilts: float32 `(batch, num_values)`, in nats.
        scores: float32 `(num_observed, num_scores)`, s(v) - m.
    """
    shares, scores, tilts, precision = tables[3], tables[5], tables[6], tables[7]
    batch, num_values, num_scores = len(row_splits) - 1, len(scores), scores.shape[1]
    activations = np.empty((batch, len(tables[2])), np.float32)
    tilt = np.empty((batch, num_values), np.float32)
    moments = np.empty((len(item_index), num_scores), np.float32)
    for row in numba.prange(batch):
        own = slice(row_splits[row], row_splits[row + 1])
        size = num_scores * (row_splits[row + 1] - row_splits[row]) + 1
        factor, place = np.empty(size, np.float32), np.empty(size, np.int32)
        bias, power = np.zeros(tilts.shape[1], np.float32), np.empty(num_values, np.float32)
        scratch = np.empty(num_values + 3, np.float64)
        infer_bias(item_index[own], state[own], shares, tilts, precision, bias, tilt[row], power, scratch)
        activate(item_index[own], state[own], tables, power, factor, place, moments[own], activations[row])
    return activations, tilt, moments


@numba.njit(parallel=True, **OPTIONS)
def scored_means(row_splits, item_index, hidden, tilts, tables):
    """P(value) of each listed film given its row's hidden units minus their offset: `(num_listed, num_values)`."""
    weights, visible_bias, scores = tables[0], tables[1], tables[5]
    means = np.empty((len(item_index), len(scores)), np.float32)
    for row in numba.prange(len(row_splits) - 1):
        own = slice(row_splits[row], row_splits[row + 1])
        coupled = np.empty((row_splits[row + 1] - row_splits[row], scores.shape[1]), np.float32)
        coupled_scores(item_index[own], weights, hidden[row], coupled)
        shares_given_hidden(item_index[own], tilts[row], visible_bias, scores, coupled, means[own])
    return means


@numba.njit(parallel=True, **OPTIONS)
def scored_exact_means(row_splits, item_index, activation, tilts, tables):
    """As `scored_means`, hidden units summed out exactly, film by film.

    P(value v of film q) ~ exp(b + t . a - n s(v) . sum of W) * product of { 1 + exp(x + (s(v) - m) W) }, with sum and
    product over hidden units.
    """
    weights, visible_bias, _, shares, _, scores, tilts_of_users, _, offset, _ = tables
    num_values, num_scores, num_hidden = len(scores), scores.shape[1], weights.shape[2]
    means = np.empty((len(item_index), num_values), np.float32)
    for row in numba.prange(len(row_splits) - 1):
        power, mean = np.exp(tilts[row]), np.empty(num_scores, np.float32)
        given, moved = np.empty(num_hidden, np.float32), np.empty(num_hidden, np.float32)
        ones = np.ones(num_hidden, np.float32)
        for n in range(row_splits[row], row_splits[row + 1]):
            item = item_index[n]
            mean_scores(item, shares, power, tilts_of_users.shape[1] > 0, scores, mean)
            given[:] = activation[row]
            for k in range(num_scores):
                if mean[k] != ZERO:
                    _add_scaled(given, -mean[k], weights[item, k])
            for s in range(num_values):
                moved[:] = ZERO
                for k in range(num_scores):
                    if scores[s, k] != ZERO:
                        _add_scaled(moved, scores[s, k], weights[item, k])
                means[n, s] = visible_bias[item, s] + tilts[row, s] + _softplus_sum(given, moved)
                if offset != ZERO:
                    means[n, s] -= offset * _dot(moved, ones)
            means[n] = np.exp(means[n] - np.max(means[n]))
            means[n] /= np.sum(means[n])
    return means
