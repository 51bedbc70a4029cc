"""Random search over recipes: trials drawn at random from lists of values; all are kept."""

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
        seed: int, root of the random choice.
    Returns:
        recipes: list of `Recipe`.
    Raises:
        ValueError: for an empty list of values.
    Example:
        >>> from rbm_lib import Recipe
        >>> from rbm_lib.evaluation import draw_recipes
        >>> recipes = draw_recipes(Recipe(epochs=5), {"num_hidden": [100, 20]}, num_trials=1, seed=1)
        >>> [recipe.num_hidden for recipe in recipes]
        [100, 20]
    """
    check_count(num_trials, "num_trials", least=0)
    return [replace(start, **settings) for settings in draw_settings(space, num_trials, seed=seed)]


def run_trials(
    recipes: Iterable[Recipe],
    split: Split,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    *,
    every: int = 1,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Trains each recipe on a split's inputs and scores it on its targets during training.

    Args:
        recipes: list of `Recipe`.
        split: `Split`, of a validation part.
        progress: wraps the trials, as `tqdm` does.
        every: int >= 1, epochs between scores; the last epoch is always scored.
        n_jobs: int, how many trials run at the same time; see `rbm_lib.models.train_recipes`.
    Returns:
        trials: DataFrame, a row for each trial and scored epoch: trial, epoch, the validation metrics, the settings.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import run_trials
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> trials = run_trials([Recipe(num_hidden=2, epochs=1)], split)
        >>> trials[["trial", "epoch", "num_hidden"]].values.tolist()
        [[0, 1, 2]]
    """
    named: dict[Any, Recipe] = dict(enumerate(recipes))
    _, curves = compare_recipes(named, split, progress, every=every, n_jobs=n_jobs)
    settings = pd.DataFrame({number: recipe.settings() for number, recipe in named.items()}).T.rename_axis("recipe")
    repeated = [name for name in settings if name in ("epochs", "seed", "stars", "inference")]
    return curves.join(settings.drop(columns=repeated), on="recipe").rename(columns={"recipe": "trial"})


def effect_of_settings(trials: pd.DataFrame, names: Iterable[str], metric: str = "rmse") -> pd.DataFrame:
    """Mean of a metric over the trials with each value of each setting.

    Args:
        trials: DataFrame, a row for each trial: the metric, `based`, and the settings.
        names: the settings.
        metric: column to average.
    Returns:
        effects: DataFrame with columns based, setting, value (text), trials, mean.
    Example:
        >>> import pandas as pd
        >>> from rbm_lib.evaluation import effect_of_settings
        >>> trials = pd.DataFrame({"rmse": [0.9, 0.7, 0.8], "based": "user", "epochs": [5, 9, 9]})
        >>> effect_of_settings(trials, ["epochs"])[["value", "trials", "mean"]].values.tolist()
        [['5', 1, 0.9], ['9', 2, 0.75]]
    """
    rows = []
    for based, group in trials.groupby("based"):
        for name in names:
            for value, part in group.groupby(name):
                rows.append((based, name, str(value), len(part), float(part[metric].mean())))
    return pd.DataFrame(rows, columns=["based", "setting", "value", "trials", "mean"])
