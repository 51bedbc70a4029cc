"""The result of a training step on the sparse engine."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class SparseDirection(NamedTuple):
    """The CD-k estimate of the gradient of a mini-batch; parts that are not listed are zero.

    Attributes:
        items: int32 `(num_listed,)`, ascending: the films rated in the batch, or every film with `every_film`.
        interaction_weights: float32 `(num_listed[, num_stars], num_hidden)`.
        visible_bias: float32 `(num_listed[, num_stars])`.
        hidden_bias: float32 `(num_hidden,)`.
        rated_weights: float32 `(num_listed, num_hidden)`; without rows for an RBM that is not conditional.
        agreement: bool `(num_observed,)`, whether the end of the chain equals the rating.
        persistent: uint8 `(batch, num_hidden)`, the last states of persistent chains; without rows otherwise.
        loss: float32 `(batch,)`, in nats, -log P(one rating | the row's others); 0 for a row without ratings.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import RBMParameters
        >>> from rbm_lib.sparse import ascent_direction
        >>> parameters = RBMParameters(np.zeros((4, 3)), np.zeros(4), np.zeros(3))
        >>> batch = np.array([0, 2]), np.array([1, 3]), np.array([1.0, 0.0]), np.array([0])  # one user, two films
        >>> direction = ascent_direction(*batch, parameters, cd_steps=1, step=0, seed=1)
        >>> direction.items.tolist(), direction.interaction_weights.shape, direction.rated_weights.shape
        ([1, 3], (2, 3), (0, 3))
    """

    items: NDArray[np.int32]
    interaction_weights: NDArray[np.float32]
    visible_bias: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    rated_weights: NDArray[np.float32]
    agreement: NDArray[np.bool_]
    persistent: NDArray[np.uint8]
    loss: NDArray[np.float32]


def listed_films(item_splits: NDArray[np.int64], every_film: bool) -> NDArray[np.int32]:
    """The films that a direction lists: those with a rating in the batch, or all."""
    films = np.arange(len(item_splits) - 1) if every_film else np.flatnonzero(np.diff(item_splits))
    return films.astype(np.int32)


def mean_difference(start: NDArray[np.float32], end: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over a batch of hidden means at the data minus those at the chain's end: the hidden bias' direction."""
    difference: NDArray[np.float32] = (start - end).sum(axis=0) / np.float32(max(1, len(start)))
    return difference
