"""Splits by time: later ratings are predicted from earlier ones."""

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_fraction
from rbm_lib.data import Ratings

from .held_out import take_n
from .keyed import random_bits
from .split import Split


def user_last(ratings: Ratings, n: int = 10, more_than: int = 20) -> Split:
    """Each user's latest ratings are targets; the dates differ from user to user.

    Ratings of the same second are ordered by random bits that depend on the ids alone; the file's order does not
    matter.

    Args:
        ratings: with `timestamp`.
        n: number of targets a user, at least 1.
        more_than: users with this many ratings or fewer are dropped from both parts.
    Returns:
        split: `n` targets for every user that is not dropped, all other ratings as inputs.
    Raises:
        ValueError: if `timestamp` is missing, an argument is out of range, or a user would keep no inputs.
    Example:
        >>> from rbm_lib import Ratings, user_last
        >>> ratings = Ratings.from_triples([1, 1, 1], [10, 20, 30], [5, 3, 4], timestamp=[300, 100, 200])
        >>> split = user_last(ratings, n=1, more_than=1)
        >>> split.targets.item_id[split.targets.item_index]
        array([10])
    """
    latest = np.lexsort((random_bits(ratings, 0, "user_last"), -_timestamp_of(ratings)))
    rank = np.empty(ratings.num_ratings, np.int64)
    rank[latest] = np.arange(ratings.num_ratings)
    return take_n(ratings, n, more_than, rank, f"user_last(n={n}, more_than={more_than})")


def global_time(ratings: Ratings, fraction: float = 0.1) -> Split:
    """All ratings from one moment on are targets: what a service would have had to predict on that day.

    Users who came after that moment have no inputs, and films first rated after it are unknown. Both are kept.

    Args:
        ratings: with `timestamp`.
        fraction: the share of targets wanted, between 0 and 1. Ratings of the same second stay together, so the
            share is met approximately.
    Returns:
        split: no user is dropped.
    Raises:
        ValueError: if `timestamp` is missing, `fraction` is out of range, or one part would be empty.
    Example:
        >>> from rbm_lib import Ratings, global_time
        >>> ratings = Ratings.from_triples([1, 1, 2, 2], [10, 20, 10, 20], [5, 3, 4, 1], timestamp=[100, 400, 200, 300])
        >>> split = global_time(ratings, fraction=0.25)
        >>> split.targets.timestamp
        array([400])
    """
    timestamp = _timestamp_of(ratings)
    check_fraction(fraction)
    moments, counts = np.unique(timestamp, return_counts=True)
    if len(moments) < 2:
        raise ValueError(f"timestamp: expected two moments at least, found {len(moments)}")
    before = np.cumsum(counts)[:-1]  # ratings before the second moment, before the third, ...
    first = 1 + int(np.argmin(np.abs(before - (1 - fraction) * ratings.num_ratings)))
    is_target = timestamp >= moments[first]
    protocol = f"global_time(fraction={fraction:g})"
    return Split(ratings.select(~is_target), ratings.select(is_target), protocol, ratings.user_id[:0])


def _timestamp_of(ratings: Ratings) -> NDArray[np.int64]:
    if ratings.timestamp is None:
        raise ValueError("ratings: expected timestamp, the second of each rating, found None")
    return ratings.timestamp
