"""Settings for every kind of predictor, from the same number of trials on the same validation part."""

import time
from math import prod

import numpy as np
import pandas as pd
from sklearn.model_selection import ParameterSampler

from .lists import LIST_METRICS, LONGEST, list_metrics
from .metrics import HIGHER_IS_BETTER, binary_metrics
from .protocol import fit_predictor

STAR_METRICS = {
    "rmse": lambda rating, expected: float(np.sqrt(np.mean((expected - rating) ** 2))),
    "mae": lambda rating, expected: float(np.mean(np.abs(expected - rating))),
}


def draw_settings(space, num_others, *, seed):
    """Settings to try: the first value of every list, then others at random, none twice.

    Args:
        space: dict from a setting's name to a list of its values, the default or published one first.
        num_others: int >= 0, draws besides the first; fewer if the space has fewer.
        seed: int, root of the draw.
    Returns:
        settings: list of dicts from name to value.
    Raises:
        ValueError: for an empty list of values.
    Example:
        >>> from rbm_lib.evaluation import draw_settings
        >>> draw_settings({"num_hidden": [100, 20], "epochs": [40]}, num_others=5, seed=1)
        [{'num_hidden': 100, 'epochs': 40}, {'num_hidden': 20, 'epochs': 40}]
    """
    for name, values in space.items():
        if not len(values):
            raise ValueError(f"{name}: expected at least one value to try, found none")
    space = {name: _different(values) for name, values in space.items()}
    first = {name: values[0] for name, values in space.items()}
    size = prod(len(values) for values in space.values())
    drawn = ParameterSampler(space, n_iter=min(num_others + 1, size), random_state=seed)
    others = [{name: settings[name] for name in space} for settings in drawn if settings != first]
    return [first, *others[:num_others]]


def tune(kinds, split, trials, *, seed, metric, threshold=None, progress=iter):
    """The same number of trials for every kind of predictor, all of them kept.

    Args:
        kinds: dict from a name to (make, space): `make(**settings)` returns a predictor with `fit` and, for `metric`,
            `predict` or `recommend`; `space` is that of `draw_settings`, `{}` for a kind without settings.
        split: `Split`, of a validation part: test targets must not be in it.
        trials: int >= 1, trials a kind; a space with fewer settings is tried in full.
        seed: int, root of the draws; the predictors' own seeds are settings or fixed by `make`.
        metric: "rmse", "mae"; "accuracy", "balanced_accuracy", "auc", "log_loss", "brier" (of likes); or one of
            `lists.LIST_METRICS` (of likes).
        threshold: fewest stars of a like, to ask of a split of stars for likes, as in `protocol.evaluate`.
        progress: wraps the trials, as `tqdm` does.
    Returns:
        best: dict from the name to the best settings; of two alike, the earlier.
        trials: DataFrame, a row a trial: kind, trial (from 0, which holds the first values), settings (text), the
            metric, seconds (fitting and predicting).
    Raises:
        ValueError: if an argument is out of range, or a metric is no number.
        Exception: what a trial raises, with its kind and settings added as a note.
    Example:
        >>> from rbm_lib import load, random_fraction
        >>> from rbm_lib.baselines import StarItemMean
        >>> from rbm_lib.evaluation import tune
        >>> split = random_fraction(load("planted").ratings, 0.1, seed=1).validation(0.1, seed=1)
        >>> kinds = {"film means": (StarItemMean, {"smoothing": [5.0, 1000.0]})}
        >>> best, trials = tune(kinds, split, trials=2, seed=1, metric="rmse")
        >>> best
        {'film means': {'smoothing': 5.0}}
    """
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise ValueError(f"trials: expected a whole number of at least 1, found {trials!r}")
    if metric not in known_metrics():
        raise ValueError(f"metric: expected one of {', '.join(known_metrics())}, found {metric!r}")
    planned = [
        (kind, number, make, settings)
        for kind, (make, space) in kinds.items()
        for number, settings in enumerate(draw_settings(space, trials - 1, seed=seed))
    ]
    rows, best = [], {}
    for kind, number, make, settings in progress(planned):
        start = time.perf_counter()
        try:
            value = score(make(**settings), split, metric, threshold)
        except Exception as error:
            error.add_note(f"tune: trial {number} of {kind!r} with {_as_text(settings)}")
            raise
        rows.append((kind, number, _as_text(settings), value, time.perf_counter() - start))
        cost = -value if known_metrics()[metric] else value
        if kind not in best or cost < best[kind][0]:
            best[kind] = cost, settings
    table = pd.DataFrame(rows, columns=["kind", "trial", "settings", metric, "seconds"])
    return {kind: settings for kind, (_, settings) in best.items()}, table


def known_metrics():
    """Dict from every metric that `tune` knows to whether higher is better."""
    return HIGHER_IS_BETTER | dict.fromkeys(STAR_METRICS, False) | dict.fromkeys(LIST_METRICS, True)


def score(predictor, split, metric, threshold=None):
    """Fits a predictor on what a split lets it learn from, and scores it on the targets.

    Args:
        predictor: with `fit`, and `predict` or `recommend` as the metric needs.
        split, metric, threshold: as in `tune`.
    Returns:
        value: float.
    Raises:
        ValueError: if the metric is no number, or the predictor has seen a target.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import OverallMean
        >>> from rbm_lib.evaluation import score
        >>> split = random_n(load("planted").ratings, 2, seed=1)
        >>> 0.5 < score(OverallMean(), split, "rmse") < 1.5
        True
    """
    asked = split if threshold is None else split.binarize(threshold)
    fit_predictor(predictor, split if getattr(predictor, "reads_stars", False) else asked)
    targets = asked.targets
    if metric in LIST_METRICS:
        users = np.unique(targets.user_index)
        value = list_metrics(predictor.recommend(users, LONGEST), users, targets)[metric].mean()
    else:
        found = predictor.predict(targets.user_index, targets.item_index)
        if metric in STAR_METRICS:
            value = STAR_METRICS[metric](targets.rating.astype(np.float64), found)
        else:
            value = binary_metrics(targets.rating, found)[metric]
    if not np.isfinite(value):
        raise ValueError(f"{metric}: expected a finite number, found {value}")
    return float(value)


def _different(values):
    """The values in their order, each once; they need not be hashable."""
    values = list(values)
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _as_text(settings):
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "no settings"
