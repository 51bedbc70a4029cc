"""Settings for every kind of predictor, from the same number of trials on the same validation part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.model_selection import ParameterSampler

from rbm_lib._checks import check_choice, check_count, check_number, check_seed
from rbm_lib._parallel import run_all, runs_here
from rbm_lib.baselines import Predictor, Recommender, check_predictor, reads_stars

from .lists import LONGEST, list_metrics
from .metrics import HIGHER_IS_BETTER, LIST_METRICS, METRICS, STAR_METRICS, binary_metrics
from .protocol import fit_predictor

if TYPE_CHECKING:
    from rbm_lib.splits import Split

Space = Mapping[str, Sequence[Any]]  # from a setting's name to its values, the first the default
Make = Callable[..., Any]  # from settings, by name, to a `Predictor` or `Recommender`
Kind = tuple[Make, Space]
TUNED = (*METRICS, *STAR_METRICS, *LIST_METRICS)  # the metrics that settings can be chosen by
ERRORS: dict[str, Callable[[Any, Any], float]] = {
    "rmse": lambda rating, expected: float(np.sqrt(np.mean((expected - rating) ** 2))),
    "mae": lambda rating, expected: float(np.mean(np.abs(expected - rating))),
}


def draw_settings(space: Space, num_others: int, *, seed: int) -> list[dict[str, Any]]:
    """Settings to try: the first value of every list, then others at random, none twice.

    Args:
        space: dict from a setting's name to a list of its values, the default or published one first.
        num_others: int >= 0, random settings besides the first; fewer if the space has fewer.
        seed: int, root of the random choice.
    Returns:
        settings: list of dicts from name to value.
    Raises:
        ValueError: for an empty list of values.
    Example:
        >>> from rbm_lib.evaluation import draw_settings
        >>> draw_settings({"num_hidden": [100, 20], "epochs": [40]}, num_others=5, seed=1)
        [{'num_hidden': 100, 'epochs': 40}, {'num_hidden': 20, 'epochs': 40}]
    """
    num_others, seed = check_count(num_others, "num_others", least=0), check_seed(seed)
    for name, values in space.items():
        if not len(values):
            raise ValueError(f"{name}: expected at least one value to try, found none")
    space = {name: _different(values) for name, values in space.items()}
    first = {name: values[0] for name, values in space.items()}
    size = prod(len(values) for values in space.values())
    drawn = ParameterSampler(space, n_iter=min(num_others + 1, size), random_state=seed)
    others = [{name: settings[name] for name in space} for settings in drawn if settings != first]
    return [first, *others[:num_others]]


def tune(
    kinds: Mapping[str, Kind],
    split: Split,
    trials: int,
    *,
    seed: int,
    metric: str,
    threshold: float | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    n_jobs: int | None = None,
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame]:
    """The same number of trials for every kind of predictor; all trials are returned.

    Args:
        kinds: dict from a name to (make, space): `make(**settings)` returns a `rbm_lib.baselines.Predictor`, or a
            `Recommender` for a metric of lists; `space` is that of `draw_settings`, `{}` for a kind without settings.
        split: `Split`, of a validation part: it must not contain test targets.
        trials: int >= 1, trials for each kind; a space with fewer settings is tried completely.
        seed: int, root of the random choices; the predictors' own seeds are settings or fixed by `make`.
        metric: "rmse", "mae"; "accuracy", "balanced_accuracy", "auc", "log_loss", "brier" (of likes); or one of
            `lists.LIST_METRICS` (of likes).
        threshold: fewest stars of a like, to predict likes on a split of stars, as in `protocol.evaluate`.
        progress: wraps the trials, as `tqdm` does.
        n_jobs: int, how many trials run at the same time; see `rbm_lib.models.train_recipes`.
    Returns:
        best: dict from the name to the best settings; of two equal ones, the earlier.
        trials: DataFrame, a row for each trial: kind, trial (from 0, which has the first values), settings (text), the
            metric, seconds (fitting and predicting; missing if trials ran at the same time, because they slow each
            other down).
    Raises:
        ValueError: if an argument is out of range, or a metric is no number.
        Exception: any exception of a trial, with its kind and settings added as a note.
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
    trials = check_count(trials, "trials")
    check_choice(metric, TUNED, "metric")
    if threshold is not None:
        check_number(threshold, "threshold")
    planned = [
        (kind, number, make, settings)
        for kind, (make, space) in kinds.items()
        for number, settings in enumerate(draw_settings(space, trials - 1, seed=seed))
    ]
    names = [f"tune: trial {number} of {kind!r} with {_as_text(settings)}" for kind, number, _, settings in planned]
    alone = runs_here(n_jobs, len(planned))
    found = run_all(_timed_score, planned, n_jobs, shared=(split, metric, threshold), names=names, progress=progress)
    rows: list[tuple[Any, ...]] = []
    best: dict[str, tuple[float, dict[str, Any]]] = {}
    for (kind, number, _, settings), (value, seconds) in zip(planned, found, strict=True):
        rows.append((kind, number, _as_text(settings), value, seconds if alone else np.nan))
        cost = -value if HIGHER_IS_BETTER[metric] else value
        if kind not in best or cost < best[kind][0]:
            best[kind] = cost, settings
    table = pd.DataFrame(rows, columns=["kind", "trial", "settings", metric, "seconds"])
    return {kind: settings for kind, (_, settings) in best.items()}, table


def _timed_score(
    planned: tuple[str, int, Make, dict[str, Any]], split: Split, metric: str, threshold: float | None
) -> tuple[float, float]:
    """The score of a trial, and its seconds."""
    start = time.perf_counter()
    _, _, make, settings = planned
    return score(make(**settings), split, metric, threshold), time.perf_counter() - start


def score(predictor: Predictor | Recommender, split: Split, metric: str, threshold: float | None = None) -> float:
    """Fits a predictor on the training part of a split, and scores it on the targets.

    Args:
        predictor: `rbm_lib.baselines.Predictor`; `Recommender` for a metric of lists.
        split, metric, threshold: as in `tune`.
    Returns:
        value: float.
    Raises:
        ValueError: if the predictor does not fulfil its contract or has seen a target, or the metric is not finite.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import OverallMean
        >>> from rbm_lib.evaluation import score
        >>> split = random_n(load("planted").ratings, 2, seed=1)
        >>> 0.5 < score(OverallMean(), split, "rmse") < 1.5
        True
    """
    check_predictor(predictor, Recommender if metric in LIST_METRICS else Predictor)
    asked = split if threshold is None else split.binarize(threshold)
    fitted: Any = fit_predictor(predictor, split if reads_stars(predictor) else asked)
    targets = asked.targets
    if metric in LIST_METRICS:
        users = np.unique(targets.user_index)
        value = list_metrics(fitted.recommend(users, LONGEST), users, targets)[metric].mean()
    else:
        found = fitted.predict(targets.user_index, targets.item_index)
        if metric in ERRORS:
            value = ERRORS[metric](targets.rating.astype(np.float64), found)
        else:
            value = binary_metrics(targets.rating, found)[metric]
    if not np.isfinite(value):
        raise ValueError(f"{metric}: expected a finite number, found {value}")
    return float(value)


def _different(values: Iterable[Any]) -> list[Any]:
    """The values in their order, without repeats; they need not be hashable."""
    values = list(values)
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _as_text(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "no settings"
