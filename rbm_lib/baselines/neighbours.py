"""Item k-nearest-neighbours: biases, corrected by the user's ratings of similar films."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from rbm_lib._checks import check_count, check_number
from rbm_lib.data import check_same_vocabulary

from .trainset import Scale, as_trainset

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings


class ItemNeighbours:
    """Biases plus the similarity-weighted mean of the user's residuals on the most similar films.

    expected = b_ui + sum over j in N of { s_ij (r_uj - b_uj) } / sum over j in N of { s_ij }, where b_ui is overall
    mean + user bias + film bias, s_ij the shrunk correlation of the two films' ratings around b, and N the k films of
    the user with the highest positive s_ij. Biases and similarities are scikit-surprise's (`KNNBaseline`,
    `pearson_baseline`); the sums of all requested films of a user are computed at once.

    Args:
        num_neighbours: int >= 1, k.
        shrinkage: float >= 0, shrinks similarities of films with few common users towards 0.
        user_penalty, item_penalty: floats > 0, L2 regularisation of the biases.
    Raises:
        ValueError: if an argument is out of range.
    References:
        Koren (2010), "Factor in the neighbors", section 2.2; scikit-surprise, `prediction_algorithms.knns`.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import ItemNeighbours
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings, 2, seed=1)
        >>> rival = ItemNeighbours(num_neighbours=5).fit(split.inputs)
        >>> rival.predict(split.targets.user_index, split.targets.item_index).shape
        (160,)
    """

    name = "item neighbours"

    def __init__(
        self,
        num_neighbours: int = 40,
        shrinkage: float = 100.0,
        user_penalty: float = 15.0,
        item_penalty: float = 10.0,
    ) -> None:
        self.num_neighbours = check_count(num_neighbours, "num_neighbours")
        self.shrinkage = check_number(shrinkage, "shrinkage", least=0)
        self.user_penalty = check_number(user_penalty, "user_penalty", above=0)
        self.item_penalty = check_number(item_penalty, "item_penalty", above=0)

    def fit(self, train: Ratings) -> Self:
        """Fits biases and similarities.

        Args:
            train: `Ratings` of stars, or of likes and dislikes.
        Returns:
            self: with `similarity`, float64 `(num_items, num_items)`, and the fitted `algorithm` of scikit-surprise.
        Raises:
            ValueError: if there is no rating.
        """
        from surprise import KNNBaseline

        self.scale = Scale.of(train)
        self.algorithm = KNNBaseline(
            k=self.num_neighbours,
            sim_options={"name": "pearson_baseline", "user_based": False, "shrinkage": self.shrinkage},
            bsl_options={"method": "als", "reg_u": self.user_penalty, "reg_i": self.item_penalty},
            verbose=False,
        ).fit(as_trainset(train))
        self.mean, self.item_bias = self.algorithm.trainset.global_mean, self.algorithm.bi
        # 0 / 0 if all common ratings of two films equal their biases: the unknown similarity is set to 0
        self.similarity = np.nan_to_num(self.algorithm.sim, copy=False)
        self.seen = train
        return self.fold_in(train)

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on, and fits their biases; the films' parameters stay.

        Args:
            inputs: `Ratings` over the users and items of `train`.
        Returns:
            self: `predict` now depends on `inputs`.
        Raises:
            ValueError: if users or items are numbered differently.
        """
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        # The last half-step of scikit-surprise's alternating least squares, so for `train` nothing changes.
        above = inputs.rating - self.mean - self.item_bias[inputs.item_index]
        total = np.bincount(inputs.user_index, above, inputs.num_users)
        self.user_bias = total / (self.user_penalty + inputs.ratings_per_user)
        self.beyond = above - self.user_bias[inputs.user_index]
        self.inputs = inputs
        return self

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """Expected stars, or P(like) if fitted on likes.

        Args:
            user_index, item_index: ints `(num_asked,)`.
        Returns:
            expected: float64 `(num_asked,)`, inside the range of the ratings.
        """
        user_index, item_index = np.asarray(user_index), np.asarray(item_index)
        expected = self.mean + self.user_bias[user_index] + self.item_bias[item_index]
        order = np.argsort(user_index, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(user_index[order])) + 1):
            if len(rows):
                expected[rows] += self._correction(user_index[rows[0]], item_index[rows])
        return self.scale.keep_inside(expected)

    def _correction(self, user: int, items: NDArray[np.integer]) -> NDArray[np.float64]:
        """The correction of the biases by the neighbours of some films of one user, float64 `(len(items),)`."""
        rated = slice(self.inputs.row_splits[user], self.inputs.row_splits[user + 1])
        similarity = self.similarity[np.ix_(items, self.inputs.item_index[rated])]
        if similarity.shape[1] > self.num_neighbours:
            far = np.argpartition(-similarity, self.num_neighbours - 1, axis=1)[:, self.num_neighbours :]
            np.put_along_axis(similarity, far, 0.0, axis=1)
        weight = np.maximum(similarity, 0.0)
        total = weight.sum(axis=1)
        mean: NDArray[np.float64] = np.zeros(len(items))
        np.divide(weight @ self.beyond[rated], total, out=mean, where=total > 0)
        return mean
