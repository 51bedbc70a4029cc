"""Quality of predicted likes: point values by scikit-learn, intervals by a bootstrap over users, or users and films.

Ratings of one user, or of one film, are not independent, so whole users and films are resampled, with replacement
(`rbm_lib.evaluation.resampling`). Predictors are compared on the same samples, so that common variation cancels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score

from rbm_lib._checks import check_count, check_fraction

from .resampling import Samples, draw_samples, share_of, weighted_auc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Interval = tuple[float, float, float]  # value, low, high

METRICS = ("accuracy", "balanced_accuracy", "auc", "log_loss", "brier")  # of likes
WITHIN_USERS = "within users auc"  # also for likes: the mean AUC within users, computed on request
STAR_METRICS = ("rmse", "mae")
LIST_METRICS = ("ndcg@10", "ndcg@100", "recall@20", "recall@50")
# The better direction of every metric that has one; coverage and popularity bias of lists have none.
HIGHER_IS_BETTER = {
    "accuracy": True,
    "balanced_accuracy": True,
    "auc": True,
    "log_loss": False,
    "brier": False,
    WITHIN_USERS: True,
    **dict.fromkeys(STAR_METRICS, False),
    **dict.fromkeys(LIST_METRICS, True),
}
LEVEL = 0.95
FEWEST_USERS = 5  # fewer say nothing about other users: with one, all resamples are equal; likewise for films


def check_predictions(rating: ArrayLike, probability: ArrayLike) -> None:
    """Raises ValueError unless the two align, ratings are 0 or 1 (both present) and probabilities lie in [0, 1]."""
    rating, probability = np.asarray(rating), np.asarray(probability)
    if rating.shape != probability.shape or rating.ndim != 1:
        raise ValueError(f"probability: expected shape {rating.shape}, one a rating, found {probability.shape}")
    if not np.isin(rating, (0, 1)).all() or len(np.unique(rating)) < 2:
        raise ValueError(f"rating: expected 0 and 1, both present, found {np.unique(rating)[:5]}")
    if not ((probability >= 0) & (probability <= 1)).all():  # NaN fails too
        raise ValueError("probability: expected numbers from 0 to 1")


def binary_metrics(rating: ArrayLike, probability: ArrayLike) -> dict[str, float]:
    """Accuracy, balanced accuracy, AUC, log loss and Brier score.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probability: float `(num_targets,)`, P(like). Predictions of exactly 0 and 1 (sampled inference) are not
            probabilities: their log loss is infinite unless all of them are right.
    Returns:
        metrics: dict of floats; log loss in nats per rating, the others shares.
    Raises:
        ValueError: unless both have the same shape, ratings are 0 and 1, both present, and probabilities from 0 to 1.
    Example:
        >>> from rbm_lib.evaluation import binary_metrics
        >>> metrics = binary_metrics([1, 1, 0, 1], [0.9, 0.6, 0.4, 0.3])
        >>> {name: round(float(value), 3) for name, value in metrics.items()}
        {'accuracy': 0.75, 'balanced_accuracy': 0.833, 'auc': 0.667, 'log_loss': 0.583, 'brier': 0.205}
    """
    check_predictions(rating, probability)
    rating, probability = np.asarray(rating, np.float64), np.asarray(probability, np.float64)
    bit = probability > 0.5
    wrong_and_certain = ((rating == 1) & (probability == 0)) | ((rating == 0) & (probability == 1))
    return {
        "accuracy": float(np.mean(bit == rating)),
        "balanced_accuracy": float(balanced_accuracy_score(rating, bit)),
        "auc": float(roc_auc_score(rating, probability)),
        "log_loss": np.inf if wrong_and_certain.any() else float(log_loss(rating, probability)),
        "brier": float(brier_score_loss(rating, probability)),
    }


def calibration(rating: ArrayLike, probability: ArrayLike, num_bins: int = 10) -> tuple[pd.DataFrame, float]:
    """Predicted against observed share of likes, in bins of equally many ratings, cut by rank.

    Ratings with the same prediction may be in several bins; each counts with the share of likes among all of them, so
    that their order does not matter.

    Args:
        rating, probability: as in `binary_metrics`.
        num_bins: int >= 2.
    Returns:
        curve: DataFrame with columns `predicted`, `observed`, shares, a row for each bin; no bin is empty.
        error: float, mean absolute difference of the two over the bins, weighted by their numbers of ratings.
    Raises:
        ValueError: as in `binary_metrics`, or for fewer than two bins.
    Example:
        >>> from rbm_lib.evaluation import calibration
        >>> curve, error = calibration([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9], num_bins=2)
        >>> curve.round(2).values.tolist(), round(float(error), 2)
        ([[0.2, 0.0], [0.8, 1.0]], 0.2)
    """
    check_predictions(rating, probability)
    num_bins = check_count(num_bins, "num_bins", least=2)
    probability = np.asarray(probability, np.float64)
    _, tied = np.unique(probability, return_inverse=True)
    share = (np.bincount(tied, rating) / np.bincount(tied))[tied]
    bins = [part for part in np.array_split(np.argsort(probability, kind="stable"), num_bins) if len(part)]
    means = [(probability[part].mean(), share[part].mean()) for part in bins]
    curve = pd.DataFrame(means, columns=["predicted", "observed"])
    apart = (curve["predicted"] - curve["observed"]).abs()
    return curve, float(np.average(apart, weights=[len(part) for part in bins]))


def bootstrap_users(
    rating: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    user_index: ArrayLike,
    item_index: ArrayLike | None = None,
    *,
    resamples: int = 200,
    seed: int,
    only: Collection[str] = METRICS,
) -> pd.DataFrame:
    """Every metric of every predictor on `resamples` samples of users, and of films if `item_index` is given.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probabilities: dict from predictor to float `(num_targets,)`.
        user_index: int `(num_targets,)`, the user of each rating.
        item_index: int `(num_targets,)`, the film of each rating; None to resample only users.
        resamples: int >= 2.
        seed: int, root of the random numbers.
        only: names of the metrics wanted; the AUC takes most of the time.
    Returns:
        values: DataFrame indexed by resample (row 0 is the data itself) with columns (predictor, metric); NaN except in
            row 0 if there are fewer than `FEWEST_USERS` users, or films if these are resampled.
    Example:
        >>> from rbm_lib.evaluation import bootstrap_users
        >>> rating, probability = [1, 0] * 6, [0.9, 0.2, 0.4, 0.6] * 3
        >>> user_index = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        >>> values = bootstrap_users(rating, {"mine": probability}, user_index, resamples=10, seed=1)
        >>> values.shape, round(float(values.loc[0, ("mine", "accuracy")]), 2)
        ((11, 5), 0.5)
    """
    samples = draw_samples(user_index, item_index, resamples=resamples, seed=seed)
    columns = weighted_metrics(rating, probabilities, samples, only=only)
    return without_few_drawn(pd.DataFrame(columns), samples)


def without_few_drawn(values: pd.DataFrame, samples: Samples) -> pd.DataFrame:
    """Values by sample, NaN except for the data's own if there are too few users or films to resample."""
    if samples.fewest_drawn < FEWEST_USERS:
        values = values.astype(np.float64)
        values.iloc[1:] = np.nan
    return values


def weighted_metrics(
    rating: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    samples: Samples,
    *,
    only: Collection[str] = METRICS,
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Each metric of predicted likes on each bootstrap sample, from weighted sums; the AUC from sorted scores.

    Args:
        rating: as in `binary_metrics`.
        probabilities: dict from predictor to probabilities as in `binary_metrics`.
        samples: `Samples` of these ratings.
        only: names of the metrics wanted; the AUC takes most of the time.
    Returns:
        values: dict from (predictor, metric) to float64 `(1 + resamples,)`; entry 0 is the data itself. NaN if a sample
            has no likes, or no dislikes, and the metric needs both, or has no ratings.
    Raises:
        ValueError: as `check_predictions`.
    """
    rating = np.asarray(rating)
    like = rating == 1
    columns: dict[tuple[str, str], NDArray[np.generic]] = {}
    for name, given in probabilities.items():
        check_predictions(rating, given)
        probability = np.asarray(given, np.float64)
        right = (probability > 0.5) == rating
        with np.errstate(divide="ignore"):
            loss = -np.log(np.where(like, probability, 1 - probability))
        columns |= {(name, "right likes"): right & like, (name, "right dislikes"): right & ~like}
        columns |= {(name, "log_loss"): loss, (name, "brier"): (probability - rating) ** 2}
    finite = {key: column for key, column in columns.items() if np.isfinite(column).all()}
    totals = samples.totals(finite | {("", "likes"): like, ("", "dislikes"): ~like})
    likes, dislikes = totals["", "likes"], totals["", "dislikes"]
    count = likes + dislikes
    found: dict[tuple[str, str], NDArray[np.float64]] = {}
    for name, given in probabilities.items():
        of_likes, of_dislikes = totals[name, "right likes"], totals[name, "right dislikes"]
        loss = totals.get((name, "log_loss"), np.full(len(count), np.inf))
        values = {
            "accuracy": share_of(of_likes + of_dislikes, count),
            "balanced_accuracy": (share_of(of_likes, likes) + share_of(of_dislikes, dislikes)) / 2,
            "log_loss": share_of(loss, count),
            "brier": share_of(totals[name, "brier"], count),
        }
        if "auc" in only:
            values["auc"] = weighted_auc(like, np.asarray(given, np.float64), samples)
        found |= {(name, metric): values[metric] for metric in METRICS if metric in only}
    return found


def interval(values: pd.Series, level: float = LEVEL) -> Interval:
    """(value, low, high) from a column of `bootstrap_users`: the data's value, the resamples' percentile interval.

    `low` and `high` are NaN if a resample is not a finite number.

    Args:
        values: Series, a column of `bootstrap_users`: row 0 is the data itself.
        level: float, share of the resamples that the interval covers.
    Returns:
        value, low, high: floats.
    Raises:
        ValueError: if `level` is not between 0 and 1, both excluded.
    Example:
        >>> import pandas as pd
        >>> from rbm_lib.evaluation import interval
        >>> interval(pd.Series([0.8, 0.7, 0.75, 0.85, 0.9]))  # the data's own value comes first
        (0.8, 0.70375, 0.89625)
    """
    check_fraction(level, "level")
    value, resampled = values.iloc[0], values.iloc[1:]
    if not np.isfinite(resampled).all():
        return float(value), float("nan"), float("nan")
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(value), float(low), float(high)
