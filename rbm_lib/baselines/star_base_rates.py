"""Predictors of stars that know nothing of tastes; the twins of `rbm_lib.baselines` for stars.

Each has `fit(train)` with a `Ratings`, returning itself, and `predict(user_index, item_index)`, int arrays
`(num_targets,)`, returning expected stars, float `(num_targets,)`. Who has biases of users has `fold_in(inputs)` too,
for users it did not learn from.
"""

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import Ridge

from .base_rates import check_same_users


class OverallMean:
    """The mean of all stars, for everybody and every film.

    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import OverallMean
        >>> OverallMean().fit(Ratings.from_triples([1, 2], [10, 20], [5, 2])).predict([0, 1], [1, 0])
        array([3.5, 3.5])
    """

    name = "overall mean"

    def fit(self, train):
        self.seen = train
        self.mean = float(train.rating.mean(dtype=np.float64))
        return self

    def predict(self, user_index, item_index):
        return np.full(len(item_index), self.mean)


class StarItemMean:
    """Each film's mean, smoothed towards the overall mean.

    Args:
        smoothing: float > 0, how many ratings at the overall mean are added to each film.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import StarItemMean
        >>> ratings = Ratings.from_triples([1, 2, 3], [10, 10, 20], [5, 5, 2])
        >>> StarItemMean(smoothing=1).fit(ratings).predict([0, 0], [0, 1]).round(2)
        array([4.67, 3.  ])
    """

    name = "item mean"

    def __init__(self, smoothing=5.0):
        if not smoothing > 0:
            raise ValueError(f"smoothing: expected a number above 0, found {smoothing!r}")
        self.smoothing = smoothing

    def fit(self, train):
        self.seen = train
        overall = train.rating.mean(dtype=np.float64)
        total = np.bincount(train.item_index, train.rating, train.num_items)
        count = np.bincount(train.item_index, minlength=train.num_items)
        self.mean = (total + self.smoothing * overall) / (count + self.smoothing)
        return self

    def predict(self, user_index, item_index):
        return self.mean[np.asarray(item_index)]


class StarItemUserBias:
    """Ridge regression on who rates and what is rated: overall mean + user bias + film bias.

    Args:
        penalty: float > 0, weight of the squared biases against the squared errors summed over the ratings.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import StarItemUserBias
        >>> ratings = Ratings.from_triples([1, 1, 2, 2], [10, 20, 10, 20], [5, 4, 2, 1])
        >>> StarItemUserBias(penalty=0.001).fit(ratings).predict([0, 1], [1, 0]).round(1)
        array([4., 2.])
    """

    name = "item+user bias"

    def __init__(self, penalty=4.0):
        if not penalty > 0:
            raise ValueError(f"penalty: expected a number above 0, found {penalty!r}")
        self.penalty = penalty

    def fit(self, train):
        self.seen = train
        self.num_users, self.num_items = train.num_users, train.num_items
        self.lowest, self.highest = float(train.rating.min()), float(train.rating.max())
        # The overall mean is taken off first: sparse data cannot be centred by the regression itself.
        self.mean = float(train.rating.mean(dtype=np.float64))
        self.regression = Ridge(alpha=self.penalty, fit_intercept=False, solver="sparse_cg", tol=1e-8)
        self.regression.fit(self._indicators(train.user_index, train.item_index), train.rating - self.mean)
        return self

    def fold_in(self, inputs):
        """Takes the biases of the users of `inputs`, `Ratings`, from these ratings; all others stay as they are."""
        check_same_users(inputs, self.num_users, self.name)
        biases, count = self.regression.coef_, inputs.ratings_per_user
        left = inputs.rating - self.mean - biases[self.num_users + inputs.item_index]
        total = np.bincount(inputs.user_index, left, self.num_users)
        biases[: self.num_users][count > 0] = (total / (count + self.penalty))[count > 0]
        return self

    def predict(self, user_index, item_index):
        expected = self.mean + self.regression.predict(self._indicators(user_index, item_index))
        return np.clip(expected, self.lowest, self.highest)

    def _indicators(self, user_index, item_index):
        num = len(item_index)
        column = np.stack([user_index, np.asarray(item_index) + self.num_users], axis=1).ravel()
        return csr_array(
            (np.ones(2 * num), column, np.arange(0, 2 * num + 1, 2)), shape=(num, self.num_users + self.num_items)
        )


# Never missing from a comparison of stars.
STAR_BASE_RATES = (OverallMean, StarItemMean, StarItemUserBias)
