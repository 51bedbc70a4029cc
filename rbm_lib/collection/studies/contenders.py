"""Who competes in the full comparison: every kind of predictor, base rates too, and the settings it may choose from.

The first value of each list is the default of the library it comes from, or the published or earlier setting. Every
kind gets the same number of trials from its lists (`tuning.tune`).
"""

from dataclasses import replace

from rbm_lib._checks import check_seed
from rbm_lib.baselines import (
    BiasedFactorisation,
    Ease,
    ItemMean,
    ItemNeighbours,
    ItemUserBias,
    LikedOrNot,
    LogisticFactorisation,
    StarItemMean,
    StarItemUserBias,
)
from rbm_lib.evaluation import Machine

SMOOTHING = [5.0, 2.0, 10.0, 20.0]
NEIGHBOURS = {"num_neighbours": [40, 20, 60], "shrinkage": [100.0, 300.0, 500.0], "item_penalty": [10.0, 5.0, 20.0]}


def star_contenders(user, item, *, seed):
    """Predictors of stars.

    Args:
        user, item: `Recipe` of a machine with users, and with films, as cases.
        seed: int, root of the rivals' draws.
    Returns:
        kinds: dict from a name to (make, space), as `tuning.tune` takes it.
    """
    return {
        "item mean": (StarItemMean, {"smoothing": SMOOTHING}),
        "item+user bias": (StarItemUserBias, {"penalty": [4.0, 2.0, 6.0, 9.0]}),
        "item neighbours": (ItemNeighbours, NEIGHBOURS),
        "biased factorisation": (
            _seeded(BiasedFactorisation, seed),
            {"num_factors": [100, 50], "penalty": [0.06, 0.05, 0.07, 0.08]},
        ),
        "user-based RBM": (_machine(user, "user-based RBM"), _around(user)),
        "item-based RBM": (_machine(item, "item-based RBM"), _around(item)),
    }


def like_contenders(user, item, threshold, *, seed):
    """Predictors of likes; the machines read the stars of the inputs, the rivals likes and dislikes.

    Args:
        user, item, seed: as in `star_contenders`.
        threshold: fewest stars of a like.
    Returns:
        kinds: dict from a name to (make, space).
    """
    stars = star_contenders(user, item, seed=seed)
    return {
        "item mean": (ItemMean, {"smoothing": SMOOTHING}),
        "item+user bias": (ItemUserBias, {"penalty": [2.0, 1.0, 3.0, 4.5]}),
        "item neighbours": stars["item neighbours"],
        "biased factorisation": (
            _seeded(BiasedFactorisation, seed),
            {"num_factors": [100, 50], "learning_rate": [0.005, 0.01, 0.02], "penalty": [0.06, 0.02, 0.03]},
        ),
        "logistic factorisation": (
            _seeded(LogisticFactorisation, seed, epochs=8),
            {"num_factors": [20, 50, 10], "penalty": [4.0, 3.0, 3.5, 4.5], "bias_penalty": [2.0, 1.0]},
        ),
        "user-based RBM": (_machine(user, "user-based RBM", threshold=threshold), _around(user)),
        "item-based RBM": (_machine(item, "item-based RBM", threshold=threshold), _around(item)),
    }


def list_contenders(masked, whole, *, seed):
    """Recommenders of lists to new users.

    Args:
        masked: `Recipe` of a machine of likes with users as cases, which sees rated films alone.
        whole: dict of the arguments of `LikedOrNot`, which sees every film, liked or not.
        seed: int, root of the draws.
    Returns:
        kinds: dict from a name to (make, space).
    """
    return {
        "EASE": (Ease, {"penalty": [500.0, 200.0, 1000.0], "dislike": [0.0, 0.5, -0.25]}),
        "RBM of ratings": (_machine(masked, "RBM of ratings"), _around(masked)),
        "RBM, liked or not": (
            _seeded(LikedOrNot, seed, **whole),
            {"weight_decay": [0.001, 0.0003, 0.003], "learning_rate": [0.003, 0.001, 0.01]},
        ),
    }


def _seeded(make, seed, **fixed):
    seed = check_seed(seed)
    return lambda **settings: make(**fixed | settings, seed=seed)


def _machine(recipe, name, **arguments):
    return lambda **settings: Machine(replace(recipe, **settings), name, **arguments)


def _around(recipe):
    """The recipe's own rate and decay first, then others around them."""
    rates = [recipe.learning_rate * factor for factor in (1, 0.7, 1.5)]
    return {
        "learning_rate": [float(f"{rate:.3g}") for rate in rates],
        "weight_decay": [float(f"{recipe.weight_decay * factor:.3g}") for factor in (1, 0.7, 1.4)],
    }
