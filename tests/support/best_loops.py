"""The best films of each row, film by film: what `sparse.best_films` and its twin of scored machines must say."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS
from rbm_lib.sparse.arithmetic import _dot, _softmax_of_film
from rbm_lib.sparse.predictions import _insert, _sigmoid_of
from rbm_lib.sparse.scored.chains import coupled_scores, shares_given_hidden

UNCACHED = OPTIONS | {"cache": False}


@numba.njit(**UNCACHED)
def best_of_rows(row_splits, item_index, hidden, weights, visible_bias, values, count):
    """The unrated films with the highest P(like), or expected star, of each row; best first.

    Returns:
        films: int32 `(batch, count)`, -1 where a row has no more unrated films.
        scores: float32 `(batch, count)`.
    """
    batch, num_items = len(row_splits) - 1, len(weights)
    films = np.full((batch, count), -1, np.int32)
    scores = np.full((batch, count), -np.inf, np.float32)
    for row in range(batch):
        rated = np.zeros(num_items, np.bool_)
        for item in item_index[row_splits[row] : row_splits[row + 1]]:
            rated[item] = True
        shares = np.empty(len(values), np.float32)
        for item in range(num_items):
            if rated[item]:
                continue
            if weights.shape[1] == 1:
                score = _sigmoid_of(_dot(weights[item, 0], hidden[row]) + visible_bias[item, 0])
            else:
                _softmax_of_film(item, hidden[row], weights, visible_bias, shares)
                score = _dot(shares, values)
            _insert(item, score, films[row], scores[row])
    return films, scores


@numba.njit(**UNCACHED)
def scored_best(row_splits, item_index, hidden, tilts, tables, values, count):
    """As `predictions.best_of_rows`: the unrated films with the highest expected value of each row, best first."""
    weights, visible_bias, scores = tables[0], tables[1], tables[5]
    batch, num_items, num_values = len(row_splits) - 1, len(weights), len(scores)
    films = np.full((batch, count), -1, np.int32)
    best = np.full((batch, count), -np.inf, np.float32)
    every = np.arange(num_items).astype(np.int32)
    for row in range(batch):
        rated = np.zeros(num_items, np.bool_)
        for item in item_index[row_splits[row] : row_splits[row + 1]]:
            rated[item] = True
        coupled, shares = (
            np.empty((num_items, scores.shape[1]), np.float32),
            np.empty((num_items, num_values), np.float32),
        )
        coupled_scores(every, weights, hidden[row], coupled)
        shares_given_hidden(every, tilts[row], visible_bias, scores, coupled, shares)
        for item in range(num_items):
            if not rated[item]:
                _insert(item, _dot(shares[item], values), films[row], best[row])
    return films, best
