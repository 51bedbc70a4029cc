"""One protocol for every predictor, RBM or baseline: fit the training part, take in the inputs, predict the targets.

`rbm_lib.baselines.Predictor` defines what a predictor must have; it is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rbm_lib._parallel import run_all, runs_here
from rbm_lib.baselines import Estimator, Fitted, FoldsIn, Predictor, check_predictor, reads_stars
from rbm_lib.data import Ratings
from rbm_lib.splits import check_disjoint

from .comparison import Comparison
from .resampling import check_drawing
from .stars import StarComparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.splits import Split

E = TypeVar("E", bound=Estimator)


def fit_predictor(predictor: E, split: Split) -> E:
    """Fits a predictor on a split's training part, and folds in the inputs if they are of other users.

    Args:
        predictor: `rbm_lib.baselines.Predictor` or `Recommender`.
        split: `Split`.
    Returns:
        predictor: the same, fitted.
    Raises:
        ValueError: if it does not fulfil the contract, has seen a target, or cannot fold in users it was not fitted on.
    Example:
        >>> from rbm_lib import load, new_users
        >>> from rbm_lib.baselines import StarItemUserBias
        >>> from rbm_lib.evaluation import fit_predictor
        >>> split = new_users(load("planted").ratings, 0.1, seed=1)
        >>> fit_predictor(StarItemUserBias(), split).predict(split.targets.user_index, split.targets.item_index).shape
        (2098,)
    """
    check_predictor(predictor, Estimator)
    predictor.fit(split.train)
    if split.inputs is not split.train:
        if not isinstance(predictor, FoldsIn):
            raise ValueError(
                f"{predictor.name}: expected fold_in, as {split.protocol} asks about new users, found none; add "
                "fold_in(inputs), as rbm_lib.baselines.FoldsIn describes it, or choose a split of known users"
            )
        predictor.fold_in(split.inputs)
    check_unseen(predictor, split.targets)
    return predictor


def check_unseen(predictor: Estimator, targets: Ratings) -> None:
    """Raises ValueError if the predictor was fitted on a target, or does not tell what it was fitted on."""
    if not (isinstance(predictor, Fitted) and isinstance(predictor.seen, Ratings)):
        found = repr(predictor.seen) if isinstance(predictor, Fitted) else "none"
        raise ValueError(
            f"{predictor.name}: expected seen, the ratings it was fitted on, found {found}; keep them in fit, "
            "`self.seen = train`"
        )
    check_disjoint(predictor.seen, targets, (f"what {predictor.name!r} has seen", "targets"))


def evaluate(
    predictors: Sequence[Predictor],
    split: Split,
    *,
    threshold: float | None = None,
    as_stars: bool = False,
    resamples: int = 200,
    seed: int,
    progress: Callable[[Iterable[Predictor]], Iterable[Predictor]] = iter,
    n_jobs: int | None = None,
) -> Comparison | StarComparison:
    """Fits predictors on a split's training part and compares them on its targets, base rates beside them.

    Args:
        predictors: list of `rbm_lib.baselines.Predictor`, each with a name of its own.
        split: `Split` of stars, or of likes and dislikes.
        threshold: fewest stars of a like, to compare likes on a split of stars; predictors with `reads_stars` are then
            fitted on the stars, the others on likes and dislikes.
        as_stars: whether ratings that are all 0 or 1 are compared by their errors, as stars, and not as likes.
        resamples, seed: of the intervals, as in `Comparison`.
        progress: wraps the predictors, as `tqdm` does.
        n_jobs: int, how many are fitted at the same time; see `rbm_lib.models.train_recipes`. A predictor with an
            attribute `n_jobs` has its own workers: it is fitted in this process, after the others.
    Returns:
        comparison: `Comparison` of likes, or `StarComparison`.
    Raises:
        ValueError: if a predictor does not fulfil `Predictor`, names repeat, a predictor has seen a target, or its
            predictions are not one number for each target.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.baselines import ItemNeighbours
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import Machine, evaluate
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> machine = Machine(Recipe(num_hidden=2, epochs=1), "RBM")
        >>> comparison = evaluate([machine, ItemNeighbours(num_neighbours=5)], split, resamples=20, seed=1)
        >>> sorted(comparison.table().index)
        ['RBM', 'item mean', 'item neighbours', 'item+user bias', 'overall mean']
    """
    for predictor in predictors:
        check_predictor(predictor, Predictor, "predictors")
    check_drawing(resamples, seed)  # before the fitting, which takes longest
    names = [predictor.name for predictor in predictors]
    if len(set(names)) < len(names):
        raise ValueError(f"predictors: expected different names, found {names}")
    asked = split if threshold is None else split.binarize(threshold)
    answers = _answers(predictors, split, asked, progress, n_jobs)
    if threshold is None and (as_stars or not np.isin(split.train.rating, (0, 1)).all()):
        return StarComparison(asked, answers, values=np.unique(split.train.rating), resamples=resamples, seed=seed)
    return Comparison(asked, answers, resamples=resamples, seed=seed)


def fit_predictors(
    predictors: Sequence[E],
    split: Split,
    *,
    progress: Callable[[Iterable[E]], Iterable[E]] = iter,
    n_jobs: int | None = None,
) -> list[E]:
    """Fits several predictors on one split, each as `fit_predictor` does.

    Args:
        predictors: list of `rbm_lib.baselines.Predictor` or `Recommender`.
        split: `Split`.
        progress: wraps the predictors, as `tqdm` does.
        n_jobs: int, how many are fitted at the same time; see `evaluate`.
    Returns:
        predictors: the same, fitted.
    Raises:
        ValueError: as `fit_predictor`, or if `n_jobs` is out of range.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import OverallMean, StarItemMean
        >>> from rbm_lib.evaluation import fit_predictors
        >>> split = random_n(load("planted").ratings, 2, seed=1)
        >>> [predictor.seen is split.train for predictor in fit_predictors([OverallMean(), StarItemMean()], split)]
        [True, True]
    """
    _fit_all(_fitted, predictors, (split, split.train, split.inputs), progress, n_jobs)
    return list(predictors)


def _answers(
    predictors: Sequence[Predictor],
    split: Split,
    asked: Split,
    progress: Callable[[Iterable[Predictor]], Iterable[Predictor]],
    n_jobs: int | None,
) -> dict[str, NDArray[np.floating]]:
    """The predictions of fitted predictors for each target, by their names."""
    shared = (split, asked, split.train, split.inputs, asked.train, asked.inputs)
    said = _fit_all(_fitted_and_asked, predictors, shared, progress, n_jobs)
    return {predictor.name: answer for predictor, answer in zip(predictors, said, strict=True)}


def _fit_all(
    function: Callable[..., tuple[E, Any]],
    predictors: Sequence[E],
    shared: tuple[Any, ...],
    progress: Callable[[Iterable[E]], Iterable[E]],
    n_jobs: int | None,
) -> list[Any]:
    """Fits predictors, in several processes if requested; the results of `function` for each, in their order."""
    everyone = list(range(len(predictors)))
    own = [place for place in everyone if hasattr(predictors[place], "n_jobs")]
    others = [place for place in everyone if place not in own]
    here = runs_here(n_jobs, len(predictors))
    said: dict[int, Any] = {}
    for places, jobs in [(everyone, 1)] if here else [(others, n_jobs), (own, 1)]:
        group = [predictors[place] for place in places]
        names = [f"fitting {one.name}" for one in group]
        found = run_all(function, group, jobs, shared=shared, names=names, progress=progress)
        for place, (fitted, answer) in zip(places, found, strict=True):
            if fitted is not predictors[place]:  # it was fitted in another process
                vars(predictors[place]).update(vars(fitted))
            said[place] = answer
    return [said[place] for place in everyone]


def _fitted(predictor: E, split: Split, *_: Ratings) -> tuple[E, None]:
    return fit_predictor(predictor, split), None


def _fitted_and_asked(
    predictor: Predictor, split: Split, asked: Split, *_: Ratings
) -> tuple[Predictor, NDArray[np.floating]]:
    fitted = fit_predictor(predictor, split if reads_stars(predictor) else asked)
    return fitted, fitted.predict(split.targets.user_index, split.targets.item_index)
