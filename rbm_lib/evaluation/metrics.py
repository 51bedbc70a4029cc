"""Quality of predicted likes: point values by scikit-learn, intervals by a bootstrap over users.

Ratings of one user are not independent, so whole users are drawn, with replacement; predictors are compared on the same
drawn users, so that what is common to both cancels.
"""

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score

# The metrics of likes, and whether more of each is better.
HIGHER_IS_BETTER = {"accuracy": True, "balanced_accuracy": True, "auc": True, "log_loss": False, "brier": False}
METRICS = tuple(HIGHER_IS_BETTER)
LEVEL = 0.95
FEWEST_USERS = 5  # fewer say nothing of other users: of one, every resample is the same


def check_predictions(rating, probability):
    """Raises ValueError unless the two align, ratings are 0 or 1 (both present) and probabilities lie in [0, 1]."""
    rating, probability = np.asarray(rating), np.asarray(probability)
    if rating.shape != probability.shape or rating.ndim != 1:
        raise ValueError(f"probability: expected shape {rating.shape}, one a rating, found {probability.shape}")
    if not np.isin(rating, (0, 1)).all() or len(np.unique(rating)) < 2:
        raise ValueError(f"rating: expected 0 and 1, both present, found {np.unique(rating)[:5]}")
    if not ((probability >= 0) & (probability <= 1)).all():  # false for NaN too
        raise ValueError("probability: expected numbers from 0 to 1")


def binary_metrics(rating, probability):
    """Accuracy, balanced accuracy, AUC, log loss and Brier score.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probability: float `(num_targets,)`, P(like). Bits (sampled inference) are no probabilities: their log loss is
            reported as infinite unless they are all right.
    Returns:
        metrics: dict of floats; log loss in nats a rating, the others shares.
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


def calibration(rating, probability, num_bins=10):
    """Predicted against observed share of likes, in bins of equally many ratings, cut by rank.

    Ratings with the same prediction may fall into several bins; each is taken to have the share of likes of them all,
    so that their order says nothing.

    Args:
        rating, probability: as in `binary_metrics`.
        num_bins: int >= 2.
    Returns:
        curve: DataFrame with columns `predicted`, `observed`, shares, a row a bin; no bin is empty.
        error: float, mean absolute difference of the two over the bins, by the bins' ratings.
    Example:
        >>> from rbm_lib.evaluation import calibration
        >>> curve, error = calibration([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9], num_bins=2)
        >>> curve.round(2).values.tolist(), round(float(error), 2)
        ([[0.2, 0.0], [0.8, 1.0]], 0.2)
    """
    check_predictions(rating, probability)
    if num_bins < 2:
        raise ValueError(f"num_bins: expected a whole number of at least 2, found {num_bins!r}")
    probability = np.asarray(probability, np.float64)
    _, tied = np.unique(probability, return_inverse=True)
    share = (np.bincount(tied, rating) / np.bincount(tied))[tied]
    bins = [part for part in np.array_split(np.argsort(probability, kind="stable"), num_bins) if len(part)]
    means = [(probability[part].mean(), share[part].mean()) for part in bins]
    curve = pd.DataFrame(means, columns=["predicted", "observed"])
    apart = (curve["predicted"] - curve["observed"]).abs()
    return curve, float(np.average(apart, weights=[len(part) for part in bins]))


def bootstrap_users(rating, probabilities, user_index, *, resamples=200, seed, only=METRICS):
    """Every metric of every predictor on `resamples` samples of users.

    Args:
        rating: 0 or 1, `(num_targets,)`.
        probabilities: dict from predictor to float `(num_targets,)`.
        user_index: int `(num_targets,)`, whose rating it is.
        resamples: int >= 2.
        seed: int, root of the draws.
        only: names of the metrics wanted; the AUC takes most of the time.
    Returns:
        values: DataFrame indexed by resample (row 0 is the data itself) with columns (predictor, metric); no numbers
            but in row 0 where there are fewer than `FEWEST_USERS` users.
    Example:
        >>> from rbm_lib.evaluation import bootstrap_users
        >>> rating, probability = [1, 0] * 6, [0.9, 0.2, 0.4, 0.6] * 3
        >>> user_index = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        >>> values = bootstrap_users(rating, {"mine": probability}, user_index, resamples=10, seed=1)
        >>> values.shape, round(float(values.loc[0, ("mine", "accuracy")]), 2)
        ((11, 5), 0.5)
    """
    user, weights = draw_users(user_index, resamples=resamples, seed=seed)
    columns = {}
    for name, probability in probabilities.items():
        check_predictions(rating, probability)
        values = np.asarray(rating), np.asarray(probability, np.float64)
        found = _weighted(*values, user, weights, with_auc="auc" in only)
        columns |= {(name, metric): found[metric] for metric in METRICS if metric in only}
    return without_few_users(pd.DataFrame(columns), weights.shape[1])


def without_few_users(values, num_users):
    """The values of `bootstrap_users`, the resamples blanked if they drew from too few users for an interval."""
    if num_users < FEWEST_USERS:
        values = values.astype(np.float64)
        values.iloc[1:] = np.nan
    return values


def draw_users(user_index, *, resamples, seed):
    """How often each user is drawn in each bootstrap sample.

    Args:
        user_index: int `(num_targets,)`, whose rating each is.
        resamples: int >= 2.
        seed: int, root of the draws.
    Returns:
        user: int `(num_targets,)`, users numbered from 0 without gaps.
        weights: float64 `(1 + resamples, num_users)`; row 0 is all ones, the data itself.
    """
    if resamples < 2:
        raise ValueError(f"resamples: expected a whole number of at least 2, found {resamples!r}")
    _, user = np.unique(user_index, return_inverse=True)
    num_users = user.max() + 1
    rng = np.random.Generator(np.random.Philox(key=seed))
    weights = rng.multinomial(num_users, np.full(num_users, 1 / num_users), size=resamples).astype(np.float64)
    return user, np.vstack([np.ones(num_users), weights])


def totals_over_users(user_index, *, resamples, seed):
    """A function from one number a target to its total in each bootstrap sample of users; row 0 is the data itself."""
    user, weights = draw_users(user_index, resamples=resamples, seed=seed)
    return lambda values: weights @ np.bincount(user, weights=values, minlength=weights.shape[1])


def _weighted(rating, probability, user, weights, with_auc=True):
    """Each metric for each row of `weights` `(num_samples, num_users)`: sums over users, but for the AUC."""

    def total(values):
        return weights @ np.bincount(user, weights=values, minlength=weights.shape[1])

    like, right = rating == 1, (probability > 0.5) == rating
    with np.errstate(divide="ignore"):
        loss = -np.log(np.where(like, probability, 1 - probability))
    count, num_like, num_dislike = total(np.ones(len(rating))), total(like), total(~like)
    rows = weights if with_auc else ()
    auc = [roc_auc_score(rating, probability, sample_weight=row[user]) for row in rows]
    return {
        "accuracy": total(right) / count,
        "balanced_accuracy": (total(right & like) / num_like + total(right & ~like) / num_dislike) / 2,
        "auc": np.array(auc),
        "log_loss": total(loss) / count if np.isfinite(loss).all() else np.full(len(weights), np.inf),
        "brier": total((probability - rating) ** 2) / count,
    }


def interval(values, level=LEVEL):
    """(value, low, high) from a column of `bootstrap_users`: the data's value, the resamples' percentile interval.

    `low` and `high` are NaN where a resample is no finite number.

    Args:
        values: Series, a column of `bootstrap_users`: row 0 is the data itself.
        level: float, share of the resamples that the interval covers.
    Returns:
        value, low, high: floats.
    Example:
        >>> import pandas as pd
        >>> from rbm_lib.evaluation import interval
        >>> interval(pd.Series([0.8, 0.7, 0.75, 0.85, 0.9]))  # the data's own value comes first
        (0.8, 0.70375, 0.89625)
    """
    value, resampled = values.iloc[0], values.iloc[1:]
    if not np.isfinite(resampled).all():
        return float(value), float("nan"), float("nan")
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(value), float(low), float(high)
