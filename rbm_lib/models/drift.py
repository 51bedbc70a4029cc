"""The drift of each user's ratings with time: ratings given at about the same moment have something in common.

Whoever rates ten films in five minutes is in one mood, sees one page of a site, compares each film with the one
before. So a term is added to what a machine says, a bias of the user that moves with time t:

    logit of value s += g(s) d_u(t),    d_u a Gaussian process: covariance  variance * exp(-|t - t'| / timescale)

g is the polynomial of first degree of the values (`gram_polynomials`). This covariance is that of the
Ornstein-Uhlenbeck process, which is Markov: the inverse of its matrix over a user's moments has three diagonals, so
that the mode of all users' posteriors together takes a time proportional to the number of ratings.

References:
    Koren (2009), "Collaborative filtering with temporal dynamics", section 3.1: biases of users that drift, with a part
        that is particular to the day. Rasmussen and Williams (2006), "Gaussian processes for machine learning",
        sections 3.4 (Newton's method for the mode) and B.2 (Ornstein-Uhlenbeck).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.linalg import solveh_banded
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from rbm_lib._checks import check_seed

from .units.gram import gram_polynomials

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings

NEWTON_STEPS = 3  # from 0; more move the log loss in its sixth digit
LONGEST_STEP = 1.0  # of each d in one of them
CLOSEST = 1e-4  # least variance between two moments, of the process' own: those of the same second do not coincide
HIDDEN = 0.1  # share of the ratings that the settings are chosen on
ENOUGH = 300_000  # ratings to choose the settings on
TIMESCALES = (60.0, 600.0, 10_000.0, 86_400.0, 2_600_000.0)  # s, to begin with: a minute to a month
VARIANCES = (0.1, 0.4)  # in nats squared, to begin with
LEAST = 1e-9  # shares are kept above it: their logarithms stay finite


class UserDrift:
    """The moving bias of each user, inferred from what the known ratings were beside what a machine expected of them.

    Args:
        values: ascending floats, what a rating can be.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.models import UserDrift, cross_fitted
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> recipe = Recipe(num_hidden=2, epochs=1)
        >>> drift = UserDrift([1, 2, 3, 4, 5]).fit(split.inputs, cross_fitted(recipe, split.inputs, num_folds=2))
        >>> shares = recipe.train(split.inputs)[0].predict_ratings(split, output="distribution")
        >>> drift.adjust(shares, split.targets).shape
        (200, 5)
    """

    variance: float  # of the process, in nats squared; 0 where no drift was found
    timescale: float  # s, after which the correlation has fallen to 1 / e

    def __init__(self, values: ArrayLike) -> None:
        self.values: NDArray[np.float64] = np.asarray(values, np.float64)
        self.score: NDArray[np.float64] = gram_polynomials(self.values, 1)[:, 0].astype(np.float64)

    def fit(self, known: Ratings, shares: ArrayLike, *, seed: int = 1) -> Self:
        """Chooses variance and timescale, by hiding a tenth of the known ratings, and keeps what is known.

        Args:
            known: `Ratings` with `timestamp`.
            shares: float `(num_ratings, num_values)`, P(value) of each known rating from a machine that did not learn
                from it; see `cross_fitted`.
            seed: int, of what is hidden.
        Returns:
            drift: itself.
        Raises:
            ValueError: without timestamps; if the shares have another shape; for a value that is none of `values`.
        """
        self._keep(known, shares)
        draws = np.random.default_rng(check_seed(seed))
        order = draws.permutation(known.num_users)
        enough = order[: np.searchsorted(known.ratings_per_user[order].cumsum(), ENOUGH) + 1]
        chosen = np.isin(known.user_index, enough)
        hidden = chosen & (draws.random(known.num_ratings) < HIDDEN)
        self.variance, self.timescale = self._choose(chosen, hidden)
        return self

    def at(self, targets: Ratings) -> NDArray[np.float64]:
        """d of each target, from the known ratings of its user: float64 `(num_targets,)`, in nats.

        Args:
            targets: `Ratings` with `timestamp`, over the users of `known`; their values are not looked at.
        Returns:
            drift: the mode of its posterior; 0 for a user of whom nothing is known.
        Raises:
            ValueError: before `fit`, and without timestamps.
        """
        if not hasattr(self, "variance"):
            raise ValueError("drift: expected one that was fitted, found one that was not; call `fit` first")
        if targets.num_users != self.known.num_users:
            raise ValueError(f"targets: expected {self.known.num_users} users, found {targets.num_users}")
        users = np.concatenate([self.known.user_index, targets.user_index])
        times = np.concatenate([_times(self.known, "known"), _times(targets, "targets")])
        count = targets.num_ratings
        logs = np.concatenate([self.logs, np.zeros((count, len(self.values)))])
        state = np.concatenate([self.state, np.zeros(count, int)])
        heard = np.arange(len(users)) < self.known.num_ratings
        return self._mode(users, times, logs, state, heard, self.variance, self.timescale)[self.known.num_ratings :]

    def adjust(self, shares: ArrayLike, targets: Ratings) -> NDArray[np.float64]:
        """A machine's P(value) of each target, `(num_targets, num_values)`, with the drift: float64, as wide."""
        logs = np.log(np.maximum(np.asarray(shares, np.float64), LEAST))
        adjusted: NDArray[np.float64] = softmax(logs + self.at(targets)[:, None] * self.score, axis=1)
        return adjusted

    def _keep(self, known: Ratings, shares: ArrayLike) -> None:
        _times(known, "known")
        found, expected = np.asarray(shares, np.float64), (known.num_ratings, len(self.values))
        if found.shape != expected:
            raise ValueError(f"shares: expected shape {expected}, found {found.shape}")
        state = np.minimum(np.searchsorted(self.values, known.rating), len(self.values) - 1)
        wrong = np.flatnonzero(self.values[state] != known.rating)
        if len(wrong):
            found_value = f"{known.rating[wrong[0]]:g}"
            raise ValueError(f"known: expected ratings among {self.values.tolist()}, found {found_value}")
        self.known, self.state, self.logs = known, state, np.log(np.maximum(found, LEAST))

    def _choose(self, chosen: NDArray[np.bool_], hidden: NDArray[np.bool_]) -> tuple[float, float]:
        """Variance and timescale with the least log loss of the hidden ratings; no variance where none has a lower."""
        users, times = self.known.user_index[chosen], _times(self.known, "known")[chosen]
        logs, state, heard = self.logs[chosen], self.state[chosen], ~hidden[chosen]
        place, asked = np.arange(int((~heard).sum())), ~heard

        def loss(settings: Any) -> float:
            drift = self._mode(users, times, logs, state, heard, *np.exp(settings))[asked]
            found = log_softmax(logs[asked] + drift[:, None] * self.score, axis=1)
            return -float(found[place, state[asked]].mean())

        if not len(place):
            return 0.0, TIMESCALES[0]
        grid = [(np.log(variance), np.log(scale)) for scale in TIMESCALES for variance in VARIANCES]
        start = min(grid, key=loss)
        best = minimize(loss, start, method="Nelder-Mead", options={"maxfev": 30, "xatol": 0.05, "fatol": 1e-6})
        nothing = -float(log_softmax(logs[asked], axis=1)[place, state[asked]].mean())
        variance, timescale = np.exp(best.x)
        return (float(variance), float(timescale)) if best.fun < nothing else (0.0, float(timescale))

    def _mode(
        self,
        users: NDArray[np.integer],
        times: NDArray[np.float64],
        logs: NDArray[np.float64],
        state: NDArray[np.integer],
        heard: NDArray[np.bool_],
        variance: float,
        timescale: float,
    ) -> NDArray[np.float64]:
        """The mode of d at every moment, `(n,)`, given the ratings that are `heard`; by Newton's method."""
        drift = np.zeros(len(users))
        if not variance or not len(users):
            return drift
        order = np.lexsort((times, users))
        users, times, logs, state, heard = users[order], times[order], logs[order], state[order], heard[order]
        bands = precision_bands(users, times, variance, timescale)
        for _ in range(NEWTON_STEPS):
            expected = softmax(logs + drift[:, None] * self.score, axis=1)
            mean = expected @ self.score
            curvature = np.where(heard, expected @ self.score**2 - mean**2, 0.0)
            slope = np.where(heard, self.score[state] - mean, 0.0)
            system = bands.copy()
            system[1] += curvature
            solved = solveh_banded(system, slope + curvature * drift, overwrite_ab=True, check_finite=False)
            drift += np.clip(solved - drift, -LONGEST_STEP, LONGEST_STEP)
        in_order = np.empty_like(drift)
        in_order[order] = drift
        return in_order


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
