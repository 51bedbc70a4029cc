"""The ordinal biases as a predictor: newcomers, distributions, settings."""

import numpy as np
import pytest

from rbm_lib.baselines.contract import FoldsIn, Predictor, check_predictor
from rbm_lib.baselines.ordinal_biases import OrdinalBiases
from rbm_lib.baselines.star_base_rates import StarItemMean
from rbm_lib.datasets import load
from rbm_lib.splits.held_out import random_fraction
from rbm_lib.splits.new_users import new_users


@pytest.fixture(scope="module")
def stars():
    return load("planted").ratings


def rmse(predictor, targets):
    return np.sqrt(np.mean((predictor.predict(targets.user_index, targets.item_index) - targets.rating) ** 2))


def test_it_passes_the_films_means(stars):
    split = random_fraction(stars, 0.1, seed=1)
    biases = OrdinalBiases().fit(split.inputs)
    check_predictor(biases, Predictor)
    assert isinstance(biases, Predictor)
    assert isinstance(biases, FoldsIn)
    assert rmse(biases, split.targets) < rmse(StarItemMean().fit(split.inputs), split.targets) - 0.005


def test_newcomers_are_told_apart(stars):
    split = new_users(stars, 0.2, seed=1)
    biases = OrdinalBiases().fit(split.train)
    before = rmse(biases, split.targets)
    assert rmse(biases.fold_in(split.inputs), split.targets) < before


def test_a_distribution_has_the_expected_stars_as_its_mean(stars):
    split = random_fraction(stars.take_users(np.arange(200)), 0.1, seed=1)
    for degree in (1, 2):
        biases = OrdinalBiases(degree).fit(split.inputs)
        shares = biases.predict_ratings(split, output="distribution")
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(shares @ biases.values, biases.predict_ratings(split), rtol=1e-5)
        targets = split.targets
        np.testing.assert_allclose(
            biases.predict_ratings(split), biases.predict(targets.user_index, targets.item_index), rtol=1e-5
        )


def test_values_that_nobody_gave_can_be_named(stars):
    small = stars.take_users(np.arange(50))
    assert OrdinalBiases(values=[0, 1, 2, 3, 4, 5]).fit(small).values.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="degree: expected a whole number from 1 to 2, found 3"):
        OrdinalBiases(3)
