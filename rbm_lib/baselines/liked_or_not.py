"""An RBM for lists of films in which an unrated film counts as 0: every film is either known to be liked, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import keras
import numpy as np

from rbm_lib._checks import check_count, check_number, check_seed
from rbm_lib.data import Ratings, check_same_vocabulary
from rbm_lib.models import RBM

from .lists import best_unseen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class LikedOrNot:
    """A Bernoulli RBM whose visible units are all films: 1 for a film the user is known to like, 0 for every other.

    The masked RBM models how a film is liked by the users who rate it, not who rates it. Here an unrated film is 0,
    like a dislike. So the model learns what users like *and* choose, which is how lists of recommendations are scored.
    Only models for lists, this one and `SemiRestricted`, use the fact that a film is unrated.

    Args:
        num_hidden: int, hidden units.
        epochs: int, passes over the users.
        batch_size: int, users in a mini-batch.
        learning_rate: float, Adam's for the first step; it falls linearly to 0.
        weight_decay: float >= 0, L2 regularisation as in `RBM`.
        seed: int, root of all random numbers.
        name: str, used in tables.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import LikedOrNot
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings.binarize(3), 2, seed=1)
        >>> LikedOrNot(num_hidden=2, epochs=1, seed=1).fit(split.inputs).recommend([0, 1], n=3).shape
        (2, 3)
    """

    def __init__(
        self,
        num_hidden: int = 200,
        epochs: int = 30,
        batch_size: int = 256,
        learning_rate: float = 0.003,
        weight_decay: float = 0.001,
        *,
        seed: int,
        name: str = "RBM, liked or not",
    ) -> None:
        self.num_hidden, self.epochs = check_count(num_hidden, "num_hidden"), check_count(epochs, "epochs")
        self.batch_size, self.seed, self.name = check_count(batch_size, "batch_size"), check_seed(seed), name
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.weight_decay = check_number(weight_decay, "weight_decay", least=0)

    def fit(self, train: Ratings) -> Self:
        """Trains on `train`, a `Ratings` of likes and dislikes, by contrastive divergence; returns itself."""
        cases = every_film(train, np.flatnonzero(train.ratings_per_user))
        # Every cell is observed, so products of dense matrices are the fastest.
        self.model = RBM(train.num_items, self.num_hidden, weight_decay=self.weight_decay, engine="dense",
                         seed=self.seed)  # fmt: skip
        self.model.initialize_from_base_rates(cases)
        steps = -(-cases.num_users // self.batch_size) * self.epochs
        rate = keras.optimizers.schedules.PolynomialDecay(self.learning_rate, steps, end_learning_rate=0.0)
        self.model.compile(keras.optimizers.Adam(rate))
        self.model.fit(cases, batch_size=self.batch_size, epochs=self.epochs, verbose=0)
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on, `Ratings` of likes and dislikes; returns itself."""
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        self.inputs = inputs
        return self

    def recommend(self, user_index: ArrayLike, n: int) -> NDArray[np.int32]:
        """The `n` unseen films most likely to be among those the user likes; see `lists.best_unseen`."""

        def score(users: NDArray[np.int64]) -> NDArray[np.float32]:
            likes: NDArray[np.float32] = self.model.predict(every_film(self.inputs, users), verbose=0)
            return likes

        return best_unseen(score, self.inputs, user_index, n)


def every_film(ratings: Ratings, user_index: NDArray[np.integer]) -> Ratings:
    """A rating of every film by some users: 1 where they like it, 0 elsewhere.

    Args:
        ratings: `Ratings` of likes and dislikes.
        user_index: int `(num_users,)`, the users.
    Returns:
        complete: `Ratings` of those users, in that order, for every film.
    """
    liked = np.zeros((ratings.num_users, ratings.num_items), np.float32)
    liked[ratings.user_index, ratings.item_index] = ratings.rating
    liked = liked[user_index]
    num_users, num_items = liked.shape
    return Ratings.from_counts(
        np.full(num_users, num_items),
        item_index=np.tile(np.arange(num_items, dtype=np.int32), num_users),
        rating=liked.ravel(),
        user_id=np.asarray(ratings.user_id)[user_index],
        item_id=ratings.item_id,
    )
