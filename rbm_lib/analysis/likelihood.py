"""Likelihoods of users' ratings: log Z of every mask by AIS from both sides, and log-likelihoods from it.

Every user's mask has a normaliser of its own, so a log-likelihood needs one run of AIS for each user. A user's random
numbers are a function of (seed, user) alone: neither the other users nor the number of threads changes a result.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_choice, check_count
from rbm_lib.data import Ratings, star_base_rates
from rbm_lib.models import RBMParameters, VisibleUnits, check_compiled, parameters_of_all
from rbm_lib.sparse import check_parameters, check_states

from . import annealing
from .generosity import BIASES, biases_of_users
from .over_users import over_users
from .user_likelihoods import UserLikelihoods, exact_likelihoods

STARTS = ("auto", "exact", "gibbs")
MAX_EXACT_START = 8  # hidden units whose states are enumerated, user by user, to draw exact samples


class ModelLike(Protocol):
    """The parts of a model that a likelihood needs: `RBM` has them, and so has `rbm_lib.evaluation.planted_model`."""

    @property
    def parameters(self) -> RBMParameters: ...
    @property
    def units(self) -> VisibleUnits: ...


class PartitionBounds(NamedTuple):
    """log Z of each user's mask between two stochastic bounds, float64 `(num_users,)` each, in nats but for the sizes.

    Attributes:
        user_index: int32, the users with ratings, ascending.
        lower, lower_error, lower_sample_size: from AIS: estimate, standard error and effective sample size.
        upper, upper_error, upper_sample_size: the same from reverse AIS.
    """

    user_index: NDArray[np.int32]
    lower: NDArray[np.float64]
    lower_error: NDArray[np.float64]
    lower_sample_size: NDArray[np.float64]
    upper: NDArray[np.float64]
    upper_error: NDArray[np.float64]
    upper_sample_size: NDArray[np.float64]


def log_partition_bounds(
    ratings: Ratings,
    parameters: RBMParameters,
    *,
    num_temperatures: int = 300,
    num_chains: int = 32,
    start: str = "auto",
    gibbs_steps: int = 100,
    seed: int,
) -> PartitionBounds:
    """log Z of each user's mask, from below by AIS and from above by reverse AIS; see `rbm_lib.analysis.annealing`.

    Args:
        ratings: `Ratings`; only which films each user rated is used, not the values. Users without ratings are left
            out.
        parameters: `RBMParameters`, as the conditionals use them. Rows of unrated films are never read.
        num_temperatures: int >= 1, steps of the inverse temperature from 0 to 1.
        num_chains: int >= 2, chains for each user in each direction.
        start: where reverse AIS starts: at "exact" samples, by enumeration of at most 20 hidden units, or "gibbs",
            where AIS ended, resampled by weight, with `gibbs_steps` more sweeps. Only the former are guaranteed to be
            samples of the model. The latter give a bound if the chains have mixed; their standard error assumes no more
            independent chains than AIS's effective sample size. "auto" is exact for up to 8 hidden units.
        gibbs_steps: int >= 0, see `start`.
        seed: int >= 0, root of the random numbers.
    Returns:
        bounds: `PartitionBounds`.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import exact_log_partition, log_partition_bounds
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, seed=1)
        >>> bounds = log_partition_bounds(likes, model.parameters, num_temperatures=20, num_chains=8, seed=1)
        >>> bool(abs(bounds.lower - exact_log_partition(likes, model.parameters)).max() < 0.01)
        True
    """
    num_temperatures = check_count(num_temperatures, "num_temperatures")
    num_chains = check_count(num_chains, "num_chains", least=2)
    gibbs_steps, seed = check_count(gibbs_steps, "gibbs_steps", least=0), check_count(seed, "seed", least=0)
    check_choice(start, STARTS, "start")
    parameters = checked_arrays(parameters, ratings)
    exact = start == "exact" or (start == "auto" and len(parameters.hidden_bias) <= MAX_EXACT_START)

    def of_user(user: int, machine: annealing.UserMachine) -> tuple[float, ...]:
        rng = np.random.default_rng([seed, user])
        lower, visible = annealing.forward_ais(machine, num_temperatures, num_chains, rng)
        if exact:
            return (
                *lower,
                *annealing.reverse_ais(machine, machine.sample_exact(num_chains, rng), num_temperatures, rng),
            )
        for _ in range(gibbs_steps):
            visible = machine.sweep(visible, 1.0, rng)
        upper = annealing.reverse_ais(machine, visible, num_temperatures, rng)
        common = np.sqrt(num_chains / lower.effective_sample_size)  # resampled chains share ancestors
        return (*lower, upper.log_partition, upper.standard_error * common, upper.effective_sample_size)

    users, found = over_users(ratings, parameters, of_user, "annealing")
    return PartitionBounds(users, *found.reshape(-1, 6).T)


def exact_log_partition(ratings: Ratings, parameters: RBMParameters) -> NDArray[np.float64]:
    """Exact log Z of each user's mask, by enumeration of at most 20 hidden units.

    Args:
        ratings, parameters: as in `log_partition_bounds`.
    Returns:
        log_partition: float64 `(num_users_with_ratings,)`, in nats.
    Raises:
        ValueError: for more than 20 hidden units.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import exact_log_partition
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, interaction_initializer="zeros", seed=1)
        >>> exact_log_partition(likes, model.parameters).round(3)  # log of 2**3 * 2**2 and 2**3 * 2 states
        array([3.466, 2.773, 2.773])
    """
    parameters = checked_arrays(parameters, ratings)
    return over_users(ratings, parameters, lambda _, machine: machine.log_partition(), "enumerating")[1]


def log_likelihood(
    model: ModelLike, ratings: Ratings, *, method: str = "annealed", seed: int | None = None, **settings: Any
) -> UserLikelihoods:
    """Log-likelihood of each user's ratings under their own mask, log P(v) = -F(v) - log Z.

    For users outside the training part it measures how the model generalises to new users. None of a user's ratings is
    an input: all of them are scored together.

    Args:
        model: `RBM`, or any object with `parameters` and `units`.
        ratings: `Ratings` of the units' values; users without ratings are left out.
        method: "annealed", or "exact" for at most 20 hidden units.
        seed, **settings: those of `log_partition_bounds`, for "annealed".
    Returns:
        likelihoods: `UserLikelihoods`.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    References:
        Salakhutdinov and Murray (2008), section 3; Burda, Grosse and Salakhutdinov (2015) for the lower end.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import log_likelihood
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, interaction_initializer="zeros", seed=1)
        >>> log_likelihood(model, likes, method="exact").low.round(3)  # untrained: log 0.5 a rating
        array([-1.386, -0.693, -0.693])
    """
    if method not in ("annealed", "exact"):
        raise ValueError(f"method: expected annealed or exact, found {method!r}")
    parameters = checked_arrays(parameters_of_all(model), ratings)
    units = check_compiled(model.units, "model")
    states = check_states(ratings.rating, units.values, parameters, ratings.num_ratings)

    def of_user(user: int, machine: annealing.UserMachine) -> float:
        own = slice(*ratings.row_splits[user : user + 2])
        return machine.log_weight(machine.encode(states[None, own]))[0]

    users, log_weight = over_users(ratings, parameters, of_user, "free energies")
    counts = ratings.ratings_per_user[users]
    if method == "exact":
        return exact_likelihoods(users, counts, log_weight - exact_log_partition(ratings, parameters))
    if seed is None:
        raise ValueError("seed: expected a whole number of at least 0 for annealed likelihoods, found None")
    bounds = log_partition_bounds(ratings, parameters, seed=seed, **settings)
    low, high = log_weight - bounds.upper, log_weight - bounds.lower
    return UserLikelihoods(users, counts, low, high, bounds.upper_error, bounds.lower_error)


def base_rate_log_likelihoods(
    train: Ratings, ratings: Ratings, units: VisibleUnits, smoothing: float = 5.0
) -> dict[str, UserLikelihoods]:
    """Log-likelihoods without personal tastes: from film and user biases, from films' base rates, and uniform.

    The biases are `baselines.OrdinalBiases`, learnt from `train`. The bias of a scored user is not known: it is
    integrated out, as a model's hidden units are summed out; see `rbm_lib.analysis.generosity`.

    Args:
        train: `Ratings` of the units' values, from which the base rates are counted.
        ratings: `Ratings` to score.
        units: `VisibleUnits`.
        smoothing: float > 0, of the films' base rates, see `shares.star_base_rates`.
    Returns:
        likelihoods: dict from "film and user biases", "film base rates" and "uniform" to `UserLikelihoods`.
    Raises:
        ValueError: for units without a list of values, or ratings that are not among these values.
    Example:
        >>> from rbm_lib import Ratings, analysis, models
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> found = analysis.base_rate_log_likelihoods(likes, likes, models.Bernoulli())
        >>> found["uniform"].low.round(3).tolist()  # log 0.5 a rating
        [-1.386, -0.693, -0.693]
    """
    listed = check_compiled(units, "units")
    listed.check(ratings.rating, "ratings")
    shares = np.asarray(star_base_rates(train, listed.values, smoothing), np.float64)
    log_share = shares[ratings.item_index, np.searchsorted(np.asarray(listed.values, np.float32), ratings.rating)]
    users = np.flatnonzero(ratings.ratings_per_user).astype(np.int32)
    counts = ratings.ratings_per_user[users]
    films = np.asarray(np.bincount(ratings.user_index, log_share, ratings.num_users)[users], np.float64)
    return {
        BIASES: exact_likelihoods(users, counts, biases_of_users(train, ratings, listed.values)),
        "film base rates": exact_likelihoods(users, counts, films),
        "uniform": exact_likelihoods(users, counts, counts * np.float64(-np.log(len(listed.values)))),
    }


def checked_arrays(parameters: RBMParameters, ratings: Ratings) -> RBMParameters:
    """`RBMParameters` of float32 arrays for the films of `ratings`, or ValueError."""
    parameters = check_parameters(RBMParameters(*parameters))
    if len(parameters.visible_bias) != ratings.num_items:
        found = f"{ratings.num_items} in ratings and {len(parameters.visible_bias)} in parameters"
        raise ValueError(f"ratings: expected as many films as the parameters have, found {found}")
    rated: Any = parameters.rated_weights
    return parameters if len(rated) else parameters._replace(rated_weights=0.0)
