"""The contract of predictors: everything in the library that competes fulfils it, for `isinstance` and for mypy."""

import numpy as np
import pytest
from support.type_checking import STRICT, mypy_on

from rbm_lib import Recipe
from rbm_lib.baselines import (
    BASE_RATES,
    STAR_BASE_RATES,
    BiasedFactorisation,
    Ease,
    Estimator,
    Fitted,
    FoldsIn,
    ItemNeighbours,
    LikedOrNot,
    LogisticFactorisation,
    PopularFilms,
    Predictor,
    ReadsStars,
    Recommender,
    SemiRestricted,
    check_predictor,
    reads_stars,
)
from rbm_lib.baselines.contract import NEEDS
from rbm_lib.evaluation import Machine, Mean

SMALL = {"num_hidden": 3, "epochs": 1, "batch_size": 5}
MACHINE = Machine(Recipe(units="bernoulli", **SMALL), "rbm")
OF_LIKES = [
    *(make() for make in BASE_RATES),
    ItemNeighbours(),
    BiasedFactorisation(num_factors=2, epochs=1, seed=1),
    LogisticFactorisation(num_factors=2, epochs=1, seed=1),
    MACHINE,
    Mean([make() for make in BASE_RATES[:2]], "mean"),
]
OF_STARS = [*(make() for make in STAR_BASE_RATES), Machine(Recipe(**SMALL), "rbm of stars")]
OF_LISTS = [
    PopularFilms(),
    Ease(),
    LikedOrNot(**SMALL, seed=1),
    SemiRestricted(**SMALL, seed=1),
    MACHINE,
    BiasedFactorisation(num_factors=2, epochs=1, seed=1),
]


def called(one):
    return one.name


@pytest.mark.parametrize("one", [*OF_LIKES, *OF_STARS], ids=called)
def test_every_predictor_of_the_library_fulfils_the_contract(one, likes):
    assert isinstance(one, Predictor)
    train = likes if one in OF_LIKES else type(likes)(*vars_of(likes, rating=likes.rating * 2 + 1))
    assert one.fit(train) is one
    assert isinstance(one, Fitted)
    assert one.seen is train
    _, observed = likes.to_dense()
    user_index, item_index = np.nonzero(~observed)
    found = one.predict(user_index, item_index)
    assert found.shape == user_index.shape
    assert np.issubdtype(found.dtype, np.floating)
    low, high = (0, 1) if one in OF_LIKES else (1, 5)
    assert ((found >= low) & (found <= high)).all()


def vars_of(ratings, **changes):
    names = ("row_splits", "item_index", "rating", "user_id", "item_id")
    return [changes.get(name, getattr(ratings, name)) for name in names]


@pytest.mark.parametrize("one", OF_LISTS, ids=called)
def test_every_recommender_of_the_library_fulfils_the_contract(one, likes):
    assert isinstance(one, Recommender)
    assert one.fit(likes) is one
    assert one.seen is likes
    films = one.recommend(np.array([2, 7]), 3)
    assert films.shape == (2, 3)
    assert films.dtype == np.int32
    observed = likes.to_dense()[1]
    assert not any(observed[user, film] for user, row in zip((2, 7), films, strict=True) for film in row if film >= 0)


def test_lists_alone_are_no_predictions():
    for one in (PopularFilms(), Ease(), LikedOrNot(seed=1), SemiRestricted(seed=1)):
        assert not isinstance(one, Predictor)
        assert isinstance(one, FoldsIn)
    for make in (*BASE_RATES, *STAR_BASE_RATES):
        assert not isinstance(make(), Recommender)
        assert isinstance(make(), FoldsIn) == (make.name == "item+user bias")


def test_only_machines_that_are_told_the_threshold_read_stars():
    machine = Machine(Recipe(), "rbm", threshold=3)
    assert isinstance(machine, ReadsStars)
    assert reads_stars(machine)
    assert reads_stars(Mean([machine], "mean"))
    assert not any(reads_stars(one) for one in (MACHINE, *OF_LIKES, object()))


def without(contract, missing):
    """Something with all the members of a contract but one."""
    members = {name: ("mine" if name == "name" else lambda self: None) for name in NEEDS[contract] if name != missing}
    return type("Mine", (), members)()


@pytest.mark.parametrize("contract", NEEDS)
def test_whatever_is_missing_is_said_with_a_way_out(contract):
    check_predictor(without(contract, None), contract)
    for member in NEEDS[contract]:
        lacking = without(contract, member)
        assert not isinstance(lacking, contract)
        described = f"as rbm_lib.baselines.{contract.__name__} describes, found '.*' without {member}"
        with pytest.raises(ValueError, match=rf"^mine: expected .*, {described}.*; add what is missing$"):
            check_predictor(lacking, contract, "mine")


def test_a_class_in_place_of_a_predictor_is_refused():
    with pytest.raises(ValueError, match=r"predictor: .* found the class Ease; make one of it: Ease\(\.\.\.\)"):
        check_predictor(Ease, Estimator)


TYPED = """
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rbm_lib import baselines as b
from rbm_lib.data import Ratings
from rbm_lib.evaluation import Machine, Mean


class Rival:
    name = "rival"

    def fit(self, train: Ratings) -> Self:
        self.seen = train
        return self

    def {predict}(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        return np.zeros(len(user_index))


def all_of_them(recipe: Any) -> tuple[list[b.Predictor], list[b.Recommender], list[b.FoldsIn], list[b.ReadsStars]]:
    machine, mean = Machine(recipe, "rbm"), Mean([Rival()], "mean")
    factors = (b.BiasedFactorisation(seed=1), b.LogisticFactorisation(seed=1))
    predictors: list[b.Predictor] = [*(make() for make in b.BASE_RATES + b.STAR_BASE_RATES), *factors, machine, mean]
    predictors += [b.ItemMean(), b.ItemUserBias(), b.OverallMean(), b.StarItemMean(), b.StarItemUserBias(), Rival()]
    recommenders: list[b.Recommender] = [*factors, machine, b.Ease(), b.PopularFilms(), b.LikedOrNot(seed=1)]
    folding: list[b.FoldsIn] = [machine, b.Ease(), b.PopularFilms(), b.LikedOrNot(seed=1), b.ItemNeighbours()]
    recommenders.append(b.SemiRestricted(seed=1))
    folding += [b.SemiRestricted(seed=1), b.ItemUserBias(), b.StarItemUserBias()]
    return predictors + [b.ItemNeighbours()], recommenders, folding, [machine, mean]
"""


def test_a_type_checker_sees_the_contract_as_well(tmp_path):
    """Refused is a rival whose `predict` is called otherwise, and nothing else."""
    pytest.importorskip("mypy")
    names = {predict: f"calls_it_{predict}.py" for predict in ("predict", "guess")}
    for predict, name in names.items():
        (tmp_path / name).write_text(STRICT + TYPED.replace("{predict}", predict))
    done = mypy_on(tmp_path, *names.values())
    said = [line for line in done.stdout.splitlines() if "error:" in line]
    assert said, done.stdout + done.stderr
    assert all(line.startswith("calls_it_guess.py") and '"Rival"' in line for line in said), done.stdout
