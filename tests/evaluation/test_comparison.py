"""One protocol: base rates are always there, gains are paired and point the right way."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rbm_lib.analysis.likelihood import log_likelihood
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.loading import load
from rbm_lib.datasets.planted.truth import PlantedSettings
from rbm_lib.evaluation.ceiling import planted_model
from rbm_lib.evaluation.comparison import BASE_RATE_NAMES, WITHIN_USERS, Comparison
from rbm_lib.evaluation.verdicts import compare, holm
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


def test_other_seeds_widen_a_gain_in_quadrature_and_change_nothing_else(comparison):
    value, low, high = comparison.gain("oracle", "noise", "auc")
    margins = {"oracle": {"auc": 0.3, "log_loss": 9.0}, "noise": {"auc": 0.4}, "nobody": {"auc": 7.0}}
    found = comparison.gain("oracle", "noise", "auc", seeds=margins)
    assert found == pytest.approx((value, value - np.hypot(value - low, 0.5), value + np.hypot(high - value, 0.5)))
    assert comparison.gain("oracle", "noise", "accuracy", seeds=margins) == comparison.gain(
        "oracle", "noise", "accuracy"
    )
    assert low > 0 > found[1]
    certain, doubtful = (comparison.gains([("oracle", "noise", "auc")], seeds=given) for given in (None, margins))
    assert certain["verdict"].tolist() == ["better than"]
    assert doubtful["verdict"].tolist() == ["not distinguishable from"]
    assert certain["p_value"][0] < 0.001 < doubtful["p_value"][0]


def test_many_gains_are_corrected_for_their_number(split):
    """Of 40 predictors that are noise alone some pass for better one by one, and none of them all at once."""
    rng = np.random.default_rng(17)
    noise = {f"noise {n}": rng.random(split.targets.num_ratings) for n in range(40)}
    comparison = Comparison(split, noise | {"coin": rng.random(split.targets.num_ratings)}, resamples=50, seed=1,
                            only=("accuracy",), resample="users")  # fmt: skip
    asked = [(name, "coin", "accuracy") for name in noise]
    one_by_one = [compare(*comparison.gain(*one)[1:]) for one in asked]
    assert len(set(one_by_one)) > 1
    together = comparison.gains(asked + asked)  # asked twice, a gain still counts once
    assert len(together) == 40
    assert set(together["verdict"]) == {"not distinguishable from"}
    alone = pd.concat([comparison.gains([one]) for one in asked], ignore_index=True)
    np.testing.assert_array_equal(together["p_value"], holm(alone["p_value"]))
    np.testing.assert_array_equal(together[["gain", "low", "high"]], alone[["gain", "low", "high"]])


def test_a_gain_without_any_spread_is_no_gain_or_certain(comparison):
    found = comparison.gains([("oracle", "oracle", "auc"), ("oracle", "always-like", "auc")])
    assert found["p_value"].tolist()[0] == 1
    assert found["verdict"].tolist() == ["not distinguishable from", "better than"]


def test_users_alone_can_be_drawn_and_what_is_drawn_is_said(split):
    both, users = (Comparison(split, {}, resamples=50, seed=1, resample=kind) for kind in ("both", "users"))
    assert (both.over, users.over) == ("users and films", "users")
    assert both.where(split.targets.item_index < 7).over == "users and films"
    assert users.where(split.targets.item_index < 7).over == "users"
    assert both.interval("item mean", "auc")[0] == pytest.approx(users.interval("item mean", "auc")[0])
    assert both.interval("item mean", "auc")[1:] != users.interval("item mean", "auc")[1:]
    assert both.interval("item mean", WITHIN_USERS)[1:] != users.interval("item mean", WITHIN_USERS)[1:]
    few = split.targets.item_index < 4
    assert users.can_judge(few, "accuracy")
    assert not both.can_judge(few, "accuracy")
    with pytest.raises(ValueError, match="resample: expected one of users, both, found 'films'"):
        Comparison(split, {}, resamples=2, seed=1, resample="films")


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
