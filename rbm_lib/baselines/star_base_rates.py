"""Base rates of stars: predictors without personal tastes, as in `base_rates.py`.

Each is a `contract.Predictor`: `fit(train)` takes a `Ratings` of stars and returns the predictor; `predict(user_index,
item_index)` takes int arrays `(num_asked,)` and returns expected stars, float `(num_asked,)`. The one with user biases
also has `fold_in(inputs)`, for users it was not fitted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.linear_model import Ridge

from rbm_lib._checks import check_number

from .base_rates import check_same_users, indicators
from .contract import Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings


class OverallMean:
    """The mean of all stars, for every user and every film.

    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import OverallMean
        >>> OverallMean().fit(Ratings.from_triples([1, 2], [10, 20], [5, 2])).predict([0, 1], [1, 0])
        array([3.5, 3.5])
    """

    name = "overall mean"

    def fit(self, train: Ratings) -> Self:
        self.seen = train
        self.mean = float(train.rating.mean(dtype=np.float64))
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        return np.full(len(item_index), self.mean)


class StarItemMean:
    """Each film's mean, smoothed towards the overall mean.

    Args:
        smoothing: float > 0, how many ratings at the overall mean are added to each film.
    Raises:
        ValueError: if `smoothing` is not above 0.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import StarItemMean
        >>> ratings = Ratings.from_triples([1, 2, 3], [10, 10, 20], [5, 5, 2])
        >>> StarItemMean(smoothing=1).fit(ratings).predict([0, 0], [0, 1]).round(2)
        array([4.67, 3.  ])
    """

    name = "item mean"

    def __init__(self, smoothing: float = 5.0) -> None:
        self.smoothing = check_number(smoothing, "smoothing", above=0)

    def fit(self, train: Ratings) -> Self:
        self.seen = train
        overall = train.rating.mean(dtype=np.float64)
        total = np.bincount(train.item_index, train.rating, train.num_items)
        count = np.bincount(train.item_index, minlength=train.num_items)
        self.mean: NDArray[np.float64] = (total + self.smoothing * overall) / (count + self.smoothing)
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        return self.mean[np.asarray(item_index)]


class StarItemUserBias:
    """Ridge regression on user and film: overall mean + user bias + film bias.

    Args:
        penalty: float > 0, L2 regularisation: weight of the squared biases against the squared errors summed over
            ratings.
    Raises:
        ValueError: if `penalty` is not above 0.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import StarItemUserBias
        >>> ratings = Ratings.from_triples([1, 1, 2, 2], [10, 20, 10, 20], [5, 4, 2, 1])
        >>> StarItemUserBias(penalty=0.001).fit(ratings).predict([0, 1], [1, 0]).round(1)
        array([4., 2.])
    """

    name = "item+user bias"

    def __init__(self, penalty: float = 4.0) -> None:
        self.penalty = check_number(penalty, "penalty", above=0)

    def fit(self, train: Ratings) -> Self:
        self.seen = train
        self.num_users, self.num_items = train.num_users, train.num_items
        self.lowest, self.highest = float(train.rating.min()), float(train.rating.max())
        # The overall mean is subtracted first, because the regression cannot centre sparse data.
        self.mean = float(train.rating.mean(dtype=np.float64))
        self.regression = Ridge(alpha=self.penalty, fit_intercept=False, solver="sparse_cg", tol=1e-8)
        rated = indicators(train.user_index, train.item_index, self.num_users, self.num_items)
        self.regression.fit(rated, train.rating - self.mean)
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Refits the biases of the users who have ratings in `inputs` to these ratings; all other biases stay.

        Args:
            inputs: `Ratings` of stars, over the users and items of `train`.
        Returns:
            self: with the new biases.
        Raises:
            ValueError: if users are numbered differently.
        """
        check_same_users(inputs, self.num_users, self.name)
        biases, count = self.regression.coef_, inputs.ratings_per_user
        left = inputs.rating - self.mean - biases[self.num_users + inputs.item_index]
        total = np.bincount(inputs.user_index, left, self.num_users)
        biases[: self.num_users][count > 0] = (total / (count + self.penalty))[count > 0]
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        expected = self.mean + self.regression.predict(
            indicators(user_index, item_index, self.num_users, self.num_items)
        )
        inside: NDArray[np.float64] = np.clip(expected, self.lowest, self.highest)
        return inside


# Part of every comparison of stars.
STAR_BASE_RATES: tuple[type[Predictor], ...] = (OverallMean, StarItemMean, StarItemUserBias)
