"""The drift of users: the mode of a Gaussian process with a dense covariance, and what must not matter."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.cross_fitting import cross_fitted
from rbm_lib.models.drift import UserDrift, precision_bands
from rbm_lib.models.recipes import Recipe
from rbm_lib.splits.held_out import random_fraction

STARS = np.arange(1, 6)
VARIANCE, TIMESCALE = 0.4, 300.0


def drifting(num_users=200, each=60, variance=VARIANCE, seed=3):
    """Ratings drawn from known shares and a known drift, in sittings of twenty; and the shares."""
    rng = np.random.default_rng(seed)
    users, items = np.repeat(np.arange(num_users), each), np.tile(np.arange(each), num_users)
    within = rng.integers(0, 600, (num_users, each // 20, 20)) + 10**6 * np.arange(each // 20)[:, None]
    times = 10**9 + within.reshape(num_users, each)
    gaps = np.abs(times[:, :, None] - times[:, None]) / TIMESCALE
    factor = np.linalg.cholesky(np.exp(-gaps) + 1e-6 * np.eye(each))
    drift = np.sqrt(variance) * np.einsum("uij,uj->ui", factor, rng.normal(size=(num_users, each)))
    score = UserDrift(STARS).score
    logits = rng.normal(0, 0.7, (len(users), 5))
    probability = softmax(logits + drift.reshape(-1, 1) * score, axis=1)
    state = (probability.cumsum(axis=1)[:, :-1] < rng.random((len(users), 1))).sum(axis=1)
    ratings = Ratings.from_triples(users, items, STARS[state].astype(np.float32), timestamp=times.ravel())
    return ratings, softmax(logits, axis=1), drift.ravel()


@pytest.fixture(scope="module")
def planted():
    return drifting()


def known(ratings, shares, variance=VARIANCE, timescale=TIMESCALE):
    """A drift of given settings, as `fit` leaves it."""
    drift = UserDrift(STARS).fold_in(ratings, shares)
    drift.variance, drift.timescale = variance, timescale
    return drift


def divided(ratings, shares, seed=1):
    """(Drift that knows four fifths, the other fifth, its shares, which they are)."""
    hidden = np.random.default_rng(seed).random(ratings.num_ratings) < 0.2
    return known(ratings.select(~hidden), shares[~hidden]), ratings.select(hidden), shares[hidden], hidden


def test_three_diagonals_are_the_inverse_of_the_covariance():
    users, times = np.repeat([0, 1], [4, 3]), np.array([0.0, 10, 300, 4000, 5, 50, 60])
    bands = precision_bands(users, times, VARIANCE, TIMESCALE)
    precision = np.diag(bands[1]) + np.diag(bands[0, 1:], 1) + np.diag(bands[0, 1:], -1)
    covariance = VARIANCE * np.exp(-np.abs(times[:, None] - times) / TIMESCALE) * (users[:, None] == users)
    np.testing.assert_allclose(precision @ covariance, np.eye(7), atol=1e-9)


def test_it_is_the_mode_of_the_posterior(planted, monkeypatch):
    """d = K (slope of the log likelihood at d): where the gradient of the log posterior is zero, K being dense."""
    monkeypatch.setattr("rbm_lib.models.drift.NEWTON_STEPS", 30)
    ratings, shares, _ = planted
    own = ratings.user_index == 7
    ratings, shares = ratings.select(own), shares[own]
    drift = known(ratings, shares)
    found = drift.at(ratings)
    expected = softmax(np.log(shares) + found[:, None] * drift.score, axis=1) @ drift.score
    gaps = np.abs(ratings.timestamp[:, None] - ratings.timestamp) / TIMESCALE
    slope = drift.score[(ratings.rating - 1).astype(int)] - expected
    np.testing.assert_allclose(found, VARIANCE * np.exp(-gaps) @ slope, atol=5e-3)


def test_the_steps_that_are_taken_are_enough(planted, monkeypatch):
    drift, targets, _, _ = divided(*planted[:2])
    found = drift.at(targets)
    monkeypatch.setattr("rbm_lib.models.drift.NEWTON_STEPS", 30)
    assert np.abs(found - drift.at(targets)).max() < 0.02
    assert np.abs(found).max() > 0.5


def test_it_finds_the_drift_and_predicts_better(planted):
    ratings, shares, truth = planted
    drift, targets, said, hidden = divided(ratings, shares)
    found = drift.at(targets)
    assert np.corrcoef(found, truth[hidden])[0, 1] > 0.7
    place, given = np.arange(len(found)), (targets.rating - 1).astype(int)
    adjusted = drift.adjust(said, targets)
    np.testing.assert_allclose(adjusted.sum(axis=1), 1)
    assert -np.log(adjusted[place, given]).mean() < -np.log(said[place, given]).mean() - 0.05


def fitted(ratings, shares):
    drift, targets, said, _ = divided(ratings, shares)
    return UserDrift(STARS).fit(drift.known, np.exp(drift.logs), targets, said)


def test_the_settings_are_recovered(planted, monkeypatch):
    drift = fitted(*planted[:2])
    assert VARIANCE / 2 < drift.variance < VARIANCE * 2
    assert TIMESCALE / 2.5 < drift.timescale < TIMESCALE * 2.5
    monkeypatch.setattr("rbm_lib.models.drift.ENOUGH", 6000)  # half of the users are enough
    assert VARIANCE / 2.5 < fitted(*planted[:2]).variance < VARIANCE * 2.5


def test_other_known_ratings_are_folded_in(planted):
    ratings, shares, _ = planted
    drift, targets, _, hidden = divided(ratings, shares)
    nobody = drift.known.select(np.zeros(drift.known.num_ratings, bool))
    fewer = UserDrift(STARS).fold_in(nobody, shares[:0])
    fewer.variance, fewer.timescale = VARIANCE, TIMESCALE
    np.testing.assert_array_equal(fewer.at(targets), 0)
    np.testing.assert_array_equal(
        fewer.fold_in(ratings.select(~hidden), shares[~hidden]).at(targets), drift.at(targets)
    )


def test_where_nothing_drifts_nothing_is_adjusted():
    ratings, shares, _ = drifting(variance=0)
    drift = fitted(ratings, shares)
    assert drift.variance < 0.02
    np.testing.assert_allclose(drift.adjust(shares, ratings), shares, atol=0.03)


def test_moments_far_apart_have_nothing_in_common(planted):
    drift, targets, said, _ = divided(*planted[:2])
    later = replace(targets, timestamp=targets.timestamp + 10**9)
    np.testing.assert_allclose(drift.at(later), 0, atol=1e-12)
    np.testing.assert_allclose(drift.adjust(said, later), said, rtol=1e-6)


def test_another_user_and_another_zero_of_the_clock_change_nothing(planted):
    ratings, shares, _ = planted
    drift, targets, _, hidden = divided(ratings, shares)
    found = drift.at(targets)
    own = (ratings.user_index == 3) & ~hidden
    alone = known(ratings.select(own), shares[own]).at(targets)
    np.testing.assert_allclose(alone[targets.user_index == 3], found[targets.user_index == 3], rtol=1e-9)
    np.testing.assert_array_equal(alone[targets.user_index != 3], 0)  # of them nothing is known
    moved = replace(ratings, timestamp=ratings.timestamp - 12345)
    np.testing.assert_allclose(divided(moved, shares)[0].at(moved.select(hidden)), found, rtol=1e-9)


def test_what_the_targets_are_does_not_matter(planted):
    drift, targets, _, _ = divided(*planted[:2])
    others = replace(targets, rating=6 - targets.rating)
    np.testing.assert_array_equal(drift.at(others), drift.at(targets))


def test_many_ratings_of_one_second_are_one_moment(planted):
    """The covariance is singular then; d is the same for all of them, to the process' least variance."""
    ratings, shares, _ = planted
    at_once = replace(ratings, timestamp=np.full(ratings.num_ratings, 5))
    found = known(at_once, shares).at(at_once)
    assert np.isfinite(found).all()
    assert np.ptp(found[at_once.user_index == 0]) < 0.05


def test_every_rating_is_said_by_a_machine_that_did_not_learn_it():
    """Another value of one rating leaves what is said of it as it was, and changes what is said of others."""
    ratings = drifting(20, 20)[0]
    recipe, place = Recipe(num_hidden=2, epochs=2, batch_size=8), 137
    found = cross_fitted(recipe, ratings, num_folds=3)
    assert found.shape == (ratings.num_ratings, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    rating = ratings.rating.copy()
    rating[place] = 6 - rating[place] if rating[place] != 3 else 5
    others = cross_fitted(recipe, replace(ratings, rating=rating), num_folds=3)
    np.testing.assert_array_equal(others[place], found[place])
    assert (others != found).any()


def test_refusals(planted):
    ratings, shares, _ = planted
    drift = UserDrift(STARS)
    with pytest.raises(ValueError, match="drift: expected one that was fitted"):
        drift.at(ratings)
    with pytest.raises(ValueError, match=r"shares: expected shape \(12000, 5\), of known, found \(11999, 5\)"):
        drift.fold_in(ratings, shares[1:])
    with pytest.raises(ValueError, match=r"shares: expected shape \(12000, 5\), of targets, found \(11999, 5\)"):
        drift.fit(ratings, shares, ratings, shares[1:])
    timeless = replace(ratings, timestamp=None)
    with pytest.raises(ValueError, match="known: expected ratings that say when they were given"):
        drift.fold_in(timeless, shares)
    with pytest.raises(ValueError, match="targets: expected ratings that say when they were given"):
        known(ratings, shares).at(timeless)
    with pytest.raises(ValueError, match=r"known: expected ratings among \[1.0, 2.0, 3.0, 4.0\], found 5"):
        UserDrift([1, 2, 3, 4]).fold_in(ratings, shares[:, 1:])
    with pytest.raises(ValueError, match="targets: expected 200 users, found 20"):
        known(ratings, shares).at(random_fraction(drifting(20, 20)[0], 0.1, seed=1).targets)
