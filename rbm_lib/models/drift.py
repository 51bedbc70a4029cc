"""The drift of each user's ratings with time: ratings given at about the same moment have something in common.

A user who rates ten films in five minutes is in one mood, sees one page of a site, and compares each film with the one
before. So a term is added to the machine's logits, a bias of the user that changes with time t:

    logit of value s += g(s) d_u(t),    d_u a Gaussian process: covariance  variance * exp(-|t - t'| / timescale)

g is the polynomial of first degree of the values (`gram_polynomials`). This covariance is that of the
This covariance is that of the Ornstein-Uhlenbeck process, which is Markov: the inverse covariance matrix over a user's
moments is tridiagonal. So the posterior modes of all users are found in a time proportional to the number of ratings.

References:
    Koren (2009), "Collaborative filtering with temporal dynamics", section 3.1: biases of users that drift, with a part
        that is particular to the day. Rasmussen and Williams (2006), "Gaussian processes for machine learning",
        sections 3.4 (Newton's method for the mode) and B.2 (Ornstein-Uhlenbeck).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from scipy.linalg import solveh_banded
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from rbm_lib._checks import check_seed

from .outputs import log_shares
from .units.gram import gram_polynomials

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings

NEWTON_STEPS = 3  # from 0; more steps change the log loss in its sixth digit
LONGEST_STEP = 1.0  # limit on each d in one step
CLOSEST = 1e-4  # least variance between two moments, as a share of the process': they never coincide
ENOUGH = 300_000  # known ratings used to choose the settings
TIMESCALES = (60.0, 600.0, 10_000.0, 86_400.0, 2_600_000.0)  # s, first candidates: a minute to a month
VARIANCES = (0.1, 0.4)  # in nats squared, first candidates


class UserDrift:
    """The time-dependent bias of each user, inferred from the known ratings and a machine's predictions of them.

    Args:
        values: ascending floats, the possible ratings.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.models import UserDrift, cross_fitted
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> recipe = Recipe(num_hidden=2, epochs=1)
        >>> known = cross_fitted(recipe, split.inputs, num_folds=2)
        >>> shares = recipe.train(split.inputs)[0].predict_ratings(split, output="distribution")
        >>> drift = UserDrift([1, 2, 3, 4, 5]).fit(split.inputs, known, split.targets, shares)
        >>> drift.adjust(shares, split.targets).shape
        (200, 5)
    """

    variance: float  # of the process, in nats squared; 0 where no drift was found
    timescale: float  # s, after which the correlation has fallen to 1 / e

    def __init__(self, values: ArrayLike) -> None:
        self.values: NDArray[np.float64] = np.asarray(values, np.float64)
        self.score: NDArray[np.float64] = gram_polynomials(self.values, 1)[:, 0].astype(np.float64)

    def fit(
        self, known: Ratings, shares: ArrayLike, targets: Ratings, target_shares: ArrayLike, *, seed: int = 1
    ) -> Self:
        """Chooses the variance and timescale that make held-out ratings most probable, and stores the known ratings.

        Args:
            known: `Ratings` with `timestamp`.
            shares: float `(num_ratings, num_values)`, P(value) of each known rating from a machine that was not trained
                on it; see `cross_fitted`.
            targets: `Ratings` with `timestamp`, of a validation part, over the same users.
            target_shares: float `(num_targets, num_values)`, predictions of the targets by the machine to be adjusted.
            seed: int, of the sample of users that is used where there are very many ratings.
        Returns:
            drift: itself.
        Raises:
            ValueError: without timestamps; for shares of another shape; for a rating that is not among `values`.
        """
        self.fold_in(known, shares)
        logs, state = self._checked(targets, target_shares, "targets")
        order = np.random.default_rng(check_seed(seed)).permutation(known.num_users)
        enough = order[: np.searchsorted(known.ratings_per_user[order].cumsum(), ENOUGH) + 1]
        nodes = self._nodes(targets, logs, state)
        self.variance, self.timescale = self._choose(nodes.take(np.isin(nodes.users, enough)))
        return self

    def fold_in(self, known: Ratings, shares: ArrayLike) -> Self:
        """Replaces the known ratings and their out-of-fold predictions; variance and timescale stay."""
        self.logs, self.state = self._checked(known, shares, "known")
        self.known = known
        return self

    def at(self, targets: Ratings) -> NDArray[np.float64]:
        """d of each target, from the known ratings of its user: float64 `(num_targets,)`, in nats.

        Args:
            targets: `Ratings` with `timestamp`, over the users of `known`; their values are not read.
        Returns:
            drift: the mode of its posterior; 0 for a user without known ratings.
        Raises:
            ValueError: before `fit`, and without timestamps.
        """
        if not hasattr(self, "variance"):
            raise ValueError("drift: expected one that was fitted, found one that was not; call `fit` first")
        if targets.num_users != self.known.num_users:
            raise ValueError(f"targets: expected {self.known.num_users} users, found {targets.num_users}")
        unheard = np.zeros((targets.num_ratings, len(self.values))), np.zeros(targets.num_ratings, int)
        return self._mode(self._nodes(targets, *unheard), self.variance, self.timescale)[self.known.num_ratings :]

    def adjust(self, shares: ArrayLike, targets: Ratings) -> NDArray[np.float64]:
        """A machine's P(value) of each target with the drift added: float64 `(num_targets, num_values)`."""
        adjusted: NDArray[np.float64] = softmax(log_shares(shares) + self.at(targets)[:, None] * self.score, axis=1)
        return adjusted

    def _checked(
        self, ratings: Ratings, shares: ArrayLike, argument: str
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The logarithms of the shares, and the index of each rating among the values."""
        _times(ratings, argument)
        found, expected = np.asarray(shares, np.float64), (ratings.num_ratings, len(self.values))
        if found.shape != expected:
            raise ValueError(f"shares: expected shape {expected}, of {argument}, found {found.shape}")
        state = np.minimum(np.searchsorted(self.values, ratings.rating), len(self.values) - 1)
        wrong = np.flatnonzero(self.values[state] != ratings.rating)
        if len(wrong):
            value = f"{ratings.rating[wrong[0]]:g}"
            raise ValueError(f"{argument}: expected ratings among {self.values.tolist()}, found {value}")
        return log_shares(found), state

    def _nodes(self, targets: Ratings, logs: NDArray[np.float64], state: NDArray[np.integer]) -> _Nodes:
        """The known ratings, then the targets, which are marked as unknown: their `logs` and `state` have no effect."""
        count = self.known.num_ratings
        return _Nodes(
            np.concatenate([self.known.user_index, targets.user_index]),
            np.concatenate([_times(self.known, "known"), _times(targets, "targets")]),
            np.concatenate([self.logs, logs]),
            np.concatenate([self.state, state]),
            np.arange(count + targets.num_ratings) < count,
        )

    def _choose(self, nodes: _Nodes) -> tuple[float, float]:
        """The variance and timescale with the least log loss of the unknown ratings; variance 0 if none lowers it."""
        asked = ~nodes.heard
        logs, state = nodes.logs[asked], nodes.state[asked]
        place = np.arange(len(state))

        def loss(settings: Any) -> float:
            drift = self._mode(nodes, *np.exp(settings))[asked]
            found = log_softmax(logs + drift[:, None] * self.score, axis=1)
            return -float(found[place, state].mean())

        if not len(place):
            return 0.0, TIMESCALES[0]
        grid = [(np.log(variance), np.log(scale)) for scale in TIMESCALES for variance in VARIANCES]
        start = min(grid, key=loss)
        best = minimize(loss, start, method="Nelder-Mead", options={"maxfev": 30, "xatol": 0.05, "fatol": 1e-6})
        variance, timescale = np.exp(best.x)
        nothing = -float(log_softmax(logs, axis=1)[place, state].mean())
        return (float(variance), float(timescale)) if best.fun < nothing else (0.0, float(timescale))

    def _mode(self, nodes: _Nodes, variance: float, timescale: float) -> NDArray[np.float64]:
        """The mode of d at every moment, `(n,)`, given the known ratings; by Newton's method."""
        found = np.zeros(len(nodes.users))
        if not variance or not len(found):
            return found
        order = np.lexsort((nodes.times, nodes.users))
        nodes = nodes.take(order)
        bands, drift = precision_bands(nodes.users, nodes.times, variance, timescale), found.copy()
        for _ in range(NEWTON_STEPS):
            expected = softmax(nodes.logs + drift[:, None] * self.score, axis=1)
            mean = expected @ self.score
            curvature = np.where(nodes.heard, expected @ self.score**2 - mean**2, 0.0)
            slope = np.where(nodes.heard, self.score[nodes.state] - mean, 0.0)
            system = bands.copy()
            system[1] += curvature
            solved = solveh_banded(system, slope + curvature * drift, overwrite_ab=True, check_finite=False)
            drift += np.clip(solved - drift, -LONGEST_STEP, LONGEST_STEP)
        found[order] = drift
        return found


class _Nodes(NamedTuple):
    """Known ratings and requested moments, `(n,)` each, in any order."""

    users: NDArray[np.integer]
    times: NDArray[np.float64]  # s
    logs: NDArray[np.float64]  # (n, num_values), the machine's log P(value)
    state: NDArray[np.integer]  # index of the rating among the values
    heard: NDArray[np.bool_]  # whether the rating is known

    def take(self, chosen: NDArray[Any]) -> _Nodes:
        """Some of the nodes, by a mask, or all in another order."""
        return _Nodes(self.users[chosen], self.times[chosen], self.logs[chosen], self.state[chosen], self.heard[chosen])


def precision_bands(
    users: NDArray[np.integer], times: NDArray[np.float64], variance: float, timescale: float
) -> NDArray[np.float64]:
    """The inverse covariance of the processes of all users, in the upper form of `scipy.linalg.solveh_banded`.

    Args:
        users, times: ascending `(n,)`, by user and then by time.
        variance, timescale: floats > 0.
    Returns:
        bands: float64 `(2, n)`: above the diagonal, and the diagonal.
    """
    bands = np.zeros((2, len(users)))
    same = users[1:] == users[:-1]
    gap = np.where(same, np.diff(times), np.inf)
    correlation = np.exp(-gap / timescale)
    innovation = variance * np.maximum(-np.expm1(-2 * gap / timescale), CLOSEST)
    bands[1] = 1 / np.concatenate([[variance], innovation])
    bands[1, :-1] += correlation**2 / innovation
    bands[0, 1:] = -correlation / innovation
    return bands


def _times(ratings: Ratings, argument: str) -> NDArray[np.float64]:
    if ratings.timestamp is None:
        raise ValueError(f"{argument}: expected ratings that say when they were given, found no timestamps")
    times: NDArray[np.float64] = ratings.timestamp.astype(np.float64)
    return times
