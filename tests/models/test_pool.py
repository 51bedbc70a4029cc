"""The logarithmic pool: weights that maximise the likelihood, products of experts, counts, refusals."""

import numpy as np
import pytest
from scipy.special import softmax

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.pool import PRECISION, LogPool
from rbm_lib.splits.split import Split

STARS = np.arange(1, 6)
COUNT = 4000


class Says:
    """A predictor with given log odds of the stars."""

    def __init__(self, logits):
        self.logits = logits

    def predict_ratings(self, split, *, output="expected"):
        assert output == "distribution"
        return softmax(self.logits, axis=1).astype(np.float32)


def split_of(state, more=0):
    """A target a user; of inputs the first half of the users have one, the others `more` besides."""
    users, films = np.arange(len(state)), np.zeros(len(state), int)
    ids = list(range(2 + more))
    targets = Ratings.from_triples(users, films, STARS[state].astype(np.float32), item_ids=ids)
    rich = np.repeat(users[len(users) // 2 :], more)
    given = np.concatenate([films + 1, np.tile(np.arange(2, 2 + more), len(users) - len(users) // 2)])
    inputs = Ratings.from_triples(np.concatenate([users, rich]), given, np.ones(len(given)), item_ids=ids)
    return Split(inputs, targets, "a test", np.array([]))


def drawn(probability, seed=5):
    uniform = np.random.default_rng(seed).random((len(probability), 1))
    return (probability.cumsum(axis=1)[:, :-1] < uniform).sum(axis=1)


def weights_at(pool, split, target):
    """Each row's weight for one target, from the counts that its user and its film have."""
    inputs, targets = split.inputs, split.targets
    of_user = np.log1p(inputs.ratings_per_user[targets.user_index[target]]) - np.log1p(inputs.ratings_per_user.mean())
    of_film = np.log1p(inputs.ratings_per_item[targets.item_index[target]]) - np.log1p(inputs.ratings_per_item.mean())
    return pool.weights @ [1, of_user, of_film]


def opinions(number, seed=6):
    return [np.random.default_rng([seed, n]).normal(0, 1, (COUNT, 5)) for n in range(number)]


@pytest.fixture
def experts():
    """Two opinions and a third that knows nothing; the truth is the product of the first two, in other powers."""
    one, other, noise = opinions(3)
    probability = softmax(0.8 * one + 0.3 * other, axis=1)
    return [Says(one), Says(other), Says(noise)], split_of(drawn(probability)), probability


def test_the_powers_of_a_product_are_found(experts):
    machines, split, probability = experts
    pool = LogPool(STARS).fit(machines, split)
    np.testing.assert_allclose(weights_at(pool, split, 0), [0.8, 0.3, 0, 0, 0], atol=0.06)
    found = pool.predict_ratings(machines, split, output="distribution")
    assert np.abs(found - probability).mean() < 0.01
    np.testing.assert_allclose(pool.predict_ratings(machines, split), found @ STARS, rtol=1e-5)
    np.testing.assert_allclose(
        pool.predict_ratings(machines, split, output="like", threshold=4), found[:, 3:].sum(axis=1), rtol=1e-5
    )


def test_a_predictor_is_trusted_where_it_knows_much():
    """The truth: of users with one input the first expert is right, of those with nine the second."""
    one, other = opinions(2)
    rich = np.arange(COUNT) >= COUNT // 2
    split = split_of(drawn(softmax(np.where(rich[:, None], other, one), axis=1)), more=8)
    pool = LogPool(STARS).fit([Says(one), Says(other)], split)
    np.testing.assert_allclose(weights_at(pool, split, 0)[:2], [1, 0], atol=0.08)
    np.testing.assert_allclose(weights_at(pool, split, COUNT - 1)[:2], [0, 1], atol=0.08)
    assert pool.weights[0, 1] < 0 < pool.weights[1, 1]


def test_what_all_predictors_have_in_common_is_corrected():
    """They are too low and too sure: the weights of the polynomials say by how much."""
    (truth,) = opinions(1)
    polynomials = LogPool(STARS).polynomials
    said = truth - polynomials @ [0.5, -0.4]
    split = split_of(drawn(softmax(truth, axis=1)))
    pool = LogPool(STARS).fit([Says(said)], split)
    np.testing.assert_allclose(weights_at(pool, split, 0), [1, 0.5, -0.4], atol=0.08)


def test_no_other_weights_are_more_probable(experts):
    machines, split, _ = experts
    pool = LogPool(STARS).fit(machines, split)
    place, given = np.arange(COUNT), (split.targets.rating - 1).astype(int)
    start = np.zeros_like(pool.weights)
    start[:3, 0] = 1 / 3

    def loss():
        shares = pool.predict_ratings(machines, split, output="distribution")
        away = ((pool.weights - start) ** 2).sum() + ((pool.weights - start)[:3].sum(axis=0) ** 2).sum()
        return -np.log(shares[place, given]).mean() + PRECISION / COUNT / 2 * away

    best, weights = loss(), pool.weights
    for place_of_one in np.ndindex(2, 3):
        for step in (0.05, -0.05):
            pool.weights = weights.copy()
            pool.weights[place_of_one] += step
            assert loss() >= best - 1e-7


def test_a_weight_of_one_is_the_predictor_itself(experts):
    machines, split, _ = experts
    pool = LogPool(STARS)
    pool.weights = np.eye(3)
    pool.weights[1:] = 0
    found = pool.predict_ratings(machines[:1], split, output="distribution")
    np.testing.assert_allclose(found, softmax(machines[0].logits, axis=1), rtol=1e-4)


def test_alike_predictors_share_a_weight(experts):
    machines, split, _ = experts
    weights = LogPool(STARS).fit([machines[0], machines[0]], split).weights
    np.testing.assert_allclose(weights[0], weights[1], atol=1e-3)


def test_of_very_few_targets_it_learns_little():
    one, other = opinions(2)
    split = split_of(np.array([4, 0, 2]))
    weights = LogPool(STARS).fit([Says(one[:3]), Says(other[:3])], split).weights
    np.testing.assert_allclose(weights[:2, 0], [0.5, 0.5], atol=0.15)
    assert np.abs(weights[2:]).max() < 0.15


def test_many_machines_are_no_surer_of_few_targets_than_one():
    """Seven that say the same, and eleven targets that would have them say it three times as loud."""
    few = opinions(1)[0][:11]
    split = split_of(drawn(softmax(3 * few, axis=1)))
    louder = [LogPool(STARS).fit([Says(few)] * n, split).weights[:n, 0].sum() - 1 for n in (1, 7)]
    assert 0 < louder[0] < louder[1] < 2 * louder[0]


def test_likes_have_one_polynomial():
    rng = np.random.default_rng(2)
    log_odds = np.stack([np.zeros(COUNT), rng.normal(0, 1, COUNT)], axis=1)
    state = (rng.random(COUNT) < softmax(log_odds, axis=1)[:, 1]).astype(int)
    split = split_of(state)
    split = Split(split.inputs.binarize(3), split.targets.binarize(2), "a test", np.array([]))
    pool = LogPool([0, 1]).fit([Says(log_odds)], split)
    assert pool.weights.shape == (2, 3)
    np.testing.assert_allclose(weights_at(pool, split, 0), [1, 0], atol=0.06)


def test_shares_of_nothing_stay_finite(experts):
    """A predictor that excludes what was given is outvoted, not infinitely wrong."""
    machines, split, _ = experts
    sure = Says(np.where(np.arange(5) == 0, 300.0, 0.0) * np.ones((COUNT, 1)))
    pool = LogPool(STARS).fit([machines[0], sure], split)
    assert np.isfinite(pool.weights).all()
    assert np.isfinite(pool.predict_ratings([machines[0], sure], split)).all()


def test_refusals(experts):
    machines, split, _ = experts
    pool = LogPool(STARS)
    with pytest.raises(ValueError, match="pool: expected one that was fitted"):
        pool.predict_ratings(machines, split)
    with pytest.raises(ValueError, match="machines: expected at least one, found none"):
        pool.fit([], split)
    with pytest.raises(ValueError, match=r"machines: expected distributions of shape \(4000, 3\)"):
        LogPool([1, 2, 3]).fit(machines, split)
    pool.fit(machines, split)
    with pytest.raises(ValueError, match="machines: expected 3, as in fit, found 2"):
        pool.predict_ratings(machines[:2], split)
    with pytest.raises(ValueError, match="output: expected one of expected, like, distribution, found 'mode'"):
        pool.predict_ratings(machines, split, output="mode")
