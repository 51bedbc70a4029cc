"""Strong generalisation: users outside the training part, with some of their ratings as inputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_fraction
from rbm_lib.data import Ratings

from .keyed import divide_by_fraction, random_bits
from .split import Split


def new_users(ratings: Ratings, fraction: float = 0.1, *, seed: int, fold_in: float = 0.8) -> Split:
    """Some users are held out of training; part of their ratings are inputs, the others are targets.

    Args:
        ratings: in any order; the random choice depends on the ids and the seed alone.
        fraction: share of the users with two ratings or more that are new, between 0 and 1.
        seed: root of the random choice, from 0 to 2**64 - 1.
        fold_in: share of a new user's ratings that are inputs, between 0 and 1; every new user has an input and a
            target.
    Returns:
        split: `train` holds the other users' ratings, `inputs` and `targets` those of the new ones.
    Raises:
        ValueError: if an argument is out of range, or the share gives no new user or leaves no user for training.
    References:
        D. Liang et al., Variational Autoencoders for Collaborative Filtering, WWW 2018, section 4.1.
    Example:
        >>> from rbm_lib import load, new_users
        >>> split = new_users(load("planted").ratings, 0.1, seed=1)
        >>> int((split.train.ratings_per_user > 0).sum()), int((split.targets.ratings_per_user > 0).sum())
        (849, 94)
    """
    check_fraction(fraction)
    check_fraction(fold_in, "fold_in")
    is_new = _draw_users(ratings, fraction, seed)[ratings.user_index]
    theirs = ratings.select(is_new)
    inputs, targets = divide_by_fraction(theirs, 1 - fold_in, seed, "fold_in")
    inputs, targets = _everybody_has_a_target(inputs, targets, seed)
    protocol = f"new_users(fraction={fraction:g}, seed={seed}, fold_in={fold_in:g})"
    return Split(inputs, targets, protocol, ratings.user_id[:0], ratings.select(~is_new))


def _draw_users(ratings: Ratings, fraction: float, seed: int) -> NDArray[np.bool_]:
    """bool `(num_users,)`, the new users: those whose first random number is lowest."""
    eligible = np.flatnonzero(ratings.ratings_per_user >= 2)
    count = round(fraction * len(eligible))
    if not 0 < count < (ratings.ratings_per_user > 0).sum():
        raise ValueError(f"fraction: expected a share that divides {len(eligible)} users, found {fraction!r}")
    # One random number a user: the lowest over a user's ratings would favour users with many ratings.
    one_film = Ratings.from_counts(
        np.ones(ratings.num_users, np.int64),
        item_index=np.zeros(ratings.num_users, np.int32),
        rating=np.ones(ratings.num_users, np.float32),
        user_id=ratings.user_id,
        item_id=np.zeros(1, np.int64),
    )
    draw = random_bits(one_film, seed, "new_users")[eligible]
    is_new = np.zeros(ratings.num_users, bool)
    is_new[eligible[np.argsort(draw, kind="stable")[:count]]] = True
    return is_new


def _everybody_has_a_target(inputs: Ratings, targets: Ratings, seed: int) -> tuple[Ratings, Ratings]:
    """Moves one randomly chosen input of each user without targets to the targets."""
    without = (targets.ratings_per_user == 0) & (inputs.ratings_per_user > 0)
    if not without.any():
        return inputs, targets
    order = np.lexsort((random_bits(inputs, seed, "one target"), inputs.user_index))
    firsts = order[inputs.row_splits[:-1][without]]
    moved = np.zeros(inputs.num_ratings, bool)
    moved[firsts] = True
    return inputs.select(~moved), _together(targets, inputs.select(moved))


def _together(one: Ratings, other: Ratings) -> Ratings:
    """The ratings of both, which have the same ids and no (user, item) pair in common."""
    user = np.concatenate([one.user_index, other.user_index])
    item = np.concatenate([one.item_index, other.item_index])
    order = np.lexsort((item, user))

    def joined(name: str) -> Any:
        parts = getattr(one, name), getattr(other, name)
        return None if parts[0] is None else np.concatenate(parts)[order]

    return Ratings.from_counts(
        one.ratings_per_user + other.ratings_per_user,
        item_index=item[order],
        rating=joined("rating"),
        user_id=one.user_id,
        item_id=one.item_id,
        source_row=joined("source_row"),
        timestamp=joined("timestamp"),
    )
