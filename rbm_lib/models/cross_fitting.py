"""What a machine expects of the ratings it could learn from, each said by one that did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.splits import k_fold

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
) -> NDArray[np.float32]:
    """P(value) of every rating, from a machine trained on the other folds alone.

    Args:
        recipe: `Recipe` of units with listed values.
        ratings: `Ratings` of its values.
        num_folds: int >= 2, machines to train.
        seed: int, of the division.
        progress: wraps the folds, as `tqdm` does.
    Returns:
        shares: float32 `(num_ratings, num_values)`, in the order of `ratings`; of likes P(dislike) and P(like).
    Raises:
        ValueError: for fewer than two folds, or fewer ratings than folds.
    Example:
        >>> from rbm_lib import Ratings, Recipe
        >>> from rbm_lib.models import cross_fitted
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 2, 4, 1, 3, 5])
        >>> cross_fitted(Recipe(num_hidden=2, epochs=1), ratings, num_folds=2).shape
        (6, 5)
    """
    places, rows = [], []
    for split in progress(k_fold(ratings, num_folds, seed=seed)):
        rows.append(recipe.train(split.inputs)[0].predict_ratings(split, output="distribution"))
        places.append(np.searchsorted(ratings.pair_index, split.targets.pair_index))
    found = np.concatenate(rows)
    in_order = np.empty_like(found)
    in_order[np.concatenate(places)] = found
    return in_order
