"""Beliefs without log Z: the free-energy gap across masks, and single held-out ratings."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from support.machine_making import MEMBERS, NUM_ITEMS, NUM_RATED, STARS, brute_force, make_model, make_ratings

from rbm_lib.analysis import contrasts as partition_free
from rbm_lib.analysis import likelihood
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.resampling import draw_samples
from rbm_lib.models.model import RBM
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.softmax import Softmax
from rbm_lib.splits.held_out import random_n


@pytest.fixture(params=MEMBERS)
def model(request):
    return make_model(request.param)


def one_mask(units, num_users, seed):
    """Everybody rated the same five films."""
    rng = np.random.default_rng(seed)
    observed_mask = np.tile(np.isin(np.arange(NUM_ITEMS), [0, 2, 3, 4, 6]), (num_users, 1))
    return Ratings.from_dense(rng.choice(units.values, observed_mask.shape), observed_mask)


def test_under_one_mask_the_gap_is_the_guides(model):
    """Mean free energy of the held-out minus that of the training users; log Z is the same for all of them."""
    train, held_out = one_mask(model.units, 13, 1), one_mask(model.units, 11, 2)
    log_z = brute_force(model, train)[0][0]
    means = [-(brute_force(model, ratings)[1] + log_z).mean() for ratings in (train, held_out)]
    found = partition_free.free_energy_gap(model, train, held_out, num_people=3, seed=0)
    assert found.gap == pytest.approx((means[1] - means[0]) / NUM_RATED, abs=1e-5)


def test_a_contrast_is_a_log_odds(model):
    """log P(user) - mean log P(made-up person), both by enumeration with log Z in them, on masks that differ."""
    ratings = make_ratings(model.units)
    people = partition_free.made_up_people(ratings, model.units, 3, seed=5)
    found = partition_free.free_energy_contrast(model, ratings, people)
    values = np.float32(model.units.values)
    others = []
    for person in people:
        theirs = Ratings.from_dense(values[person][None].repeat(ratings.num_users, 0), ratings.to_dense()[1])
        others.append(brute_force(model, theirs)[1])
    np.testing.assert_allclose(found, brute_force(model, ratings)[1] - np.mean(others, axis=0), atol=5e-5)


def test_the_name_of_the_zero_does_not_matter():
    """A constant added to all of a film's biases changes no probability: the gap stays, bare free energies do not."""
    model = make_model("softmax")
    train, held_out = make_ratings(model.units, 31, 1), make_ratings(model.units, 29, 2)
    shift = np.arange(NUM_ITEMS, dtype=np.float32)[:, None] * 3
    bias = np.asarray(model.parameters.visible_bias) + shift
    shifted = SimpleNamespace(units=model.units, parameters=model.parameters._replace(visible_bias=bias))
    gaps = [partition_free.free_energy_gap(one, train, held_out, seed=0) for one in (model, shifted)]
    np.testing.assert_allclose(gaps[0], gaps[1], atol=1e-5)
    bare = [held.item_index.astype(float) * 3 for held in (train, held_out)]
    assert abs(bare[0].mean() - bare[1].mean()) > 20 * abs(gaps[0].gap - gaps[1].gap)


def test_a_model_that_learnt_nothing_has_no_gap_and_one_that_learnt_by_heart_has_one():
    """Over many divisions of strangers the interval of an untaught model holds 0 as often as it says."""
    units = Softmax(STARS)
    rng = np.random.default_rng(4)
    model = make_model("conditional stars")
    inside = []
    for n in range(150):
        train, held_out = make_ratings(units, 37, 2 * n), make_ratings(units, 23, 2 * n + 1)
        gap = partition_free.free_energy_gap(model, train, held_out, num_people=5, seed=n)
        inside.append(gap.low < 0 < gap.high)
    assert abs(np.mean(inside) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 150)

    dice = Ratings.from_dense(rng.choice(STARS, (22, 47)), np.ones((22, 47), bool))  # nothing to learn but by heart
    train, held_out = (dice.select((dice.user_index < 11) == known) for known in (True, False))
    taught = RBM(47, 19, units=units, seed=1)
    taught.compile(keras.optimizers.Adam(0.05))
    taught.fit(train, epochs=60, batch_size=11, verbose=0)
    gap = partition_free.free_energy_gap(taught, train, held_out, seed=0)
    assert gap.low > 0.1
    assert gap.train - gap.held_out == pytest.approx(gap.gap)


def test_made_up_people_follow_the_base_rates():
    ratings = make_ratings(Softmax(STARS), 101)
    people = partition_free.made_up_people(ratings, Softmax(STARS), 20_000, seed=1)
    expected = np.exp(likelihood.star_base_rates(ratings, STARS))
    found = np.stack([(people == s).mean(axis=0) for s in range(3)], axis=1)
    assert (np.abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / 20_000)).all()
    assert abs(np.corrcoef(people.T) - np.eye(NUM_ITEMS)).max() < 5 / np.sqrt(20_000)  # each film by itself


@pytest.mark.parametrize("member", ["plain", "conditional likes", "softmax"])
def test_a_target_is_conditioned_on_the_inputs_alone(member):
    """P(rating | inputs) is the ratio of two sums over whole rating vectors, by enumeration."""
    tiny = make_model(member)
    split = random_n(one_mask(tiny.units, 11, 3), 1, seed=0)
    model = RBM(NUM_ITEMS, 3, units=tiny.units, conditional="conditional" in member)
    for variable, value in zip(model.rbm_layer.trained, (*tiny.parameters[:3], tiny.parameters[4]), strict=False):
        variable.assign(value)
    found = partition_free.target_log_likelihood(model, split, targets_as_rated=True)
    joint = Ratings.from_dense(*(a + b for a, b in zip(split.inputs.to_dense(), split.targets.to_dense(), strict=True)))
    logs = []
    for value in tiny.units.values:
        visible, mask = joint.to_dense()
        visible[split.targets.user_index, split.targets.item_index] = value
        logs.append(likelihood.log_likelihood(tiny, Ratings.from_dense(visible, mask), method="exact").low)
    logs = np.array(logs) - np.logaddexp.reduce(logs)
    state = np.searchsorted(tiny.units.values, split.targets.rating)
    np.testing.assert_allclose(found, logs[state, np.arange(11)], atol=1e-4)


def test_the_table_of_targets_is_worked_by_hand():
    ratings = Ratings.from_triples([1, 1, 2, 2], [10, 11, 10, 11], [1, 0, 0, 1])
    held_out = np.array([False, False, False, True])
    split = SimpleNamespace(inputs=ratings.select(~held_out), targets=ratings.select(held_out))
    found = partition_free.base_rate_targets(split.inputs, split, Bernoulli(), smoothing=2.0)
    likes = (0 + 2 * (1 + 0.5) / 4) / 3  # film 11 has one dislike; one of three ratings is a like, and half a one more
    np.testing.assert_allclose(found["film base rates"], np.log(likes), rtol=1e-5)
    np.testing.assert_allclose(found["uniform"], -np.log(2))
    table = partition_free.target_table({"flat": np.full(1, -0.5)}, split)
    assert table.loc["flat", "nats_per_rating"] == -0.5


def test_intervals_of_targets_are_the_bootstraps_over_users_and_films():
    """Users and films differ; the error without drawing is the standard deviation over many samples."""
    rng = np.random.default_rng(5)
    ratings = Ratings.from_dense(rng.integers(0, 2, (61, 43)), rng.random((61, 43)) < 0.4)
    split = SimpleNamespace(inputs=None, targets=ratings)
    user, item = ratings.user_index, ratings.item_index
    log_probability = -1 + rng.normal(0, 0.3, 61)[user] + rng.normal(0, 0.3, 43)[item] + rng.normal(0, 0.5, len(user))
    row = partition_free.target_table({"mine": log_probability}, split).loc["mine"]
    samples = draw_samples(user, item, resamples=2000, seed=3)
    totals = samples.totals({"sum": log_probability, "count": np.ones(len(user))})
    drawn = (totals["sum"] / totals["count"])[1:]
    assert row["nats_per_rating"] == pytest.approx(log_probability.mean())
    assert (row["high"] - row["low"]) / (2 * 1.96) == pytest.approx(drawn.std(), rel=0.06)
    users = samples.user_weights @ np.bincount(user, log_probability) / (samples.user_weights @ np.bincount(user))
    assert users[1:].std() < 0.9 * drawn.std()  # films count


def test_wrong_arguments_are_named(likes):
    with pytest.raises(ValueError, match="num_people: expected a whole number of at least 1, found 0"):
        partition_free.made_up_people(likes, Bernoulli(), 0, seed=0)
    parameters = RBMParameters(np.zeros((7, 3)), np.zeros(7), np.zeros(3))
    model = SimpleNamespace(parameters=parameters, units=Bernoulli())
    with pytest.raises(ValueError, match=r"people: expected shape \(num_people, 7\), found \(2, 5\)"):
        partition_free.free_energy_contrast(model, likes, np.zeros((2, 5), np.int8))
