"""One protocol: base rates are always there, gains are paired and point the right way."""

import numpy as np
import pytest

from rbm_lib.evaluation import BASE_RATE_NAMES, Comparison
from rbm_lib.ratings import Ratings
from rbm_lib.splits import random_n


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
