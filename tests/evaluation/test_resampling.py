"""Samples of users and films against repeated rows and scikit-learn; how often their intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from rbm_lib.evaluation import metrics
from rbm_lib.evaluation.resampling import Samples, draw_samples, weighted_auc, weighted_user_auc
from rbm_lib.evaluation.within_users import auc_of_users

RESAMPLES = 11


@pytest.fixture(scope="module")
def drawn():
    """Targets of 17 users and 13 films with tied scores, and samples of both."""
    rng = np.random.default_rng(3)
    user, item = np.nonzero(rng.random((17, 13)) < 0.6)
    like = rng.random(len(user)) < 0.6
    score = np.round(rng.random(len(user)) * 0.7 + like * 0.2, 1)
    return like, score, draw_samples(user, item, resamples=RESAMPLES, seed=5)


def counts(samples, sample):
    """How often each rating counts in one sample."""
    return (samples.user_weights[sample][samples.user] * samples.item_weights[sample][samples.item]).astype(int)


def test_a_rating_counts_as_often_as_its_user_times_its_film(drawn):
    like, score, samples = drawn
    found = samples.totals({"like": like, "score": score})
    for sample in range(RESAMPLES + 1):
        repeated = np.repeat(np.arange(len(like)), counts(samples, sample))
        assert found["like"][sample] == like[repeated].sum()
        assert found["score"][sample] == pytest.approx(score[repeated].sum())
    assert found["like"][0] == like.sum()


@pytest.mark.parametrize("size", [1, 7 * (RESAMPLES + 1), 2**18])
def test_the_auc_is_scikit_learns_whatever_the_blocks(drawn, size, monkeypatch):
    monkeypatch.setattr("rbm_lib.evaluation.resampling.NUMBERS_AT_ONCE", size)
    like, score, samples = drawn
    weights = [counts(samples, sample) for sample in range(RESAMPLES + 1)]
    expected = [roc_auc_score(like, score, sample_weight=one) for one in weights]
    np.testing.assert_allclose(weighted_auc(like, score, samples), expected, rtol=1e-12)
    for constant in (0 * score, 0 * score + 0.5):
        np.testing.assert_allclose(weighted_auc(like, constant, samples), 0.5)
    alone = Samples(samples.user, samples.user_weights)
    expected = [roc_auc_score(like, score, sample_weight=one[samples.user]) for one in samples.user_weights]
    np.testing.assert_allclose(weighted_auc(like, score, alone), expected, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 7 * (RESAMPLES + 1), 2**18])
def test_within_users_films_count_as_often_as_they_are_drawn(drawn, size, monkeypatch):
    """Each user's repeated ratings, the users' AUCs weighed by how often the user was drawn."""
    monkeypatch.setattr("rbm_lib.evaluation.resampling.NUMBERS_AT_ONCE", size)
    like, score, samples = drawn
    found = weighted_user_auc(like, score, samples)
    assert found[0] == pytest.approx(auc_of_users(like, score, samples.user).mean())
    for sample in range(RESAMPLES + 1):
        films = np.repeat(np.arange(len(like)), samples.item_weights[sample][samples.item].astype(int))
        auc = auc_of_users(like[films], score[films], samples.user[films])
        weights = samples.user_weights[sample][auc.index]
        assert found[sample] == pytest.approx(np.average(auc, weights=weights))


def test_a_sample_without_dislikes_has_no_auc():
    weights = np.array([[1.0, 1, 1], [1, 2, 0]])
    samples = Samples(np.arange(3), weights, np.arange(3), np.ones((2, 3)))
    found = weighted_auc(np.array([True, True, False]), np.array([0.2, 0.9, 0.5]), samples)
    np.testing.assert_array_equal(found, [0.5, np.nan])


def test_equal_columns_have_equal_totals_to_the_last_bit():
    """A difference of rounding alone would be a gain whose interval is clear of 0."""
    rng = np.random.default_rng(7)
    samples = draw_samples(rng.integers(0, 97, 5003), rng.integers(0, 31, 5003), resamples=23, seed=1)
    columns = {n: rng.random(5003) for n in range(13)}
    twins = {f"twin {n}": column.copy() for n, column in columns.items()}
    found = samples.totals(columns | twins)
    for n in columns:
        np.testing.assert_array_equal(found[n], found[f"twin {n}"])


def test_the_same_users_are_drawn_with_films_and_without():
    user, item = np.repeat(np.arange(7), 5), np.tile(np.arange(5), 7)
    both, alone = draw_samples(user, item, resamples=301, seed=3), draw_samples(user, resamples=301, seed=3)
    np.testing.assert_array_equal(both.user_weights, alone.user_weights)
    assert alone.item_weights is None
    assert (both.item_weights.sum(axis=1) == 5).all()
    square = draw_samples(user, user, resamples=301, seed=3)  # as many films: they are drawn for themselves
    moved = np.corrcoef(square.user_weights[1:].ravel(), square.item_weights[1:].ravel())[0, 1]
    assert abs(moved) < 4 / np.sqrt(301 * 7)


def test_too_few_films_have_no_interval():
    rng = np.random.default_rng(3)
    user, item = np.repeat(np.arange(23), 4), np.tile(np.arange(4), 23)
    rating, probability = np.resize([1.0, 0, 1], 92), {"m": rng.random(92)}
    alone = metrics.bootstrap_users(rating, probability, user, resamples=7, seed=1)
    both = metrics.bootstrap_users(rating, probability, user, item, resamples=7, seed=1)
    assert np.isfinite(metrics.interval(alone["m", "accuracy"])).all()
    assert np.isnan(metrics.interval(both["m", "accuracy"])[1:]).all()
    assert both["m", "accuracy"][0] == alone["m", "accuracy"][0]


# What users and films contribute: standard deviations of their shares of right answers, and of their scores.
EFFECTS = {"films": (0.0, 0.12), "users": (0.12, 0.0), "both": (0.1, 0.1), "none": (0.0, 0.0)}
TRIALS, USERS, FILMS, SHARE = 150, 67, 41, 0.35


def draw_answers(rng, of_user, of_film):
    """Right answers of two predictors that are as good, and scores of likes; users and films differ by effects."""
    user, item = np.nonzero(rng.random((USERS, FILMS)) < SHARE)

    def effect():
        return rng.normal(0, of_user, USERS)[user] + rng.normal(0, of_film, FILMS)[item]

    like = rng.random(len(user)) < 0.6
    right = {name: rng.random(len(user)) < 0.6 + effect() for name in "mn"}
    score = like + 4 * effect() + rng.normal(0, 1, len(user))
    return user, item, like, right, score


def trials_of(kind):
    """By trial, what is drawn and quantity: the interval's width, and whether it holds the truth."""
    rng, rows = np.random.default_rng(29), []
    spread = np.sqrt(2 * (1 + 16 * np.square(EFFECTS[kind]).sum()))  # of the difference of two scores
    truth = {"accuracy": 0.6, "gain": 0.0, "auc": norm.cdf(1 / spread)}
    for trial in range(TRIALS):
        user, item, like, right, score = draw_answers(rng, *EFFECTS[kind])
        for drawn, films in (("users", None), ("both", item)):
            samples = draw_samples(user, films, resamples=99, seed=trial)
            totals = samples.totals(right | {"count": np.ones(len(user))})
            m, n = (totals[name] / totals["count"] for name in "mn")
            for quantity, values in (("accuracy", m), ("gain", m - n), ("auc", weighted_auc(like, score, samples))):
                value, low, high = metrics.interval(pd.Series(values))
                rows.append((drawn, quantity, value, high - low, low <= truth[quantity] <= high))
    return pd.DataFrame(rows, columns=["drawn", "quantity", "value", "width", "covered"])


def expected_width(kind):
    """What Owen's formulas say of accuracy's interval beside an exact one, for a table that is full to a share."""
    of_user, of_film = np.square(EFFECTS[kind])
    of_rating = 0.24 - of_user - of_film
    by_user, by_film = SHARE * (FILMS - 1) + 1, SHARE * (USERS - 1) + 1
    truth = by_user * of_user + by_film * of_film + of_rating
    return np.sqrt(((by_user + 2) * of_user + (by_film + 2) * of_film + 3 * of_rating) / truth)


@pytest.mark.parametrize("kind", EFFECTS)
def test_intervals_over_users_and_films_cover_as_often_as_they_say(kind):
    """At least 93 of 100 hold the truth, less two errors of the trials; they are too wide by as much as is told."""
    found, least = trials_of(kind).groupby(["drawn", "quantity"]), 0.93 - 2 * np.sqrt(0.93 * 0.07 / TRIALS)
    covered, width = found["covered"].mean(), found["width"].mean() / (2 * 1.96 * found["value"].std())
    for quantity in ("accuracy", "gain", "auc"):
        assert covered["both", quantity] > least, quantity
        assert 0.85 < width["both", quantity] < np.sqrt(3) * 1.15, quantity
        if kind == "films" and quantity != "auc":  # users alone know nothing of films: their intervals miss too often
            assert covered["users", quantity] < 0.85, quantity
        if kind in ("users", "none"):
            assert covered["users", quantity] > least, quantity
    for quantity in ("accuracy", "gain"):
        assert width["both", quantity] == pytest.approx(expected_width(kind), rel=0.15), quantity
