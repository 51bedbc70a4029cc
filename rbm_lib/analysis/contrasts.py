"""Comparisons of probabilities without log Z: differences of free energy under one mask, and single ratings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib.data import Ratings, star_base_rates
from rbm_lib.models import check_compiled, parameters_of_all
from rbm_lib.sparse import check_states
from rbm_lib.splits import Split

from .annealing import UserMachine
from .generosity import BIASES, biases_of_targets
from .likelihood import ModelLike, checked_arrays
from .over_users import mean_per_rating, over_users
from .user_likelihoods import NORMAL_95

if TYPE_CHECKING:
    from rbm_lib.models import RBM, VisibleUnits


class FreeEnergyGap(NamedTuple):
    """How much more probable a model finds the users it was trained on than held-out users.

    Attributes:
        train, held_out: float, nats per rating, the contrast of each group; see `free_energy_contrast`.
        gap: float, nats per rating, train - held_out: 0 on average for a model that was trained on neither group.
        standard_error: float, over users.
        low, high: float, 95 % interval of the gap.
    """

    train: float
    held_out: float
    gap: float
    standard_error: float
    low: float
    high: float


def free_energy_gap(
    model: ModelLike, train: Ratings, held_out: Ratings, *, num_people: int = 32, seed: int
) -> FreeEnergyGap:
    """The free-energy gap of the practical guide, in a form that does not depend on the masks.

    The guide compares the mean free energy of training cases with that of held-out cases, because log Z is the same for
    both. Here each mask has its own log Z, so the bare means differ by the masks alone, even for an untrained model.
    Only free energies under the *same* mask can be compared. Every user is therefore compared with simulated users, who
    rate this user's films by the films' base rates (`free_energy_contrast`), and then the two groups by their
    contrasts. If all users have the same mask, this is exactly the guide's gap.

    Args:
        model: `RBM`, or any object with `parameters` and `units`.
        train: `Ratings` of users the model was trained on; the films' base rates are counted here.
        held_out: `Ratings` of other users over the same films, chosen at random among all users: otherwise the gap also
            measures how the groups differ.
        num_people: int >= 1, simulated users, the same for both groups.
        seed: int >= 0, root of their random ratings.
    Returns:
        gap: `FreeEnergyGap`.
    References:
        Hinton (2010), "A practical guide to training restricted Boltzmann machines", section 6.
    Example:
        >>> from rbm_lib import RBM, load, new_users
        >>> from rbm_lib.analysis import free_energy_gap
        >>> split = new_users(load("planted").ratings.binarize(3), 0.1, seed=1)
        >>> model = RBM(split.train.num_items, num_hidden=3, interaction_initializer="zeros", seed=1)
        >>> gap = free_energy_gap(model, split.train, split.inputs, num_people=4, seed=1)
        >>> abs(round(float(gap.gap), 3))  # an untrained machine tells nobody apart
        0.0
    """
    people = made_up_people(train, model.units, num_people, seed)
    groups = {}
    for name, ratings in (("train", train), ("held_out", held_out)):
        contrast = free_energy_contrast(model, ratings, people)
        groups[name] = mean_per_rating(contrast, ratings.ratings_per_user[ratings.ratings_per_user > 0])
    (known, known_error), (new, new_error) = groups["train"], groups["held_out"]
    gap, error = known - new, float(np.hypot(known_error, new_error))
    return FreeEnergyGap(known, new, gap, error, gap - NORMAL_95 * error, gap + NORMAL_95 * error)


def free_energy_contrast(model: ModelLike, ratings: Ratings, people: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean over simulated users of F(their ratings) - F(the user's), on the user's films: a log odds without log Z.

    Args:
        model: `RBM`, or any object with `parameters` and `units`.
        ratings: `Ratings` of the units' values.
        people: int `(num_people, num_items)`, see `made_up_people`.
    Returns:
        contrast: float64 `(num_users_with_ratings,)`, in nats, summed over the user's ratings: how much more probable
            the user is to the model than a simulated one.
    """
    parameters = checked_arrays(parameters_of_all(model), ratings)
    if people.ndim != 2 or people.shape[1] != ratings.num_items or not len(people):
        raise ValueError(f"people: expected shape (num_people, {ratings.num_items}), found {people.shape}")
    units = check_compiled(model.units, "model")
    states = check_states(ratings.rating, units.values, parameters, ratings.num_ratings)

    def of_user(user: int, machine: UserMachine) -> float:
        own = slice(*ratings.row_splits[user : user + 2])
        both = np.concatenate([states[None, own], people[:, ratings.item_index[own]]])
        log_weight = machine.log_weight(machine.encode(both))
        return log_weight[0] - log_weight[1:].mean()

    return over_users(ratings, parameters, of_user, "free energies")[1]


def made_up_people(
    train: Ratings, units: "VisibleUnits", num_people: int, seed: int, smoothing: float = 5.0
) -> NDArray[np.int8]:
    """Simulated users who rate every film by its base rates, each film independently.

    Args:
        train: `Ratings` of the units' values.
        units: `VisibleUnits`.
        num_people: int >= 1.
        seed: int >= 0, root of the random ratings.
        smoothing: float > 0, see `shares.star_base_rates`.
    Returns:
        people: int8 `(num_people, num_items)`, positions among the units' values.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    """
    num_people, seed = check_count(num_people, "num_people"), check_count(seed, "seed", least=0)
    listed = check_compiled(units, "units")
    listed.check(train.rating, "train")
    below = np.exp(star_base_rates(train, listed.values, smoothing)).cumsum(axis=1)[:, :-1]
    uniform = np.random.default_rng(seed).random((num_people, train.num_items))
    return (below <= uniform[:, :, None]).sum(axis=2).astype(np.int8)


def target_log_likelihood(model: "RBM", split: Split, *, targets_as_rated: bool = False) -> NDArray[np.float64]:
    """log P(rating | the user's inputs) of each target on its own, hidden units summed out exactly.

    Args:
        model: `RBM`.
        split: `Split` of the units' values.
        targets_as_rated: bool, see `RBM.predict_ratings`.
    Returns:
        log_likelihood: float64 `(num_targets,)`, in nats.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 7.
    Example:
        >>> from rbm_lib import RBM, load, random_n
        >>> from rbm_lib.analysis import target_log_likelihood
        >>> split = random_n(load("planted").ratings.binarize(3), 2, seed=1)
        >>> model = RBM(split.inputs.num_items, num_hidden=3, interaction_initializer="zeros", seed=1)
        >>> target_log_likelihood(model, split)[:3].round(3)
        array([-0.693, -0.693, -0.693])
    """
    shares = model.predict_ratings(
        split, inference="exact", output="distribution", targets_as_rated=targets_as_rated
    ).astype(np.float64)
    state = np.searchsorted(np.asarray(model.units.values, np.float32), split.targets.rating)
    return np.log(np.maximum(shares[np.arange(len(state)), state], np.finfo(np.float32).tiny))


def target_table(predictions: Mapping[str, NDArray[np.float64]], split: Split) -> pd.DataFrame:
    """Mean log-likelihood of targets by predictor, with 95 % intervals over users and films.

    The standard error is the expected value of the pigeonhole bootstrap of `rbm_lib.evaluation.resampling`, without
    resampling: the sum of the variances over users, over films and over single ratings. It is too large, by up to
    sqrt(3), if only single ratings differ.

    Args:
        predictions: dict from predictor to float `(num_targets,)`, log P(rating), in nats.
        split: `Split`.
    Returns:
        table: DataFrame indexed by predictor: nats_per_rating, low, high.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.analysis import base_rate_targets, target_table
        >>> from rbm_lib.models import Bernoulli
        >>> split = random_n(load("planted").ratings.binarize(3), 2, seed=1)
        >>> target_table(base_rate_targets(split.inputs, split, Bernoulli()), split).columns.tolist()
        ['nats_per_rating', 'low', 'high']
    """
    targets, rows = split.targets, {}
    groups = (targets.user_index, targets.item_index, np.arange(targets.num_ratings))
    places = [np.unique(group, return_inverse=True)[1] for group in groups]
    for name, log_probability in predictions.items():
        errors = []
        for place in places:
            total = np.asarray(np.bincount(place, log_probability), np.float64)
            mean, error = mean_per_rating(total, np.bincount(place))
            errors.append(error)
        margin = NORMAL_95 * float(np.linalg.norm(errors))
        rows[name] = (mean, mean - margin, mean + margin)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["nats_per_rating", "low", "high"])
    return table.rename_axis("predictor")


def base_rate_targets(
    train: Ratings, split: Split, units: "VisibleUnits", smoothing: float = 5.0
) -> dict[str, NDArray[np.float64]]:
    """log P(rating) of each target without personal tastes: by film and user biases, by film base rates, uniform.

    Args:
        train: `Ratings` of the units' values, from which the base rates are counted and the biases fitted.
        split: `Split` of the units' values over the same films; its inputs determine the biases of its users.
        units: `VisibleUnits`.
        smoothing: float > 0, of the films' base rates, see `shares.star_base_rates`.
    Returns:
        predictions: dict from "film and user biases" (`baselines.OrdinalBiases`), "film base rates" and "uniform" to
            float64 `(num_targets,)`, in nats.
    Raises:
        ValueError: for units that the compiled loops do not support.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.analysis import base_rate_targets
        >>> from rbm_lib.models import Bernoulli
        >>> split = random_n(load("planted").ratings.binarize(3), 2, seed=1)
        >>> base_rate_targets(split.inputs, split, Bernoulli())["uniform"][:3].round(3)
        array([-0.693, -0.693, -0.693])
    """
    values = check_compiled(units, "units").values
    shares = np.asarray(star_base_rates(train, values, smoothing), np.float64)
    state = np.searchsorted(np.asarray(values, np.float32), split.targets.rating)
    uniform = np.full(len(state), -float(np.log(len(values))))
    films = shares[split.targets.item_index, state]
    return {BIASES: biases_of_targets(train, split, values), "film base rates": films, "uniform": uniform}
