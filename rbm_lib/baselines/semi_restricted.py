"""A semi-restricted Boltzmann machine for lists: hidden units, and direct weights between films."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_array

from rbm_lib._checks import check_count, check_fraction, check_number, check_seed
from rbm_lib.data import check_same_vocabulary

from .ease import film_couplings, likes_and_dislikes
from .lists import best_unseen
from .replicated_softmax import film_logits, initial_parameters, train

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings


class SemiRestricted:
    """A machine over all films that predicts which ones a user will watch next and like.

    The product of two experts on the next like i of a user with the ratings x (1 for a like, `dislike` for a dislike, n
    in total):

        log p(i | x) = standardised(B'x)_i + weight * standardised(b + s W h)_i + constant
        h = sigmoid(c + s W'x / sqrt(1 + n))

    B holds direct weights (couplings) between films. They are those of a Boltzmann machine with only real-valued
    visible units, in which the mean of a film given all others is B'x. They are fitted by pseudo-likelihood, which is
    `Ease`, in closed form. W holds the weights between films and hidden units, a replicated softmax machine: each like
    is a sample from one softmax over all films. W is trained by holding out a part of a user's ratings, and predicting
    the likes among them from the rest. The two are trained separately, because B was fitted on the same users as W.
    Their scores are added after each is divided by its standard deviation over the films, user by user.

    `RBM.recommend` answers another question: which unrated films a user would rate highest. It does not use the fact
    that a film is unrated. Here an unrated film is a film that the user has not chosen.

    B needs memory for the square of the number of films. Of more than `most_coupled` rated films, only those with the
    most ratings get direct weights; the others use the hidden units alone.

    Args:
        num_hidden: int, hidden units.
        epochs: int, passes over the users.
        batch_size: int, users in a mini-batch.
        learning_rate: float, Adam's for the first step; it falls linearly to 0.
        weight_decay: float >= 0, L2 regularisation: weight of W's squares beside the loss of a user in nats.
        hidden_out: float between 0 and 1, the share of a user's ratings that is held out.
        penalty: float > 0, L2 regularisation of B, as in `Ease`.
        dislike: float, the value of a dislike; 0 leaves dislikes out.
        weight: float >= 0, of the hidden expert relative to the direct one; 0 is `Ease`.
        most_coupled: int, the most films with direct weights. The matrix of 10,000 films takes 0.8 GB, and fitting
            needs a few of them.
        seed: int, root of all random numbers.
        name: str, used in tables.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    References:
        Osindero and Hinton (2008), "Modeling image patches with a directed hierarchy of Markov random fields" (the
        semi-restricted machine); Salakhutdinov and Hinton (2009), "Replicated softmax"; Salakhutdinov, Mnih and
        Hinton (2007), "Restricted Boltzmann machines for collaborative filtering"; Steck (2019), "Embarrassingly
        shallow autoencoders for sparse data", Eq. 8; Liang, Krishnan, Hoffman and Jebara (2018), "Variational
        autoencoders for collaborative filtering", section 2 (the multinomial likelihood).
    Example:
        >>> from rbm_lib import load, new_users
        >>> from rbm_lib.baselines import SemiRestricted
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = new_users(load("planted", planted=small).ratings.binarize(3), 0.1, seed=1)
        >>> machine = SemiRestricted(num_hidden=2, epochs=1, seed=1).fit(split.train).fold_in(split.inputs)
        >>> machine.recommend([0, 1], n=3).shape
        (2, 3)
    """

    def __init__(
        self,
        num_hidden: int = 300,
        epochs: int = 30,
        batch_size: int = 100,
        learning_rate: float = 0.002,
        weight_decay: float = 0.0005,
        hidden_out: float = 0.5,
        penalty: float = 500.0,
        dislike: float = 0.5,
        weight: float = 0.7,
        most_coupled: int = 10_000,
        *,
        seed: int,
        name: str = "RBM with film couplings",
    ) -> None:
        self.num_hidden, self.epochs = check_count(num_hidden, "num_hidden"), check_count(epochs, "epochs")
        self.batch_size, self.seed, self.name = check_count(batch_size, "batch_size"), check_seed(seed), name
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.weight_decay = check_number(weight_decay, "weight_decay", least=0)
        self.hidden_out = check_fraction(hidden_out, "hidden_out")
        self.penalty, self.dislike = check_number(penalty, "penalty", above=0), check_number(dislike, "dislike")
        self.weight = check_number(weight, "weight", least=0)
        self.most_coupled = check_count(most_coupled, "most_coupled")

    def fit(self, train: Ratings) -> Self:
        """Solves for the direct weights between films, then trains those to hidden units.

        Args:
            train: `Ratings` of likes and dislikes.
        Returns:
            self: with `coupled`, int `(num_coupled,)`, the `item_index` of the films with direct weights; `couplings`,
                float32 `(num_coupled, num_coupled)`, these weights; and `parameters`, of the hidden expert.
        Raises:
            ValueError: if a rating is neither 0 nor 1.
        """
        matrix = likes_and_dislikes(train, self.dislike, "train")
        self.coupled = most_rated(train, self.most_coupled)
        self.couplings = film_couplings(matrix[:, self.coupled], self.penalty).astype(np.float32)
        self._train_hidden(told(matrix[np.flatnonzero(train.ratings_per_user)]))
        self.seen = self.inputs = train
        self.matrix = told(matrix)
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on; all weights stay.

        Args:
            inputs: `Ratings` of likes and dislikes, over the users and items of `train`.
        Returns:
            self: `recommend` now depends on `inputs` alone.
        Raises:
            ValueError: if a rating is neither 0 nor 1, or users or items are numbered differently.
        """
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        self.matrix, self.inputs = told(likes_and_dislikes(inputs, self.dislike, "inputs")), inputs
        return self

    def recommend(self, user_index: ArrayLike, n: int) -> NDArray[np.int32]:
        """The `n` unseen films most likely to be watched next and liked; see `rbm_lib.baselines.lists.best_unseen`."""
        return best_unseen(lambda users: self._scores(self.matrix[users]), self.inputs, user_index, n)

    def _train_hidden(self, rows: csr_array) -> None:
        rng = np.random.default_rng(self.seed)
        likes = csr_array((np.float32(rows.data == 1), rows.indices, rows.indptr), shape=rows.shape)
        self.parameters = train(
            rows,
            initial_parameters(likes, self.num_hidden, rng),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            hidden_out=self.hidden_out,
            rng=rng,
        )

    def _scores(self, rows: csr_array) -> NDArray[np.float32]:
        """log p(next like | rows), up to a constant of each row: float32 `(num_rows, num_items)`."""
        direct = np.zeros(rows.shape, np.float32)
        direct[:, self.coupled] = rows[:, self.coupled] @ self.couplings
        both: NDArray[np.float32] = standardised(direct)
        if self.weight:
            both += np.float32(self.weight) * standardised(film_logits(rows, self.parameters))
        return both


def told(matrix: csr_array) -> csr_array:
    """The inputs of a machine, float32: the entries that are not 0."""
    rows: Any = matrix.astype(np.float32)
    rows.eliminate_zeros()
    return csr_array(rows)


def most_rated(ratings: Ratings, most: int) -> NDArray[np.intp]:
    """The `item_index` of the rated films, at most the `most` with the most ratings, ascending: int `(num_films,)`."""
    by_count = np.argsort(-ratings.ratings_per_item, kind="stable")
    rated = np.count_nonzero(ratings.ratings_per_item)
    return np.sort(by_count[: min(most, rated)])


def standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row minus its mean, divided by its standard deviation; a row of equal scores becomes zeros."""
    scores = scores - scores.mean(axis=1, keepdims=True)
    spread = scores.std(axis=1, keepdims=True)
    spread[spread == 0] = 1
    return scores / spread
