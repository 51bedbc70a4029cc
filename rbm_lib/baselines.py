"""Predictors that know nothing of tastes: the base rates that stand beside every model.

Each has `fit(train)` with a `Ratings` of likes and dislikes, returning itself, and `predict(user_index, item_index)`,
int arrays `(num_targets,)`, returning P(like), float `(num_targets,)`.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from rbm_lib.units import Bernoulli, base_rate_logits


class AlwaysLike:
    """The overall share of likes, for everybody and every film: as a bit, "like" wherever that is above a half."""

    name = "always-like"

    def fit(self, train):
        self.seen = train
        Bernoulli().check(train.rating, "train")
        self.share = float(train.rating.mean(dtype=np.float64))
        return self

    def predict(self, user_index, item_index):
        return np.full(len(item_index), self.share)


class Popularity:
    """A logistic curve over the logarithm of the film's number of ratings: what being well known alone tells."""

    name = "popularity"

    def fit(self, train):
        self.seen = train
        Bernoulli().check(train.rating, "train")
        self.log_count = np.log1p(np.bincount(train.item_index, minlength=train.num_items))
        self.curve = LogisticRegression(C=np.inf).fit(self.log_count[train.item_index, None], train.rating)
        return self

    def predict(self, user_index, item_index):
        return self.curve.predict_proba(self.log_count[np.asarray(item_index), None])[:, 1]


class ItemMean:
    """Each film's share of likes, smoothed towards the overall share.

    Args:
        smoothing: float > 0, how many ratings at the overall share are added to each film.
    """

    name = "item mean"

    def __init__(self, smoothing=5.0):
        self.smoothing = smoothing

    def fit(self, train):
        self.seen = train
        self.share = expit(base_rate_logits(train, self.smoothing).astype(np.float64))
        return self

    def predict(self, user_index, item_index):
        return self.share[np.asarray(item_index)]


class ItemUserBias:
    """Logistic regression on who rates and what is rated: P(like) = sigmoid(overall + user bias + film bias).

    The strongest predictor without any interaction between user and film, so what a model gains over it is taste.

    Args:
        penalty: float > 0, weight of the squared biases against the log loss summed over the ratings.
    """

    name = "item+user bias"

    def __init__(self, penalty=2.0):
        if not penalty > 0:
            raise ValueError(f"penalty: expected a number above 0, found {penalty!r}")
        self.penalty = penalty

    def fit(self, train):
        self.seen = train
        Bernoulli().check(train.rating, "train")
        self.num_users, self.num_items = train.num_users, train.num_items
        # scikit-learn minimises C * (summed log loss) + half the squared coefficients
        self.regression = LogisticRegression(C=0.5 / self.penalty, max_iter=500)
        self.regression.fit(self._indicators(train.user_index, train.item_index), train.rating)
        return self

    def predict(self, user_index, item_index):
        return self.regression.predict_proba(self._indicators(user_index, item_index))[:, 1]

    def _indicators(self, user_index, item_index):
        num = len(item_index)
        column = np.stack([user_index, np.asarray(item_index) + self.num_users], axis=1).ravel()
        return csr_array(
            (np.ones(2 * num), column, np.arange(0, 2 * num + 1, 2)), shape=(num, self.num_users + self.num_items)
        )


BASE_RATES = (AlwaysLike, Popularity, ItemMean, ItemUserBias)
