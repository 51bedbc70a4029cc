"""Predicted stars on one set of targets: errors with intervals over users and films, always beside base rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.baselines import STAR_BASE_RATES, fit_base_rate

from . import metrics
from .compared import BootstrapComparison, drawn_from
from .resampling import share_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.splits import Split

    from .resampling import Samples


class StarComparison(BootstrapComparison):
    """Predictors of stars on one set of targets.

    Args:
        split: `Split` of stars.
        predictions: dict from predictor to float `(num_targets,)`, expected stars, or `(num_targets, num_values)`,
            P(star), which gives a log loss too. Missing base rates are fitted on the split's training part, with the
            inputs folded in if they are of other users.
        values: ascending floats, the possible ratings; needed for P(star).
        resamples: int >= 2, bootstrap samples.
        seed: int, root of the bootstrap's random numbers.
        resample: "both" for intervals over users and films, or "users" for users only; see
            `rbm_lib.evaluation.resampling`.
    Raises:
        ValueError: if predictions do not align with the targets, or are not finite.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import StarComparison
        >>> split = random_n(load("planted").ratings, 5, seed=1)
        >>> three = np.full(split.targets.num_ratings, 3.0)
        >>> StarComparison(split, {"always three": three}, resamples=50, seed=1).table().index.tolist()
        ['overall mean', 'item mean', 'item+user bias', 'always three']
    """

    METRICS = (*metrics.STAR_METRICS, "log_loss")

    def __init__(
        self,
        split: Split,
        predictions: Mapping[str, ArrayLike],
        *,
        values: ArrayLike = (1.0, 2.0, 3.0, 4.0, 5.0),
        resamples: int = 200,
        seed: int,
        resample: str = "both",
    ) -> None:
        where = split.targets.user_index, split.targets.item_index
        self.values = np.asarray(values, np.float64)
        missing = [make for make in STAR_BASE_RATES if make.name not in predictions]
        base_rates = {make.name: fit_base_rate(make(), split).predict(*where) for make in missing}
        drawn = drawn_from(split, resample)
        super().__init__(split, base_rates | dict(predictions), *drawn, resamples=resamples, seed=seed)

    def _values(self, samples: Samples) -> dict[tuple[str, str], NDArray[np.float64]]:
        losses = {(name, metric): loss for name in self.predictions for metric, loss in self._losses(name).items()}
        totals = samples.totals(losses | {("", "count"): np.ones(self.num_ratings)})
        means = {key: share_of(totals[key], totals["", "count"]) for key in losses}
        return {key: np.sqrt(mean) if key[1] == "rmse" else mean for key, mean in means.items()}

    def _losses(self, predictor: str) -> dict[str, NDArray[np.float64]]:
        """The loss of each rating, by metric: float `(num_targets,)`."""
        rating = self.split.targets.rating.astype(np.float64)
        prediction = np.asarray(self.predictions[predictor], np.float64)
        if (
            prediction.shape not in ((len(rating),), (len(rating), len(self.values)))
            or not np.isfinite(prediction).all()
        ):
            raise ValueError(
                f"predictions: expected {len(rating)} finite numbers or rows of {len(self.values)}, found shape "
                f"{prediction.shape} for {predictor!r}"
            )
        expected = prediction if prediction.ndim == 1 else prediction @ self.values
        losses = {"rmse": (expected - rating) ** 2, "mae": np.abs(expected - rating)}
        if prediction.ndim == 2:
            given = prediction[np.arange(len(rating)), np.searchsorted(self.values, rating)]
            losses["log_loss"] = -np.log(np.maximum(given, np.finfo(np.float32).tiny))
        return losses

    def _part(self, split: Split, mask: NDArray[np.bool_], only: Collection[str] | None) -> StarComparison:
        # `only` saves no time here: errors of stars are fast to compute.
        kept = {name: np.asarray(prediction)[mask] for name, prediction in self.predictions.items()}
        return StarComparison(split, kept, values=self.values, **self.drawing, resample=self.resample)
