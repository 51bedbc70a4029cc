"""One protocol: base rates are always there, gains are paired and point the right way."""

from types import SimpleNamespace

import numpy as np
import pytest

from rbm_lib.analysis.likelihood import log_likelihood
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.loading import load
from rbm_lib.datasets.planted.truth import PlantedSettings
from rbm_lib.evaluation.ceiling import planted_model
from rbm_lib.evaluation.comparison import BASE_RATE_NAMES, WITHIN_USERS, Comparison
from rbm_lib.evaluation.within_users import auc_of_users
from rbm_lib.splits.held_out import random_n


@pytest.fixture
def split():
    rng = np.random.default_rng(3)
    visible = (rng.random((61, 13)) < np.linspace(0.3, 0.9, 13)).astype(float)
    return random_n(Ratings.from_dense(visible, rng.random((61, 13)) < 0.8), 3, seed=1, more_than=4)


@pytest.fixture
def comparison(split):
    truth = split.targets.rating.astype(float)
    good = {"oracle": np.clip(truth, 0.05, 0.95), "noise": np.random.default_rng(1).random(len(truth))}
    return Comparison(split, good, resamples=50, seed=1)


def test_base_rates_stand_beside_every_model(comparison):
    assert list(comparison.table().index) == [*BASE_RATE_NAMES, "oracle", "noise"]


@pytest.mark.parametrize("metric", ["accuracy", "auc", "log_loss", "brier", "balanced_accuracy"])
def test_a_gain_is_positive_for_the_better_predictor(comparison, metric):
    value, low, high = comparison.gain("oracle", "noise", metric)
    assert 0 < low <= value <= high
    assert comparison.gain("noise", "oracle", metric)[0] == pytest.approx(-value)


def test_the_auc_within_users_is_compared_on_the_same_users_as_every_metric(comparison):
    targets, table = comparison.split.targets, comparison.within_users()
    by_hand = auc_of_users(targets.rating, comparison.probabilities["noise"], targets.user_index).mean()
    assert list(table.index) == list(comparison.table().index)
    assert table.loc["noise", "value"] == pytest.approx(by_hand)
    assert table.loc["oracle", "value"] == 1.0
    value, low, high = comparison.gain("oracle", "noise", WITHIN_USERS)
    assert value == pytest.approx(1 - by_hand)
    assert 0 < low <= value <= high


def test_a_predictor_gains_nothing_over_itself(comparison):
    assert comparison.gain("oracle", "oracle", "auc") == (0.0, 0.0, 0.0)


def test_the_paired_interval_is_narrower_than_the_unpaired_would_be(comparison):
    value, low, high = comparison.gain("item mean", "item+user bias", "auc")
    widths = [np.ptp(comparison.interval(name, "auc")[1:]) for name in ("item mean", "item+user bias")]
    assert high - low < np.hypot(*widths)
    assert low <= value <= high


def test_the_long_table_holds_what_the_wide_one_does(comparison):
    row = comparison.long().set_index(["predictor", "metric"]).loc[("oracle", "auc")]
    assert row["value"] == comparison.table().loc["oracle", "auc"]
    assert comparison.num_ratings == comparison.split.targets.num_ratings


def test_the_planted_model_predicts_as_the_truth_does(tmp_path):
    """log P(stars of a user) from its parameters equals the truth's own predictions, chained film by film."""
    settings = PlantedSettings(num_users=3, num_items=7, num_ratings=15, num_hidden=2, min_ratings=5)
    data = load("planted", planted=settings, data_dir=tmp_path)
    found = log_likelihood(planted_model(data), data.ratings, method="exact").low
    expected = np.zeros(3)
    for user in range(3):
        own = np.flatnonzero(data.ratings.user_index == user)
        for place, target in enumerate(own):
            # the films not yet reached count as rated, their stars summed out
            inputs = data.ratings.select(np.isin(np.arange(15), own[:place]))
            others = data.ratings.select(np.isin(np.arange(15), own[place:]))
            share = data.truth.predict_stars(inputs, others)[0]
            expected[user] += np.log(share[int(data.ratings.rating[target]) - 1])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_real_ratings_have_no_planted_model():
    with pytest.raises(ValueError, match="data: expected planted ratings, whose truth is known, found 'mine'"):
        planted_model(SimpleNamespace(name="mine", truth=None))
