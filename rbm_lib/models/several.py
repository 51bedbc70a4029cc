"""Several recipes trained on the same ratings, one after the other or at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from rbm_lib._checks import check_count
from rbm_lib._parallel import run_all

if TYPE_CHECKING:
    import pandas as pd

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split

    from .biases import Biases
    from .combined import ItemBased
    from .model import RBM
    from .recipes import Recipe


def compare_recipes(
    recipes: Mapping[str, Recipe],
    split: Split,
    progress: Callable[[list[str]], Iterable[str]] = iter,
    *,
    every: int = 1,
    n_jobs: int | None = None,
) -> tuple[dict[str, RBM | ItemBased], pd.DataFrame]:
    """Trains every recipe on a split's inputs and scores it on its targets.

    Args:
        recipes: dict from a name to `Recipe`.
        split: `Split`, of a validation part when settings are to be chosen.
        progress: wraps the names, as `tqdm` does.
        every: int >= 1, epochs between scores; the last epoch is always scored.
        n_jobs: int, how many are trained at the same time; see `train_recipes`.
    Returns:
        predictors: dict from the name to the trained predictor.
        curves: DataFrame, one row per recipe and evaluated epoch: recipe, epoch, and each validation metric.
    Raises:
        ValueError: if `every` or `n_jobs` is out of range.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.models import compare_recipes
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> predictors, curves = compare_recipes({"small": Recipe(num_hidden=2, epochs=2)}, split)
        >>> curves[["recipe", "epoch"]].values.tolist()
        [['small', 1], ['small', 2]]
    """
    import pandas as pd

    every = check_count(every, "every")
    names = list(recipes)
    found = run_all(
        _train_and_score,
        names,
        n_jobs,
        shared=(dict(recipes), split, every),
        names=[f"compare_recipes: recipe {name!r}" for name in names],
        progress=progress,
    )
    curves = [
        pd.DataFrame({"recipe": name, "epoch": scored} | scores)
        for name, (_, scored, scores) in zip(names, found, strict=True)
    ]
    predictors = {name: predictor for name, (predictor, _, _) in zip(names, found, strict=True)}
    return predictors, pd.concat(curves, ignore_index=True)


def _train_and_score(
    name: str, recipes: Mapping[str, Recipe], split: Split, every: int
) -> tuple[RBM | ItemBased, list[int], dict[str, list[float]]]:
    """The trained predictor, the scored epochs, and the scores."""
    last = recipes[name].epochs
    scored = [epoch for epoch in range(1, last + 1) if epoch % every == 0 or epoch == last]
    predictor, history = recipes[name].train(split.inputs, validation=split, validation_freq=scored)
    scores = {key.removeprefix("val_"): v for key, v in history.history.items() if key.startswith("val_")}
    scores.pop("loss", None)  # the log loss again, or the squared RMSE
    return predictor, scored, scores


def train_recipes(
    recipes: Iterable[Recipe],
    ratings: Ratings,
    progress: Callable[[list[Recipe]], Iterable[Recipe]] = iter,
    *,
    biases: Biases | None = None,
    n_jobs: int | None = None,
) -> list[RBM | ItemBased]:
    """Trains every recipe on the same ratings; the predictors are the same for every `n_jobs`, bit for bit.

    With several jobs, joblib's processes train the recipes. Each has so many threads that together they use every
    processor once, and stays for the next call. A process takes some seconds to start and 0.7 GB or more. Machines of
    other hosts are reached through Dask (the extra `cluster`), whose workers are started with `--nthreads 1`:

        with Client("tcp://head:8786"), joblib.parallel_config(backend="dask"):
            train_recipes(recipes, ratings)

    A worker that is killed is replaced, and its task runs again.

    Args:
        recipes: list of `Recipe`.
        ratings: `Ratings`, the training part.
        progress: wraps the list of recipes, as `tqdm` does.
        biases: `Biases` of users and items of those ratings, the start of all machines with user biases; see
            `Recipe.make`. None fits them for each.
        n_jobs: int, how many are trained at the same time: 1 one after the other in this process, -1 as many as there
            are processors. None is 1, unless a `joblib.parallel_config` context, or else the environment, sets it:
            RBM_JOBS, a number, or RBM_CLUSTER, the address of a Dask scheduler.
    Returns:
        predictors: list, in the order of the recipes; as `Recipe.train` makes them.
    Raises:
        ValueError: if `n_jobs` is 0 or no whole number, or an environment variable is not valid.
        RuntimeError: naming the recipes that were left, if workers were killed twice.
        Exception: any exception of a training, with its recipe added as a note.
    Example:
        >>> from rbm_lib import Ratings, Recipe
        >>> from rbm_lib.models import train_recipes
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> recipes = [Recipe(units="bernoulli", num_hidden=n, epochs=1) for n in (2, 3)]
        >>> [machine.num_hidden for machine in train_recipes(recipes, likes)]
        [2, 3]
    """
    recipes = list(recipes)
    return run_all(
        _trained,
        recipes,
        n_jobs,
        shared=(ratings, biases),
        names=[f"train_recipes: {recipe}" for recipe in recipes],
        progress=progress,
    )


def _trained(recipe: Recipe, ratings: Ratings, biases: Biases | None) -> RBM | ItemBased:
    return recipe.train(ratings, biases=biases)[0]
