"""One protocol for every predictor, RBM or baseline: fit on the training part, take in the inputs, predict the targets.

What a predictor has to be is said in `rbm_lib.baselines.Predictor`, and checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rbm_lib.baselines import Estimator, Fitted, FoldsIn, Predictor, check_predictor, reads_stars
from rbm_lib.data import Ratings
from rbm_lib.splits import check_disjoint

from .comparison import Comparison
from .resampling import check_drawing
from .stars import StarComparison

if TYPE_CHECKING:
    from rbm_lib.splits import Split

E = TypeVar("E", bound=Estimator)


def fit_predictor(predictor: E, split: Split) -> E:
    """Fits a predictor on a split's training part, and shows it the inputs where these are of other users.

    Args:
        predictor: `rbm_lib.baselines.Predictor` or `Recommender`.
        split: `Split`.
    Returns:
        predictor: the same, fitted.
    Raises:
        ValueError: if it lacks what the contract says, has seen a target, or cannot be shown the ratings of users it
            did not learn from.
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
    """Raises ValueError if the predictor was fitted on a target, or does not say what it was fitted on."""
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
) -> Comparison | StarComparison:
    """Fits predictors on a split's training part and compares them on its targets, base rates beside them.

    Args:
        predictors: list of `rbm_lib.baselines.Predictor`, each with a name of its own.
        split: `Split` of stars, or of likes and dislikes.
        threshold: fewest stars of a like, to ask of a split of stars for likes; predictors with `reads_stars` then
            learn from the stars, the others from likes and dislikes.
        as_stars: whether ratings that are all 0 or 1 are judged as stars are, by their errors, and not as likes.
        resamples, seed: of the intervals, as `Comparison` takes them.
        progress: wraps the predictors, as `tqdm` does.
    Returns:
        comparison: `Comparison` of likes, or `StarComparison`.
    Raises:
        ValueError: if a predictor lacks what `Predictor` says, names repeat, a predictor has seen a target, or its
            answers are not one number for each target.
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
    answers = {}
    for predictor in progress(predictors):
        fitted = fit_predictor(predictor, split if reads_stars(predictor) else asked)
        answers[predictor.name] = fitted.predict(split.targets.user_index, split.targets.item_index)
    if threshold is None and (as_stars or not np.isin(split.train.rating, (0, 1)).all()):
        return StarComparison(asked, answers, values=np.unique(split.train.rating), resamples=resamples, seed=seed)
    return Comparison(asked, answers, resamples=resamples, seed=seed)
