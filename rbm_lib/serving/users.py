"""Inference for users from their ratings: biases and hidden units; in NumPy, many users at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from .tables import Tables

NEWTON_STEPS = 30  # at most; usually a handful
LONGEST_STEP = 1.0  # limit on each component of a bias in one step
SHORTEST_STEP = 1e-7  # of all users: smaller steps end the search


class Rows(NamedTuple):
    """Known ratings of users, row after row.

    Attributes:
        row_splits: int64 `(num_users + 1,)`.
        item_index: int `(num_known,)`, positions of films.
        state: int `(num_known,)`, positions of the ratings among the machine's values.
    """

    row_splits: NDArray[np.int64]
    item_index: NDArray[Any]
    state: NDArray[Any]

    @property
    def row(self) -> NDArray[np.int64]:
        """The user's row of each rating."""
        return np.repeat(np.arange(len(self.row_splits) - 1), np.diff(self.row_splits))

    def sums(self, of_ratings: NDArray[np.floating]) -> NDArray[np.floating]:
        """Sums over each user's ratings, of one number or one vector a rating."""
        ones = np.ones(len(self.item_index), of_ratings.dtype)
        shape = len(self.row_splits) - 1, len(self.item_index)
        return csr_array((ones, np.arange(shape[1]), self.row_splits), shape=shape) @ of_ratings


# `scipy.special` has both, but this wing imports a seventh faster without it, and services start often.
def sigmoid(activation: NDArray[np.floating]) -> NDArray[np.floating]:
    """1 / (1 + exp(-activation)), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * activation)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Softmax along the last axis."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def tilts_of_users(tables: Tables, rows: Rows) -> NDArray[np.float64]:
    """t . a, what each user's bias adds to all films' logits: `(num_users, num_values)`; by Newton's method from 0."""
    tilts, shares = tables.tilts.astype(np.float64), tables.shares[rows.item_index].astype(np.float64)
    num_users, row = len(rows.row_splits) - 1, rows.row
    bias, prior = np.zeros((num_users, tilts.shape[1])), np.diag(tables.precision.astype(np.float64))
    given = rows.sums(tilts[rows.state])
    for _ in range(NEWTON_STEPS if tilts.shape[1] else 0):
        tilted = shares * np.exp(bias @ tilts.T)[row]
        tilted /= tilted.sum(axis=1, keepdims=True)
        mean = tilted @ tilts
        second = np.einsum("us,sp,sq->upq", rows.sums(tilted), tilts, tilts)
        products = (mean[:, :, None] * mean[:, None, :]).reshape(len(mean), tilts.shape[1] ** 2)
        curvature = second - rows.sums(products).reshape(second.shape) + prior
        gradient = given - rows.sums(mean) - bias @ prior
        step = np.clip(np.linalg.solve(curvature, gradient[..., None])[..., 0], -LONGEST_STEP, LONGEST_STEP)
        bias += step
        if not step.size or np.abs(step).max() < SHORTEST_STEP:
            break
    found: NDArray[np.float64] = bias @ tilts.T
    return found


def mean_scores(tables: Tables, item_index: NDArray[Any], tilt: NDArray[np.floating]) -> NDArray[np.floating]:
    """m, the score that tells the hidden units nothing, of each film for its user: `(num_asked, num_scores)`."""
    shares = tables.shares[item_index]
    if tables.tilts.shape[1]:
        shares = shares * np.exp(tilt)
        total = shares.sum(axis=1, keepdims=True)
        shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    return shares @ tables.scores


def activations(tables: Tables, rows: Rows, tilt: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each user's hidden activations c + sum{ (s(v) - m) W + D }: `(num_users, num_hidden)`, in nats."""
    shape = len(rows.row_splits) - 1, len(tables.weights)
    heard = tables.scores[rows.state] - mean_scores(tables, rows.item_index, tilt[rows.row])

    def spread(of_ratings: NDArray[np.floating]) -> Any:
        return csr_array((of_ratings, rows.item_index, rows.row_splits), shape=shape)

    total = np.tile(tables.hidden_bias, (shape[0], 1)).astype(np.float64)
    for k in range(heard.shape[1]):
        total += spread(heard[:, k].astype(np.float64)) @ tables.weights[:, k]
    if len(tables.rated):
        total += spread(np.ones(len(heard))) @ tables.rated
    return total
