"""Random search over recipes: trials drawn from lists of values, every one of them kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from rbm_lib._checks import check_count
from rbm_lib.models import compare_recipes

from .tuning import draw_settings

if TYPE_CHECKING:
    from rbm_lib.models import Recipe
    from rbm_lib.splits import Split


def draw_recipes(start: Recipe, space: Mapping[str, Sequence[Any]], num_trials: int, *, seed: int) -> list[Recipe]:
    """Recipes to try: the first value of every list, then others at random, none twice.

    Args:
        start: `Recipe`, for every attribute that is not in the space.
        space: dict from a name of a recipe's attribute to a list of its values.
        num_trials: int >= 0, recipes besides the first; fewer if the space has fewer.
        seed: int, root of the draw.
    Returns:
        recipes: list of `Recipe`.
    Raises:
        ValueError: for an empty list of values.
    """
    check_count(num_trials, "num_trials", least=0)
    return [replace(start, **settings) for settings in draw_settings(space, num_trials, seed=seed)]


def run_trials(
    recipes: Iterable[Recipe],
    split: Split,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    *,
    every: int = 1,
) -> pd.DataFrame:
    """Trains each recipe on a split's inputs and scores it on its targets while it trains.

    Args:
        recipes: list of `Recipe`.
        split: `Split`, of a validation part.
        progress: wraps the trials, as `tqdm` does.
        every: int >= 1, epochs from one scoring to the next; the last epoch is always scored.
    Returns:
        trials: DataFrame, a row a trial and scored epoch: trial, epoch, the validation metrics, the settings.
    """
    named: dict[Any, Recipe] = dict(enumerate(recipes))
    _, curves = compare_recipes(named, split, progress, every=every)
    settings = pd.DataFrame({number: recipe.settings() for number, recipe in named.items()}).T.rename_axis("recipe")
    repeated = [name for name in settings if name in ("epochs", "seed", "stars", "inference")]
    return curves.join(settings.drop(columns=repeated), on="recipe").rename(columns={"recipe": "trial"})


def effect_of_settings(trials: pd.DataFrame, names: Iterable[str], metric: str = "rmse") -> pd.DataFrame:
    """Mean of a metric over the trials that drew each value of each setting.

    Args:
        trials: DataFrame, a row a trial: the metric, `based`, and the settings.
        names: settings to look at.
        metric: column to average.
    Returns:
        effects: DataFrame with columns based, setting, value (text), trials, mean.
    """
    rows = []
    for based, group in trials.groupby("based"):
        for name in names:
            for value, part in group.groupby(name):
                rows.append((based, name, str(value), len(part), float(part[metric].mean())))
    return pd.DataFrame(rows, columns=["based", "setting", "value", "trials", "mean"])
