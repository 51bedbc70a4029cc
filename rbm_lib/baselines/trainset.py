"""Ratings as scikit-surprise reads them, and the range its predictions are kept in."""

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import numpy as np

MARGIN = 0.05  # how far from 0 and 1 an expected like starts to be squeezed


class Scale(NamedTuple):
    """Where expected ratings end: stars are clipped to their range, expected likes squeezed into (0, 1).

    Squared error knows no bounds. Clipping would make equals of everything beyond them (a tenth of the ratings, where
    most are likes) and the log loss of a wrong certainty is infinite, so within `MARGIN` of 0 and 1 the distance to the
    bound falls as margin^2 / (distance beyond the margin + margin): smooth, strictly increasing, never at the bound.
    """

    lowest: float
    highest: float
    is_like: bool

    @classmethod
    def of(cls, train):
        """The range of what is learned from `train`, a `Ratings`; raises ValueError where there is no rating."""
        if train.num_ratings == 0:
            raise ValueError("train: expected at least one rating, found none")
        if np.isin(train.rating, (0, 1)).all():
            return cls(0.0, 1.0, True)
        return cls(float(train.rating.min()), float(train.rating.max()), False)

    def keep_inside(self, expected):
        """Expected ratings, float of any shape, brought inside the range."""
        if not self.is_like:
            return np.clip(expected, self.lowest, self.highest)
        beyond = np.maximum(np.abs(np.asarray(expected) - 0.5) - (0.5 - MARGIN), 0.0)
        to_bound = MARGIN**2 / (MARGIN + beyond)
        return np.where(beyond > 0, np.where(np.asarray(expected) > 0.5, 1 - to_bound, to_bound), expected)


def as_trainset(train):
    """A `surprise.Trainset` whose inner ids are `user_index` and `item_index`.

    Args:
        train: `Ratings`; users and films without a rating keep their numbers and are unknown to the trainset.
    Returns:
        trainset: `surprise.Trainset`.
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


def _rows(ratings):
    entries = list(zip(ratings.item_index.tolist(), ratings.rating.tolist(), strict=True))
    rows = enumerate(pairwise(ratings.row_splits.tolist()))
    return defaultdict(list, {user: entries[first:end] for user, (first, end) in rows if end > first})
