"""A logarithmic opinion pool: the weighted product of several predictors' distributions over the stars.

P(star s) ~ product over predictors { P_m(s) ^ w_m }

The product of two machines, one of users and one of films, is what a machine of both would say: given the inputs, the
rating that is asked about adds its own terms to each, and the energies add. A weight below 1 takes back what both say
twice, their biases above all; so the biases alone are a member worth having, with a weight that may be negative.

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
from .outputs import check_threshold, summarize_shares

LEAST = 1e-9  # shares are kept above it: their logarithms stay finite
RIDGE = 1e-4  # pull of the weights towards equal ones, in nats a rating; it decides between predictors that are alike


class LogPool:
    """Stars from the product of several predictors' distributions, each to the power of a fitted weight.

    Args:
        values: ascending floats, what a rating can be.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.models import LogPool
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> stars = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> tuning = stars.validation(0.1, seed=1)
        >>> recipes = [Recipe(based=based, num_hidden=2, epochs=1) for based in ("user", "item")]
        >>> pool = LogPool([1, 2, 3, 4, 5]).fit([recipe.train(tuning.inputs)[0] for recipe in recipes], tuning)
        >>> pool.weights.shape
        (2,)
        >>> machines = [recipe.train(stars.inputs)[0] for recipe in recipes]
        >>> pool.predict_ratings(machines, stars, output="distribution").shape
        (200, 5)
    """

    weights: NDArray[np.float64]  # one a predictor, made by `fit`

    def __init__(self, values: ArrayLike) -> None:
        self.values: NDArray[np.float64] = np.asarray(values, np.float64)

    def fit(self, machines: Sequence[PredictsRatings], split: Split) -> "LogPool":
        """Fits the weights by maximum likelihood.

        Args:
            machines: list with `predict_ratings(split, output="distribution")`, trained on `split.inputs`.
            split: `Split` of stars, of a validation part: the machines were not trained on its targets.
        Returns:
            pool: itself.
        Raises:
            ValueError: without a machine, or without a target.
        """
        logs = self._log_shares(machines, split)
        if not split.targets.num_ratings:
            raise ValueError("split: expected at least one target, found none")
        given = np.searchsorted(self.values, split.targets.rating)
        place, equal = np.arange(len(given)), np.full(len(logs), 1 / len(logs))

        def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            pooled = log_softmax(np.tensordot(weights, logs, 1), axis=1)
            slope = np.exp(pooled)
            slope[place, given] -= 1
            gradient = (logs * slope).sum(axis=(1, 2)) / len(given) + RIDGE * (weights - equal)
            return -pooled[place, given].mean() + 0.5 * RIDGE * ((weights - equal) ** 2).sum(), gradient

        self.weights = minimize(loss, equal, jac=True, method="L-BFGS-B").x
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
            ValueError: for another number of machines than it was fitted on, or another output.
        """
        if not hasattr(self, "weights"):
            raise ValueError("pool: expected one that was fitted, found one that was not; call `fit` first")
        if len(machines) != len(self.weights):
            raise ValueError(f"machines: expected {len(self.weights)}, as in fit, found {len(machines)}")
        if output not in ("expected", "like", "distribution"):
            raise ValueError(f"output: expected one of expected, like, distribution, found {output!r}")
        if output == "like":
            check_threshold(self.values, threshold)
        shares: NDArray[Any] = softmax(np.tensordot(self.weights, self._log_shares(machines, split), 1), axis=1)
        return summarize_shares(shares, self.values, output, threshold).astype(np.float32)

    def _log_shares(self, machines: Sequence[PredictsRatings], split: Split) -> NDArray[np.float64]:
        """log P(value) of each machine and target: float64 `(num_machines, num_targets, num_values)`, in nats."""
        if not len(machines):
            raise ValueError("machines: expected at least one, found none")
        found = [np.asarray(machine.predict_ratings(split, output="distribution"), np.float64) for machine in machines]
        if any(shares.shape != (split.targets.num_ratings, len(self.values)) for shares in found):
            shapes = ", ".join(str(shares.shape) for shares in found)
            expected = (split.targets.num_ratings, len(self.values))
            raise ValueError(f"machines: expected distributions of shape {expected}, found {shapes}")
        return np.log(np.maximum(found, LEAST))
