"""Out-of-fold predictions (cross-fitting): each rating is predicted by a machine that was not trained on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib._parallel import run_all
from rbm_lib.splits import Split, k_fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from rbm_lib.data import Ratings

    from .recipes import Recipe


def cross_fitted(
    recipe: Recipe,
    ratings: Ratings,
    *,
    num_folds: int = 5,
    seed: int = 1,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    n_jobs: int | None = None,
) -> NDArray[np.float32]:
    """P(value) of every rating, from a machine trained on the other folds.

    Args:
        recipe: `Recipe` of units with a list of values.
        ratings: `Ratings` of its values.
        num_folds: int >= 2, machines to train.
        seed: int, of the division into folds.
        progress: wraps the folds, as `tqdm` does.
        n_jobs: int, how many machines are trained at the same time; see `train_recipes`.
    Returns:
        shares: float32 `(num_ratings, num_values)`, in the order of `ratings`; for likes P(dislike) and P(like).
    Raises:
        ValueError: for fewer than two folds, or fewer ratings than folds, or `n_jobs` out of range.
    Example:
        >>> from rbm_lib import Ratings, Recipe
        >>> from rbm_lib.models import cross_fitted
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 2, 4, 1, 3, 5])
        >>> cross_fitted(Recipe(num_hidden=2, epochs=1), ratings, num_folds=2).shape
        (6, 5)
    """
    folds = k_fold(ratings, num_folds, seed=seed)
    places = [np.searchsorted(ratings.pair_index, split.targets.pair_index) for split in folds]
    names = [f"cross_fitted: {split.protocol}" for split in folds]
    said = run_all(_said_of_fold, places, n_jobs, shared=(ratings, recipe), names=names, progress=progress)
    found = np.concatenate(said)
    in_order = np.empty_like(found)
    in_order[np.concatenate(places)] = found
    return in_order


def _said_of_fold(places: NDArray[np.int64], ratings: Ratings, recipe: Recipe) -> NDArray[np.float32]:
    """P(value) of the ratings in these places, from a machine trained on all others."""
    held_out = np.zeros(ratings.num_ratings, bool)
    held_out[places] = True
    split = Split(ratings.select(~held_out), ratings.select(held_out), "a fold", ratings.user_id[:0])
    said: NDArray[np.float32] = recipe.train(split.inputs)[0].predict_ratings(split, output="distribution")
    return said
