"""Ratings as scikit-surprise reads them, and the range its predictions are kept in."""

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import numpy as np

CLOSEST = 0.01  # how near to 0 and 1 a probability comes that is fitted by squared error


class Scale(NamedTuple):
    """The range of expected ratings: the stars' own, and open for P(like), so that the log loss is finite."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, train):
        """The range of what is learned from `train`, a `Ratings`; raises ValueError where there is no rating."""
        if train.num_ratings == 0:
            raise ValueError("train: expected at least one rating, found none")
        if np.isin(train.rating, (0, 1)).all():
            return cls(CLOSEST, 1 - CLOSEST)
        return cls(float(train.rating.min()), float(train.rating.max()))

    def clip(self, expected):
        return np.clip(expected, self.lowest, self.highest)


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
