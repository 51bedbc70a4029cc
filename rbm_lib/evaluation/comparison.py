"""One protocol for every predictor: fitted on a split's inputs, scored on its targets, never without base rates."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from rbm_lib.baselines import BASE_RATES, fit_base_rate

from . import metrics
from .within_users import bootstrap_user_auc

WITHIN_USERS = "within users auc"  # a metric of `interval` and `gain` besides `metrics.METRICS`, drawn when asked for
BASE_RATE_NAMES = tuple(baseline.name for baseline in BASE_RATES)


def predict_base_rates(split):
    """P(like) of each target from each base-rate predictor, fitted on the split's training part.

    A bias of a user who is not in the training part comes from the inputs, as it does for every rival.

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


class Comparison:
    """Predictors on one set of targets, with intervals over users.

    Args:
        split: `Split` of likes and dislikes.
        probabilities: dict from predictor to float `(num_targets,)`; the base rates are added when missing.
        resamples: int, bootstrap samples of users.
        seed: int, root of the bootstrap.
        only: names of the metrics wanted.
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

    def __init__(self, split, probabilities, *, resamples=200, seed, only=metrics.METRICS):
        base_rates = {} if set(BASE_RATE_NAMES) <= set(probabilities) else predict_base_rates(split)
        self.split, self.probabilities = split, base_rates | dict(probabilities)
        self.drawing = {"resamples": resamples, "seed": seed}
        self.num_users = len(np.unique(split.targets.user_index))
        self.num_ratings = split.targets.num_ratings
        self.resampled = metrics.bootstrap_users(
            split.targets.rating, self.probabilities, split.targets.user_index, **self.drawing, only=only
        )
        self.metrics = tuple(metric for metric in metrics.METRICS if metric in only)

    def where(self, mask, only=metrics.METRICS):
        """The same predictions compared on some of the targets.

        Args:
            mask: bool `(num_targets,)`.
            only: names of the metrics wanted; without the AUC it is fast.
        Returns:
            comparison: `Comparison` of those alone.
        """
        targets = self.split.targets.select(mask)
        split = replace(self.split, targets=targets, protocol=f"part of {self.split.protocol}")
        kept = {name: probability[mask] for name, probability in self.probabilities.items()}
        return Comparison(split, kept, **self.drawing, only=only)

    @cached_property
    def _within_users(self):
        targets = self.split.targets
        return bootstrap_user_auc(targets.rating, self.probabilities, targets.user_index, **self.drawing)

    def _drawn(self, predictor, metric):
        """One metric of one predictor, on the data and on every resample."""
        return self._within_users[predictor] if metric == WITHIN_USERS else self.resampled[predictor, metric]

    def interval(self, predictor, metric):
        """(value, low, high) of one metric of one predictor; `WITHIN_USERS` is the mean AUC within users."""
        return metrics.interval(self._drawn(predictor, metric))

    def gain(self, predictor, over, metric):
        """(value, low, high) of how much better `predictor` is than `over`: positive is better, whatever the metric.

        The difference is taken on the same drawn users, so its interval is narrower than the two intervals suggest.
        """
        sign = 1 if metric == WITHIN_USERS or metrics.HIGHER_IS_BETTER[metric] else -1
        return metrics.interval(sign * (self._drawn(predictor, metric) - self._drawn(over, metric)))

    def table(self):
        """DataFrame, a row a predictor: each metric with `_low` and `_high` beside it."""
        rows = []
        for predictor in self.probabilities:
            row = {"predictor": predictor}
            for metric in self.metrics:
                row[metric], row[f"{metric}_low"], row[f"{metric}_high"] = self.interval(predictor, metric)
            rows.append(row)
        return pd.DataFrame(rows).set_index("predictor")

    def within_users(self):
        """DataFrame, a row a predictor: value, low, high of the mean AUC within users."""
        rows = {predictor: self.interval(predictor, WITHIN_USERS) for predictor in self.probabilities}
        return pd.DataFrame(rows, index=["value", "low", "high"]).T.rename_axis("predictor")

    def long(self):
        """DataFrame, a row a predictor and metric: predictor, metric, value, low, high."""
        rows = [
            (predictor, metric, *self.interval(predictor, metric))
            for predictor in self.probabilities
            for metric in self.metrics
        ]
        return pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])
