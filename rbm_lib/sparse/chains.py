"""Masked Gibbs chains over the rated films of each user, as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS
from rbm_lib.draws import CHUNK, HIDDEN, NOT_STARTED, TRAINING, VISIBLE, fill_uniform, fill_uniform_from_0

from .arithmetic import ONE, ZERO, _activate, _dots, _drawn_value, _follow, _sigmoid, _softmax_of_film


@numba.njit(**OPTIONS)
def _draw_hidden(mean, user, step, sweep, seed, purpose, uniform):
    """Replaces each probability in `mean` by a 0 or 1 sampled from it."""
    fill_uniform_from_0(user, step, 2 * sweep + HIDDEN, seed, purpose, uniform)
    for j in range(len(mean)):
        mean[j] = ONE if uniform[j] < mean[j] else ZERO


@numba.njit(**OPTIONS)
def _draw_visible(items, hidden, weights, visible_bias, uniform, work, state):
    """state[n] is sampled, by uniform[n], from P(rating of films items[n] | hidden). `work` is a scratch array."""
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
            state[n] = _drawn_value(shares, uniform[n])


@numba.njit(parallel=True, **OPTIONS)
def chains(row_splits, item_index, places, state, user_index, parameters, persistent, cd_steps, step, seed):
    """Each row's hidden means at the data and at the end of its chain of `cd_steps` sweeps, and that end.

    Args:
        places: int32 `(num_observed,)`, the address of each rating's random number: its film in the whole catalogue.
        persistent: uint8 `(batch, num_hidden)`, the hidden states from which persistent chains continue, or
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
            fill_uniform(places[first:last], user, step, 2 * sweep + VISIBLE, seed, TRAINING, uniform)
            _draw_visible(items, hidden, weights, visible_bias, uniform, work, visible)
            _follow(items, before, visible, weights, factor, place, activation)
            hidden[:] = activation
            _sigmoid(hidden)
        hidden_end[row] = hidden
        if len(persistent):
            _draw_hidden(hidden, user, step, cd_steps, seed, TRAINING, uniform[:chunks])
            for j in range(num_hidden):
                stop[row, j] = np.uint8(hidden[j])
    return hidden_start, hidden_end, reconstruction, stop
