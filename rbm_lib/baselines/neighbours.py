"""Item k-nearest-neighbours: a user's ratings of similar films correct what the biases expect."""

import numpy as np

from rbm_lib.data import check_same_vocabulary

from .trainset import Scale, as_trainset


class ItemNeighbours:
    """Biases plus the mean of what the user gave the most similar films beyond their biases, weighted by similarity.

    expected = b_ui + sum over j in N of { s_ij (r_uj - b_uj) } / sum over j in N of { s_ij }, where b_ui is overall
    mean + user bias + film bias, s_ij the shrunk correlation of the two films' ratings around b, and N the k films of
    the user with the highest s_ij, of which only those above 0 count. Biases and similarities are scikit-surprise's
    (`KNNBaseline`, `pearson_baseline`); the sum is taken for all films of a user at once.

    Args:
        num_neighbours: int >= 1, k.
        shrinkage: float >= 0, draws similarities that rest on few common users towards 0.
        user_penalty, item_penalty: floats > 0, penalties of the biases.
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

    def __init__(self, num_neighbours=40, shrinkage=100.0, user_penalty=15.0, item_penalty=10.0):
        if isinstance(num_neighbours, bool) or not isinstance(num_neighbours, int) or num_neighbours < 1:
            raise ValueError(f"num_neighbours: expected a whole number of at least 1, found {num_neighbours!r}")
        if not shrinkage >= 0:
            raise ValueError(f"shrinkage: expected a number of at least 0, found {shrinkage!r}")
        for name, penalty in (("user_penalty", user_penalty), ("item_penalty", item_penalty)):
            if not penalty > 0:
                raise ValueError(f"{name}: expected a number above 0, found {penalty!r}")
        self.num_neighbours, self.shrinkage = num_neighbours, shrinkage
        self.user_penalty, self.item_penalty = user_penalty, item_penalty

    def fit(self, train):
        """Learns biases and similarities.

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
        # 0 / 0 where two films' common ratings lie exactly on their biases: nothing is known of the pair
        self.similarity = np.nan_to_num(self.algorithm.sim, copy=False)
        self.seen = train
        return self.fold_in(train)

    def fold_in(self, inputs):
        """What may be known of users it was not fitted on: their biases follow from it; the films stay as they are.

        Args:
            inputs: `Ratings` over the users and items of `train`.
        Returns:
            self: `predict` now follows from `inputs`.
        Raises:
            ValueError: if users or items are numbered otherwise.
        """
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        # The half of the alternating least squares that scikit-surprise ends with, so for `train` nothing changes.
        above = inputs.rating - self.mean - self.item_bias[inputs.item_index]
        total = np.bincount(inputs.user_index, above, inputs.num_users)
        self.user_bias = total / (self.user_penalty + inputs.ratings_per_user)
        self.beyond = above - self.user_bias[inputs.user_index]
        self.inputs = inputs
        return self

    def predict(self, user_index, item_index):
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

    def _correction(self, user, items):
        """What the neighbours of some films of one user add to the biases."""
        rated = slice(self.inputs.row_splits[user], self.inputs.row_splits[user + 1])
        similarity = self.similarity[np.ix_(items, self.inputs.item_index[rated])]
        if similarity.shape[1] > self.num_neighbours:
            far = np.argpartition(-similarity, self.num_neighbours - 1, axis=1)[:, self.num_neighbours :]
            np.put_along_axis(similarity, far, 0.0, axis=1)
        weight = np.maximum(similarity, 0.0)
        total = weight.sum(axis=1)
        return np.divide(weight @ self.beyond[rated], total, out=np.zeros(len(items)), where=total > 0)
