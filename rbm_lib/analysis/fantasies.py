"""Fantasy users with real masks: ratings sampled from the model for the films that each user rated."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rbm_lib._checks import check_count
from rbm_lib.data import Ratings
from rbm_lib.models import check_compiled, parameters_of_all

from .annealing import UserMachine, annealed_chains
from .over_users import over_users

if TYPE_CHECKING:
    from rbm_lib.models import RBM

CHAINS = 2  # annealed for each user; one is kept, more probably one with a large weight


def fantasy_ratings(
    model: "RBM", ratings: Ratings, *, num_temperatures: int = 60, gibbs_steps: int = 50, seed: int
) -> Ratings:
    """The same users and films, with ratings sampled from the model.

    Each user has a separate chain over all films that this user rated. It is annealed from independent films to the
    model and then continued, so it does not depend on the user's ratings. All films are sampled
    together, because samples of a few films alone would have another distribution.

    Args:
        model: `RBM`.
        ratings: `Ratings`; only its films are used, not the values.
        num_temperatures: int >= 1, steps of the annealing.
        gibbs_steps: int >= 0, sweeps of the model's own chain after it.
        seed: int >= 0, root of the random numbers; a user's depend on it and on the user's index only.
    Returns:
        fantasies: `Ratings` of the same users and films.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import fantasy_ratings
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, seed=1)
        >>> fantasy_ratings(model, likes, num_temperatures=5, gibbs_steps=5, seed=1).num_ratings
        4
    """
    num_temperatures = check_count(num_temperatures, "num_temperatures")
    gibbs_steps, seed = check_count(gibbs_steps, "gibbs_steps", least=0), check_count(seed, "seed", least=0)
    values = np.asarray(check_compiled(model.units, "model").values, np.float32)
    drawn = np.empty(ratings.num_ratings, np.float32)

    def of_user(user: int, machine: UserMachine) -> float:
        rng = np.random.default_rng([seed, user])
        visible = annealed_chains(machine, num_temperatures, CHAINS, gibbs_steps, rng, most=1)
        drawn[slice(*ratings.row_splits[user : user + 2])] = values[machine.decode(visible)[0]]
        return 0.0

    over_users(ratings, parameters_of_all(model), of_user, "sampling")
    return replace(ratings, rating=drawn)
