"""The tasteless beside whom taste is measured: the integral against sums and draws, and generosity recognised."""

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import softmax

from rbm_lib.analysis.contrasts import base_rate_targets, target_table
from rbm_lib.analysis.generosity import BIASES, integrate
from rbm_lib.analysis.likelihood import base_rate_log_likelihoods
from rbm_lib.data.ratings import Ratings
from rbm_lib.models import Biases, PolynomialSoftmax
from rbm_lib.splits.held_out import random_fraction

STARS = (1.0, 2.0, 3.0, 4.0, 5.0)


def made_biases(degree, num_items, rng):
    tilts = PolynomialSoftmax(STARS, degree).tilts(degree)
    overall, film = rng.normal(size=5), rng.normal(size=(num_items, degree))
    return Biases(overall, film, np.zeros((1, degree)), np.ones(degree), np.array([0.7, 0.4])[:degree], tilts)


def of_one(biases, ratings, user, bias):
    """The density that is integrated: P(a) * P(ratings of the user | a)."""
    own = slice(*ratings.row_splits[user : user + 2])
    shares = softmax(biases.film_logits()[ratings.item_index[own]] + np.asarray(bias) @ biases.tilts.T, axis=1)
    given = shares[np.arange(len(shares)), np.searchsorted(STARS, ratings.rating[own])].prod()
    variance = biases.user_variance
    return given * np.exp(-0.5 * (np.square(bias) / variance).sum()) / np.sqrt(2 * np.pi * variance).prod()


@pytest.mark.parametrize("degree", [1, 2])
def test_the_integral_is_scipys(degree):
    rng = np.random.default_rng(3)
    ratings = Ratings.from_dense(rng.integers(1, 6, (3, 7)), rng.random((3, 7)) < np.linspace(0.3, 1, 3)[:, None])
    biases = made_biases(degree, 7, rng)
    for place, user in enumerate(np.flatnonzero(ratings.ratings_per_user)):
        if degree == 1:
            expected = quad(lambda a, u=user: of_one(biases, ratings, u, [a]), -9, 9)[0]
        else:
            expected = dblquad(lambda a, b, u=user: of_one(biases, ratings, u, [a, b]), -7, 7, -7, 7, epsabs=1e-10)[0]
        assert integrate(biases, ratings, STARS)[place] == pytest.approx(np.log(expected), abs=1e-3)


def test_probabilities_of_all_that_a_user_might_say_add_up_to_one():
    biases = made_biases(2, 3, np.random.default_rng(7))
    everything = np.stack(np.meshgrid(*[np.arange(1, 6)] * 3), axis=-1).reshape(-1, 3)
    ratings = Ratings.from_dense(everything, np.ones(everything.shape, bool))
    assert np.exp(integrate(biases, ratings, STARS)).sum() == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def generous():
    """People who differ in nothing but how high they rate: half of them learnt from, half strangers."""
    rng = np.random.default_rng(11)
    biases = made_biases(1, 23, rng)
    bias = rng.normal(0, np.sqrt(0.7), (202, 1))
    shares = softmax(biases.film_logits() + (bias @ biases.tilts.T)[:, None], axis=2)
    stars = 1 + (shares.cumsum(axis=2) < rng.random((202, 23, 1))).sum(axis=2)
    ratings = Ratings.from_dense(stars, rng.random((202, 23)) < 0.9)
    known = ratings.user_index < 101
    return ratings.select(known), ratings.select(~known), biases


def test_the_generous_and_the_strict_are_told_apart(generous):
    train, strangers, truth = generous
    units = PolynomialSoftmax(STARS)
    together = base_rate_log_likelihoods(train, strangers, units)
    gain = together[BIASES].gain(together["film base rates"])
    assert gain.verdict == "better than"
    best = integrate(truth, strangers, STARS).sum() / strangers.num_ratings  # what drew them, and no model can beat
    assert best - 0.03 < together[BIASES].middle < best + 0.005
    split = random_fraction(strangers, 0.2, seed=1)
    one_by_one = base_rate_targets(train, split, units)
    better = target_table({"gain": one_by_one[BIASES] - one_by_one["film base rates"]}, split).loc["gain"]
    assert better["low"] > 0


def test_a_stranger_is_known_by_the_shown_part_alone(generous):
    """Other stars of the targets change what is said of them, and nothing that it is said by."""
    train, strangers, _ = generous
    split = random_fraction(strangers, 0.2, seed=1)
    found = base_rate_targets(train, split, PolynomialSoftmax(STARS))[BIASES]
    split.targets.rating[:] = 6 - split.targets.rating
    turned = base_rate_targets(train, split, PolynomialSoftmax(STARS))[BIASES]
    split.targets.rating[:] = 6 - split.targets.rating
    assert not np.allclose(found, turned)
    same = base_rate_targets(train, split, PolynomialSoftmax(STARS))[BIASES]
    np.testing.assert_array_equal(found, same)
    middle = split.targets.rating == 3  # which turning leaves as it was
    np.testing.assert_array_equal(found[middle], turned[middle])
