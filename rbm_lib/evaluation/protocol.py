"""One protocol for every predictor, RBM or baseline: fit on the training part, look at the inputs, answer for targets.

A predictor has `name`, `fit(train)` with a `Ratings`, which returns it and keeps `seen`, what it learned from, and
`predict(user_index, item_index)`, one float a pair: P(like) after likes, expected stars after stars. It may have
`fold_in(inputs)`, what it shall know of users it did not learn from, and `recommend(user_index, n)`, int32
`(num_users, n)`, best first, -1 where there is no film left.
"""

import numpy as np

from rbm_lib.splits import check_disjoint

from .comparison import Comparison
from .stars import StarComparison


def fit_predictor(predictor, split):
    """Fits a predictor on a split's training part, and shows it the inputs where they are others.

    Args:
        predictor: of the protocol.
        split: `Split`.
    Returns:
        predictor: the same, fitted.
    Raises:
        ValueError: if it has seen a target, or cannot be shown the ratings of users it did not learn from.
    Example:
        >>> from rbm_lib import load, new_users
        >>> from rbm_lib.baselines import StarItemUserBias
        >>> from rbm_lib.evaluation import fit_predictor
        >>> split = new_users(load("planted").ratings, 0.1, seed=1)
        >>> fit_predictor(StarItemUserBias(), split).predict(split.targets.user_index, split.targets.item_index).shape
        (2098,)
    """
    predictor.fit(split.train)
    if split.inputs is not split.train:
        if not hasattr(predictor, "fold_in"):
            raise ValueError(
                f"{predictor.name}: expected fold_in, as {split.protocol} asks about new users, found none"
            )
        predictor.fold_in(split.inputs)
    check_unseen(predictor, split.targets)
    return predictor


def check_unseen(predictor, targets):
    """Raises ValueError if the predictor was fitted on a target, or does not say what it was fitted on."""
    seen = getattr(predictor, "seen", None)
    if seen is None:
        raise ValueError(f"{predictor.name}: expected seen, the ratings it was fitted on, found none")
    check_disjoint(seen, targets, (f"what {predictor.name!r} has seen", "targets"))


def evaluate(predictors, split, *, threshold=None, resamples=200, seed, progress=iter):
    """Fits predictors on a split's training part and compares them on its targets, base rates beside them.

    Args:
        predictors: list of predictors with names of their own.
        split: `Split` of stars, or of likes and dislikes.
        threshold: fewest stars of a like, to ask of a split of stars for likes; predictors with `reads_stars` then
            learn from the stars, the others from likes and dislikes.
        resamples, seed: of the intervals, as `Comparison` takes them.
        progress: wraps the predictors, as `tqdm` does.
    Returns:
        comparison: `Comparison` of likes, or `StarComparison`.
    Raises:
        ValueError: if names repeat, a predictor has seen a target, or answers with something else than one number each.
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
    names = [predictor.name for predictor in predictors]
    if len(set(names)) < len(names):
        raise ValueError(f"predictors: expected different names, found {names}")
    asked = split if threshold is None else split.binarize(threshold)
    answers = {}
    for predictor in progress(predictors):
        fitted = fit_predictor(predictor, split if getattr(predictor, "reads_stars", False) else asked)
        answers[predictor.name] = fitted.predict(split.targets.user_index, split.targets.item_index)
    if threshold is None and not np.isin(split.train.rating, (0, 1)).all():
        return StarComparison(asked, answers, values=np.unique(split.train.rating), resamples=resamples, seed=seed)
    return Comparison(asked, answers, resamples=resamples, seed=seed)
