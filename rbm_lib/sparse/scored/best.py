"""The best unrated films of each row by a scored machine, by matrix products as in `rbm_lib.sparse.best`."""

import numba
import numpy as np
from numpy.typing import NDArray

from rbm_lib._numba import OPTIONS

from ..arithmetic import _dot
from ..best import CHUNK, FILMS, HALF_BIT, ROWS, Floats, Room, cut_of_means, means_of_logits, next_place, slack_of
from ..predictions import _insert
from .chains import coupled_scores, shares_given_hidden
from .tables import ScoredTables

TOGETHER = 4  # `coupled_scores` takes so many rows of the couplings at a time


def scored_best(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    hidden: Floats,
    tilts: Floats,
    tables: ScoredTables,
    values: Floats,
    count: int,
) -> tuple[NDArray[np.int32], Floats]:
    """As `best.best_of_blocks`: the unrated films with the highest expected value of each row, best first.

    Args:
        row_splits, item_index, values, count: as there.
        hidden: `(batch, num_hidden)`, means minus their offset.
        tilts: `(batch, num_values)`, t . a of each row.
        tables: `ScoredTables`, checked.
    """
    batch = len(row_splits) - 1
    films = np.full((batch, count), -1, np.int32)
    scores = np.full((batch, count), -np.inf, np.float32)
    room, bias = Room(), np.ascontiguousarray(tables.visible_bias.T)
    slack = _slack_of(hidden, tilts, tables)
    every = np.arange(len(tables.weights), dtype=np.int32)
    for first_row in range(0, batch, ROWS):
        rows = slice(first_row, min(first_row + ROWS, batch))
        splits = row_splits[rows.start : rows.stop + 1]
        for first in range(0, len(every), FILMS):
            coupled = room.products(hidden[rows], tables.weights[first : first + FILMS])
            place = first, splits, item_index, hidden[rows], tilts[rows], tables[:6], every
            _advance(coupled, bias, slack, *place, values, films[rows], scores[rows])
    return films, scores


def _slack_of(hidden: Floats, tilts: Floats, tables: ScoredTables) -> float:
    """By how much two float32 logits b + t . a + s . W h may differ."""
    of_scores = np.abs(tables.scores).sum(axis=1).max(initial=0)
    products = slack_of(hidden, tables.weights, np.zeros(0, np.float32))
    size = products / HALF_BIT * of_scores + np.abs(tables.visible_bias).max(initial=0) + np.abs(tilts).max(initial=0)
    return float(of_scores * products + 2 * (tables.scores.shape[1] + 4) * HALF_BIT * size)


@numba.njit(parallel=True, **OPTIONS)
def _advance(coupled, bias, slack, first, row_splits, item_index, hidden, tilts, tables, every, values, films, scores):
    """Goes on with each row's list through the films from `first` on, of which `coupled` has the products."""
    weights, visible_bias, of_values = tables[0], tables[1], tables[5]
    num_values, num_scores = of_values.shape
    for row in numba.prange(coupled.shape[1]):
        own, tilt = item_index[row_splits[row] : row_splits[row + 1]], tilts[row]
        place, cut = np.searchsorted(own, first), cut_of_means(scores[row, -1], values, slack)
        given, means = np.empty((num_values, CHUNK), np.float32), np.empty(CHUNK, np.float32)
        again, shares = np.empty((TOGETHER, num_scores), np.float32), np.empty((1, num_values), np.float32)
        for start in range(0, coupled.shape[2], CHUNK):
            size, over = min(CHUNK, coupled.shape[2] - start), 0
            for s in range(num_values):
                for n in range(size):
                    given[s, n] = bias[s, first + start + n] + tilt[s]
                for k in range(num_scores):
                    for n in range(size):
                        given[s, n] += of_values[s, k] * coupled[k, row, start + n]
            means_of_logits(given[:, :size], values, means)
            for n in range(size):
                over += means[n] >= cut
            if over == 0:
                continue
            for n in range(size):
                if means[n] >= cut:
                    item = first + start + n
                    place = next_place(own, place, item)
                    if place == len(own) or own[place] != item:
                        beside = every[item - item % TOGETHER : item - item % TOGETHER + TOGETHER]
                        coupled_scores(beside, weights, hidden[row], again[: len(beside)])
                        one = item % TOGETHER
                        mine = again[one : one + 1]
                        shares_given_hidden(every[item : item + 1], tilt, visible_bias, of_values, mine, shares)
                        _insert(item, _dot(shares[0], values), films[row], scores[row])
                        cut = cut_of_means(scores[row, -1], values, slack)
