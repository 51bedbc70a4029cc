"""An RBM for lists of films: every film counts as observed, liked or not, for whatever reason."""

import keras
import numpy as np

from rbm_lib.data import Ratings, check_same_vocabulary
from rbm_lib.models import RBM

from .lists import best_unseen


class LikedOrNot:
    """A Bernoulli RBM that is told of every film whether the user is known to like it.

    The masked RBM answers how a film would be liked once it is seen, and says nothing of who would see it. Here a film
    that was not rated is a zero like any other, so what is learned is what people like *and* choose, which is what
    lists of recommendations are scored by. This is the one place where the absence of a rating is a value on purpose.

    Args:
        num_hidden: int, hidden units.
        epochs, batch_size, learning_rate, weight_decay: of the training with Adam, whose rate falls to nothing.
        seed: int, root of every draw.
        name: as tables show it.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import LikedOrNot
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings.binarize(3), 2, seed=1)
        >>> LikedOrNot(num_hidden=2, epochs=1, seed=1).fit(split.inputs).recommend([0, 1], n=3).shape
        (2, 3)
    """

    def __init__(self, num_hidden=200, epochs=30, batch_size=256, learning_rate=0.003, weight_decay=0.001, *, seed,
                 name="RBM, liked or not"):  # fmt: skip
        self.num_hidden, self.epochs, self.batch_size = num_hidden, epochs, batch_size
        self.learning_rate, self.weight_decay, self.seed, self.name = learning_rate, weight_decay, seed, name

    def fit(self, train):
        """Trains on `train`, a `Ratings` of likes and dislikes, by contrastive divergence; returns itself."""
        cases = every_film(train, np.flatnonzero(train.ratings_per_user))
        # Matrix products suit a table without gaps.
        self.model = RBM(train.num_items, self.num_hidden, weight_decay=self.weight_decay, engine="dense",
                         seed=self.seed)  # fmt: skip
        self.model.initialize_from_base_rates(cases)
        steps = -(-cases.num_users // self.batch_size) * self.epochs
        rate = keras.optimizers.schedules.PolynomialDecay(self.learning_rate, steps, end_learning_rate=0.0)
        self.model.compile(keras.optimizers.Adam(rate))
        self.model.fit(cases, batch_size=self.batch_size, epochs=self.epochs, verbose=0)
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs):
        """What may be known of users it did not learn from; returns itself."""
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        self.inputs = inputs
        return self

    def recommend(self, user_index, n):
        """The `n` unseen films most likely to be among those the user likes; see `lists.best_unseen`."""

        def score(users):
            return self.model.predict(every_film(self.inputs, users), verbose=0)

        return best_unseen(score, self.inputs, user_index, n)


def every_film(ratings, user_index):
    """A table without gaps of some users: 1 where they like a film, 0 elsewhere.

    Args:
        ratings: `Ratings` of likes and dislikes.
        user_index: int `(num_users,)`, the users.
    Returns:
        table: `Ratings` of those users, in that order, for every film.
    """
    liked = np.zeros((ratings.num_users, ratings.num_items), np.float32)
    liked[ratings.user_index, ratings.item_index] = ratings.rating
    liked = liked[user_index]
    num_users, num_items = liked.shape
    return Ratings(
        row_splits=np.arange(num_users + 1, dtype=np.int64) * num_items,
        item_index=np.tile(np.arange(num_items, dtype=np.int32), num_users),
        rating=liked.ravel(),
        user_id=np.asarray(ratings.user_id)[user_index],
        item_id=ratings.item_id,
    )
