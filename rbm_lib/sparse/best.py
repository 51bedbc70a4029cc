"""The best unrated films of each row: matrix products select candidates, `_dot` scores these one by one.

The products sum in another order than `_dot`, so their results may differ in the last bits. They only exclude films:
those below the worst film of the list by more than the rounding error of both. The other films are scored in order by
`_dot`, so lists, scores and ties do not depend on the products.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from rbm_lib._numba import OPTIONS

from .arithmetic import ONE, ZERO, _dot, _softmax_of_film, exp_of_negative
from .predictions import _insert, _sigmoid_of

ROWS, FILMS = 16, 256  # of a product: the films' weights stay in the cache for all rows
CHUNK = 32  # films compared at a time
HALF_BIT = 2.0**-24  # of float32, the relative rounding error of an operation
OF_SIGMOID = 1e-6  # bound on the relative error of the compiled sigmoid, many times the actual one
OF_MEAN = 1e-5  # bound on the difference of two means of values apart from their logits, relative to the largest value

Floats = NDArray[np.float32]


def best_of_rows(
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
        films: int32 `(batch, count)`, -1 if a row has no more unrated films.
        scores: float32 `(batch, count)`, -inf there.
    """
    shape = len(row_splits) - 1, count
    films, scores = np.full(shape, -1, np.int32), np.full(shape, -np.inf, np.float32)
    rows, blocks = (row_splits, item_index, hidden), (ROWS, FILMS)
    bias = np.ascontiguousarray(visible_bias.T)  # film beside film
    slack = slack_of(hidden, weights, visible_bias)
    if weights.shape[1] == 1:
        _best_likes(*rows, weights, bias[0], slack, blocks, films, scores)
    else:
        _best_means(*rows, weights, bias, visible_bias, values, slack, blocks, films, scores)
    return films, scores


def slack_of(hidden: Floats, weights: Floats, bias: Floats) -> float:
    """A bound on the difference of two float32 sums of hidden . weights + bias, in any order of summation."""
    longest = np.sqrt(np.einsum("ivj,ivj->iv", weights, weights).max(initial=0), dtype=np.float64)
    largest = longest * np.sqrt(np.einsum("rj,rj->r", hidden, hidden).max(initial=0), dtype=np.float64)
    terms = largest * 1.01 + np.abs(bias).max(initial=0)  # Cauchy and Schwarz: no sum of |terms| is larger
    return float(2 * (weights.shape[2] + 4) * HALF_BIT * terms)


@numba.njit(**OPTIONS)
def products(hidden, table, first, step, size, found):
    """found[r, n] = hidden[r] . table[first + n * step] for n < size, in blocks of four by four to save reads.

    At the ends, the last row is repeated to fill a block.
    """
    last_row, last = len(hidden) - 1, size - 1
    for r in range(0, len(hidden), 4):
        r1, r2, r3 = min(r + 1, last_row), min(r + 2, last_row), min(r + 3, last_row)
        h0, h1, h2, h3 = hidden[r], hidden[r1], hidden[r2], hidden[r3]
        for n in range(0, size, 4):
            n1, n2, n3 = min(n + 1, last), min(n + 2, last), min(n + 3, last)
            t0, t1 = table[first + n * step], table[first + n1 * step]
            t2, t3 = table[first + n2 * step], table[first + n3 * step]
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = ZERO
            for j in range(len(h0)):
                a, b, c, d = h0[j], h1[j], h2[j], h3[j]
                a0, a1, a2, a3 = a0 + t0[j] * a, a1 + t1[j] * a, a2 + t2[j] * a, a3 + t3[j] * a
                b0, b1, b2, b3 = b0 + t0[j] * b, b1 + t1[j] * b, b2 + t2[j] * b, b3 + t3[j] * b
                c0, c1, c2, c3 = c0 + t0[j] * c, c1 + t1[j] * c, c2 + t2[j] * c, c3 + t3[j] * c
                d0, d1, d2, d3 = d0 + t0[j] * d, d1 + t1[j] * d, d2 + t2[j] * d, d3 + t3[j] * d
            found[r3, n], found[r3, n1], found[r3, n2], found[r3, n3] = d0, d1, d2, d3
            found[r2, n], found[r2, n1], found[r2, n2], found[r2, n3] = c0, c1, c2, c3
            found[r1, n], found[r1, n1], found[r1, n2], found[r1, n3] = b0, b1, b2, b3
            found[r, n], found[r, n1], found[r, n2], found[r, n3] = a0, a1, a2, a3


@numba.njit(**OPTIONS)
def cut_of_likes(worst, slack):
    """The logit below which a product excludes a P(like) above `worst`."""
    if worst >= ONE:
        return np.float32(np.inf)
    share = np.float64(worst) / (1.0 + OF_SIGMOID)
    if not (share > 0.0 and slack < np.inf):
        return np.float32(-np.inf)
    return np.float32(np.log(share / (1.0 - share)) - slack - 1e-5)


@numba.njit(**OPTIONS)
def cut_of_means(worst, values, slack):
    """The mean of the values below which a mean from products excludes one above `worst`."""
    if not (worst > -np.inf and slack < np.inf):
        return np.float32(-np.inf)
    largest = max(abs(values[0]), abs(values[-1]))
    return np.float32(worst - 2.0 * slack * (values[-1] - values[0]) - OF_MEAN * largest)


@numba.njit(**OPTIONS)
def next_place(own, place, item):
    """The first index from `place` on in a row's ascending films with a film of at least `item`."""
    while place < len(own) and own[place] < item:
        place += 1
    return place


@numba.njit(parallel=True, **OPTIONS)
def _best_likes(row_splits, item_index, hidden, weights, bias, slack, blocks, films, scores):
    """Fills the lists of all rows; `blocks` are the rows and the films of a product."""
    rows, width = blocks
    table = weights.reshape(-1, weights.shape[2])
    for group in numba.prange(-(-len(films) // rows)):
        top, end = group * rows, min((group + 1) * rows, len(films))
        logits = np.empty((end - top, width), np.float32)
        for first in range(0, len(table), width):
            size = min(width, len(table) - first)
            products(hidden[top:end], table, first, 1, size, logits)
            for row in range(top, end):
                found, own_bias = logits[row - top, :size], bias[first : first + size]
                for n in range(len(found)):
                    found[n] += own_bias[n]
                own = item_index[row_splits[row] : row_splits[row + 1]]
                _advance_likes(found, bias, slack, first, own, hidden[row], table, films[row], scores[row])


@numba.njit(**OPTIONS)
def _advance_likes(logits, bias, slack, first, own, hidden, table, films, scores):
    """Updates a row's list with the films from `first` on, whose products are `logits`."""
    place, cut = np.searchsorted(own, first), cut_of_likes(scores[-1], slack)
    for start in range(0, len(logits), CHUNK):
        some, over = logits[start : start + CHUNK], 0
        for n in range(len(some)):  # without an early exit, so that the loop is vectorised
            over += some[n] >= cut
        if over == 0:
            continue
        for n in range(len(some)):
            if some[n] >= cut:
                item = first + start + n
                place = next_place(own, place, item)
                if place == len(own) or own[place] != item:
                    _insert(item, _sigmoid_of(_dot(table[item], hidden) + bias[item]), films, scores)
                    cut = cut_of_likes(scores[-1], slack)


@numba.njit(parallel=True, **OPTIONS)
def _best_means(row_splits, item_index, hidden, weights, bias, visible_bias, values, slack, blocks, films, scores):
    """As `_best_likes`, by the mean of several values."""
    rows, width = blocks
    num_values, table = len(values), weights.reshape(-1, weights.shape[2])
    for group in numba.prange(-(-len(films) // rows)):
        top, end = group * rows, min((group + 1) * rows, len(films))
        logits, means = np.empty((num_values, end - top, width), np.float32), np.empty(width, np.float32)
        for first in range(0, len(weights), width):
            size = min(width, len(weights) - first)
            for s in range(num_values):
                products(hidden[top:end], table, first * num_values + s, num_values, size, logits[s])
            for row in range(top, end):
                for s in range(num_values):
                    for n in range(size):
                        logits[s, row - top, n] += bias[s, first + n]
                means_of_logits(logits[:, row - top, :size], values, means[:size])
                own = item_index[row_splits[row] : row_splits[row + 1]]
                given = hidden[row], weights, visible_bias
                _advance_means(means[:size], values, slack, first, own, given, films[row], scores[row])


@numba.njit(**OPTIONS)
def _advance_means(means, values, slack, first, own, given, films, scores):
    """As `_advance_likes`, by the means of the values from the products."""
    hidden, weights, visible_bias = given
    place, cut = np.searchsorted(own, first), cut_of_means(scores[-1], values, slack)
    shares = np.empty(len(values), np.float32)
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
                    _softmax_of_film(item, hidden, weights, visible_bias, shares)
                    _insert(item, _dot(shares, values), films, scores)
                    cut = cut_of_means(scores[-1], values, slack)


@numba.njit(**OPTIONS)
def means_of_logits(logits, values, means):
    """means[n] = the mean of the values by softmax of logits[:, n], in vector instructions."""
    num_values, size = logits.shape
    largest, total = np.empty(size, np.float32), np.zeros(size, np.float32)
    largest[:] = logits[0]
    for s in range(1, num_values):
        for n in range(size):
            largest[n] = max(largest[n], logits[s, n])
    means[:] = ZERO
    for s in range(num_values):
        for n in range(size):
            power = exp_of_negative(logits[s, n] - largest[n])
            total[n] += power
            means[n] += power * values[s]
    for n in range(size):
        means[n] /= total[n]
