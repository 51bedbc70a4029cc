"""EASE: a linear model from the films a user likes to other films the user may like, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.linalg import inv
from scipy.sparse import csr_array

from rbm_lib._checks import check_number
from rbm_lib.data import check_same_vocabulary
from rbm_lib.models import Bernoulli

from .lists import best_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings


class Ease:
    """Embarrassingly shallow autoencoder: each film's column is a ridge regression on all other films.

    With X `(num_users, num_items)`, 1 for a like and `dislike` for a dislike, B minimises
    |X - X B|^2 + penalty |B|^2 among the matrices whose diagonal is zero: B = I - P / diag(P), column by column, where
    P = (X'X + penalty I)^-1. The scores X B are no probabilities, so it has `recommend` but not `predict`.

    Args:
        penalty: float > 0, L2 regularisation of the weights B between films (couplings).
        dislike: float, the value of a dislike: 0 leaves dislikes out, as the paper does with low ratings.
    Raises:
        ValueError: if an argument is out of range.
    References:
        Steck (2019), "Embarrassingly shallow autoencoders for sparse data", Eqs. 4 and 8.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import Ease
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> Ease(penalty=100.0).fit(split.inputs).recommend([0, 1], n=3).shape
        (2, 3)
    """

    name = "EASE"

    def __init__(self, penalty: float = 500.0, dislike: float = 0.0) -> None:
        self.penalty, self.dislike = check_number(penalty, "penalty", above=0), check_number(dislike, "dislike")

    def fit(self, train: Ratings) -> Self:
        """Solves for the weights (couplings) between films.

        Args:
            train: `Ratings` of likes and dislikes.
        Returns:
            self: with `couplings`, float64 `(num_items, num_items)`, from the liked film to the scored one.
        Raises:
            ValueError: if a rating is neither 0 nor 1.
        """
        self.matrix = likes_and_dislikes(train, self.dislike, "train")
        self.couplings = film_couplings(self.matrix, self.penalty)
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on; the couplings stay.

        Args:
            inputs: `Ratings` of likes and dislikes, over the users and items of `train`.
        Returns:
            self: `recommend` now depends on `inputs` alone.
        Raises:
            ValueError: if a rating is neither 0 nor 1, or users or items are numbered differently.
        """
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        self.matrix, self.inputs = likes_and_dislikes(inputs, self.dislike, "inputs"), inputs
        return self

    def recommend(self, user_index: NDArray[np.integer], n: int) -> NDArray[np.int32]:
        """The `n` unseen films with the highest scores; see `rbm_lib.baselines.lists.best_unseen`."""
        return best_unseen(lambda users: self.matrix[users] @ self.couplings, self.inputs, user_index, n)


def likes_and_dislikes(ratings: Ratings, dislike: float, argument: str) -> csr_array:
    """A row for each user: 1 for a like, `dislike` for a dislike, and 0 where there is no rating.

    Args:
        ratings: `Ratings` of likes and dislikes.
        dislike: float, the value of a dislike.
        argument: name of the ratings, for the error.
    Returns:
        matrix: float64 csr `(num_users, num_items)`.
    Raises:
        ValueError: if a rating is neither 0 nor 1.
    """
    Bernoulli().check(ratings.rating, argument)
    value = np.where(ratings.rating == 1, 1.0, dislike)
    shape = ratings.num_users, ratings.num_items
    return csr_array((value, ratings.item_index, ratings.row_splits), shape=shape)


def film_couplings(matrix: csr_array, penalty: float) -> NDArray[np.float64]:
    """The couplings of `Ease`, from the liked film to the scored one.

    Args:
        matrix: float64 csr `(num_users, num_items)`, from `likes_and_dislikes`.
        penalty: float > 0, L2 regularisation of the couplings.
    Returns:
        couplings: float64 `(num_items, num_items)`, zero on the diagonal.
    """
    gram = (matrix.T @ matrix).toarray()
    gram[np.diag_indices_from(gram)] += penalty
    inverse = inv(gram, overwrite_a=True, check_finite=False, assume_a="pos")
    couplings: NDArray[np.float64] = inverse / -np.diag(inverse)
    np.fill_diagonal(couplings, 0.0)
    return couplings
