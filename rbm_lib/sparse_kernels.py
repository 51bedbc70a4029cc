"""Compiled loops of the sparse engine: over users for chains, over films for gradients; no array of users by films.

Every function here trusts its arguments. `rbm_lib.sparse` checks them; call that.

A batch is CSR: the ratings of row r are `row_splits[r]:row_splits[r + 1]`, each an int8 `state`: 0 or 1 of a Bernoulli
unit, the place among the stars of a softmax unit. Couplings are `(num_items, num_values, num_hidden)` and visible
biases `(num_items, num_values)`; a single value stands for Bernoulli units, whose dislike needs no couplings.
`rated_weights` without rows stands for an RBM that is not conditional, `centre` without rows for one whose ratings tell
the hidden units nothing but themselves.
All floats are float32. Threads share only what they read: a chain belongs to one row, a row of the gradient to one
film, and sums are taken in a fixed order, so the number of threads changes no bit of any result.
"""

import numba
import numpy as np

from rbm_lib.draw_layout import HIDDEN, NOT_STARTED, TRAINING, VISIBLE
from rbm_lib.kernel_basics import OPTIONS, fill_uniform

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@numba.njit(**OPTIONS)
def _sigmoid(values):
    for n in range(len(values)):
        values[n] = ONE / (ONE + np.exp(-values[n]))


@numba.njit(**OPTIONS)
def _add_scaled(total, factor, row):
    for j in range(len(total)):
        total[j] += factor * row[j]


@numba.njit(**OPTIONS)
def _rated_activation(items, centre, hidden_bias, activation):
    """activation = c + sum of (D - m W): what does not change along a chain."""
    activation[:] = hidden_bias
    if len(centre):
        for item in items:
            _add_scaled(activation, ONE, centre[item])


@numba.njit(**OPTIONS)
def _add_couplings(items, state, weights, activation):
    """activation += sum of v W: the rows of the likes, or of each film's star."""
    for n in range(len(items)):
        if weights.shape[1] > 1:
            _add_scaled(activation, ONE, weights[items[n], state[n]])
        elif state[n]:
            _add_scaled(activation, ONE, weights[items[n], 0])


@numba.njit(**OPTIONS)
def _dot(row, hidden):
    total = ZERO
    for j in range(len(hidden)):
        total += row[j] * hidden[j]
    return total


@numba.njit(**OPTIONS)
def _softmax_of_film(item, hidden, weights, visible_bias, shares):
    """shares = softmax(b + W h) of one film."""
    largest = np.float32(-np.inf)
    for s in range(len(shares)):
        shares[s] = _dot(weights[item, s], hidden) + visible_bias[item, s]
        largest = max(largest, shares[s])
    total = ZERO
    for s in range(len(shares)):
        shares[s] = np.exp(shares[s] - largest)
        total += shares[s]
    for s in range(len(shares)):
        shares[s] /= total


@numba.njit(**OPTIONS)
def _draw_hidden(mean, units, user, step, sweep, seed, purpose, uniform):
    """Replaces each probability in `mean` by a draw from it."""
    fill_uniform(units, user, step, 2 * sweep + HIDDEN, seed, purpose, uniform)
    for j in range(len(mean)):
        mean[j] = ONE if uniform[j] < mean[j] else ZERO


@numba.njit(**OPTIONS)
def _draw_visible(items, hidden, weights, visible_bias, user, step, sweep, seed, purpose, uniform, work, state):
    """state[n] is drawn from P(rating of films items[n] | hidden). `uniform` and `work` are space to write in."""
    fill_uniform(items, user, step, 2 * sweep + VISIBLE, seed, purpose, uniform)
    if weights.shape[1] == 1:
        mean = work[: len(items)]
        for n in range(len(items)):
            mean[n] = _dot(weights[items[n], 0], hidden) + visible_bias[items[n], 0]
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
        parameters: tuple (weights, visible_bias, hidden_bias, centre).
        persistent: uint8 `(batch, num_hidden)`, the hidden states from which persistent chains go on, or
            `NOT_STARTED`; without rows for contrastive divergence, whose chains start at the data.
    Returns:
        hidden_start, hidden_end: float32 `(batch, num_hidden)`.
        reconstruction: int8 `(num_observed,)`.
        stop: uint8, of the shape of `persistent`.
    """
    weights, visible_bias, hidden_bias, centre = parameters
    batch, num_hidden = len(user_index), len(hidden_bias)
    hidden_start = np.empty((batch, num_hidden), np.float32)
    hidden_end = np.empty((batch, num_hidden), np.float32)
    reconstruction = np.empty(len(state), np.int8)
    stop = np.empty_like(persistent)
    units = np.arange(num_hidden).astype(np.int32)
    for row in numba.prange(batch):
        first, last = row_splits[row], row_splits[row + 1]
        items, visible = item_index[first:last], reconstruction[first:last]
        hidden, rated = np.empty(num_hidden, np.float32), np.empty(num_hidden, np.float32)
        uniform = np.empty(max(num_hidden, last - first), np.float32)
        work = np.empty(max(visible_bias.shape[1], last - first), np.float32)
        user = user_index[row]
        _rated_activation(items, centre, hidden_bias, rated)
        hidden[:] = rated
        _add_couplings(items, state[first:last], weights, hidden)
        _sigmoid(hidden)
        hidden_start[row] = hidden
        for sweep in range(cd_steps):
            if sweep == 0 and len(persistent) and persistent[row, 0] != NOT_STARTED:
                for j in range(num_hidden):
                    hidden[j] = persistent[row, j]
            else:
                _draw_hidden(hidden, units, user, step, sweep, seed, TRAINING, uniform)
            _draw_visible(
                items, hidden, weights, visible_bias, user, step, sweep, seed, TRAINING, uniform, work, visible
            )
            hidden[:] = rated
            _add_couplings(items, visible, weights, hidden)
            _sigmoid(hidden)
        hidden_end[row] = hidden
        if len(persistent):
            _draw_hidden(hidden, units, user, step, cd_steps, seed, TRAINING, uniform)
            for j in range(num_hidden):
                stop[row, j] = np.uint8(hidden[j])
    return hidden_start, hidden_end, reconstruction, stop


@numba.njit(**OPTIONS)
def _add_difference(total, more, up, less, down):
    for j in range(len(total)):
        total[j] += more * up[j] - less * down[j]


@numba.njit(parallel=True, **OPTIONS)
def film_gradients(films, by_item, state, reconstruction, hidden_start, hidden_end, offset, conditional):
    """Each listed film's mean over the batch of its positive minus its negative statistics.

    Args:
        films: int32 `(num_listed,)`.
        by_item: what `order_by_item` returned.
        offset: float32 `(num_items, num_values)`.
        conditional: bool, whether `rated` is asked for.
    Returns:
        couplings: float32 `(num_listed, num_values, num_hidden)`.
        bias: float32 `(num_listed, num_values)`.
        rated: float32 `(num_listed, num_hidden)`, for `rated_weights`; without rows unless conditional.
    """
    item_splits, rows, position = by_item
    num_values, num_hidden = offset.shape[1], hidden_start.shape[1]
    couplings = np.empty((len(films), num_values, num_hidden), np.float32)
    bias = np.empty((len(films), num_values), np.float32)
    rated = np.empty((len(films) if conditional else 0, num_hidden), np.float32)
    scale = ONE / np.float32(max(1, len(hidden_start)))
    for n in numba.prange(len(films)):
        film = films[n]
        couplings[n], bias[n] = ZERO, ZERO
        both = np.zeros(num_hidden, np.float32)  # the sum over all ratings, whatever they are
        for place in range(item_splits[film], item_splits[film + 1]):
            data, end = state[position[place]], reconstruction[position[place]]
            up, down = hidden_start[rows[place]], hidden_end[rows[place]]
            if num_values == 1:
                _add_difference(couplings[n, 0], scale * np.float32(data), up, scale * np.float32(end), down)
                bias[n, 0] += scale * np.float32(data - end)
            else:
                _add_scaled(couplings[n, data], scale, up)
                _add_scaled(couplings[n, end], -scale, down)
                bias[n, data] += scale
                bias[n, end] -= scale
            _add_difference(both, scale, up, scale, down)
        for value in range(num_values):
            _add_scaled(couplings[n, value], -offset[film, value], both)
        if conditional:
            rated[n] = both
    return couplings, bias, rated


@numba.njit(parallel=True, **OPTIONS)
def hidden_activations(row_splits, item_index, state, parameters):
    """c + (v - m) W + D of each row, float32 `(batch, num_hidden)`."""
    weights, _, hidden_bias, centre = parameters
    batch = len(row_splits) - 1
    activations = np.empty((batch, len(hidden_bias)), np.float32)
    for row in numba.prange(batch):
        own = slice(row_splits[row], row_splits[row + 1])
        _rated_activation(item_index[own], centre, hidden_bias, activations[row])
        _add_couplings(item_index[own], state[own], weights, activations[row])
    return activations


@numba.njit(parallel=True, **OPTIONS)
def add_rated(row_splits, item_index, rated_weights, activations):
    """Adds to each row, in place, D of films that are known to be rated without their rating."""
    for row in numba.prange(len(row_splits) - 1):
        for item in item_index[row_splits[row] : row_splits[row + 1]]:
            _add_scaled(activations[row], ONE, rated_weights[item])
