"""Predictors made of RBMs: the item-based one, which swaps users and films, and an average of several.

Each has `predict_ratings(split, output=..., threshold=...)`, as `RBM` itself has.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib.data import Ratings
from rbm_lib.splits import Split

from .biases import Biases, biases_for

if TYPE_CHECKING:
    import keras

    from .model import RBM


class PredictsRatings(Protocol):
    """A predictor of the targets of a `Split`: `RBM`, `ItemBased`, `Average`, or any class with this method."""

    # A split, then keywords, of which each predictor accepts some: "output", "threshold" and so on.
    def predict_ratings(self, *args: Any, **arguments: Any) -> NDArray[np.float32]: ...


class ItemBased:
    """An RBM whose visible units are users and whose rows (training cases) are films.

    The same model on `ratings.transpose()`: a film is described by its users' ratings, and the hidden units describe
    the film.

    Args:
        model: `RBM` with as many visible units as there are users.
    Example:
        >>> from rbm_lib import RBM, ItemBased, Ratings, random_n
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 2, 4, 1, 3, 5])
        >>> split = random_n(ratings, 1, seed=1)
        >>> model = ItemBased(RBM(ratings.num_users, num_hidden=2, units="softmax", seed=1))  # a visible unit a user
        >>> model.predict_ratings(split).round(1)  # before any training: the middle of the scale
        array([3., 3., 3.], dtype=float32)
    """

    def __init__(self, model: "RBM") -> None:
        self.model = model

    def initialize_from_base_rates(self, ratings: Ratings, **arguments: Any) -> None:
        """As `RBM.initialize_from_base_rates`: the visible biases start at each user's base rates."""
        self.model.initialize_from_base_rates(ratings.transpose(), **arguments)

    def initialize_from_biases(self, ratings: Ratings, biases: Biases | None = None) -> None:
        """As `RBM.initialize_from_biases`, with films in place of users; `biases` are those of users and films."""
        if biases is None:
            biases = biases_for(self.model.rbm_layer, ratings)
        self.model.initialize_from_biases(ratings.transpose(), biases.transpose())

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """As `RBM.compile`."""
        self.model.compile(*args, **kwargs)

    def fit(
        self, ratings: Ratings, *, validation_data: Split | None = None, **arguments: Any
    ) -> "keras.callbacks.History":
        """As `RBM.fit` on `Ratings`, with films in place of users; `validation_data` is a `Split` or None."""
        if validation_data is not None:
            validation_data = validation_data.transpose()
        return self.model.fit(ratings.transpose(), validation_data=validation_data, **arguments)

    def predict_ratings(self, split: Split, **arguments: Any) -> NDArray[np.float32]:
        """As `RBM.predict_ratings`: the prediction of each target, in the order of `split.targets`."""
        found = self.model.predict_ratings(split.transpose(), **arguments)
        in_order = np.empty_like(found)
        in_order[np.argsort(split.targets.item_index, kind="stable")] = found  # the order `transpose` gives
        return in_order


class Average:
    """The weighted mean of several predictors.

    Args:
        predictors: with `predict_ratings`.
        weights: numbers of at least 0, one for each predictor; equal by default. They are divided by their sum.
    Raises:
        ValueError: if there is no predictor, or the weights do not fit.
    Example:
        >>> from rbm_lib import RBM, Average, Ratings, random_n
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 2, 4, 1, 3, 5])
        >>> split = random_n(ratings, 1, seed=1)
        >>> machines = [RBM(2, num_hidden=2, units="softmax", seed=seed) for seed in (1, 2)]
        >>> Average(machines, weights=[3, 1]).predict_ratings(split).round(1)
        array([3., 3., 3.], dtype=float32)
    """

    def __init__(self, predictors: Iterable[PredictsRatings], weights: ArrayLike | None = None) -> None:
        self.predictors: list[PredictsRatings] = list(predictors)
        if not self.predictors:
            raise ValueError("predictors: expected at least one, found none")
        weights = np.ones(len(self.predictors)) if weights is None else np.asarray(weights, float)
        if weights.shape != (len(self.predictors),) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
            raise ValueError(
                f"weights: expected {len(self.predictors)} numbers of at least 0, not all 0, found {weights.tolist()}"
            )
        self.weights: NDArray[np.float64] = weights / weights.sum()

    def predict_ratings(self, split: Split, **arguments: Any) -> NDArray[np.float32]:
        """The mean of the predictors' `predict_ratings`; ValueError for "mode", which has no mean."""
        if arguments.get("output") == "mode":
            raise ValueError("output: expected one that can be averaged, found 'mode'")
        found = [predictor.predict_ratings(split, **arguments) for predictor in self.predictors]
        return np.tensordot(self.weights, np.stack(found), axes=1).astype(np.float32)
