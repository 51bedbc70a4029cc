"""Ratings in the form of scikit-surprise, and the range of its predictions."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from surprise import Trainset

    from rbm_lib.data import Ratings

MARGIN = 0.05  # distance from 0 and 1 within which an expected like is compressed


class Scale(NamedTuple):
    """The range of expected ratings: stars are clipped to it, expected likes are compressed into (0, 1).

    Least squares may predict beyond the range. Clipping likes would give all predictions beyond it the same value (a
    tenth of the ratings, where most are likes), and the log loss of a wrong prediction of exactly 0 or 1 is infinite.
    So within `MARGIN` of 0 and 1 the distance to the bound is margin^2 / (distance beyond the margin + margin): smooth,
    strictly increasing in the prediction, never 0.

    Attributes:
        lowest, highest: floats, the bounds, in stars; 0 and 1 for likes.
        is_like: bool, whether the ratings are likes and dislikes.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import Scale
        >>> scale = Scale.of(Ratings.from_triples([1, 2], [10, 20], [5, 2]))
        >>> scale.keep_inside([1.5, 3.0, 5.5]).tolist()
        [2.0, 3.0, 5.0]
    """

    lowest: float
    highest: float
    is_like: bool

    @classmethod
    def of(cls, train: Ratings) -> Scale:
        """The range of the ratings in `train`, a `Ratings`; raises ValueError if there is none."""
        if train.num_ratings == 0:
            raise ValueError("train: expected at least one rating, found none")
        if np.isin(train.rating, (0, 1)).all():
            return cls(0.0, 1.0, True)
        return cls(float(train.rating.min()), float(train.rating.max()), False)

    def keep_inside(self, expected: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expected ratings, float of any shape, moved into the range."""
        if not self.is_like:
            return np.clip(expected, self.lowest, self.highest)
        beyond = np.maximum(np.abs(np.asarray(expected) - 0.5) - (0.5 - MARGIN), 0.0)
        to_bound = MARGIN**2 / (MARGIN + beyond)
        return np.where(beyond > 0, np.where(np.asarray(expected) > 0.5, 1 - to_bound, to_bound), expected)


def as_trainset(train: Ratings) -> Trainset:
    """A `surprise.Trainset` whose inner ids are `user_index` and `item_index`.

    Args:
        train: `Ratings`; users and films without a rating keep their numbers but are unknown to the trainset.
    Returns:
        trainset: `surprise.Trainset`.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import as_trainset
        >>> trainset = as_trainset(Ratings.from_triples([1, 1, 2], [10, 20, 10], [5, 2, 4]))
        >>> trainset.n_ratings, trainset.rating_scale, trainset.ur[0]
        (3, (2.0, 5.0), [(0, 5.0), (1, 2.0)])
    """
    from surprise import Trainset

    return Trainset(
        _rows(train),
        _rows(train.transpose()),
        train.num_users,
        train.num_items,
        train.num_ratings,
        (float(train.rating.min()), float(train.rating.max())),
        {user: user for user in range(train.num_users)},
        {item: item for item in range(train.num_items)},
    )


def _rows(ratings: Ratings) -> defaultdict[int, list[tuple[int, float]]]:
    entries = list(zip(ratings.item_index.tolist(), ratings.rating.tolist(), strict=True))
    rows = enumerate(pairwise(ratings.row_splits.tolist()))
    return defaultdict(list, {user: entries[first:end] for user, (first, end) in rows if end > first})
