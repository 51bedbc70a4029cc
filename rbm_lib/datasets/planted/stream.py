"""Planted likes too many for text files: sampled user by user, in bounded memory, directly into `Ratings`.

The films, the hidden units and the stars follow the same distributions as in `drawing`. The rated films are sampled by
another method, whose cost grows with the ratings instead of users times films, so the random numbers differ.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_number
from rbm_lib.data import Ratings, splits_from_counts

from .drawing import (
    draw_counts,
    draw_films,
    give_every_film_a_rating,
    hidden_states_at,
    rank_and_choose,
    stage_rng,
    stars_at,
)
from .truth import PlantedSettings, PlantedTruth

# Users, films, ratings and fewest ratings of MovieLens-32M; the spread gives popularity a tail as long as there.
ML_32M = PlantedSettings(200_948, 84_432, 32_000_204, num_hidden=5, min_ratings=20, popularity_spread=2.0)
_RATINGS_AT_ONCE = 1_000_000  # bounds the memory of both passes
_RANK_FROM = 1 / 8  # share of all films: for users with more ratings, ranking is faster, because repeats are many


def draw_likes(
    settings: PlantedSettings, threshold: float = 3, *, progress: Callable[[list[Any]], Iterable[Any]] = iter
) -> Ratings:
    """Sample likes and dislikes; a function of `settings` and `threshold` alone.

    Args:
        settings: size and seed.
        threshold: the fewest stars of a like.
        progress: wraps the list of chunks of users, once in each of two passes, as `tqdm` does.
    Returns:
        likes: 1 for `threshold` stars and more, else 0; users and films are numbered from 1.
    Raises:
        ValueError: if `threshold` is not a finite number.
    Example:
        >>> from rbm_lib.datasets import PlantedSettings, draw_likes
        >>> likes = draw_likes(PlantedSettings(num_users=500, num_items=80, num_ratings=12_000))
        >>> likes
        Ratings(num_users=500, num_items=80, num_ratings=12000)
    """
    check_number(threshold, "threshold")
    films = draw_films(settings)
    counts = draw_counts(settings, stage_rng(settings.seed, "films rated"))
    splits = splits_from_counts(counts)
    chunks = _chunks(splits)
    item_index = np.empty(settings.num_ratings, np.int32)
    for first, last in progress(chunks):
        rng = stage_rng(settings.seed, f"films rated, users from {first}")
        own = slice(splits[first], splits[last])
        item_index[own] = choose_films(rng, np.diff(splits[first : last + 1]), films["popularity"])
    rng = stage_rng(settings.seed, "films without a rating")
    item_index = give_every_film_a_rating(item_index, settings.num_items, rng)
    truth = PlantedTruth(**films, hidden=np.zeros((0, settings.num_hidden), np.uint8))
    rating = np.empty(settings.num_ratings, np.float32)
    hidden_rng, stars_rng = (stage_rng(settings.seed, stage) for stage in ("hidden units", "stars"))
    _draw_ratings(truth, splits, item_index, rating, threshold, hidden_rng, stars_rng, progress(chunks))
    users = np.arange(1, settings.num_users + 1)
    return Ratings.from_counts(counts, item_index=item_index, rating=rating, user_id=users, item_id=truth.item_id)


def choose_films(
    rng: np.random.Generator, counts: NDArray[np.int64], popularity: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The given number of distinct films for each user, one by one in proportion to popularity.

    Sampling with replacement and dropping repeats is the same as sampling without replacement, one after the other.

    Args:
        rng: source of the random numbers.
        counts: int64 `(num_users,)`, at most the number of films.
        popularity: float64 `(num_items,)`, sums to 1.
    Returns:
        item_index: int64 `(counts.sum(),)`, user after user, in random order within a user.
    """
    users, items = np.empty(0, np.int64), np.empty(0, np.int64)
    by_ranking = counts > _RANK_FROM * len(popularity)
    if by_ranking.any():
        users = np.repeat(np.flatnonzero(by_ranking), counts[by_ranking])
        items = rank_and_choose(rng, counts[by_ranking], popularity)
    cumulative = np.cumsum(popularity)
    missing = np.where(by_ranking, 0, counts)
    while missing.any():
        more = np.repeat(np.arange(len(counts)), np.where(missing, missing + missing // 8 + 4, 0))
        drawn = np.searchsorted(cumulative, rng.random(len(more)) * cumulative[-1], side="right")
        users, items = np.concatenate([users, more]), np.concatenate([items, drawn])
        users, items = _first_distinct(users, items, counts, len(popularity))
        missing = counts - np.bincount(users, minlength=len(counts))
    return items


def _first_distinct(
    users: NDArray[np.int64], items: NDArray[np.int64], counts: NDArray[np.int64], num_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first distinct films of each user, as many as requested, user after user, in the order of sampling."""
    first = np.unique(users * num_items + items, return_index=True)[1]
    order = first[np.lexsort((first, users[first]))]
    users, items = users[order], items[order]
    rank = np.arange(len(users)) - np.searchsorted(users, np.arange(len(counts)))[users]
    keep = rank < counts[users]
    return users[keep], items[keep]


def _chunks(splits: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of users (first, last excluded) with about `_RATINGS_AT_ONCE` ratings each, and at least one user."""
    edges = np.searchsorted(splits, np.arange(0, splits[-1], _RATINGS_AT_ONCE))
    return list(pairwise(np.unique(np.append(edges, len(splits) - 1)).tolist()))


def _draw_ratings(
    truth: PlantedTruth,
    splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    rating: NDArray[np.float32],
    threshold: float,
    hidden_rng: np.random.Generator,
    stars_rng: np.random.Generator,
    chunks: Iterable[tuple[int, int]],
) -> None:
    """Sort each user's films, in place, and set `rating` to 1 where p(stars | h) gives at least `threshold` stars."""
    for first, last in chunks:
        own = slice(splits[first], splits[last])
        user = np.repeat(np.arange(last - first), np.diff(splits[first : last + 1]))
        pairs = np.sort(user * len(truth.item_id) + item_index[own])
        items = pairs % len(truth.item_id)
        state = hidden_states_at(hidden_rng.random(last - first), truth, user, items)
        item_index[own] = items
        rating[own] = stars_at(stars_rng.random(len(items)), truth, state[user], items) >= threshold
