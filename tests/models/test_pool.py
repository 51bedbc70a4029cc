"""The logarithmic pool: weights that maximise the likelihood, products of experts, refusals."""

import numpy as np
import pytest
from scipy.special import softmax

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.pool import LogPool
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


def split_of(state):
    users = np.arange(len(state))
    ratings = Ratings.from_triples(users, np.zeros(len(state), int), STARS[state].astype(np.float32), item_ids=[0, 1])
    others = Ratings.from_triples(users, np.ones(len(state), int), np.ones(len(state)), item_ids=[0, 1])
    return Split(others, ratings, "a test", np.array([]))


@pytest.fixture
def experts():
    """Two opinions and a third that knows nothing; the truth is the product of the first two, in other powers."""
    rng = np.random.default_rng(5)
    one, other, noise = (rng.normal(0, 1, (COUNT, 5)) for _ in range(3))
    probability = softmax(0.8 * one + 0.3 * other, axis=1)
    state = (probability.cumsum(axis=1)[:, :-1] < rng.random((COUNT, 1))).sum(axis=1)
    return [Says(one), Says(other), Says(noise)], split_of(state), probability


def test_the_powers_of_a_product_are_found(experts):
    machines, split, probability = experts
    pool = LogPool(STARS).fit(machines, split)
    np.testing.assert_allclose(pool.weights, [0.8, 0.3, 0.0], atol=0.06)
    found = pool.predict_ratings(machines, split, output="distribution")
    assert np.abs(found - probability).mean() < 0.01
    np.testing.assert_allclose(pool.predict_ratings(machines, split), found @ STARS, rtol=1e-5)
    np.testing.assert_allclose(
        pool.predict_ratings(machines, split, output="like", threshold=4), found[:, 3:].sum(axis=1), rtol=1e-5
    )


def test_no_other_weights_fit_better(experts):
    machines, split, _ = experts
    pool = LogPool(STARS).fit(machines, split)
    place, given = np.arange(COUNT), (split.targets.rating - 1).astype(int)

    def loss():
        shares = pool.predict_ratings(machines, split, output="distribution")
        return -np.log(shares[place, given]).mean()

    best, weights = loss(), pool.weights
    for step in np.vstack([np.eye(3), -np.eye(3)]):
        pool.weights = weights + 0.05 * step
        assert loss() > best


def test_a_weight_of_one_is_the_predictor_itself(experts):
    machines, split, _ = experts
    pool = LogPool(STARS)
    pool.weights = np.array([1.0])
    found = pool.predict_ratings(machines[:1], split, output="distribution")
    np.testing.assert_allclose(found, softmax(machines[0].logits, axis=1), rtol=1e-4)


def test_alike_predictors_share_a_weight(experts):
    machines, split, _ = experts
    weights = LogPool(STARS).fit([machines[0], machines[0]], split).weights
    assert weights[0] == pytest.approx(weights[1], abs=1e-3)


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
