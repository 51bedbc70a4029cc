"""The best unrated films of each row by a scored model, with matrix products as in `rbm_lib.sparse.best`."""

import numba
import numpy as np
from numpy.typing import NDArray

from rbm_lib._numba import OPTIONS

from ..arithmetic import _dot
from ..best import (
    CHUNK,
    FILMS,
    HALF_BIT,
    ROWS,
    Floats,
    cut_of_means,
    means_of_logits,
    next_place,
    products,
    slack_of,
)
from ..predictions import _insert
from .chains import coupled_scores, shares_given_hidden
from .tables import ScoredTables

TOGETHER = 4  # rows of the weights that `coupled_scores` processes at a time


def scored_best(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    hidden: Floats,
    tilts: Floats,
    tables: ScoredTables,
    values: Floats,
    count: int,
) -> tuple[NDArray[np.int32], Floats]:
    """As `best.best_of_rows`: the unrated films with the highest expected value of each row, best first.

    Args:
        row_splits, item_index, values, count: as there.
        hidden: `(batch, num_hidden)`, means minus their offset.
        tilts: `(batch, num_values)`, t . a of each row.
        tables: `ScoredTables`, checked.
    """
    shape = len(row_splits) - 1, count
    films, scores = np.full(shape, -1, np.int32), np.full(shape, -np.inf, np.float32)
    rows, every = (row_splits, item_index, hidden, tilts), np.arange(len(tables.weights), dtype=np.int32)
    machine = tables.weights, tables.visible_bias, tables.scores
    bias = np.ascontiguousarray(tables.visible_bias.T)  # film beside film
    slack = _slack_of(hidden, tilts, tables)
    _best_scored(*rows, machine, bias, every, values, slack, (ROWS, FILMS), films, scores)
    return films, scores


def _slack_of(hidden: Floats, tilts: Floats, tables: ScoredTables) -> float:
    """A bound on the difference of two float32 logits b + t . a + s . W h."""
    of_scores = np.abs(tables.scores).sum(axis=1).max(initial=0)
    of_products = slack_of(hidden, tables.weights, np.zeros(0, np.float32))
    terms = (
        of_products / HALF_BIT * of_scores + np.abs(tables.visible_bias).max(initial=0) + np.abs(tilts).max(initial=0)
    )
    return float(of_scores * of_products + 2 * (tables.scores.shape[1] + 4) * HALF_BIT * terms)


@numba.njit(parallel=True, **OPTIONS)
def _best_scored(row_splits, item_index, hidden, tilts, machine, bias, every, values, slack, blocks, films, scores):
    """Fills the lists of all rows; `blocks` are the rows and the films of a product."""
    rows, width = blocks
    weights, _, of_values = machine
    (num_values, num_scores), table = of_values.shape, weights.reshape(-1, weights.shape[2])
    for group in numba.prange(-(-len(films) // rows)):
        top, end = group * rows, min((group + 1) * rows, len(films))
        coupled, means = np.empty((num_scores, end - top, width), np.float32), np.empty(width, np.float32)
        logits = np.empty((num_values, width), np.float32)
        for first in range(0, len(weights), width):
            size = min(width, len(weights) - first)
            for k in range(num_scores):
                products(hidden[top:end], table, first * num_scores + k, num_scores, size, coupled[k])
            for row in range(top, end):
                _logits(coupled[:, row - top, :size], tilts[row], bias, first, of_values, logits)
                means_of_logits(logits[:, :size], values, means[:size])
                own = item_index[row_splits[row] : row_splits[row + 1]]
                given = hidden[row], tilts[row], every
                _advance(means[:size], values, slack, first, own, given, machine, films[row], scores[row])


@numba.njit(**OPTIONS)
def _logits(coupled, tilt, bias, first, of_values, logits):
    """logits[s, n] = b + t . a + s . coupled[:, n], of the films from `first` on."""
    for s in range(len(of_values)):
        for n in range(coupled.shape[1]):
            logits[s, n] = bias[s, first + n] + tilt[s]
        for k in range(len(coupled)):
            for n in range(coupled.shape[1]):
                logits[s, n] += of_values[s, k] * coupled[k, n]


@numba.njit(**OPTIONS)
def _advance(means, values, slack, first, own, given, machine, films, scores):
    """Updates a row's list with the films from `first` on, whose means from products are `means`."""
    place, cut = np.searchsorted(own, first), cut_of_means(scores[-1], values, slack)
    for start in range(0, len(means), CHUNK):
        some, over = means[start : start + CHUNK], 0
        for n in range(len(some)):
            over += some[n] >= cut
        if over == 0:
            continue
        for n in range(len(some)):
            if some[n] >= cut:
                item = first + start + n
                place = next_place(own, place, item)
                if place == len(own) or own[place] != item:
                    _insert(item, _score(item, given, machine, values), films, scores)
                    cut = cut_of_means(scores[-1], values, slack)


@numba.njit(**OPTIONS)
def _score(item, given, machine, values):
    """The expected value of one film, bit for bit as `coupled_scores` of all films, which processes four at a time."""
    (hidden, tilt, every), (weights, visible_bias, of_values) = given, machine
    beside = every[item - item % TOGETHER : item - item % TOGETHER + TOGETHER]
    coupled, shares = np.empty((len(beside), of_values.shape[1]), np.float32), np.empty((1, len(values)), np.float32)
    coupled_scores(beside, weights, hidden, coupled)
    mine = coupled[item % TOGETHER : item % TOGETHER + 1]
    shares_given_hidden(every[item : item + 1], tilt, visible_bias, of_values, mine, shares)
    return _dot(shares[0], values)
