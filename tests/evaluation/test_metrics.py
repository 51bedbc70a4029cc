"""Metrics on four ratings worked by hand, and the bootstrap's coverage."""

import numpy as np
import pytest

from rbm_lib.evaluation import metrics
from rbm_lib.evaluation.resampling import Samples
from rbm_lib.evaluation.verdicts import compare
from rbm_lib.evaluation.within_users import bootstrap_user_auc

RATING = np.array([1.0, 1.0, 0.0, 0.0])
PROBABILITY = np.array([0.9, 0.4, 0.6, 0.2])


def test_four_ratings_worked_by_hand():
    found = metrics.binary_metrics(RATING, PROBABILITY)
    assert found["accuracy"] == 0.5  # right: the first and the last
    assert found["balanced_accuracy"] == 0.5
    assert found["auc"] == 0.75  # of four pairs of a like and a dislike, one is the wrong way round
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.4, 0.8]).mean())
    assert found["brier"] == pytest.approx(np.mean([0.01, 0.36, 0.36, 0.04]))


def test_balanced_accuracy_sees_through_a_base_rate():
    rating = np.array([1.0] * 7 + [0.0] * 3)
    found = metrics.binary_metrics(rating, np.full(10, 0.7))
    assert (found["accuracy"], found["balanced_accuracy"], found["auc"]) == (0.7, 0.5, 0.5)


def test_wrong_bits_have_infinite_log_loss():
    assert metrics.binary_metrics(RATING, np.array([1.0, 0.0, 0.0, 0.0]))["log_loss"] == np.inf


def test_the_unresampled_row_is_the_point_value():
    user = np.array([0, 1, 0, 1])  # a like and a dislike each
    row = metrics.bootstrap_users(RATING, {"model": PROBABILITY}, user, resamples=2, seed=1).iloc[0]
    for metric, value in metrics.binary_metrics(RATING, PROBABILITY).items():
        assert row["model", metric] == pytest.approx(value), metric


def test_a_resample_repeats_whole_users():
    """Weighting users must equal repeating their rows."""
    rng = np.random.default_rng(1)
    user = np.repeat(np.arange(5), 7)
    rating, probability = rng.integers(0, 2, 35).astype(float), rng.random(35)
    weights = np.array([[2.0, 0, 1, 3, 1]])
    rows = np.concatenate([np.flatnonzero(user == u) for u in np.repeat(np.arange(5), weights[0].astype(int))])
    expected = metrics.binary_metrics(rating[rows], probability[rows])
    found = metrics.weighted_metrics(rating, {"mine": probability}, Samples(user, weights))
    for metric, value in expected.items():
        assert found["mine", metric][0] == pytest.approx(value), metric


def test_the_interval_covers_as_often_as_it_says():
    """Users differ in their accuracy; a bootstrap over ratings would be far too narrow here."""
    rng = np.random.default_rng(7)
    num_users, a_user, trials, covered, gains, widths = 61, 29, 100, 0, 0, []
    user = np.repeat(np.arange(num_users), a_user)
    for trial in range(trials):
        skill = rng.beta(2, 1, num_users)[user]  # mean 2/3
        rating = rng.integers(0, 2, len(user)).astype(float)
        rights = {name: rng.random(len(user)) < skill for name in "mn"}  # equally good: the true gain is zero
        answers = {name: np.where(right, rating, 1 - rating) * 0.8 + 0.1 for name, right in rights.items()}
        table = metrics.bootstrap_users(rating, answers, user, resamples=80, seed=trial, only=("accuracy",))
        _, low, high = metrics.interval(table["m", "accuracy"])
        covered += low <= 2 / 3 <= high
        widths.append(high - low)
        _, low, high = metrics.interval(table["m", "accuracy"] - table["n", "accuracy"])
        gains += low <= 0 <= high
    error = np.sqrt(0.95 * 0.05 / trials)
    for count in (covered, gains):  # percentile intervals of few users are a little narrow
        assert 0.95 - 4 * error - 0.02 < count / trials <= 1
    standard_error = np.sqrt((1 / 18 + 1 / 6 / a_user) / num_users)  # variance between users, and of their answers
    assert 0.85 < np.mean(widths) / (2 * 1.96 * standard_error) < 1.1  # and they are no wider than they must be


def test_the_same_seed_draws_the_same_users():
    rating, probability, user = np.tile(RATING, 7), np.tile(PROBABILITY, 7), np.repeat(np.arange(7), 4)
    tables = [metrics.bootstrap_users(rating, {"m": probability}, user, resamples=5, seed=3) for _ in "ab"]
    assert tables[0].equals(tables[1])
    assert np.isfinite(tables[0]).all(axis=None)


@pytest.mark.parametrize(("num_users", "has_interval"), [(1, False), (4, False), (5, True)])
def test_too_few_users_have_no_interval(num_users, has_interval):
    """Of one user every resample is the same: an interval without width would pretend to certainty."""
    rng = np.random.default_rng(3)
    user = np.repeat(np.arange(num_users), 28 // num_users)
    rating, probability = np.resize([1.0, 0.0], len(user)), rng.random(len(user))
    table = metrics.bootstrap_users(rating, {"m": probability}, user, resamples=7, seed=1)
    for metric, expected in metrics.binary_metrics(rating, probability).items():
        value, low, high = metrics.interval(table["m", metric])
        assert value == pytest.approx(expected)
        assert np.isfinite([low, high]).all() == has_interval
    within = bootstrap_user_auc(rating, {"m": probability}, user, resamples=7, seed=1)
    assert np.isfinite(metrics.interval(within["m"])).all() == has_interval


def test_calibration_of_a_calibrated_and_of_an_overconfident_predictor():
    rng = np.random.default_rng(5)
    probability = rng.random(20011)
    rating = (rng.random(20011) < probability).astype(float)
    curve, error = metrics.calibration(rating, probability)
    assert error < 4 * np.sqrt(0.25 / 2001)
    assert list(curve.columns) == ["predicted", "observed"]
    sharp = np.clip(2 * (probability - 0.5) + 0.5, 0, 1)
    assert metrics.calibration(rating, sharp)[1] > 0.1


def test_calibration_worked_by_hand_with_unequal_bins():
    probability = np.array([0.9, 0.1, 0.4, 0.2, 0.8])
    rating = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    curve, error = metrics.calibration(rating, probability, 2)  # three ratings and two
    np.testing.assert_allclose(curve, [[0.7 / 3, 1 / 3], [0.85, 0.5]])
    assert error == pytest.approx((3 * (1 / 3 - 0.7 / 3) + 2 * 0.35) / 5)


def test_calibration_of_ties_has_equal_bins_and_does_not_ask_for_their_order():
    """Quantiles of a share that repeats made one bin of nearly all; cut by rank, likes first, it looked wrong."""
    probability = np.array([0.5] * 14 + [0.1, 0.9])
    rating = np.array([1.0] * 7 + [0.0] * 7 + [0.0, 1.0])
    curve, error = metrics.calibration(rating, probability, 4)
    np.testing.assert_allclose(curve, [[0.4, 0.375], [0.5, 0.5], [0.5, 0.5], [0.6, 0.625]])
    assert error == pytest.approx(0.0125)
    order = np.random.default_rng(3).permutation(16)
    again, _ = metrics.calibration(rating[order], probability[order], 4)
    np.testing.assert_allclose(again, curve)
    assert metrics.calibration(RATING, np.full(4, 0.5), 10)[1] == 0
    with pytest.raises(ValueError, match="num_bins: expected a whole number of at least 2, found 1"):
        metrics.calibration(RATING, PROBABILITY, 1)


@pytest.mark.parametrize(
    ("rating", "probability", "message"),
    [
        (RATING, PROBABILITY[:3], "probability: expected shape"),
        (RATING * 5, PROBABILITY, "rating: expected 0 and 1"),
        (np.ones(4), PROBABILITY, "rating: expected 0 and 1, both present"),
        (RATING, PROBABILITY + 1, "probability: expected numbers from 0 to 1"),
        (RATING, np.array([0.1, np.nan, 0.2, 0.3]), "probability: expected numbers from 0 to 1"),
    ],
)
def test_predictions_that_cannot_be_scored_are_refused(rating, probability, message):
    with pytest.raises(ValueError, match=message):
        metrics.binary_metrics(rating, probability)


def test_resamples_must_allow_an_interval():
    with pytest.raises(ValueError, match="resamples: expected"):
        metrics.bootstrap_users(RATING, {"m": PROBABILITY}, np.arange(4), resamples=1, seed=0)


def test_a_sample_of_users_without_dislikes_has_no_auc_and_no_balance_and_warns_of_nothing(recwarn):
    """One user of seven dislikes anything: a third of the samples lacks that user."""
    rating, user = np.ones(21), np.repeat(np.arange(7), 3)
    rating[4] = 0
    drawn = metrics.bootstrap_users(rating, {"mine": np.linspace(0.2, 0.9, 21)}, user, resamples=50, seed=3)
    missing = drawn["mine"].isna()
    assert 5 < missing["auc"].sum() < 45
    assert (missing["auc"] == missing["balanced_accuracy"]).all()
    assert not missing[["accuracy", "log_loss", "brier"]].any(axis=None)
    value, low, high = metrics.interval(drawn["mine", "auc"])
    assert 0 <= value <= 1
    assert np.isnan([low, high]).all()
    assert compare(low, high) == "not distinguishable from"
    within = bootstrap_user_auc(rating, {"mine": np.linspace(0.2, 0.9, 21)}, user, resamples=50, seed=3)
    assert (within["mine"].isna() == missing["auc"]).all()
    assert not recwarn.list
