"""A logarithmic opinion pool: the weighted product of several predictors' distributions over the stars.

P(star s) ~ exp(g(s) . w_0) product over predictors { P_m(s) ^ w_m }

The product of two machines, one user-based and one item-based, is the prediction of a machine that combines both: given
the inputs, the energies add, and the requested rating adds its terms to each. A weight below 1 corrects for what both
machines have in common, above all their biases. So the biases alone are a useful member of the pool, with a weight that
may be negative.

The best predictor depends on how many ratings are known: an item-based machine describes a film with thousands of
ratings well, and no machine describes a user with few ratings well. So each weight is linear in the logarithms of the
counts of ratings that the user and the film have. The polynomials g of the star, of first and second degree, with
weights of the same kind, correct what all predictors have in common: too high or too low, overconfident or
underconfident.

References:
    Genest and Zidek (1986), "Combining probability distributions", section 3.
    Hinton (2002), "Training products of experts by minimizing contrastive divergence", section 1.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from rbm_lib.splits import Split

from .combined import PredictsRatings
from .counts import relative_log_counts
from .outputs import check_threshold, log_shares, summarize_shares
from .units.gram import gram_polynomials

# Of the normal priors of the weights, about equal ones, and of their sum, about 1; they matter where there are few
# ratings to fit. Without the second, many machines with similar predictions could together be far overconfident or
# underconfident.
PRECISION = 30.0
DEGREE = 2  # of the polynomials of the star


class LogPool:
    """Stars from the product of several predictors' distributions, each raised to a fitted weight.

    `weights`, made by `fit`, is float64 `(num_machines + degree, 3)`: a row for each machine, then a row for each
    polynomial of the star. The columns are the weight at mean counts, and its slopes in the logarithms of the user's
    and of the film's count of ratings.

    Args:
        values: ascending floats, the possible ratings.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.models import LogPool
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> stars = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> tuning = stars.validation(0.1, seed=1)
        >>> recipes = [Recipe(based=based, num_hidden=2, epochs=1) for based in ("user", "item")]
        >>> pool = LogPool([1, 2, 3, 4, 5]).fit([recipe.train(tuning.inputs)[0] for recipe in recipes], tuning)
        >>> pool.weights.shape  # two machines and two polynomials; a constant and two counts
        (4, 3)
        >>> machines = [recipe.train(stars.inputs)[0] for recipe in recipes]
        >>> pool.predict_ratings(machines, stars, output="distribution").shape
        (200, 5)
    """

    weights: NDArray[np.float64]

    def __init__(self, values: ArrayLike) -> None:
        self.values: NDArray[np.float64] = np.asarray(values, np.float64)
        self.polynomials = gram_polynomials(self.values, min(DEGREE, len(self.values) - 1)).astype(np.float64)

    def fit(self, machines: Sequence[PredictsRatings], split: Split) -> "LogPool":
        """Fits the weights: the mode of their posterior.

        Args:
            machines: list with `predict_ratings(split, output="distribution")`, trained on `split.inputs`.
            split: `Split` of stars, of a validation part: the machines were not trained on its targets.
        Returns:
            pool: itself.
        Raises:
            ValueError: without a machine, or without a target.
        """
        logs, known = self._log_shares(machines, split), self._known(split)
        if not split.targets.num_ratings:
            raise ValueError("split: expected at least one target, found none")
        given = np.searchsorted(self.values, split.targets.rating)
        place, count = np.arange(len(given)), len(given)
        start = np.zeros((len(logs), known.shape[1]))
        start[: len(machines), 0] = 1 / len(machines)

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            weights = flat.reshape(start.shape)
            pooled = log_softmax(_weighted(weights, known, logs), axis=1)
            slope = np.exp(pooled)
            slope[place, given] -= 1
            gradient = np.stack([np.einsum("ns,ns->n", log, slope) @ known for log in logs]) / count
            away = weights - start
            summed = away[: len(machines)].sum(axis=0)
            penalty = 0.5 * PRECISION / count * float((away**2).sum() + (summed**2).sum())
            away[: len(machines)] += summed
            return -float(pooled[place, given].mean()) + penalty, (gradient + PRECISION / count * away).ravel()

        found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 500})
        self.weights = found.x.reshape(start.shape)
        return self

    def predict_ratings(
        self, machines: Sequence[PredictsRatings], split: Split, *, output: str = "expected", threshold: float = 3
    ) -> NDArray[np.float32]:
        """The pool's prediction from machines like those it was fitted on, in the same order.

        Args:
            machines: list as in `fit`, trained on `split.inputs`.
            split: `Split` of stars.
            output: "expected", "like" or "distribution", as `RBM.predict_ratings` takes them.
            threshold: fewest stars of a like, for `output="like"`.
        Returns:
            rating: float32 `(num_targets,)`; for "distribution" `(num_targets, num_values)`.
        Raises:
            ValueError: for another number of machines than in `fit`, or another output.
        """
        if not hasattr(self, "weights"):
            raise ValueError("pool: expected one that was fitted, found one that was not; call `fit` first")
        fitted = len(self.weights) - self.polynomials.shape[1]
        if len(machines) != fitted:
            raise ValueError(f"machines: expected {fitted}, as in fit, found {len(machines)}")
        if output not in ("expected", "like", "distribution"):
            raise ValueError(f"output: expected one of expected, like, distribution, found {output!r}")
        if output == "like":
            check_threshold(self.values, threshold)
        logits = _weighted(self.weights, self._known(split), self._log_shares(machines, split))
        shares: NDArray[Any] = softmax(logits, axis=1)
        return summarize_shares(shares, self.values, output, threshold).astype(np.float32)

    def _log_shares(self, machines: Sequence[PredictsRatings], split: Split) -> NDArray[np.float64]:
        """log P(value) of each machine and target, in nats, then the polynomials: `(n, num_targets, num_values)`."""
        if not len(machines):
            raise ValueError("machines: expected at least one, found none")
        found = [np.asarray(machine.predict_ratings(split, output="distribution"), np.float64) for machine in machines]
        if any(shares.shape != (split.targets.num_ratings, len(self.values)) for shares in found):
            shapes = ", ".join(str(shares.shape) for shares in found)
            expected = (split.targets.num_ratings, len(self.values))
            raise ValueError(f"machines: expected distributions of shape {expected}, found {shapes}")
        same = np.repeat(self.polynomials.T[:, None], split.targets.num_ratings, axis=1)
        return np.concatenate([log_shares(found), same])

    @staticmethod
    def _known(split: Split) -> NDArray[np.float64]:
        """The features of the weights: 1 and both log counts, float64 `(num_targets, 3)`."""
        return np.column_stack([np.ones(split.targets.num_ratings), relative_log_counts(split)])


def _weighted(
    weights: NDArray[np.float64], known: NDArray[np.float64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weighted sum of logarithms of each target: float64 `(num_targets, num_values)`."""
    summed: NDArray[np.float64] = np.einsum("mn,mns->ns", weights @ known.T, logs)
    return summed
