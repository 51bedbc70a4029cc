"""Predicted likes on one set of targets: metrics with intervals over users and films, always beside base rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rbm_lib.baselines import BASE_RATES, fit_base_rate

from . import metrics
from .compared import BootstrapComparison, drawn_from
from .metrics import WITHIN_USERS
from .within_users import auc_of_users, bootstrap_user_auc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.splits import Split

    from .resampling import Samples

BASE_RATE_NAMES = tuple(baseline.name for baseline in BASE_RATES)


def predict_base_rates(split: Split) -> dict[str, NDArray[np.floating]]:
    """P(like) of each target from each base-rate predictor, fitted on the split's training part.

    A bias of a user who is not in the training part comes from the inputs, as for every other predictor.

    Args:
        split: `Split` of likes and dislikes.
    Returns:
        probabilities: dict from predictor's name to float `(num_targets,)`.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import predict_base_rates
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> list(predict_base_rates(split))
        ['always-like', 'popularity', 'item mean', 'item+user bias']
    """
    user_index, item_index = split.targets.user_index, split.targets.item_index
    return {make.name: fit_base_rate(make(), split).predict(user_index, item_index) for make in BASE_RATES}


class Comparison(BootstrapComparison):
    """Predictors of likes on one set of targets; `WITHIN_USERS` is one more metric of `interval` and `gain`.

    Args:
        split: `Split` of likes and dislikes.
        probabilities: dict from predictor to float `(num_targets,)`, P(like); the base rates are added when missing.
        resamples: int >= 2, bootstrap samples.
        seed: int, root of the bootstrap's random numbers.
        resample: "both" for intervals over users and films, or "users" for users only; see
            `rbm_lib.evaluation.resampling`.
        only: names of the metrics wanted.
    Raises:
        ValueError: if probabilities do not align with the targets or are not from 0 to 1, or the targets are only likes
            or only dislikes.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import Comparison, predict_best_possible
        >>> data = load("planted")
        >>> split = random_n(data.ratings.binarize(3), 5, seed=1)
        >>> comparison = Comparison(split, {"truth": predict_best_possible(data, split)}, resamples=50, seed=1)
        >>> value, low, high = comparison.gain("truth", "item+user bias", "log_loss")
        >>> bool(low <= value <= high)
        True
    """

    METRICS = metrics.METRICS

    def __init__(
        self,
        split: Split,
        probabilities: Mapping[str, ArrayLike],
        *,
        resamples: int = 200,
        seed: int,
        resample: str = "both",
        only: Collection[str] = metrics.METRICS,
    ) -> None:
        base_rates = {} if set(BASE_RATE_NAMES) <= set(probabilities) else predict_base_rates(split)
        drawn = drawn_from(split, resample)
        super().__init__(split, base_rates | dict(probabilities), *drawn, resamples=resamples, seed=seed, only=only)

    @property
    def probabilities(self) -> dict[str, ArrayLike]:
        """P(like) of each target, by predictor: the `predictions`."""
        return self.predictions

    def _values(self, samples: Samples) -> dict[tuple[str, str], NDArray[np.float64]]:
        return metrics.weighted_metrics(self.split.targets.rating, self.predictions, samples, only=self.metrics)

    def _part(self, split: Split, mask: NDArray[np.bool_], only: Collection[str] | None) -> Comparison:
        kept = {name: np.asarray(probability)[mask] for name, probability in self.predictions.items()}
        wanted = self.METRICS if only is None else only
        return Comparison(split, kept, **self.drawing, resample=self.resample, only=wanted)

    def can_judge(self, mask: ArrayLike, metric: str) -> bool:
        """As `BootstrapComparison.can_judge`; also False without both likes and dislikes (within users: of a user)."""
        rating = self.split.targets.rating[np.asarray(mask)]
        if not super().can_judge(mask, metric) or len(np.unique(rating)) < 2:
            return False
        users = self.split.targets.user_index[np.asarray(mask)]
        return metric != WITHIN_USERS or len(auc_of_users(rating, np.zeros(len(rating)), users)) > 0

    @cached_property
    def _within_users(self) -> pd.DataFrame:
        drawn = drawn_from(self.split, self.resample)
        return bootstrap_user_auc(self.split.targets.rating, self.predictions, *drawn, **self.drawing)

    def _drawn(self, predictor: str, metric: str) -> pd.Series:
        return self._within_users[predictor] if metric == WITHIN_USERS else super()._drawn(predictor, metric)

    def table(self, *, intervals: bool = True) -> pd.DataFrame:
        """DataFrame, a row for each predictor: each metric, by default with `_low` and `_high` beside it."""
        return super().table(intervals=intervals).rename_axis(columns=None)

    def within_users(self) -> pd.DataFrame:
        """DataFrame, a row for each predictor: value, low, high of the mean AUC within users."""
        rows = {predictor: self.interval(predictor, WITHIN_USERS) for predictor in self.predictions}
        return pd.DataFrame(rows, index=["value", "low", "high"]).T.rename_axis("predictor")
