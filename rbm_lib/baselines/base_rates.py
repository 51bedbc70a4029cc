"""Predictors that know nothing of tastes: the base rates that stand beside every model.

Each has `fit(train)` with a `Ratings` of likes and dislikes, returning itself, and `predict(user_index, item_index)`,
int arrays `(num_targets,)`, returning P(like), float `(num_targets,)`. Who has biases of users has
`fold_in(inputs)` too, for users it did not learn from.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from rbm_lib.data import base_rate_logits, check_likes

HALVINGS = 60  # of an interval of some thousand: all that float64 can tell apart


class AlwaysLike:
    """The overall share of likes, for everybody and every film: as a bit, "like" if that is above a half.

    Where likes are the minority its bit is "dislike", the constant answer that is right more often. It is not raised
    above a half for its name's sake: log loss and Brier score would then be those of a weaker base rate.
    """

    name = "always-like"

    def fit(self, train):
        self.seen = train
        check_likes(train.rating, "train")
        self.share = float(train.rating.mean(dtype=np.float64))
        return self

    def predict(self, user_index, item_index):
        return np.full(len(item_index), self.share)


class Popularity:
    """A logistic curve over the logarithm of the film's number of ratings: what being well known alone tells."""

    name = "popularity"

    def fit(self, train):
        self.seen = train
        check_likes(train.rating, "train")
        self.log_count = np.log1p(np.bincount(train.item_index, minlength=train.num_items))
        self.curve = LogisticRegression(C=np.inf).fit(self.log_count[train.item_index, None], train.rating)
        return self

    def predict(self, user_index, item_index):
        return self.curve.predict_proba(self.log_count[np.asarray(item_index), None])[:, 1]


class ItemMean:
    """Each film's share of likes, smoothed towards the overall share.

    Args:
        smoothing: float > 0, how many ratings at the overall share are added to each film.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import ItemMean
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> baseline = ItemMean().fit(split.inputs)
        >>> baseline.predict(split.targets.user_index, split.targets.item_index).shape == (split.targets.num_ratings,)
        True
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
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import ItemUserBias
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> baseline = ItemUserBias().fit(split.inputs)
        >>> probability = baseline.predict(split.targets.user_index, split.targets.item_index)
        >>> bool(0 < probability.min() and probability.max() < 1)
        True
    """

    name = "item+user bias"

    def __init__(self, penalty=2.0):
        if not penalty > 0:
            raise ValueError(f"penalty: expected a number above 0, found {penalty!r}")
        self.penalty = penalty

    def fit(self, train):
        self.seen = train
        check_likes(train.rating, "train")
        self.num_users, self.num_items = train.num_users, train.num_items
        # scikit-learn minimises C * (summed log loss) + half the squared coefficients
        self.regression = LogisticRegression(C=0.5 / self.penalty, max_iter=500)
        self.regression.fit(self._indicators(train.user_index, train.item_index), train.rating)
        return self

    def predict(self, user_index, item_index):
        return self.regression.predict_proba(self._indicators(user_index, item_index))[:, 1]

    def fold_in(self, inputs):
        """Takes the biases of the users of `inputs`, `Ratings`, from these ratings; all others stay as they are."""
        check_same_users(inputs, self.num_users, self.name)
        check_likes(inputs.rating, "inputs")
        biases = self.regression.coef_[0]
        known = self.regression.intercept_[0] + biases[self.num_users + inputs.item_index]
        # The slope of the penalised log loss rises with the bias, so it is halved towards the place where it is none.
        high = inputs.ratings_per_user / (2 * self.penalty)
        low = -high
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            excess = expit(known + middle[inputs.user_index]) - inputs.rating
            slope = np.bincount(inputs.user_index, excess, self.num_users) + 2 * self.penalty * middle
            low, high = np.where(slope < 0, middle, low), np.where(slope < 0, high, middle)
        rated = inputs.ratings_per_user > 0
        biases[: self.num_users][rated] = ((low + high) / 2)[rated]
        return self

    def _indicators(self, user_index, item_index):
        num = len(item_index)
        column = np.stack([user_index, np.asarray(item_index) + self.num_users], axis=1).ravel()
        return csr_array(
            (np.ones(2 * num), column, np.arange(0, 2 * num + 1, 2)), shape=(num, self.num_users + self.num_items)
        )


def fit_base_rate(baseline, split):
    """Fits a base rate on a split's training part, and shows it the inputs where they are other users'.

    Args:
        baseline: as of `BASE_RATES`, or of `star_base_rates.STAR_BASE_RATES`.
        split: `Split`.
    Returns:
        baseline: the same, fitted.
    Example:
        >>> from rbm_lib import load, new_users
        >>> from rbm_lib.baselines import StarItemUserBias, fit_base_rate
        >>> split = new_users(load("planted").ratings, 0.1, seed=1)
        >>> baseline = fit_base_rate(StarItemUserBias(), split)  # learns from `train`, is shown the new users' inputs
        >>> baseline.predict(split.targets.user_index, split.targets.item_index).shape == (split.targets.num_ratings,)
        True
    """
    baseline.fit(split.train)
    if split.inputs is not split.train and hasattr(baseline, "fold_in"):
        baseline.fold_in(split.inputs)
    return baseline


def check_same_users(inputs, num_users, name):
    """Raises ValueError unless `inputs` numbers as many users as the training part did."""
    if inputs.num_users != num_users:
        raise ValueError(
            f"inputs: expected the {num_users} users that {name!r} was fitted on, found {inputs.num_users}"
        )


# Never missing from a comparison of likes.
BASE_RATES = (AlwaysLike, Popularity, ItemMean, ItemUserBias)
