"""Quality on parts of the targets: for users or films with few ratings and with many, and for each genre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from rbm_lib._checks import check_count

from .compared import BootstrapComparison, with_verdicts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

C = TypeVar("C", bound=BootstrapComparison)


def by_count(counts: ArrayLike, edges: Iterable[int], noun: str = "ratings") -> dict[str, NDArray[np.bool_]]:
    """Groups of targets by how many ratings their user, or their film, has among the inputs.

    Args:
        counts: int `(num_targets,)`.
        edges: ascending whole numbers; each is the last count of its group, and a last group has all higher counts.
        noun: what is counted, for the labels.
    Returns:
        groups: dict from a label, such as `1 to 20`, to bool `(num_targets,)`; groups without targets are left out.
    Raises:
        ValueError: if the edges do not ascend.
    Example:
        >>> from rbm_lib.evaluation import by_count
        >>> {label: mask.tolist() for label, mask in by_count([1, 15], edges=[10]).items()}
        {'0 to 10 ratings': [True, False], '11 and more ratings': [False, True]}
    """
    counts, edges = np.asarray(counts), [check_count(edge, "edges", least=0) for edge in edges]
    if not edges or any(b <= a for a, b in pairwise(edges)):
        raise ValueError(f"edges: expected ascending whole numbers from 0 on, found {edges}")
    groups, low = {}, 0
    for high in edges:
        label = f"{high}" if low == high else f"{low} to {high}"
        groups[label], low = (counts >= low) & (counts <= high), high + 1
    groups[f"{low} and more"] = counts >= low
    return {f"{label} {noun}".strip(): mask for label, mask in groups.items() if mask.any()}


def by_genre(items: pd.DataFrame, item_index: ArrayLike, fewest: int = 100) -> dict[str, NDArray[np.bool_]]:
    """Groups of targets by the genres of their film; a film may be in several.

    Args:
        items: DataFrame indexed by `item_index` with the column `genres`, joined by `|`, as in `Dataset.items`.
        item_index: int `(num_targets,)`.
        fewest: the number of targets that a genre must have.
    Returns:
        groups: dict from the genre to bool `(num_targets,)`, the genre with most targets first.
    Raises:
        ValueError: if `fewest` is below 0.
    Example:
        >>> import pandas as pd
        >>> from rbm_lib.evaluation import by_genre
        >>> items = pd.DataFrame({"genres": ["Drama", "Comedy|Drama"]})
        >>> {genre: mask.tolist() for genre, mask in by_genre(items, [0, 1, 1], fewest=1).items()}
        {'Drama': [True, True, True], 'Comedy': [False, True, True]}
    """
    fewest = check_count(fewest, "fewest", least=0)
    if "genres" not in items:
        return {}
    films = np.asarray(item_index)
    flags = items["genres"].fillna("").str.get_dummies("|").reindex(np.arange(int(max(films)) + 1), fill_value=0)
    of_target = flags.to_numpy(bool)[films]
    order = np.argsort(-of_target.sum(axis=0), kind="stable")
    groups = {flags.columns[place]: of_target[:, place] for place in order}
    return {name: mask for name, mask in groups.items() if name and mask.sum() >= fewest and not name.startswith("(")}


def quality_by_group(
    comparison: BootstrapComparison,
    groups: Mapping[str, ArrayLike],
    metric: str,
    predictors: Iterable[str],
) -> pd.DataFrame:
    """One metric of some predictors on each group of targets, with the comparison's intervals.

    Args:
        comparison: `Comparison`, `StarComparison` or `RankingComparison`.
        groups: dict from a label to bool `(num_targets,)`.
        metric: name of one of the comparison's metrics.
        predictors: list of names.
    Returns:
        quality: DataFrame with columns group, predictor, metric, value, low, high, num_ratings. A group is left out if
            `comparison.can_judge` is False (too few users; only likes or only dislikes), a row if the interval is not
            finite (a log loss of predictions that are certain and wrong).
    Raises:
        ValueError: if a group is not a mask over the targets, or as the comparison itself.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import Comparison, by_count, quality_by_group
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> comparison = Comparison(split, {}, resamples=20, seed=1, only=("accuracy",))
        >>> groups = by_count(split.inputs.ratings_per_user[split.targets.user_index], edges=[50])
        >>> quality_by_group(comparison, groups, "accuracy", ["item+user bias"])["group"].tolist()
        ['0 to 50 ratings', '51 and more ratings']
    """
    rows, predictors = [], list(predictors)
    for label, part in _parts(comparison, groups, metric):
        for predictor in predictors:
            interval = part.interval(predictor, metric)
            if np.isfinite(interval).all():
                rows.append((label, predictor, metric, *interval, part.num_ratings))
    return pd.DataFrame(rows, columns=["group", "predictor", "metric", "value", "low", "high", "num_ratings"])


def gains_by_group(
    comparison: BootstrapComparison, groups: Mapping[str, ArrayLike], metric: str, predictor: str, over: str
) -> pd.DataFrame:
    """How much better one predictor is than another on each group, as `Comparison.gains` for several gains.

    Args:
        comparison, groups, metric: as in `quality_by_group`.
        predictor, over: names.
    Returns:
        gains: DataFrame with columns group, gain, low, high, num_ratings, p_value (adjusted for the number of groups)
            and verdict; what is left out is as in `quality_by_group`.
    Raises:
        ValueError: as `quality_by_group`.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import Comparison, by_count, gains_by_group
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> comparison = Comparison(split, {}, resamples=20, seed=1, only=("accuracy",))
        >>> groups = by_count(split.inputs.ratings_per_user[split.targets.user_index], edges=[50])
        >>> gains_by_group(comparison, groups, "accuracy", "item+user bias", "always-like").columns.tolist()
        ['group', 'gain', 'low', 'high', 'num_ratings', 'p_value', 'verdict']
    """
    rows, p_values = [], []
    for label, part in _parts(comparison, groups, metric):
        gain = part.gain(predictor, over, metric)
        if np.isfinite(gain).all():
            rows.append((label, *gain, part.num_ratings))
            p_values.append(part.p_value(predictor, over, metric))
    return with_verdicts(pd.DataFrame(rows, columns=["group", "gain", "low", "high", "num_ratings"]), p_values)


def _parts(comparison: C, groups: Mapping[str, ArrayLike], metric: str) -> Iterator[tuple[str, C]]:
    """The label and the comparison of each group on which the metric is defined."""
    num_targets = comparison.num_ratings
    for label, group in groups.items():
        mask = np.asarray(group)
        if mask.dtype != np.bool_ or mask.shape != (num_targets,):
            raise ValueError(
                f"groups: expected a bool for each of the {num_targets} targets, found {mask.dtype} {mask.shape} for "
                f"{label!r}"
            )
        if comparison.can_judge(mask, metric):
            yield label, comparison.where(mask, only=(metric,))
