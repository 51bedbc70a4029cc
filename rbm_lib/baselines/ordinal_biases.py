"""Biases of users and films over the whole scale of ratings: a machine with user biases but without weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import softmax

from rbm_lib._checks import check_count
from rbm_lib._states import LIKES
from rbm_lib.models import Bernoulli, PolynomialSoftmax, fit_biases, summarize_shares
from rbm_lib.sparse import infer_user_biases

from .base_rates import check_same_users

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split


class OrdinalBiases:
    """P(star) from a bias of the film and a bias of the user, with variances estimated from the data.

    logit of star s = beta_s + t(s) . (alpha_film + a_user); see `rbm_lib.models.biases`. A user's bias is inferred from
    the user's known ratings, so users it was not fitted on have one too.

    Args:
        degree: int, 1 or 2, of the polynomials t of the star: how high, and how widely, a user or a film is rated.
        values: ascending floats, the possible ratings; by default those that `fit` finds.
    Raises:
        ValueError: if `degree` is out of range.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import OrdinalBiases
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 4, 2, 1, 4, 3])
        >>> biases = OrdinalBiases().fit(ratings)
        >>> bool(biases.predict([0], [1])[0] > biases.predict([1], [1])[0])  # the first user rates higher
        True
    """

    name = "ordinal biases"

    def __init__(self, degree: int = 1, values: ArrayLike | None = None) -> None:
        self.degree = check_count(degree, "degree", most=2)
        self.given = values

    def fit(self, train: Ratings) -> Self:
        """Fits the biases by expectation maximisation; ValueError for ratings of fewer than two values."""
        self.seen = self.inputs = train
        values = np.unique(train.rating) if self.given is None else np.asarray(self.given)
        self.values: NDArray[np.float64] = values.astype(np.float64)
        likes = tuple(self.values.tolist()) == LIKES
        units = Bernoulli() if likes else PolynomialSoftmax(self.values)
        self.biases = fit_biases(train, units, min(self.degree, len(self.values) - 1))
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on, `Ratings` over the users and items of `train`."""
        check_same_users(inputs, self.seen.num_users, self.name)
        self.inputs = inputs
        return self

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """Expected stars of each pair, float64 `(num_asked,)`."""
        expected: NDArray[np.float64] = self._shares(self.inputs, user_index, item_index) @ self.values
        return expected

    def predict_ratings(self, split: Split, *, output: str = "expected", threshold: float = 3) -> NDArray[np.float32]:
        """The prediction of each target of a split from its inputs, in the form of `RBM.predict_ratings`."""
        shares = self._shares(split.inputs, split.targets.user_index, split.targets.item_index)
        return summarize_shares(shares, self.values, output, threshold).astype(np.float32)

    def _shares(self, inputs: Ratings, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        logits = self.biases.film_logits()
        rows = inputs.row_splits, inputs.item_index, inputs.rating
        prior = softmax(logits, axis=1), self.biases.tilts, 1 / self.biases.user_variance
        bias = infer_user_biases(*rows, *prior, values=self.values)[0].astype(np.float64)
        tilt = bias[np.asarray(user_index)] @ self.biases.tilts.T
        tilted: NDArray[np.float64] = logits[np.asarray(item_index)] + tilt
        shares: NDArray[np.float64] = softmax(tilted, axis=1)
        return shares
