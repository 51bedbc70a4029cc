"""The Bayesian factorisation machine: what it learns, days, likes told by stars, refusals."""

import pickle
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest

from rbm_lib.baselines.base_rates import ItemUserBias
from rbm_lib.baselines.contract import Predictor, check_predictor, reads_stars
from rbm_lib.baselines.factorisation_machine import SECONDS_OF_A_DAY, BayesianFactorisationMachine
from rbm_lib.baselines.star_base_rates import StarItemUserBias
from rbm_lib.datasets import PlantedSettings, load
from rbm_lib.splits.held_out import random_fraction

QUICK = {"rank": 4, "sweeps": 40, "seed": 1}


@pytest.fixture(scope="module")
def split():
    settings = PlantedSettings(num_users=200, num_items=100, num_ratings=8000)
    return random_fraction(load("planted", planted=settings).ratings, 0.1, seed=1)


@pytest.fixture(scope="module")
def machine(split):
    return BayesianFactorisationMachine(**QUICK).fit(split.inputs)


def rmse(expected, split):
    return float(np.sqrt(np.mean((expected - split.targets.rating) ** 2)))


def pairs(split):
    return split.targets.user_index, split.targets.item_index


def test_it_is_a_predictor_that_passes_two_biases(machine, split):
    check_predictor(machine, Predictor)
    assert machine.seen is split.inputs
    biases = StarItemUserBias().fit(split.inputs).predict(*pairs(split))
    assert rmse(machine.predict(*pairs(split)), split) < rmse(biases, split) - 0.01


def test_what_it_says_of_a_split_agrees(machine, split):
    shares = machine.predict_ratings(split, output="distribution")
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(machine.predict_ratings(split), shares @ np.arange(1, 6), rtol=1e-5)
    np.testing.assert_allclose(machine.predict(*pairs(split)), shares @ np.arange(1, 6), rtol=1e-5)
    likes = machine.predict_ratings(split, output="like", threshold=4)
    np.testing.assert_allclose(likes, shares[:, 3:].sum(axis=1), rtol=1e-5)


def test_the_seed_decides(machine, split):
    again = BayesianFactorisationMachine(**QUICK).fit(split.inputs)
    np.testing.assert_array_equal(again.predict_ratings(split), machine.predict_ratings(split))
    other = BayesianFactorisationMachine(**QUICK | {"seed": 2}).fit(split.inputs)
    assert (other.predict_ratings(split) != machine.predict_ratings(split)).any()


def test_it_may_answer_for_likes_and_be_told_stars(split):
    machine = BayesianFactorisationMachine(**QUICK, threshold=4).fit(split.inputs)
    assert reads_stars(machine)
    liked = split.targets.rating >= 4
    found = machine.predict(*pairs(split))
    np.testing.assert_allclose(found, machine.predict_ratings(split, output="like", threshold=4), rtol=1e-5)
    biases = ItemUserBias().fit(split.inputs.binarize(4)).predict(*pairs(split))
    assert np.mean((found - liked) ** 2) < np.mean((biases - liked) ** 2)


def test_the_day_is_heard(split):
    """Ratings of even days are higher: known days tell, a day that nobody rated on tells nothing."""
    rng, ratings = np.random.default_rng(3), split.inputs
    day = rng.integers(0, 20, ratings.num_ratings)
    rating = np.clip(ratings.rating + np.where(day % 2, -1, 1), 1, 5).astype(np.float32)
    dated = random_fraction(replace(ratings, rating=rating, timestamp=day * SECONDS_OF_A_DAY + 77), 0.2, seed=1)
    deaf = BayesianFactorisationMachine(**QUICK).fit(dated.inputs).predict_ratings(dated)
    machine = BayesianFactorisationMachine(**QUICK, day=True).fit(dated.inputs)
    found = machine.predict_ratings(dated)
    assert rmse(found, dated) < rmse(deaf, dated) - 0.1
    never = replace(dated, targets=replace(dated.targets, timestamp=dated.targets.timestamp + 10**9))
    later = machine.predict_ratings(never)
    assert np.corrcoef(later, deaf)[0, 1] > np.corrcoef(later, found)[0, 1]
    with pytest.raises(ValueError, match="day: expected predict_ratings, which knows the targets' days"):
        machine.predict([0], [0])


def test_refusals(split):
    timeless = replace(split.inputs, timestamp=None)
    with pytest.raises(ValueError, match="train: expected ratings that say when they were given"):
        BayesianFactorisationMachine(**QUICK, day=True).fit(timeless)
    with pytest.raises(ValueError, match=r"train: expected at least two values of ratings, found \[4.0\]"):
        BayesianFactorisationMachine(**QUICK).fit(replace(split.inputs, rating=np.full_like(split.inputs.rating, 4)))


def test_it_comes_back_from_another_process_without_a_warning(machine, split, monkeypatch):
    """The warning of myfm, first imported here, stood on the page of whoever trained in several processes."""
    sent = pickle.dumps(machine)
    for name in ("myfm", "pkg_resources"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        again = pickle.loads(sent)
    np.testing.assert_array_equal(again.predict(*pairs(split)), machine.predict(*pairs(split)))
