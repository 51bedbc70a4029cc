"""Predictions of listed films, and hidden activations, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS
from rbm_lib.draws import fill_uniform

from .arithmetic import ONE, ZERO, _activate, _add_scaled, _dot, _drawn_value, _softmax_of_film, exp_of_negative

FACTORS = 64  # a product of so many factors of at most 2 does not overflow float32


@numba.njit(**OPTIONS)
def _sigmoid_of(value):
    return ONE / (ONE + np.exp(-value))


@numba.njit(**OPTIONS)
def _softplus_sum(given, row):
    """Sum of log(1 + exp(given + row)), float32: one logarithm for many factors 1 + exp(-|given + row|) <= 2."""
    total = ZERO
    for first in range(0, len(given), FACTORS):
        product, some, others = ONE, given[first : first + FACTORS], row[first : first + FACTORS]
        for j in range(len(some)):
            value = some[j] + others[j]
            total += max(value, ZERO)
            product *= ONE + exp_of_negative(-abs(value))
        total += np.log(product)
    return total


@numba.njit(parallel=True, **OPTIONS)
def visible_means(row_splits, item_index, hidden, weights, visible_bias):
    """P(like), or P(star), of each listed film given its row's hidden units: float32 `(num_listed, num_values)`."""
    means = np.empty((len(item_index), visible_bias.shape[1]), np.float32)
    for row in numba.prange(len(row_splits) - 1):
        for n in range(row_splits[row], row_splits[row + 1]):
            item = item_index[n]
            if weights.shape[1] == 1:
                means[n, 0] = _sigmoid_of(_dot(weights[item, 0], hidden[row]) + visible_bias[item, 0])
            else:
                _softmax_of_film(item, hidden[row], weights, visible_bias, means[n])
    return means


@numba.njit(parallel=True, **OPTIONS)
def exact_means(row_splits, item_index, activation, weights, visible_bias, offset):
    """As `visible_means`, hidden units summed out exactly; see `conditionals.exact_prediction`."""
    means = np.empty((len(item_index), visible_bias.shape[1]), np.float32)
    for row in numba.prange(len(row_splits) - 1):
        for n in range(row_splits[row], row_splits[row + 1]):
            item = item_index[n]
            given = activation[row].copy()  # the effect of the inputs, and of the fact that this film was rated
            for value in range(weights.shape[1]):
                if offset[item, value] != ZERO:
                    _add_scaled(given, -offset[item, value], weights[item, value])
            for value in range(weights.shape[1]):
                means[n, value] = visible_bias[item, value] + _softplus_sum(given, weights[item, value])
            if weights.shape[1] == 1:
                means[n, 0] -= _softplus_sum(given, np.zeros_like(given))
                means[n, 0] = _sigmoid_of(means[n, 0])
            else:
                means[n] = np.exp(means[n] - np.max(means[n]))
                means[n] /= np.sum(means[n])
    return means


@numba.njit(parallel=True, **OPTIONS)
def draw_rows(mean, row_splits, places, user_index, step, stream, seed, purpose):
    """A sample from each probability of a CSR list, addressed by user and place.

    Returns:
        drawn: float32 of the shape of `mean`, `(num_listed, num_values)`: 0 or 1; for stars, one-hot.
    """
    drawn = np.zeros_like(mean)
    for row in numba.prange(len(user_index)):
        first, last = row_splits[row], row_splits[row + 1]
        uniform = np.empty(last - first, np.float32)
        fill_uniform(places[first:last], user_index[row], step, stream, seed, purpose, uniform)
        for n in range(first, last):
            if mean.shape[1] == 1:
                drawn[n, 0] = ONE if uniform[n - first] < mean[n, 0] else ZERO
            else:
                drawn[n, _drawn_value(mean[n], uniform[n - first])] = ONE
    return drawn


@numba.njit(**OPTIONS)
def _insert(item, score, films, scores):
    """Inserts a film into a list that is sorted best first; ties go to the earlier film."""
    place = len(films) - 1
    if score > scores[place]:
        while place > 0 and score > scores[place - 1]:
            scores[place], films[place] = scores[place - 1], films[place - 1]
            place -= 1
        scores[place], films[place] = score, item


@numba.njit(parallel=True, **OPTIONS)
def activations_of_rows(row_splits, item_index, state, parameters):
    """c + (v - m) W + D of each row, for checked arguments; see `engine.hidden_activations`.

    Args:
        row_splits, item_index: CSR of the rows, int64 `(batch + 1,)` and int32 `(num_observed,)`.
        state: int8 `(num_observed,)`, the index of each rating among the values, from `check_states`.
        parameters: five float32 arrays: weights `(num_items, num_values, num_hidden)`, visible bias and hidden bias,
            offset `(num_items,)`, weights of the rated films `(num_items, num_hidden)` or without rows. `num_values` is
            1 for likes.
    Returns:
        activations: float32 `(batch, num_hidden)`, in nats.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import activations_of_rows
        >>> shapes = (4, 1, 3), (4, 1), (3,), (4,), (0, 3)
        >>> parameters = tuple(np.ones(shape, np.float32) for shape in shapes)
        >>> item_index, state = np.array([0, 2, 1], np.int32), np.array([1, 0, 1], np.int8)
        >>> activations_of_rows(np.array([0, 2, 3]), item_index, state, parameters).tolist()
        [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """
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
    """Adds to each row, in place, D of films that are known to be rated, without their ratings."""
    for row in numba.prange(len(row_splits) - 1):
        for item in item_index[row_splits[row] : row_splits[row + 1]]:
            _add_scaled(activations[row], ONE, rated_weights[item])
