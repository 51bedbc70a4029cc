"""Whether ratings can answer a notebook's question, and the article's split for users who rate less than it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rbm_lib.data import star_values
from rbm_lib.evaluation import FEWEST_USERS
from rbm_lib.splits import global_time, new_users

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split

ARTICLE_N, ARTICLE_MORE_THAN = 10, 20  # ratings held out of each user, and how many a user must exceed
WANTED, LEAST_SHARE, MOST_SHARE = 0.1, 0.02, 0.4  # of the ratings after one moment: the targets of a split by time
ENOUGH_USERS = 100  # with more ratings than that; fewer are enough if they are half of all users


class HeldOut(NamedTuple):
    """How many of each user's ratings are held out, for `first_n` and `user_last`.

    Attributes:
        n: of each user.
        more_than: users with this many ratings or fewer are left out.
        note: a sentence (Markdown) if this is not the article's rule, else empty.
    """

    n: int
    more_than: int
    note: str


def held_out_rule(ratings: Ratings) -> HeldOut:
    """The article's rule, ten of each user with more than twenty, or another one for users who rate less.

    Args:
        ratings: `Ratings`, of which at least `FEWEST_USERS` users have two; see `why_no_split`.
    Returns:
        rule: `HeldOut`; if few users pass the article's, a quarter of the median is held out, at least one rating.
    """
    counts = ratings.ratings_per_user[ratings.ratings_per_user > 0]
    passing = int((counts > ARTICLE_MORE_THAN).sum())
    if passing >= ENOUGH_USERS or 2 * passing >= len(counts):
        return HeldOut(ARTICLE_N, ARTICLE_MORE_THAN, "")
    median = int(np.median(counts))
    n = max(1, median // 4)
    more_than = 2 * n if (counts > 2 * n).sum() >= max(FEWEST_USERS, len(counts) // 4) else n
    note = (
        f"Of {len(counts):,} users {passing:,} have more than {ARTICLE_MORE_THAN} ratings; the median is {median}. So "
        f"the article's rule does not fit: of each user with more than {more_than}, {n} {'is' if n == 1 else 'are'} "
        "held out."
    )
    return HeldOut(n, more_than, note)


def why_no_stars(ratings: Ratings) -> str:
    """Why stars cannot be learnt: only one value, or too many for a scale; empty if they can."""
    values = np.unique(ratings.rating)
    if len(values) < 2:
        return f"Every rating is {values[0]:g}: there is nothing to tell apart."
    try:
        star_values(ratings)
    except ValueError:
        return (
            f"There are {len(values):,} different ratings, too many for a scale of stars. `num_values = 10` rounds "
            "them, as a line of a file of options beside the ratings (`ratings.csv.toml` for `ratings.csv`)."
        )
    return ""


def why_no_time(ratings: Ratings) -> str:
    """Why time cannot divide inputs from targets: no moments, one alone, or too few; empty if it can."""
    if ratings.timestamp is None:
        return "These ratings do not say when they were given, so time cannot divide inputs from targets."
    if np.ptp(ratings.timestamp) == 0:
        return "All of these ratings bear the same moment, so time cannot divide inputs from targets."
    share = global_time(ratings, WANTED).targets.num_ratings / ratings.num_ratings
    if LEAST_SHARE <= share <= MOST_SHARE:
        return ""
    return (
        f"These ratings bear so few moments that {share:.1%} of them, not about {WANTED:.0%}, are from the last ones: "
        "time cannot divide inputs from targets."
    )


def why_no_split(ratings: Ratings) -> str:
    """Why no rating of each user can be held out: hardly any user has two; empty if it can."""
    several = int((ratings.ratings_per_user > 1).sum())
    if several >= FEWEST_USERS:
        return ""
    return (
        f"Only {several:,} of {ratings.num_users:,} users have two ratings or more, so nothing can be held out of each."
    )


def why_too_few_users(ratings: Ratings) -> str:
    """Why no users can be held out as new users: there are too few; empty if there are enough."""
    if ratings.num_users >= 5 * FEWEST_USERS:
        return ""
    return f"Of {ratings.num_users:,} users none can be held out, and it takes {FEWEST_USERS}."


def why_none_hidden(split: Split) -> str:
    """Why held-out ratings of new users say nothing: too few users have one; empty if enough have.

    Args:
        split: `Split` of held-out users' ratings, whose targets are hidden and whose inputs are shown.
    """
    users = len(np.unique(split.targets.user_index))
    if users >= FEWEST_USERS:
        return ""
    return (
        f"Of the held-out users {users} have rated enough for a rating to be hidden beside others, and it takes "
        f"{FEWEST_USERS}: what one more rating is worth cannot be said."
    )


def why_no_lists(likes: Ratings, *, seed: int) -> str:
    """Why lists for new users cannot be evaluated: too few of them would have a liked target; empty if they can.

    Args:
        likes: `Ratings` of likes and dislikes, where a like is a relevant item of a list.
        seed: of the choice of the new users, a tenth, and of another tenth of the rest, on which settings are chosen.
    """
    drawn, ratings = [], likes
    for number in range(2):
        if 0.1 * (ratings.ratings_per_user > 1).sum() < 1:
            return "There are too few users to keep a tenth of them out, so lists for new users cannot be judged."
        split = new_users(ratings, 0.1, seed=seed + number)
        targets, ratings = split.targets, split.train
        drawn.append(len(np.unique(targets.user_index[targets.rating == 1])))
    if min(drawn) >= FEWEST_USERS:
        return ""
    few = {0: "none has", 1: "only one has"}.get(min(drawn), f"only {min(drawn)} have")
    return f"Of the new users {few} a liked film among their targets, so their lists cannot be judged."


def correlation(one: ArrayLike, other: ArrayLike) -> float:
    """Pearson's correlation over the pairs of finite numbers; NaN if either is constant, or there is only one pair.

    Args:
        one, other: floats of one length.
    """
    pairs = np.stack([np.asarray(one, np.float64), np.asarray(other, np.float64)])
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < 2 or (np.ptp(pairs, axis=1) == 0).any():
        return float("nan")
    return float(np.asarray(np.corrcoef(pairs))[0, 1])


def why_no_likes(*splits: Split) -> str:
    """Why predictions of likes cannot be evaluated: a part has only likes or only dislikes; empty if they can.

    Args:
        *splits: `Split` of likes and dislikes, for training and evaluation.
    """
    for split in splits:
        for name, part in (("inputs", split.inputs), ("targets", split.targets)):
            found = np.unique(part.rating)
            if len(found) == 0:
                return f"There are no {name} in {split.protocol}."
            if len(found) < 2:
                kind = "likes" if found[0] else "dislikes"
                return f"All {part.num_ratings:,} {name} ({split.protocol}) are {kind}: there is nothing to tell apart."
    return ""
