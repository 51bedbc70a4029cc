"""Predicted stars on one set of targets: errors with intervals over users, never without base rates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from rbm_lib.baselines import STAR_BASE_RATES, fit_base_rate

from . import metrics


class StarComparison:
    """Predictors of stars on one set of targets.

    Args:
        split: `Split` of stars.
        predictions: dict from predictor to float `(num_targets,)`, expected stars, or `(num_targets, num_values)`,
            P(star), which gives a log loss too. Base rates that are missing are fitted on the split's training part,
            and shown its inputs where they are others.
        values: ascending floats, what a rating can be; needed for P(star).
        resamples: int >= 2, bootstrap samples of users.
        seed: int, root of the bootstrap.
    Raises:
        ValueError: if predictions do not align with the targets, or are no numbers.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import StarComparison
        >>> split = random_n(load("planted").ratings, 5, seed=1)
        >>> three = np.full(split.targets.num_ratings, 3.0)
        >>> StarComparison(split, {"always three": three}, resamples=50, seed=1).table().index.tolist()
        ['overall mean', 'item mean', 'item+user bias', 'always three']
    """

    METRICS = ("rmse", "mae", "log_loss")

    def __init__(self, split, predictions, *, values=(1.0, 2.0, 3.0, 4.0, 5.0), resamples=200, seed):
        where = split.targets.user_index, split.targets.item_index
        self.split, self.values = split, np.asarray(values, np.float64)
        self.drawing = {"resamples": resamples, "seed": seed}
        missing = [make for make in STAR_BASE_RATES if make.name not in predictions]
        base_rates = {make.name: fit_base_rate(make(), split).predict(*where) for make in missing}
        self.predictions = base_rates | dict(predictions)
        self.num_users, self.num_ratings = len(np.unique(where[0])), split.targets.num_ratings
        total = metrics.totals_over_users(where[0], resamples=resamples, seed=seed)
        columns = {}
        for name, prediction in self.predictions.items():
            for metric, loss in self._losses(name, np.asarray(prediction, np.float64)).items():
                mean = total(loss) / total(np.ones(self.num_ratings))
                columns[name, metric] = np.sqrt(mean) if metric == "rmse" else mean
        self.resampled = metrics.without_few_users(pd.DataFrame(columns), self.num_users)

    def _losses(self, name, prediction):
        """What each rating costs, by metric: float `(num_targets,)`."""
        rating = self.split.targets.rating.astype(np.float64)
        if (
            prediction.shape not in ((len(rating),), (len(rating), len(self.values)))
            or not np.isfinite(prediction).all()
        ):
            raise ValueError(
                f"predictions: expected {len(rating)} finite numbers or rows of {len(self.values)}, found shape "
                f"{prediction.shape} for {name!r}"
            )
        expected = prediction if prediction.ndim == 1 else prediction @ self.values
        losses = {"rmse": (expected - rating) ** 2, "mae": np.abs(expected - rating)}
        if prediction.ndim == 2:
            given = prediction[np.arange(len(rating)), np.searchsorted(self.values, rating)]
            losses["log_loss"] = -np.log(np.maximum(given, np.finfo(np.float32).tiny))
        return losses

    def where(self, mask, only=None):
        """The same predictions on some of the targets: `StarComparison` of those that a bool `(num_targets,)` keeps.

        `only` is as in `Comparison.where`; errors of stars cost little, so it changes nothing here.
        """
        targets = self.split.targets.select(mask)
        split = replace(self.split, targets=targets, protocol=f"part of {self.split.protocol}")
        kept = {name: np.asarray(prediction)[mask] for name, prediction in self.predictions.items()}
        return StarComparison(split, kept, values=self.values, **self.drawing)

    def interval(self, predictor, metric):
        """(value, low, high) of one metric of one predictor."""
        return metrics.interval(self.resampled[predictor, metric])

    def gain(self, predictor, over, metric):
        """(value, low, high) of how much lower the error of `predictor` is than that of `over`, on the same users."""
        return metrics.interval(self.resampled[over, metric] - self.resampled[predictor, metric])

    def long(self):
        """DataFrame, a row a predictor and metric: predictor, metric, value, low, high."""
        rows = [(*column, *metrics.interval(self.resampled[column])) for column in self.resampled.columns]
        return pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])

    def table(self):
        """DataFrame, a row a predictor and a column a metric; NaN where a predictor has no probabilities."""
        wide = self.long().pivot(index="predictor", columns="metric", values="value")
        return wide.reindex(index=list(self.predictions), columns=list(self.METRICS))
