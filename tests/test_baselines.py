"""Base rates worked by hand."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rbm_lib.baselines import BASE_RATES, AlwaysLike, ItemMean, ItemUserBias, Popularity
from rbm_lib.ratings import Ratings


@pytest.fixture
def four():
    """Four ratings: user 1 likes films 10 and 11, user 2 likes 10 and dislikes 11."""
    return Ratings.from_triples([1, 1, 2, 2], [10, 11, 10, 11], [1, 1, 1, 0])


def test_always_like_is_the_overall_share(four):
    assert AlwaysLike().fit(four).predict([0, 1], [1, 0]).tolist() == [0.75, 0.75]


def test_item_mean_is_the_smoothed_share(four):
    overall = 3.5 / 5
    expected = [(2 + 1 * overall) / 3, (1 + 1 * overall) / 3]
    np.testing.assert_allclose(ItemMean(smoothing=1.0).fit(four).predict([1, 1], [0, 1]), expected, rtol=1e-6)


def test_item_user_bias_minimises_its_penalised_log_loss(four):
    def objective(theta):
        overall, user, item = theta[0], theta[1:3], theta[3:5]
        logit = overall + user[four.user_index] + item[four.item_index]
        return np.sum(np.log1p(np.exp(logit)) - four.rating * logit) + 0.7 * np.sum(theta[1:] ** 2)

    best = minimize(objective, np.zeros(5), tol=1e-10).x
    expected = 1 / (1 + np.exp(-(best[0] + best[1:3] + best[3:5])))
    found = ItemUserBias(penalty=0.7).fit(four).predict([0, 1], [0, 1])
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_popularity_knows_only_how_often_a_film_was_rated():
    ratings = Ratings.from_triples([1, 2, 3, 1, 2, 3], [10, 10, 10, 11, 12, 13], [1, 1, 1, 0, 1, 0])
    found = Popularity().fit(ratings).predict([0, 1, 2, 0], [0, 1, 2, 3])
    assert found[1] == found[2] == found[3] < found[0]


@pytest.mark.parametrize("baseline", BASE_RATES)
def test_stars_are_refused(baseline):
    with pytest.raises(ValueError, match="expected ratings 0"):
        baseline().fit(Ratings.from_triples([1, 2], [10, 10], [4, 5]))


def test_penalty_must_be_positive():
    with pytest.raises(ValueError, match="penalty: expected"):
        ItemUserBias(penalty=0)
