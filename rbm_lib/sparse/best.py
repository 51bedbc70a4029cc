"""The best unrated films of each row: a matrix product says which films could be among them, a compiled loop decides.

The product adds in another order than the loops do, so that its numbers may differ in their last bits. It is therefore
asked only which films cannot be among the best: those that stay below the worst of the list by more than both could
err. The few others are scored by the loops, film after film, so that lists, scores and ties are those of the loops.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from rbm_lib._numba import OPTIONS

from .arithmetic import ONE, ZERO, _dot, _softmax_of_film, exp_of_negative
from .predictions import _insert, _sigmoid_of

ROWS, FILMS = 512, 4096  # of a product
CHUNK = 32  # films that are looked at together
HALF_BIT = 2.0**-24  # of float32, by which each operation may err
OF_SIGMOID = 1e-6  # share by which a compiled sigmoid may err; many times what it does
OF_MEAN = 1e-5  # share of the largest value, by which two means of values may differ beyond their logits

Floats = NDArray[np.float32]


def best_of_blocks(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    hidden: Floats,
    weights: Floats,
    visible_bias: Floats,
    values: Floats,
    count: int,
) -> tuple[NDArray[np.int32], Floats]:
    """The unrated films with the highest P(like), or expected star, of each row; best first, ties by place.

    Args:
        row_splits, item_index: CSR of what the rows rated.
        hidden: `(batch, num_hidden)`, means.
        weights, visible_bias: `(num_items, num_values, num_hidden)` and `(num_items, num_values)`; one value for likes.
        values: `(num_values,)`, not used for likes.
        count: int, films a row.
    Returns:
        films: int32 `(batch, count)`, -1 where a row has no more unrated films.
        scores: float32 `(batch, count)`, -inf there.
    """
    batch, likes = len(row_splits) - 1, weights.shape[1] == 1
    films = np.full((batch, count), -1, np.int32)
    scores = np.full((batch, count), -np.inf, np.float32)
    room = Room()
    bias = np.ascontiguousarray(visible_bias.T)
    slack = slack_of(hidden, weights, visible_bias)
    for first_row in range(0, batch, ROWS):
        rows = slice(first_row, min(first_row + ROWS, batch))
        splits = row_splits[rows.start : rows.stop + 1]
        for first in range(0, len(weights), FILMS):
            logits = room.products(hidden[rows], weights[first : first + FILMS])
            place = first, splits, item_index, hidden[rows], weights, visible_bias
            if likes:
                advance_likes(logits[0], bias[0], slack, *place, films[rows], scores[rows])
            else:
                advance_means(logits, bias, slack, *place, values, films[rows], scores[rows])
    return films, scores


class Room:
    """Matrix products in memory that is used again."""

    def __init__(self) -> None:
        self._block = np.empty(0, np.float32)

    def products(self, hidden: Floats, weights: Floats) -> Floats:
        """hidden . weights of each value, float32 `(num_values, num_rows, num_films)`; valid until the next call.

        Args:
            hidden: `(num_rows, num_hidden)`.
            weights: `(num_films, num_values, num_hidden)`.
        """
        shape = weights.shape[1], len(hidden), len(weights)
        if len(self._block) < np.prod(shape):
            self._block = np.empty(np.prod(shape), np.float32)
        found = self._block[: np.prod(shape)].reshape(shape)
        for value in range(len(found)):
            np.matmul(hidden, weights[:, value].T, out=found[value])
        return found


def slack_of(hidden: Floats, weights: Floats, bias: Floats) -> float:
    """By how much two float32 sums of hidden . weights + bias may differ, whatever the order that they add in."""
    longest = np.sqrt(np.einsum("ivj,ivj->iv", weights, weights).max(initial=0), dtype=np.float64)
    largest = longest * np.sqrt(np.einsum("rj,rj->r", hidden, hidden).max(initial=0), dtype=np.float64)
    terms = largest * 1.01 + np.abs(bias).max(initial=0)  # Cauchy and Schwarz: no sum of |terms| is larger
    return float(2 * (weights.shape[2] + 4) * HALF_BIT * terms)


@numba.njit(**OPTIONS)
def _cut_of_likes(worst, slack):
    """The logit below which no product can belong to a P(like) above `worst`."""
    if worst >= ONE:
        return np.float32(np.inf)
    share = np.float64(worst) / (1.0 + OF_SIGMOID)
    if not (share > 0.0 and slack < np.inf):
        return np.float32(-np.inf)
    return np.float32(np.log(share / (1.0 - share)) - slack - 1e-5)


@numba.njit(**OPTIONS)
def cut_of_means(worst, values, slack):
    """The mean of the values below which none from a product can belong to one above `worst`."""
    if not (worst > -np.inf and slack < np.inf):
        return np.float32(-np.inf)
    largest = max(abs(values[0]), abs(values[-1]))
    return np.float32(worst - 2.0 * slack * (values[-1] - values[0]) - OF_MEAN * largest)


@numba.njit(**OPTIONS)
def next_place(own, place, item):
    """Where in a row's films, ascending, one from `place` on is `item` or comes after it."""
    while place < len(own) and own[place] < item:
        place += 1
    return place


@numba.njit(parallel=True, **OPTIONS)
def advance_likes(logits, bias, slack, first, row_splits, item_index, hidden, weights, visible_bias, films, scores):
    """Goes on with each row's list through the films from `first` on, of which `logits` has the products."""
    for row in numba.prange(len(logits)):
        own = item_index[row_splits[row] : row_splits[row + 1]]
        place, cut = np.searchsorted(own, first), _cut_of_likes(scores[row, -1], slack)
        for start in range(0, logits.shape[1], CHUNK):
            some = logits[row, start : start + CHUNK]
            others, over = bias[first + start : first + start + len(some)], 0
            for n in range(len(some)):
                over += some[n] + others[n] >= cut
            if over == 0:
                continue
            for n in range(len(some)):
                if some[n] + others[n] >= cut:
                    item = first + start + n
                    place = next_place(own, place, item)
                    if place == len(own) or own[place] != item:
                        score = _sigmoid_of(_dot(weights[item, 0], hidden[row]) + visible_bias[item, 0])
                        _insert(item, score, films[row], scores[row])
                        cut = _cut_of_likes(scores[row, -1], slack)


@numba.njit(parallel=True, **OPTIONS)
def advance_means(
    logits, bias, slack, first, row_splits, item_index, hidden, weights, visible_bias, values, films, scores
):
    """As `advance_likes`, by the mean of several values, whose logits are the first axis of `logits`."""
    for row in numba.prange(logits.shape[1]):
        own, shares = item_index[row_splits[row] : row_splits[row + 1]], np.empty(len(values), np.float32)
        place, cut = np.searchsorted(own, first), cut_of_means(scores[row, -1], values, slack)
        given, means = np.empty((len(values), CHUNK), np.float32), np.empty(CHUNK, np.float32)
        for start in range(0, logits.shape[2], CHUNK):
            size, over = min(CHUNK, logits.shape[2] - start), 0
            for s in range(len(values)):
                for n in range(size):
                    given[s, n] = logits[s, row, start + n] + bias[s, first + start + n]
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
                        _softmax_of_film(item, hidden[row], weights, visible_bias, shares)
                        _insert(item, _dot(shares, values), films[row], scores[row])
                        cut = cut_of_means(scores[row, -1], values, slack)


@numba.njit(**OPTIONS)
def means_of_logits(logits, values, means):
    """means[n] = the mean of the values by softmax of logits[:, n]; film by film in vector instructions."""
    largest, total = np.empty(CHUNK, np.float32), np.zeros(CHUNK, np.float32)
    size = logits.shape[1]
    largest[:size] = logits[0]
    for s in range(1, len(values)):
        for n in range(size):
            largest[n] = max(largest[n], logits[s, n])
    means[:] = ZERO
    for s in range(len(values)):
        for n in range(size):
            power = exp_of_negative(logits[s, n] - largest[n])
            total[n] += power
            means[n] += power * values[s]
    for n in range(size):
        means[n] /= total[n]
