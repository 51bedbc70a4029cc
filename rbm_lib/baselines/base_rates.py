"""Base rates of likes: predictors without personal tastes, which are shown beside every model.

Each is a `contract.Predictor`: `fit(train)` takes a `Ratings` of likes and dislikes and returns the predictor;
`predict(user_index, item_index)` takes int arrays `(num_asked,)` and returns P(like), float `(num_asked,)`. The one
with user biases also has `fold_in(inputs)`, for users it was not fitted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from rbm_lib._checks import check_number
from rbm_lib.data import base_rate_logits, check_likes

from .contract import FoldsIn, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split

P = TypeVar("P", bound=Predictor)
HALVINGS = 60  # of an interval some thousands wide: enough for the last bit of a float64


class AlwaysLike:
    """The overall share of likes, for every user and every film; above a half, it predicts "like".

    If likes are the minority, it predicts "dislike", the constant answer that is right more often. Its probability is
    not raised above a half to fit the name, because log loss and Brier score would then be those of a weaker base rate.

    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import AlwaysLike
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> AlwaysLike().fit(likes).predict([0, 2], [1, 0]).tolist()
        [0.75, 0.75]
    """

    name = "always-like"

    def fit(self, train: Ratings) -> Self:
        self.seen = likes_of(train)
        self.share = float(train.rating.mean(dtype=np.float64))
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        return np.full(len(item_index), self.share)


class Popularity:
    """Logistic regression on the logarithm of the film's number of ratings: a prediction from popularity alone."""

    name = "popularity"

    def fit(self, train: Ratings) -> Self:
        self.seen = likes_of(train)
        self.log_count = np.log1p(np.bincount(train.item_index, minlength=train.num_items))
        self.curve = LogisticRegression(C=np.inf).fit(self.log_count[train.item_index, None], train.rating)
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        shares: NDArray[np.float64] = self.curve.predict_proba(self.log_count[np.asarray(item_index), None])
        return shares[:, 1]


class ItemMean:
    """Each film's share of likes, smoothed towards the overall share.

    Args:
        smoothing: float > 0, how many ratings at the overall share are added to each film.
    Raises:
        ValueError: if `smoothing` is not above 0.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import ItemMean
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> baseline = ItemMean().fit(split.inputs)
        >>> baseline.predict(split.targets.user_index, split.targets.item_index).shape == (split.targets.num_ratings,)
        True
    """

    name = "item mean"

    def __init__(self, smoothing: float = 5.0) -> None:
        self.smoothing = check_number(smoothing, "smoothing", above=0)

    def fit(self, train: Ratings) -> Self:
        self.seen = train
        self.share: NDArray[np.float64] = expit(base_rate_logits(train, self.smoothing).astype(np.float64))
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        return self.share[np.asarray(item_index)]


class ItemUserBias:
    """Logistic regression on user and film: P(like) = sigmoid(overall + user bias + film bias).

    It is the strongest predictor without an interaction between user and film, so a model's gain over it comes from
    personal taste.

    Args:
        penalty: float > 0, L2 regularisation: weight of the squared biases against the log loss summed over the
            ratings.
    Raises:
        ValueError: if `penalty` is not above 0.
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

    def __init__(self, penalty: float = 2.0) -> None:
        self.penalty = check_number(penalty, "penalty", above=0)

    def fit(self, train: Ratings) -> Self:
        self.seen = likes_of(train)
        self.num_users, self.num_items = train.num_users, train.num_items
        # scikit-learn minimises C * (summed log loss) + half the squared coefficients
        self.regression = LogisticRegression(C=0.5 / self.penalty, max_iter=500)
        self.regression.fit(
            indicators(train.user_index, train.item_index, self.num_users, self.num_items), train.rating
        )
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        asked = indicators(user_index, item_index, self.num_users, self.num_items)
        shares: NDArray[np.float64] = self.regression.predict_proba(asked)
        return shares[:, 1]

    def fold_in(self, inputs: Ratings) -> Self:
        """Refits the biases of the users who have ratings in `inputs` to these ratings; all other biases stay.

        Args:
            inputs: `Ratings` of likes and dislikes, over the users and items of `train`.
        Returns:
            self: with the new biases.
        Raises:
            ValueError: if a rating is neither 0 nor 1, or users are numbered differently.
        """
        check_same_users(inputs, self.num_users, self.name)
        check_likes(inputs.rating, "inputs")
        biases = self.regression.coef_[0]
        known = self.regression.intercept_[0] + biases[self.num_users + inputs.item_index]
        # The derivative of the penalised log loss increases with the bias: bisection finds where it is zero.
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


def fit_base_rate(baseline: P, split: Split) -> P:
    """Fits a base rate on a split's training part, and folds in the inputs if they are of other users.

    Args:
        baseline: an instance of one of `BASE_RATES`, or of `star_base_rates.STAR_BASE_RATES`.
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
    if split.inputs is not split.train and isinstance(baseline, FoldsIn):
        baseline.fold_in(split.inputs)
    return baseline


def likes_of(train: Ratings) -> Ratings:
    """The training ratings, if all are 0 or 1; else raises ValueError."""
    check_likes(train.rating, "train")
    return train


def indicators(
    user_index: NDArray[np.integer], item_index: NDArray[np.integer], num_users: int, num_items: int
) -> csr_array:
    """Pairs of user and film as features of a regression: a row for each pair, with a 1 for its user and for its film.

    Args:
        user_index, item_index: ints `(num_pairs,)`.
        num_users, num_items: ints, their total numbers.
    Returns:
        indicators: float `(num_pairs, num_users + num_items)`, users first.
    """
    num = len(item_index)
    column = np.stack([user_index, np.asarray(item_index) + num_users], axis=1).ravel()
    return csr_array((np.ones(2 * num), column, np.arange(0, 2 * num + 1, 2)), shape=(num, num_users + num_items))


def check_same_users(inputs: Ratings, num_users: int, name: str) -> None:
    """Raises ValueError unless `inputs` has as many users as the training part."""
    if inputs.num_users != num_users:
        raise ValueError(
            f"inputs: expected the {num_users} users that {name!r} was fitted on, found {inputs.num_users}"
        )


# Part of every comparison of likes.
BASE_RATES: tuple[type[Predictor], ...] = (AlwaysLike, Popularity, ItemMean, ItemUserBias)
