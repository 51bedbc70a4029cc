"""Base rates worked by hand."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rbm_lib.baselines.base_rates import BASE_RATES, AlwaysLike, ItemMean, ItemUserBias, Popularity
from rbm_lib.data.ratings import Ratings


@pytest.fixture
def four():
    """Four ratings: user 1 likes films 10 and 11, user 2 likes 10 and dislikes 11."""
    return Ratings.from_triples([1, 1, 2, 2], [10, 11, 10, 11], [1, 1, 1, 0])


def test_always_like_is_the_overall_share(four):
    assert AlwaysLike().fit(four).predict([0, 1], [1, 0]).tolist() == [0.75, 0.75]


def test_where_likes_are_the_minority_always_like_stays_their_share():
    few = Ratings.from_triples([1, 1, 2, 2], [10, 11, 10, 11], [1, 0, 0, 0])
    assert AlwaysLike().fit(few).predict([0], [1]).tolist() == [0.25]


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


def test_biases_of_new_users_minimise_the_same_loss_with_the_films_held(four):
    """A user without training ratings had no bias, while rivals were shown the inputs."""
    more = Ratings.from_triples([1, 2, 3, 3, 3, 4], [10, 11, 12, 10, 11, 12], [1, 0, 1, 0, 0, 0])
    is_new = more.user_index == 2
    baseline = ItemUserBias(penalty=0.7).fit(more.select(~is_new))
    before = baseline.predict([0, 2], [1, 1])
    inputs = more.select(is_new & (more.item_index < 2))
    after = baseline.fold_in(inputs).predict([0, 2], [1, 1])
    assert after[0] == before[0]  # nobody else moves
    logit = np.log(before[1] / (1 - before[1])), np.log(after[1] / (1 - after[1]))
    films = baseline.regression.intercept_[0] + baseline.regression.coef_[0, 4 + inputs.item_index]

    def objective(bias):
        return np.sum(np.log1p(np.exp(films + bias)) - inputs.rating * (films + bias)) + 0.7 * bias[0] ** 2

    best = minimize(objective, [0.0], tol=1e-10).x[0]
    assert best < -0.3
    assert logit[1] - logit[0] == pytest.approx(best, abs=1e-4)


def test_folding_in_what_was_learnt_changes_nothing():
    rng = np.random.default_rng(3)
    train = Ratings.from_dense(rng.random((23, 7)) < np.linspace(0.2, 0.9, 7), rng.random((23, 7)) < 0.7)
    where = np.repeat(np.arange(23), 7), np.tile(np.arange(7), 23)
    baseline = ItemUserBias().fit(train)
    before = baseline.predict(*where)
    np.testing.assert_allclose(baseline.fold_in(train).predict(*where), before, atol=1e-3)


def test_a_user_with_every_rating_against_the_films_is_found():
    """Where Newton's steps leap from end to end."""
    likes = Ratings.from_dense(np.vstack([np.ones((97, 301)), np.zeros((1, 301))]), np.ones((98, 301), bool))
    is_new = likes.user_index == 97
    one_off = np.arange(likes.num_ratings) == 5  # a dislike, as a regression needs both
    train = likes.select(~is_new)
    train.rating[one_off[: train.num_ratings]] = 0
    found = ItemUserBias().fit(train).fold_in(likes.select(is_new)).predict([97], [0])
    assert 0 < found[0] < 0.2


def test_inputs_of_other_users_are_refused(four):
    with pytest.raises(ValueError, match=r"inputs: expected the 2 users that 'item\+user bias' was fitted on, found 3"):
        ItemUserBias().fit(four).fold_in(Ratings.from_triples([1, 2, 3], [10, 11, 10], [1, 0, 1]))


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
