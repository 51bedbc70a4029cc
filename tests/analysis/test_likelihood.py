"""log Z of every mask from both sides, and log-likelihoods, against enumeration for every member of the family."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.machine_making import (
    MEMBERS,
    NUM_HIDDEN,
    NUM_ITEMS,
    NUM_USERS,
    STARS,
    brute_force,
    make_model,
    make_ratings,
)

from rbm_lib.analysis import likelihood
from rbm_lib.data.ratings import Ratings
from rbm_lib.data.shares import star_base_rates
from rbm_lib.models import energy
from rbm_lib.models.model import RBM
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.softmax import Softmax


@pytest.fixture(params=MEMBERS)
def model(request):
    return make_model(request.param)


def test_the_enumerated_normaliser_sums_over_all_ratings_of_the_mask(model):
    ratings = make_ratings(model.units)
    expected, _ = brute_force(model, ratings)
    np.testing.assert_allclose(likelihood.exact_log_partition(ratings, model.parameters), expected, rtol=1e-5)


def test_the_exact_log_likelihood_is_that_of_enumeration(model):
    ratings = make_ratings(model.units)
    _, expected = brute_force(model, ratings)
    found = likelihood.log_likelihood(model, ratings, method="exact")
    np.testing.assert_allclose(found.low, expected, atol=2e-5)
    np.testing.assert_array_equal(found.low, found.high)
    np.testing.assert_array_equal(found.user_index, np.delete(np.arange(NUM_USERS), 2))
    assert found.middle == pytest.approx(expected.sum() / ratings.num_ratings, abs=1e-5)


@pytest.mark.parametrize("member", MEMBERS)
def test_the_bracket_holds_the_truth_and_closes_with_more_temperatures(member):
    model = make_model(member, scale=3.0)  # strong couplings: few temperatures are not enough
    ratings = make_ratings(model.units, num_users=31)
    exact = likelihood.exact_log_partition(ratings, model.parameters)
    widths = []
    for num_temperatures in (1, 11, 101):
        bounds = likelihood.log_partition_bounds(
            ratings, model.parameters, num_temperatures=num_temperatures, num_chains=101, seed=1
        )
        errors = [np.sqrt((one**2).mean() / len(exact)) for one in (bounds.lower_error, bounds.upper_error)]
        assert (bounds.lower - exact).mean() < 3 * errors[0]
        assert (bounds.upper - exact).mean() > -3 * errors[1]
        widths.append((bounds.upper - bounds.lower).mean())
    assert widths[0] > 0.1
    assert widths[0] > 3 * abs(widths[1])
    assert abs(widths[2]) < 3 * np.hypot(*errors) < 0.05


def test_long_chains_start_reverse_ais_as_well_as_exact_samples(model):
    ratings = make_ratings(model.units, num_users=41)
    exact = likelihood.exact_log_partition(ratings, model.parameters)
    bounds = likelihood.log_partition_bounds(
        ratings, model.parameters, num_temperatures=53, num_chains=61, start="gibbs", gibbs_steps=29, seed=2
    )
    for found, error in ((bounds.lower, bounds.lower_error), (bounds.upper, bounds.upper_error)):
        z = (found - exact) / error
        assert np.abs(z).max() < 5
        assert abs(z.mean()) < 4 / np.sqrt(len(z)) + 0.3  # a bound: a little to one side


def test_without_couplings_ais_is_exact():
    parameters = RBMParameters(np.zeros((NUM_ITEMS, NUM_HIDDEN)), np.arange(7) / 7, np.array([0.3, -2.0, 900.0]))
    ratings = make_ratings(Bernoulli())
    bounds = likelihood.log_partition_bounds(ratings, parameters, num_temperatures=5, num_chains=3, seed=0)
    expected = [
        np.logaddexp(0, parameters.visible_bias[ratings.item_index[5 * n : 5 * n + 5]]).sum() for n in range(10)
    ]
    expected = np.array(expected) + np.logaddexp(0, parameters.hidden_bias).sum()
    for found in (bounds.lower, bounds.upper):
        np.testing.assert_allclose(found, expected, rtol=1e-7)
    np.testing.assert_allclose(bounds.lower_error, 0, atol=1e-9)
    np.testing.assert_allclose(bounds.upper_sample_size, 3)


def test_films_that_a_user_did_not_rate_are_never_read(model):
    ratings = make_ratings(model.units, num_users=1)
    bounds = likelihood.log_partition_bounds(ratings, model.parameters, num_temperatures=5, num_chains=7, seed=0)
    unrated = np.setdiff1d(np.arange(NUM_ITEMS), ratings.item_index)
    arrays = [np.array(part) for part in model.parameters]
    for part in arrays[:2] + arrays[3:]:
        if part.ndim:
            part[unrated] = np.nan
    poisoned = likelihood.log_partition_bounds(
        ratings, RBMParameters(*arrays), num_temperatures=5, num_chains=7, seed=0
    )
    np.testing.assert_array_equal(poisoned.lower, bounds.lower)
    np.testing.assert_array_equal(poisoned.upper, bounds.upper)


def test_a_users_numbers_depend_on_seed_and_user_alone(model):
    ratings = make_ratings(model.units)
    settings = {"num_temperatures": 5, "num_chains": 7}
    everybody = likelihood.log_partition_bounds(ratings, model.parameters, seed=3, **settings)
    some = likelihood.log_partition_bounds(
        ratings.select(np.isin(ratings.user_index, [4, 9])), model.parameters, seed=3, **settings
    )
    chosen = np.isin(everybody.user_index, [4, 9])
    np.testing.assert_array_equal(some.user_index, [4, 9])
    np.testing.assert_array_equal(some.lower, everybody.lower[chosen])
    np.testing.assert_array_equal(some.upper, everybody.upper[chosen])
    other = likelihood.log_partition_bounds(ratings, model.parameters, seed=4, **settings)
    assert not np.isin(other.lower, everybody.lower).any()


def test_how_the_films_were_rated_does_not_move_the_normaliser(model):
    ratings, others = make_ratings(model.units), make_ratings(model.units)
    others.rating[:] = model.units.values[0]
    settings = {"num_temperatures": 5, "num_chains": 7, "seed": 3}
    bounds = [likelihood.log_partition_bounds(one, model.parameters, **settings) for one in (ratings, others)]
    np.testing.assert_array_equal(bounds[0].lower, bounds[1].lower)


def test_annealed_log_likelihoods_bracket_the_exact_ones(model):
    ratings = make_ratings(model.units, num_users=41)
    exact = likelihood.log_likelihood(model, ratings, method="exact")
    found = likelihood.log_likelihood(model, ratings, num_temperatures=17, num_chains=31, seed=5)
    errors = np.array(found.standard_error)
    assert found.bracket[0] - 3 * errors[0] < exact.middle < found.bracket[1] + 3 * errors[1]
    assert found.interval[0] < exact.interval[0] + 3 * errors[0]
    assert np.abs((found.high - exact.high) / found.high_error).max() < 6
    assert found.num_ratings.sum() == ratings.num_ratings


def test_a_trained_model_can_be_asked(likes):
    model = RBM(likes.num_items, 3, units=Bernoulli(), seed=1)
    exact = likelihood.log_likelihood(model, likes, method="exact")
    expected = -np.float64(model.free_energy(likes)) - energy.log_partition(likes.to_dense()[1], model.parameters)
    np.testing.assert_allclose(exact.low, expected, atol=1e-4)


def test_base_rates_worked_by_hand():
    train = Ratings.from_triples([1, 2, 3, 4], [10, 10, 10, 11], [1, 0, 1, 1])
    ratings = Ratings.from_triples([7, 7, 8], [10, 11, 11], [0, 1, 0])
    overall = np.array([1 + 0.5, 3 + 0.5]) / 5
    film = {10: (np.array([1, 2]) + 2 * overall) / 5, 11: (np.array([0, 1]) + 2 * overall) / 3}
    found = likelihood.base_rate_log_likelihoods(train, ratings, Bernoulli(), smoothing=2.0)
    expected = [np.log(film[10][0]) + np.log(film[11][1]), np.log(film[11][0])]
    np.testing.assert_allclose(found["film base rates"].low, expected, rtol=1e-6)
    np.testing.assert_allclose(found["uniform"].low, [-2 * np.log(2), -np.log(2)])


def test_base_rates_are_an_rbm_without_couplings():
    units = Softmax(STARS)
    ratings = make_ratings(units)
    parameters = RBMParameters(np.zeros((7, 3, 2)), star_base_rates(ratings, STARS, 5.0), np.zeros(2))
    model = SimpleNamespace(parameters=parameters, units=units)
    found = likelihood.log_likelihood(model, ratings, num_temperatures=1, num_chains=2, seed=0)
    expected = likelihood.base_rate_log_likelihoods(ratings, ratings, units, 5.0)["film base rates"]
    np.testing.assert_allclose(found.low, expected.low, rtol=1e-5)
    np.testing.assert_allclose(found.high, expected.high, rtol=1e-5)


def exact(total, num_ratings):
    return likelihood.exact_likelihoods(np.arange(len(total)), np.array(num_ratings), np.array(total, float))


def test_a_gain_is_paired_and_takes_the_worse_ends():
    ours, theirs = exact([-10.0, -21.0, -33.0], [10, 20, 30]), exact([-20.0, -41.0, -62.0], [10, 20, 30])
    gain = ours.gain(theirs)
    total, count = np.array([10.0, 20.0, 29.0]), np.array([10, 20, 30])
    mean = total.sum() / count.sum()
    error = np.sqrt(((total - mean * count) ** 2).sum() * 3 / 2) / count.sum()
    assert (gain.mean, gain.low, gain.high) == pytest.approx((mean, mean - 1.96 * error, mean + 1.96 * error))
    assert gain.verdict == "better than"
    wide = likelihood.UserLikelihoods(ours.user_index, ours.num_ratings, ours.low - 60, ours.high, *np.zeros((2, 3)))
    assert wide.gain(theirs).low < gain.low - 1.5
    assert wide.gain(theirs).high == pytest.approx(gain.high)
    assert wide.gain(theirs).verdict == "not distinguishable from"


def test_the_interval_per_rating_has_its_stated_coverage():
    rng = np.random.default_rng(9)
    inside = []
    for _ in range(600):
        count = rng.integers(5, 40, 101)
        total = count * -1.3 + np.sqrt(count) * rng.normal(0, 1, 101)
        low, high = exact(total, count).interval
        inside.append(low < -1.3 < high)
    assert abs(np.mean(inside) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 600)


def test_a_bracket_that_chains_have_crossed_is_ordered_and_says_so():
    """Two chains a user: low came out above high by more than their own errors tell."""
    low, high = np.array([-9.0, -20.0, -31.0]), np.array([-10.0, -21.0, -33.0])
    errors = np.array([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]])
    count = np.array([10, 20, 30])
    crossed = likelihood.UserLikelihoods(np.arange(3), count, low, high, *errors)
    ordered = likelihood.UserLikelihoods(np.arange(3), count, high, low, *errors[::-1])
    assert (crossed.crossed, ordered.crossed) == (True, False)
    assert crossed.bracket == ordered.bracket == (-64 / 60, -1.0)
    assert crossed.middle == ordered.middle
    assert crossed.standard_error == pytest.approx((2 / 60, 2 / 60))  # half of the crossing
    assert ordered.standard_error == pytest.approx((np.sqrt(0.12) / 60, np.sqrt(0.03) / 60))
    assert crossed.interval[0] < ordered.interval[0] < -64 / 60 < -1.0 < ordered.interval[1] < crossed.interval[1]
    gains = [one.gain(exact([-10.0, -21.0, -33.0], count)) for one in (crossed, ordered)]
    assert (gains[0].low, gains[0].high) == (gains[1].low, gains[1].high)
    assert gains[0].low < gains[0].mean < gains[0].high


def test_two_chains_of_a_strongly_coupled_model_give_an_ordered_bracket_that_holds_the_truth():
    model = make_model("plain", scale=3.0)
    ratings = make_ratings(model.units, num_users=41)
    truth = likelihood.log_likelihood(model, ratings, method="exact").middle
    crossings, held = 0, 0
    for seed in range(20):
        found = likelihood.log_likelihood(model, ratings, num_temperatures=29, num_chains=2, seed=seed)
        low, high = found.bracket
        assert low <= high
        crossings += found.crossed
        held += low - 1.96 * found.standard_error[0] < truth < high + 1.96 * found.standard_error[1]
    assert crossings > 0  # else nothing is tried here
    assert held >= 18


def test_other_users_cannot_be_compared():
    with pytest.raises(ValueError, match="over: expected the same users with as many ratings, found 2 users with 7"):
        exact([-1.0, -2.0], [3, 5]).gain(exact([-1.0, -2.0], [3, 4]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_temperatures": 0}, "num_temperatures: expected a whole number of at least 1, found 0"),
        ({"num_chains": 1}, "num_chains: expected a whole number of at least 2, found 1"),
        ({"gibbs_steps": -1}, "gibbs_steps: expected a whole number of at least 0, found -1"),
        ({"seed": -3}, "seed: expected a whole number of at least 0, found -3"),
        ({"start": "data"}, "start: expected one of auto, exact, gibbs, found 'data'"),
    ],
)
def test_settings_out_of_range_are_named(wrong, message):
    model = make_model("plain")
    with pytest.raises(ValueError, match=message):
        likelihood.log_partition_bounds(make_ratings(model.units), model.parameters, **({"seed": 0} | wrong))


def test_wrong_ratings_and_methods_are_named():
    model = make_model("softmax")
    ratings = make_ratings(model.units)
    with pytest.raises(ValueError, match="method: expected annealed or exact, found 'guess'"):
        likelihood.log_likelihood(model, ratings, method="guess")
    with pytest.raises(ValueError, match=r"ratings: expected as many films .* found 6 in ratings and 7 in parameters"):
        likelihood.exact_log_partition(Ratings.from_dense(np.ones((1, 6)), np.ones((1, 6), bool)), model.parameters)
    ratings.rating[:] = 3.0
    with pytest.raises(ValueError, match=r"rating: expected 1, 2.5 or 4, found 3.0"):
        likelihood.log_likelihood(model, ratings, method="exact")
    large = RBMParameters(np.zeros((7, 21)), np.zeros(7), np.zeros(21))
    with pytest.raises(ValueError, match="at most 20 hidden units, found 21"):
        likelihood.exact_log_partition(ratings, large)
