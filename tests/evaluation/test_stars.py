"""Baselines and errors of stars: worked by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from rbm_lib.baselines.star_base_rates import STAR_BASE_RATES, OverallMean, StarItemMean, StarItemUserBias
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.comparison import Comparison
from rbm_lib.evaluation.stars import StarComparison
from rbm_lib.splits.held_out import random_n
from rbm_lib.splits.new_users import new_users
from rbm_lib.splits.split import Split


@pytest.fixture
def split():
    rng = np.random.default_rng(3)
    observed_mask = rng.random((53, 17)) < 0.6
    observed_mask[:, :5] = True
    stars = np.clip(np.round(3 + rng.normal(size=(53, 1)) + rng.normal(size=17) + rng.normal(size=(53, 17))), 1, 5)
    return random_n(Ratings.from_dense(stars, observed_mask), 3, seed=2)


def test_means_worked_by_hand():
    train = Ratings.from_triples([1, 2, 1, 2, 3], [10, 10, 11, 11, 11], [5, 4, 1, 2, 3])
    assert OverallMean().fit(train).predict([0, 1], [0, 1]).tolist() == [3.0, 3.0]
    found = StarItemMean(smoothing=2.0).fit(train).predict([0, 0], [0, 1])
    np.testing.assert_allclose(found, [(9 + 6) / 4, (6 + 6) / 5])


def test_biases_solve_the_ridge_regression(split):
    train = split.inputs
    columns = np.concatenate(
        [np.eye(train.num_users)[train.user_index], np.eye(train.num_items)[train.item_index]], axis=1
    )
    dense = Ridge(alpha=4.0, fit_intercept=False).fit(columns, train.rating - train.rating.mean())
    where = split.targets.user_index, split.targets.item_index
    new = np.concatenate([np.eye(train.num_users)[where[0]], np.eye(train.num_items)[where[1]]], axis=1)
    expected = np.clip(dense.predict(new) + train.rating.mean(), 1, 5)
    np.testing.assert_allclose(StarItemUserBias().fit(train).predict(*where), expected, atol=1e-4)


def test_biases_of_new_users_are_their_shrunken_mean_residuals(split):
    train = split.inputs
    baseline = StarItemUserBias().fit(train)
    where = split.targets.user_index, split.targets.item_index
    before = baseline.predict(*where)
    np.testing.assert_allclose(baseline.fold_in(train).predict(*where), before, atol=1e-4)  # the optimum stays
    is_new = train.user_index == 5
    others = StarItemUserBias(penalty=3.0).fit(train.select(~is_new))
    films = others.predict(train.user_index[is_new], train.item_index[is_new])  # bias 0 of somebody never met
    bias = (train.rating[is_new] - films).sum() / (is_new.sum() + 3.0)
    found = others.fold_in(train.select(is_new)).predict([5], [0])
    nobody = StarItemUserBias(penalty=3.0).fit(train.select(~is_new)).predict([5], [0])
    np.testing.assert_allclose(found, np.clip(nobody + bias, 1, 5), atol=1e-4)


def test_base_rates_of_new_users_know_their_inputs(split):
    """Generous and stern users: without their inputs the biases of new ones would be none."""
    rng = np.random.default_rng(7)
    stars = np.where(np.arange(101)[:, None] % 2, 5, 1) * np.ones((101, 17))
    stars[rng.random((101, 17)) < 0.1] = 3
    new = new_users(Ratings.from_dense(stars, rng.random((101, 17)) < 0.9), 0.3, seed=1)
    errors = StarComparison(new, {}, resamples=5, seed=1).table()["rmse"]
    assert errors["item+user bias"] < 0.6 * errors["item mean"]
    likes = Comparison(new.binarize(3), {}, resamples=5, seed=1).table()["auc"]
    assert likes["item+user bias"] > likes["item mean"] + 0.2


@pytest.mark.parametrize("make", [StarItemMean, StarItemUserBias])
@pytest.mark.parametrize("value", [0, -1.0, np.nan])
def test_constants_must_be_positive(make, value):
    with pytest.raises(ValueError, match="expected a finite number above 0"):
        make(value)


def test_errors_are_scikit_learns(split):
    rng = np.random.default_rng(5)
    rating, count = split.targets.rating, split.targets.num_ratings
    expected, shares = rng.uniform(1, 5, count), rng.dirichlet(np.ones(5), count)
    comparison = StarComparison(split, {"expected": expected, "shares": shares}, resamples=7, seed=1)
    table = comparison.table()
    assert table.loc["expected", "rmse"] == pytest.approx(root_mean_squared_error(rating, expected))
    assert table.loc["expected", "mae"] == pytest.approx(mean_absolute_error(rating, expected))
    assert table.loc["shares", "rmse"] == pytest.approx(root_mean_squared_error(rating, shares @ np.arange(1, 6)))
    given = shares[np.arange(count), rating.astype(int) - 1]
    assert table.loc["shares", "log_loss"] == pytest.approx(-np.log(given).mean())
    assert np.isnan(table.loc["expected", "log_loss"])
    assert set(table.index) == {"expected", "shares", *(make.name for make in STAR_BASE_RATES)}


def test_the_better_predictor_gains(split):
    rating = split.targets.rating
    rng = np.random.default_rng(5)
    near, far = rating + rng.normal(0, 0.5, len(rating)), rating + rng.normal(0, 1.0, len(rating))
    comparison = StarComparison(split, {"near": near, "far": far}, resamples=101, seed=1)
    value, low, high = comparison.gain("near", "far", "rmse")
    assert 0 < low < value < high
    assert comparison.gain("near", "near", "rmse") == (0.0, 0.0, 0.0)


def test_a_part_of_too_few_users_has_no_interval(split):
    comparison = StarComparison(split, {}, resamples=7, seed=1)
    users = np.unique(split.targets.user_index)
    for count, has_interval in ((4, False), (5, True)):
        part = comparison.where(np.isin(split.targets.user_index, users[:count]))
        value, *ends = part.interval("item mean", "rmse")
        assert np.isfinite(value)
        assert np.isfinite(ends).all() == np.isfinite(part.gain("item mean", "overall mean", "mae")[1:]).all()
        assert np.isfinite(ends).all() == has_interval


def test_predictions_must_align(split):
    for wrong in (np.zeros(3), np.full(split.targets.num_ratings, np.nan), np.zeros((split.targets.num_ratings, 4))):
        with pytest.raises(ValueError, match="predictions: expected"):
            StarComparison(split, {"wrong": wrong}, resamples=7, seed=1)


def test_base_rates_see_the_inputs_only(split):
    """Other stars of the targets move no base rate."""
    targets = split.targets
    changed = Ratings(targets.row_splits, targets.item_index, 6 - targets.rating, targets.user_id, targets.item_id)
    other = Split(split.inputs, changed, split.protocol, split.dropped_users)
    one, two = (StarComparison(s, {}, resamples=2, seed=1).predictions for s in (split, other))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
