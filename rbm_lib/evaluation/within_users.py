"""AUC within each user: are the films a user likes above those the same user dislikes?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .metrics import without_few_drawn
from .resampling import draw_samples, weighted_user_auc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def auc_of_users(rating: ArrayLike, probability: ArrayLike, user_index: ArrayLike) -> pd.Series:
    """The AUC of each user's targets, for all users at once: the rank sum of Mann and Whitney, ties counting half.

    AUC = (sum of the likes' ranks - likes (likes + 1) / 2) / (likes * dislikes), which is scikit-learn's
    `roc_auc_score` of the user's targets.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probability: float `(num_targets,)`, any score that is higher for likes.
        user_index: int `(num_targets,)`, the user of each target.
    Returns:
        auc: Series indexed by `user_index`, ascending, of the users who have both likes and dislikes among the targets.
    Raises:
        ValueError: if the arrays differ in length, a rating is neither 0 nor 1, or a score is NaN.
    """
    rating, probability = np.asarray(rating), np.asarray(probability)
    if not rating.shape == probability.shape == np.shape(user_index) or rating.ndim != 1:
        raise ValueError(
            f"probability: expected one a rating and user, shape {rating.shape}, found {probability.shape} and "
            f"{np.shape(user_index)}"
        )
    if not np.isin(rating, (0, 1)).all():
        raise ValueError(f"rating: expected 0 and 1, found {np.unique(rating)[:5]}")
    if np.isnan(probability).any():
        raise ValueError("probability: expected numbers, found some that are not")
    table = pd.DataFrame({"user_index": user_index, "like": rating.astype(np.float64), "score": probability})
    users = table.groupby("user_index")
    table["rank_of_like"] = users["score"].rank(method="average") * table["like"]
    likes, count, ranks = users["like"].sum(), users["like"].count(), users["rank_of_like"].sum()
    both = (likes > 0) & (likes < count)
    auc = (ranks - likes * (likes + 1) / 2)[both] / (likes * (count - likes))[both]
    return auc.rename("auc")


def bootstrap_user_auc(
    rating: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    user_index: ArrayLike,
    item_index: ArrayLike | None = None,
    *,
    resamples: int = 200,
    seed: int,
) -> pd.DataFrame:
    """The mean AUC within users, of every predictor on `resamples` samples of users, and of films if given.

    Users and films are resampled as in `metrics.bootstrap_users`, from all that have targets; a sampled user without
    both likes and dislikes adds nothing. If films are resampled, each counts in a user's AUC as often as it was drawn.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probabilities: dict from predictor to float `(num_targets,)`.
        user_index: int `(num_targets,)`, the user of each target.
        item_index: int `(num_targets,)`, the film of each target; None to resample only users.
        resamples: int >= 2.
        seed: int, root of the random numbers.
    Returns:
        values: DataFrame indexed by resample (row 0 is the data itself), a column for each predictor, for
            `metrics.interval`; as there, only row 0 has numbers if there are too few users or films.
    Raises:
        ValueError: as `auc_of_users`, or if no user has both likes and dislikes.
    """
    samples = draw_samples(user_index, item_index, resamples=resamples, seed=seed)
    users, columns, weights = np.unique(user_index), {}, samples.user_weights
    for name, probability in probabilities.items():
        auc = auc_of_users(rating, probability, user_index)
        if not len(auc):
            raise ValueError("rating: expected a user with both likes and dislikes, found none")
        if samples.item_weights is not None:
            columns[name] = weighted_user_auc(np.asarray(rating) == 1, np.asarray(probability), samples)
            continue
        drawn = weights[:, np.searchsorted(users, auc.index)]
        total = drawn.sum(axis=1)
        none = np.full(len(total), np.nan)  # for a sample in which no user has both
        columns[name] = np.divide(drawn @ auc.to_numpy(), total, out=none, where=total > 0)
    return without_few_drawn(pd.DataFrame(columns), samples)
