"""Splits that hold out some ratings of every user, or a random share of all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib.data import Ratings

from .keyed import divide_by_fraction, random_bits
from .split import Split


def first_n(ratings: Ratings, n: int = 10, more_than: int = 20) -> Split:
    """Each user's first ratings in the order of the source file are targets: the article's split.

    Args:
        ratings: with `source_row`.
        n: number of targets a user, at least 1.
        more_than: users with this many ratings or fewer are dropped from both parts.
    Returns:
        split: `n` targets for every user that is not dropped, all other ratings as inputs.
    Raises:
        ValueError: if `source_row` is missing, an argument is out of range, a user would keep no inputs, or no user is
            left (the error gives the median number of ratings, and values that keep some users).
    References:
        github.com/artem-oppermann/Restricted-Boltzmann-Machine, `train_test_split.py` (ten ratings, more than twenty).
    Example:
        >>> from rbm_lib import first_n, load
        >>> split = first_n(load("planted").ratings, n=10, more_than=20)
        >>> set(split.targets.ratings_per_user.tolist()) <= {0, 10}
        True
    """
    if ratings.source_row is None:
        raise ValueError("ratings: expected source_row, the order of the source file, found None")
    return take_n(ratings, n, more_than, ratings.source_row, f"first_n(n={n}, more_than={more_than})")


def random_n(ratings: Ratings, n: int, *, seed: int, more_than: int | None = None) -> Split:
    """Of each user, `n` ratings chosen at random are targets.

    Args:
        ratings: in any order; the random choice depends on the ids and the seed alone.
        n: number of targets a user, at least 1.
        seed: root of the random choice, from 0 to 2**64 - 1.
        more_than: users with this many ratings or fewer are dropped from both parts; None drops no user.
    Returns:
        split: `n` targets for every user that is not dropped, all other ratings as inputs.
    Raises:
        ValueError: if an argument is out of range, a user would keep no inputs, or no user is left.
    Example:
        >>> from rbm_lib import Ratings, random_n
        >>> ratings = Ratings.from_triples([1, 1, 1, 2, 2], [10, 20, 30, 10, 20], [5, 3, 4, 2, 1])
        >>> random_n(ratings, 1, seed=7).targets.ratings_per_user
        array([1, 1])
    """
    dropping = "" if more_than is None else f", more_than={more_than}"
    rank_by = random_bits(ratings, seed, "random_n")
    return take_n(ratings, n, 0 if more_than is None else more_than, rank_by, f"random_n(n={n}{dropping}, seed={seed})")


def random_fraction(ratings: Ratings, fraction: float = 0.1, *, seed: int, purpose: str = "random_fraction") -> Split:
    """Each rating is a target with probability `fraction`, independent of its user.

    A user whose ratings would all become targets keeps all of them as inputs: every user has inputs.

    Args:
        ratings: in any order; the random choice depends on the ids and the seed alone.
        fraction: between 0 and 1, both excluded.
        seed: root of the random choice, from 0 to 2**64 - 1.
        purpose: what the split is for; splits for different purposes are independent, even with the same seed.
    Returns:
        split: about `fraction` of the ratings as targets; no user is dropped.
    Raises:
        ValueError: if an argument is out of range.
    Example:
        >>> from rbm_lib import load, random_fraction
        >>> split = random_fraction(load("planted").ratings, 0.1, seed=1)
        >>> round(split.targets.num_ratings / 100_000, 2)
        0.1
    """
    inputs, targets = divide_by_fraction(ratings, fraction, seed, purpose)
    return Split(inputs, targets, f"{purpose}(fraction={fraction:g}, seed={seed})", ratings.user_id[:0])


def k_fold(ratings: Ratings, num_folds: int = 5, *, seed: int) -> list[Split]:
    """Every rating is a target once: K-fold cross-validation over ratings, independent of their users.

    Args:
        ratings: in any order; the division depends on the ids and the seed alone.
        num_folds: int >= 2.
        seed: root of the random choice, from 0 to 2**64 - 1.
    Returns:
        splits: one a fold, with its ratings as targets and all others as inputs; a user with few ratings may have no
            inputs.
    Raises:
        ValueError: if an argument is out of range, or there are fewer ratings than folds.
    References:
        Stone (1974), "Cross-validatory choice and assessment of statistical predictions".
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.splits import k_fold
        >>> ratings = Ratings.from_triples([1, 1, 1, 2, 2], [10, 20, 30, 10, 20], [5, 3, 4, 2, 1])
        >>> [split.targets.num_ratings for split in k_fold(ratings, 2, seed=7)]
        [3, 2]
    """
    num_folds = check_count(num_folds, "num_folds", least=2)
    if ratings.num_ratings < num_folds:
        raise ValueError(f"num_folds: expected at most one a rating, {ratings.num_ratings}, found {num_folds}")
    order = np.argsort(random_bits(ratings, seed, "k_fold"), kind="stable")
    fold = np.empty(ratings.num_ratings, np.int64)
    fold[order] = np.arange(ratings.num_ratings) % num_folds
    name = f"k_fold({num_folds}, seed={seed})"
    return [
        Split(ratings.select(fold != k), ratings.select(fold == k), f"fold {k + 1} of {name}", ratings.user_id[:0])
        for k in range(num_folds)
    ]


def take_n(ratings: Ratings, n: int, more_than: int, rank_by: NDArray[Any], protocol: str) -> Split:
    """The split in which the `n` lowest-ranked ratings of each user with more than `more_than` are the targets."""
    n, more_than = check_count(n, "n"), check_count(more_than, "more_than", least=0)
    counts = ratings.ratings_per_user
    kept = counts > more_than
    if not kept.any() and ratings.num_ratings:
        raise _nobody_left(counts, n, more_than)
    starved = np.flatnonzero(kept & (counts <= n))
    if len(starved):
        user = starved[0]
        raise ValueError(
            f"user {ratings.user_id[user].item()!r}: expected more than n={n} ratings, so that some remain as inputs, "
            f"found {counts[user]} ({len(starved)} such users; more_than={n} drops them)"
        )
    order = np.lexsort((rank_by, ratings.user_index))
    rank = np.empty(ratings.num_ratings, dtype=np.int64)
    rank[order] = np.arange(ratings.num_ratings) - ratings.row_splits[ratings.user_index]
    kept_rating = kept[ratings.user_index]
    inputs, targets = ratings.select(kept_rating & (rank >= n)), ratings.select(kept_rating & (rank < n))
    return Split(inputs, targets, protocol, ratings.user_id[(counts > 0) & ~kept])


def _nobody_left(counts: NDArray[np.int64], n: int, more_than: int) -> ValueError:
    """The error where every user has too few ratings: how many they have, and which values would keep some users."""
    rated = counts[counts > 0]
    middle, most = float(np.median(rated)), int(rated.max())
    found = f"{len(rated):,} users with a median of {middle:g} ratings and {most} at most"
    if most < 2:
        way_out = "with one rating a user nothing can be held out; random_fraction splits ratings whoever gave them"
    else:
        fewer = min(n, max(int(middle) // 2, 1), most - 1)
        less = max(min(int(middle) - 1, most - 1), fewer)
        way_out = f"n={fewer}, more_than={less} keeps {int((counts > less).sum()):,} of them"
    return ValueError(f"more_than: expected users with more than {more_than} ratings, found {found}; {way_out}")
