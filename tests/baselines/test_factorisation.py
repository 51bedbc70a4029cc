"""Factorisations: against the library's own predictions and published figure, and against their objective."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from rbm_lib.baselines.factorisation import BiasedFactorisation, LogisticFactorisation
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.loading import load
from rbm_lib.splits.held_out import random_fraction

BOTH = (BiasedFactorisation, LogisticFactorisation)


@pytest.fixture(scope="module")
def gappy():
    """Likes of 13 users for 7 films; user 12 and film 6 have no rating."""
    rng = np.random.default_rng(11)
    observed_mask = rng.random((13, 7)) < 0.8
    observed_mask[-1] = observed_mask[:, -1] = False
    taste = rng.normal(size=(13, 2)) @ rng.normal(size=(2, 7)) + 0.4
    return Ratings.from_dense((taste > 0).astype(np.float32), observed_mask)


def every_pair(ratings):
    return tuple(np.indices((ratings.num_users, ratings.num_items)).reshape(2, -1))


def test_agrees_with_the_library_for_every_pair(gappy):
    stars = Ratings.from_dense(1 + 4 * gappy.to_dense()[0], gappy.to_dense()[1])
    model = BiasedFactorisation(3, epochs=11, learning_rate=0.05, penalty=0.02, seed=5).fit(stars)
    user, item = every_pair(stars)
    expected = [model.algorithm.predict(u, i, clip=True).est for u, i in zip(user.tolist(), item.tolist(), strict=True)]
    np.testing.assert_allclose(model.predict(user, item), expected, atol=1e-12)
    assert np.ptp(expected) > 1


def test_reaches_the_figure_published_for_the_library():
    """scikit-surprise's documentation gives RMSE 0.934 for SVD with its defaults on MovieLens-100K, five folds."""
    try:
        ratings = load("ml-100k", download=False).ratings
    except (OSError, ValueError):
        pytest.skip("MovieLens-100K is not here")
    split = random_fraction(ratings, 0.2, seed=1)
    model = BiasedFactorisation(epochs=20, penalty=0.02, seed=1).fit(split.inputs)
    error = model.predict(split.targets.user_index, split.targets.item_index) - split.targets.rating
    assert np.sqrt(np.mean(error**2)) == pytest.approx(0.934, abs=0.01)


def objective(flat, likes, num_factors, penalty, bias_penalty):
    """Log loss summed over the ratings plus penalties, of factors and biases in one vector."""
    num = likes.num_users, likes.num_items
    sizes = [num[0] * num_factors, num[1] * num_factors, num[0], num[1]]
    users, items, user_bias, item_bias = np.split(flat, np.cumsum(sizes)[:-1])
    users, items = users.reshape(num[0], -1), items.reshape(num[1], -1)
    share = likes.rating.mean()
    log_odds = np.log(share / (1 - share)) + user_bias[likes.user_index] + item_bias[likes.item_index]
    log_odds = log_odds + (users[likes.user_index] * items[likes.item_index]).sum(axis=1)
    loss = np.sum(np.logaddexp(0, log_odds) - likes.rating * log_odds)
    return (
        loss
        + penalty * ((users**2).sum() + (items**2).sum())
        + bias_penalty * ((user_bias**2).sum() + (item_bias**2).sum())
    )


def test_logistic_factors_minimise_the_penalised_log_loss(gappy):
    settings = {"penalty": 0.15, "bias_penalty": 0.4}
    model = LogisticFactorisation(2, epochs=300, batch_size=100, learning_rate=0.05, seed=3, **settings).fit(gappy)
    parts = (model.user_factors, model.item_factors, model.user_bias, model.item_bias)
    found = np.concatenate([part.ravel() for part in parts])
    arguments = (gappy, 2, *settings.values())
    reached, best = objective(found, *arguments), minimize(objective, found, arguments, tol=1e-10).fun
    without = minimize(objective, np.r_[np.zeros(40), found[40:]], (gappy, 2, 1e9, 0.4)).fun
    assert reached - best < 1e-2 * (without - best)  # as good as it gets, and better than biases alone can be
    assert without - best > 1
    assert np.abs(approx_fprime(found, objective, 1e-6, *arguments)).max() < 0.1


def test_logistic_predictions_follow_from_what_was_fitted(gappy):
    model = LogisticFactorisation(2, epochs=30, batch_size=7, learning_rate=0.05, penalty=0.1, seed=3).fit(gappy)
    user, item = every_pair(gappy)
    keras_says = 1 / (1 + np.exp(-model.model.predict([user, item], verbose=0)[:, 0].astype(np.float64)))
    known = (user < 12) & (item < 6)
    found = model.predict(user, item)
    np.testing.assert_allclose(found[known], keras_says[known], atol=1e-6)
    share = gappy.rating.mean()
    np.testing.assert_allclose(found[(user == 12) & (item == 6)], share, rtol=1e-6)  # nothing is known of either


@pytest.mark.parametrize("make", BOTH)
def test_seeds_decide(make, gappy):
    pair = every_pair(gappy)

    def predict(seed):
        return make(3, epochs=7, learning_rate=0.05, penalty=0.05, seed=seed).fit(gappy).predict(*pair)

    assert np.array_equal(predict(1), predict(1))
    assert not np.array_equal(predict(1), predict(2))


@pytest.mark.parametrize("make", BOTH)
def test_likes_give_probabilities_strictly_inside_and_lists_of_unseen_films(make, gappy):
    model = make(3, epochs=40, learning_rate=0.1, penalty=0.001, seed=1).fit(gappy)
    found = model.predict(*every_pair(gappy))
    assert found.min() > 0
    assert found.max() < 1
    if make is BiasedFactorisation:
        assert model._sum(*every_pair(gappy)).max() > 1  # squared error knows no bounds
    assert model.seen is gappy
    lists = model.recommend(np.arange(13), 7)
    for user, films in enumerate(lists):
        unseen = set(range(7)) - set(gappy.item_index[gappy.user_index == user].tolist())
        assert set(films[films >= 0].tolist()) == unseen
        expected = model._sum(np.full(len(unseen), user), films[: len(unseen)])
        assert (np.diff(expected) <= 1e-12).all()


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_factors", 0),
        ("epochs", 1.5),
        ("learning_rate", 0),
        ("penalty", -1),
        ("penalty", np.nan),
        ("seed", -1),
        ("seed", 1.0),
    ],
)
def test_settings_are_checked(make, name, value):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        make(**({"seed": 1} | {name: value}))


def test_a_logistic_link_needs_likes_and_dislikes(gappy):
    with pytest.raises(ValueError, match="train: expected ratings 0"):
        LogisticFactorisation(seed=1).fit(Ratings.from_triples([1, 2], [10, 10], [4, 5]))
    with pytest.raises(ValueError, match="train: expected both likes and dislikes"):
        LogisticFactorisation(seed=1).fit(gappy.select(gappy.rating == 1))
