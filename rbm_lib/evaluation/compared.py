"""What every comparison of predictors shares: users drawn with replacement, intervals, paired gains, tables, parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd

from . import metrics

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.splits import Split


class BootstrapComparison(ABC):
    """Predictors on one set of targets, each metric with an interval over users.

    A subclass says which metrics it has (`METRICS`) and what they are on each sample of users (`_values`); all
    predictors are judged on the same samples.

    Args:
        split: `Split` whose targets are judged.
        predictions: dict from predictor to what it answered.
        user_index: int `(num,)`, the users to draw from, some or all of them more than once.
        resamples: int >= 2, bootstrap samples of users.
        seed: int, root of the bootstrap.
        only: names of the metrics wanted, None for all.
    Attributes:
        num_users, num_ratings: ints, users to draw from, and targets.
        metrics: tuple of str, the metrics of `table` and `long`.
        resampled: DataFrame, row 0 the data itself and a row a sample, with columns (predictor, metric).

    Example:
        >>> from rbm_lib.evaluation import BootstrapComparison, Comparison, RankingComparison, StarComparison
        >>> [issubclass(kind, BootstrapComparison) for kind in (Comparison, StarComparison, RankingComparison)]
        [True, True, True]
    """

    METRICS: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        split: Split,
        predictions: Mapping[str, ArrayLike],
        user_index: ArrayLike,
        *,
        resamples: int,
        seed: int,
        only: Collection[str] | None = None,
    ) -> None:
        self.split, self.predictions = split, dict(predictions)
        self.drawing: dict[str, int] = {"resamples": resamples, "seed": seed}
        self.metrics = tuple(metric for metric in self.METRICS if only is None or metric in only)
        self.num_ratings = split.targets.num_ratings
        user, weights = metrics.draw_users(user_index, **self.drawing)
        self.num_users = weights.shape[1]
        columns = {
            (name, metric): values
            for name in self.predictions
            for metric, values in self._values(name, user, weights).items()
        }
        self.resampled = metrics.without_few_users(pd.DataFrame(columns), self.num_users)

    @abstractmethod
    def _values(
        self, predictor: str, user: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Every metric of one predictor on each row of `weights`; both arrays are those of `metrics.draw_users`."""

    @abstractmethod
    def _part(self, split: Split, mask: NDArray[np.bool_], only: Collection[str] | None) -> Self:
        """The same predictions on `split`, whose targets are those of this comparison that `mask` keeps."""

    def where(self, mask: ArrayLike, only: Collection[str] | None = None) -> Self:
        """The same predictions compared on some of the targets.

        Args:
            mask: bool `(num_targets,)`.
            only: names of the metrics wanted, None for all; of likes, all but the AUC are fast.
        Returns:
            comparison: of those targets alone, of the same class.
        """
        mask = np.asarray(mask)
        targets = self.split.targets.select(mask)
        split = replace(self.split, targets=targets, protocol=f"part of {self.split.protocol}")
        return self._part(split, mask, only)

    def can_judge(self, mask: ArrayLike, metric: str) -> bool:
        """Whether a metric, and its interval over users, is defined on some of the targets.

        Args:
            mask: bool `(num_targets,)`.
            metric: its name.
        Returns:
            defined: False for fewer than `FEWEST_USERS` users; subclasses have reasons of their own.
        """
        users = self.split.targets.user_index[np.asarray(mask)]
        return len(np.unique(users)) >= metrics.FEWEST_USERS

    def _drawn(self, predictor: str, metric: str) -> pd.Series:
        """One metric of one predictor, on the data and on every sample of users."""
        return self.resampled[predictor, metric]

    def interval(self, predictor: str, metric: str) -> metrics.Interval:
        """(value, low, high) of one metric of one predictor."""
        return metrics.interval(self._drawn(predictor, metric))

    def gain(self, predictor: str, over: str, metric: str) -> metrics.Interval:
        """(value, low, high) of how much better `predictor` is than `over`: positive is better, whatever the metric.

        The difference is taken on the same drawn users, so its interval is narrower than the two intervals suggest.

        Raises:
            ValueError: for a metric of which neither more nor less is better.
        """
        if metric not in metrics.HIGHER_IS_BETTER:
            known = [name for name in self.METRICS if name in metrics.HIGHER_IS_BETTER]
            raise ValueError(f"metric: expected one of {', '.join(known)}, found {metric!r}")
        first, second = (predictor, over) if metrics.HIGHER_IS_BETTER[metric] else (over, predictor)
        return metrics.interval(self._drawn(first, metric) - self._drawn(second, metric))

    def long(self) -> pd.DataFrame:
        """DataFrame, a row a predictor and metric: predictor, metric, value, low, high."""
        rows: list[tuple[Any, ...]] = [(*column, *self.interval(*column)) for column in self.resampled.columns]
        return pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])

    def table(self, *, intervals: bool = False) -> pd.DataFrame:
        """DataFrame, a row a predictor and a column a metric; NaN where a predictor lacks it.

        Args:
            intervals: whether columns `<metric>_low` and `<metric>_high` stand beside each metric.
        """
        long = self.long()
        ends = {"value": "", "low": "_low", "high": "_high"} if intervals else {"value": ""}
        wide = [
            long.pivot(index="predictor", columns="metric", values=end).add_suffix(suffix)
            for end, suffix in ends.items()
        ]
        columns = [f"{metric}{suffix}" for metric in self.metrics for suffix in ends.values()]
        return pd.concat(wide, axis=1).reindex(index=list(self.predictions), columns=columns)
