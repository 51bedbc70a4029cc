"""The predictors of the full comparison: every kind, base rates included, with the settings for its trials.

The first value of each list is the default of the library it comes from, or the published or earlier setting. Every
kind gets the same number of trials from its lists (`tuning.tune`).

A new baseline is a separate file and a line here, (its class, its settings), in each list where it competes. Its `name`
is used in tables, records and figures; it gets a seed if it takes one. `rbm_lib.baselines.Predictor` defines what it
must have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar

from rbm_lib.baselines import (
    BayesianFactorisationMachine,
    BiasedFactorisation,
    Ease,
    Estimator,
    ItemMean,
    ItemNeighbours,
    ItemUserBias,
    LikedOrNot,
    LogisticFactorisation,
    Predictor,
    Recommender,
    SemiRestricted,
    StarItemMean,
    StarItemUserBias,
    check_predictor,
)
from rbm_lib.evaluation import Machine

if TYPE_CHECKING:
    from rbm_lib.models import Recipe

Settings = dict[str, list[Any]]  # from a setting's name to its values, the first the default
E = TypeVar("E", bound=Estimator)
Kind = tuple[Callable[..., E], Settings]  # the maker of a predictor, and its settings
Predictors = dict[str, Kind[Predictor]]
Recommenders = dict[str, Kind[Recommender]]

SMOOTHING = [5.0, 2.0, 10.0, 20.0]
NEIGHBOURS: Settings = {
    "num_neighbours": [40, 20, 60],
    "shrinkage": [100.0, 300.0, 500.0],
    "item_penalty": [10.0, 5.0, 20.0],
}
STAR_RIVALS: list[Kind[Predictor]] = [
    (StarItemMean, {"smoothing": SMOOTHING}),
    (StarItemUserBias, {"penalty": [4.0, 2.0, 6.0, 9.0]}),
    (ItemNeighbours, NEIGHBOURS),
    (BiasedFactorisation, {"num_factors": [100, 50], "penalty": [0.06, 0.05, 0.07, 0.08]}),
]
LIKE_RIVALS: list[Kind[Predictor]] = [
    (ItemMean, {"smoothing": SMOOTHING}),
    (ItemUserBias, {"penalty": [2.0, 1.0, 3.0, 4.5]}),
    (ItemNeighbours, NEIGHBOURS),
    (
        BiasedFactorisation,
        {"num_factors": [100, 50], "learning_rate": [0.005, 0.01, 0.02], "penalty": [0.06, 0.02, 0.03]},
    ),
    (
        partial(LogisticFactorisation, epochs=8),
        {"num_factors": [20, 50, 10], "penalty": [4.0, 3.0, 3.5, 4.5], "bias_penalty": [2.0, 1.0]},
    ),
]
BAYESIAN: Settings = {"rank": [10, 16, 6]}  # without regularisation: its priors are sampled
LIST_RIVALS: list[Kind[Recommender]] = [
    # The paper has no dislikes (0); 0.5 was better on every tested data set, so it comes first.
    (Ease, {"dislike": [0.5, 0.0], "penalty": [500.0, 1000.0, 200.0]}),
]
MACHINES = ("user-based RBM", "item-based RBM")  # of stars and likes; all others there are baselines


def star_contenders(user: Recipe, item: Recipe, *, sweeps: int, seed: int) -> Predictors:
    """Predictors of stars.

    Args:
        user, item: `Recipe` of a user-based and of an item-based machine.
        sweeps: int >= 2, of the Bayesian factorisation machine.
        seed: int, root of the baselines' random numbers.
    Returns:
        kinds: dict from a predictor's name to (make, space), as in `tuning.tune`.
    """
    bayesian: Kind[Predictor] = partial(BayesianFactorisationMachine, sweeps=sweeps), BAYESIAN
    return _by_name([*_seeded([*STAR_RIVALS, bayesian], seed), *_machines(user, item)])


def like_contenders(user: Recipe, item: Recipe, threshold: float, *, sweeps: int, seed: int) -> Predictors:
    """Predictors of likes; the machines and the Bayesian one are fitted on stars, the others on likes and dislikes.

    Args:
        user, item, sweeps, seed: as in `star_contenders`.
        threshold: fewest stars of a like.
    Returns:
        kinds: dict from a predictor's name to (make, space).
    """
    bayesian: Kind[Predictor] = partial(BayesianFactorisationMachine, sweeps=sweeps, threshold=threshold), BAYESIAN
    return _by_name([*_seeded([*LIKE_RIVALS, bayesian], seed), *_machines(user, item, threshold=threshold)])


def list_contenders(masked: Recipe, whole: dict[str, Any], coupled: dict[str, Any], *, seed: int) -> Recommenders:
    """Recommenders of lists to new users.

    Args:
        masked: `Recipe` of a user-based machine of likes, which uses rated films only.
        whole: dict of the arguments of `LikedOrNot`, which uses every film, liked or not.
        coupled: dict of the arguments of `SemiRestricted`, which has weights between films as well.
        seed: int, root of the random numbers.
    Returns:
        kinds: dict from a recommender's name to (make, space).
    """
    every_film = {"weight_decay": [0.001, 0.0003, 0.003], "learning_rate": [0.003, 0.001, 0.01]}
    both_halves = {"dislike": [0.5, 0.0], "penalty": [500.0, 1000.0, 200.0], "weight": [0.7, 0.5, 1.0]}
    machines: list[Kind[Recommender]] = [
        (_machine(masked, "RBM of ratings"), _around(masked)),
        (partial(LikedOrNot, **whole, seed=seed), every_film),
        (partial(SemiRestricted, **coupled, seed=seed), both_halves),
    ]
    return _by_name([*_seeded(LIST_RIVALS, seed), *machines])


def rivals_among(kinds: Iterable[str]) -> list[str]:
    """The names in `star_contenders` or `like_contenders` that are no Boltzmann machines, in their order."""
    return [name for name in kinds if name not in MACHINES]


def _by_name(kinds: Iterable[Kind[E]]) -> dict[str, Kind[E]]:
    """Each kind under the name of its predictors; a name that occurs twice is refused."""
    named: dict[str, Kind[E]] = {}
    for make, space in kinds:
        made = make(**{setting: values[0] for setting, values in space.items()})
        check_predictor(made, Estimator, "contenders")
        name = made.name
        if name in named:
            raise ValueError(f"contenders: expected different names, found {name!r} twice; change a predictor's name")
        named[name] = make, space
    return named


def _machines(user: Recipe, item: Recipe, **arguments: Any) -> list[Kind[Machine]]:
    return [
        (_machine(recipe, name, **arguments), _around(recipe))
        for recipe, name in zip((user, item), MACHINES, strict=True)
    ]


def _seeded(rivals: Iterable[Kind[E]], seed: int) -> Iterator[Kind[E]]:
    """The baselines; those that take a seed get it."""
    for make, space in rivals:
        yield (partial(make, seed=seed) if "seed" in signature(make).parameters else make), space


def _machine(recipe: Recipe, name: str, **arguments: Any) -> Callable[..., Machine]:
    return lambda **settings: Machine(replace(recipe, **settings), name, **arguments)


def _around(recipe: Recipe) -> Settings:
    """The recipe's own rate and decay first, or the precision of its prior, then others around them."""
    rates = [recipe.learning_rate * factor for factor in (1, 0.7, 1.5)]
    pull = "prior_precision" if recipe.prior_precision else "weight_decay"
    return {
        "learning_rate": [float(f"{rate:.3g}") for rate in rates],
        pull: [float(f"{getattr(recipe, pull) * factor:.3g}") for factor in (1, 0.7, 1.4)],
    }
