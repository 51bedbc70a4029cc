"""The shared part of all comparisons of predictors: bootstrap samples, intervals, paired gains, tables, parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy.special import ndtr

from . import metrics
from .resampling import OVER, Samples, check_resample, draw_samples
from .verdicts import VERDICTS, compare, holm

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.splits import Split

    from .seeds import Margins

NORMAL_95 = 1.96  # standard deviations in half a 95 % interval


class BootstrapComparison(ABC):
    """Predictors on one set of targets, each metric with an interval over users and films, or over users.

    A subclass defines its metrics (`METRICS`) and their values on each bootstrap sample (`_values`); all predictors are
    compared on the same samples. How users and films are resampled, and by how much the intervals may be too wide:
    `rbm_lib.evaluation.resampling`.

    Args:
        split: `Split` with the targets.
        predictions: dict from predictor to its predictions.
        user_index: int `(num,)`, the users to resample, some or all of them more than once.
        item_index: int `(num,)`, the films to resample; None to resample only users.
        resamples: int >= 2, bootstrap samples.
        seed: int, root of the bootstrap's random numbers.
        only: names of the metrics wanted, None for all.
    Attributes:
        resample: "both" or "users", what is resampled.
        over: the same in words, "users and films" or "users".
        num_users, num_ratings: ints, users to resample, and targets.
        metrics: tuple of str, the metrics of `table` and `long`.
        resampled: DataFrame, row 0 the data itself and a row for each sample, with columns (predictor, metric).

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
        item_index: ArrayLike | None = None,
        *,
        resamples: int,
        seed: int,
        only: Collection[str] | None = None,
    ) -> None:
        self.split, self.predictions = split, dict(predictions)
        self.resample = "users" if item_index is None else "both"
        self.over = OVER[self.resample]
        self.drawing: dict[str, int] = {"resamples": resamples, "seed": seed}
        self.metrics = tuple(metric for metric in self.METRICS if only is None or metric in only)
        self.num_ratings = split.targets.num_ratings
        samples = draw_samples(user_index, item_index, **self.drawing)
        self.num_users = samples.user_weights.shape[1]
        self.resampled = metrics.without_few_drawn(pd.DataFrame(self._values(samples)), samples)

    @abstractmethod
    def _values(self, samples: Samples) -> dict[tuple[str, str], NDArray[np.float64]]:
        """Every metric of every predictor, by (predictor, metric), on each sample: float `(1 + resamples,)`."""

    @abstractmethod
    def _part(self, split: Split, mask: NDArray[np.bool_], only: Collection[str] | None) -> Self:
        """The same predictions on `split`, whose targets are those of this comparison where `mask` is true."""

    def where(self, mask: ArrayLike, only: Collection[str] | None = None) -> Self:
        """The same predictions compared on some of the targets.

        Args:
            mask: bool `(num_targets,)`.
            only: names of the metrics wanted, None for all; for likes, all but the AUC are fast.
        Returns:
            comparison: of those targets only, of the same class.
        """
        mask = np.asarray(mask)
        targets = self.split.targets.select(mask)
        split = replace(self.split, targets=targets, protocol=f"part of {self.split.protocol}")
        return self._part(split, mask, only)

    def can_judge(self, mask: ArrayLike, metric: str) -> bool:
        """Whether a metric, and its interval, is defined on some of the targets.

        Args:
            mask: bool `(num_targets,)`.
            metric: its name.
        Returns:
            defined: False for fewer than `FEWEST_USERS` users, or films if these are resampled; subclasses add their
                own reasons.
        """
        targets, mask = self.split.targets, np.asarray(mask)
        drawn = [targets.user_index, *([targets.item_index] if self.resample == "both" else [])]
        return all(len(np.unique(index[mask])) >= metrics.FEWEST_USERS for index in drawn)

    def _drawn(self, predictor: str, metric: str) -> pd.Series:
        """One metric of one predictor, on the data and on every sample."""
        return self.resampled[predictor, metric]

    def interval(self, predictor: str, metric: str) -> metrics.Interval:
        """(value, low, high) of one metric of one predictor."""
        return metrics.interval(self._drawn(predictor, metric))

    def gain(self, predictor: str, over: str, metric: str, *, seeds: Margins | None = None) -> metrics.Interval:
        """(value, low, high) of how much better `predictor` is than `over`: positive is better, whatever the metric.

        The difference is taken on the same samples, so its interval is narrower than the two intervals suggest.

        Args:
            predictor, over: names.
            metric: name of a metric.
            seeds: dict from a trained predictor to its `seed_margins`, added to both halves of the interval in
                quadrature, so that the variation between seeds does not count as a gain. Predictors without an entry
                add nothing.
        Returns:
            value, low, high: floats.
        Raises:
            ValueError: for a metric without a better direction.
        """
        value, low, high = metrics.interval(self._differences(predictor, over, metric))
        margin = _margin((predictor, over), metric, seeds)
        if not margin:
            return value, low, high
        return value, value - float(np.hypot(value - low, margin)), value + float(np.hypot(high - value, margin))

    def _differences(self, predictor: str, over: str, metric: str) -> pd.Series:
        """How much better `predictor` is than `over`, on the data and on every sample."""
        if metric not in metrics.HIGHER_IS_BETTER:
            known = [name for name in self.METRICS if name in metrics.HIGHER_IS_BETTER]
            raise ValueError(f"metric: expected one of {', '.join(known)}, found {metric!r}")
        first, second = (predictor, over) if metrics.HIGHER_IS_BETTER[metric] else (over, predictor)
        return self._drawn(first, metric) - self._drawn(second, metric)

    def gains(self, asked: Iterable[tuple[str, str, str]], *, seeds: Margins | None = None) -> pd.DataFrame:
        """Many gains at once, with verdicts corrected for multiple testing by Holm's method.

        The p-value of one gain is two-sided and normal, from the standard deviation over the samples, because a few
        samples have too thin a tail to count in. A gain is better or worse if its interval says so and its adjusted
        p-value is below 5 %: at most 5 of 100 such tables then have a row with a false difference.

        Args:
            asked: triples of predictor, over and metric; a repeated triple counts once.
            seeds: as in `gain`.
        Returns:
            gains: DataFrame with columns predictor, over, metric, gain, low, high, p_value (adjusted), verdict.
        Raises:
            ValueError: as `gain`.
        """
        rows = [(*one, *self.gain(*one, seeds=seeds)) for one in dict.fromkeys(asked)]
        found = pd.DataFrame(rows, columns=["predictor", "over", "metric", "gain", "low", "high"])
        return with_verdicts(found, [self.p_value(*row[:3], seeds) for row in rows])

    def p_value(self, predictor: str, over: str, metric: str, seeds: Margins | None = None) -> float:
        """Two-sided p-value of no gain; NaN if a sample has no value."""
        differences = self._differences(predictor, over, metric)
        margin, resampled = _margin((predictor, over), metric, seeds), differences.iloc[1:]
        if not np.isfinite(differences).all():
            return float("nan")
        error, gain = float(np.hypot(resampled.std(), margin / NORMAL_95)), abs(float(differences.iloc[0]))
        return float(2 * ndtr(-gain / error)) if error > 0 else float(gain == 0)

    def long(self) -> pd.DataFrame:
        """DataFrame, a row for each predictor and metric: predictor, metric, value, low, high."""
        rows: list[tuple[Any, ...]] = [(*column, *self.interval(*column)) for column in self.resampled.columns]
        return pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])

    def table(self, *, intervals: bool = False) -> pd.DataFrame:
        """DataFrame, a row for each predictor and a column for each metric; NaN if a predictor lacks it.

        Args:
            intervals: whether columns `<metric>_low` and `<metric>_high` are added beside each metric.
        """
        long = self.long()
        ends = {"value": "", "low": "_low", "high": "_high"} if intervals else {"value": ""}
        wide = [
            long.pivot(index="predictor", columns="metric", values=end).add_suffix(suffix)
            for end, suffix in ends.items()
        ]
        columns = [f"{metric}{suffix}" for metric in self.metrics for suffix in ends.values()]
        return pd.concat(wide, axis=1).reindex(index=list(self.predictions), columns=columns)


def with_verdicts(gains: pd.DataFrame, p_values: Iterable[float]) -> pd.DataFrame:
    """A table of gains with columns `p_value`, Holm's over its rows, and `verdict`.

    Args:
        gains: DataFrame with the columns low and high.
        p_values: one number for each row, not adjusted.
    """
    adjusted = holm(list(p_values))
    ends = zip(gains["low"], gains["high"], adjusted, strict=True)
    verdicts = [compare(low, high) if p < 1 - metrics.LEVEL else VERDICTS[1] for low, high, p in ends]
    return gains.assign(p_value=adjusted, verdict=np.array(verdicts, dtype=object))


def drawn_from(split: Split, resample: str) -> tuple[NDArray[np.integer], NDArray[np.integer] | None]:
    """The user and the film of each target; None for the films if only users are resampled, or ValueError."""
    both = check_resample(resample) == "both"
    return split.targets.user_index, split.targets.item_index if both else None


def _margin(predictors: Iterable[str], metric: str, seeds: Margins | None) -> float:
    """The combined margin of other seeds of these predictors, for their difference."""
    own = [(seeds or {}).get(predictor, {}).get(metric, 0.0) for predictor in predictors]
    return float(np.sqrt(np.square(own).sum()))
