"""Every member of the family: conditionals, energies and log Z of both engines, against its listed states."""

import numpy as np
import pytest
import tensorflow as tf
from support.family_making import NUM_ITEMS, Oracle, draw_parameters, make_model, numpy_parameters

from rbm_lib.data.ratings import Ratings
from rbm_lib.models import conditionals, energy
from rbm_lib.sparse import engine as sparse
from rbm_lib.sparse import predictions
from rbm_lib.sparse.tables import as_tables


@pytest.fixture
def oracle(member):
    return Oracle(member, draw_parameters(member))


@pytest.fixture
def model(oracle):
    return make_model(oracle.member, oracle.trained)


def every_state(oracle):
    return np.arange(len(oracle.states))


def rows(batch):
    return batch["row_splits"], batch["item_index"], batch["rating"]


def test_hidden_probabilities_are_those_of_the_joint(oracle, model):
    numbers = every_state(oracle)
    dense = conditionals.hidden_probabilities(*map(tf.constant, oracle.dense(numbers)), model.parameters)
    np.testing.assert_allclose(dense, oracle.hidden_mean, rtol=1e-5)
    values, found = oracle.member.values, rows(oracle.batch(numbers))
    compiled = sparse.hidden_probabilities(*found, numpy_parameters(model), values=values)
    np.testing.assert_allclose(compiled, oracle.hidden_mean, rtol=1e-5, atol=2e-7)


def test_visible_probabilities_are_those_of_the_joint(oracle, model):
    hidden = oracle.hidden.astype(np.float32)
    dense = conditionals.visible_probabilities(tf.constant(hidden), model.parameters).numpy()
    splits = np.arange(len(hidden) + 1) * NUM_ITEMS
    films = np.tile(np.arange(NUM_ITEMS, dtype=np.int32), len(hidden))
    compiled = predictions.visible_means(splits, films, hidden, *as_tables(numpy_parameters(model))[:2])
    compiled = compiled.reshape(dense.shape)
    for place, film in enumerate(oracle.rated):
        expected = oracle.film_given_hidden(place)
        expected = expected[:, 1] if oracle.member.kind == "bernoulli" else expected
        np.testing.assert_allclose(dense[:, film], expected, rtol=1e-5)
        np.testing.assert_allclose(compiled[:, film], expected, rtol=1e-5)


def test_the_energy_is_that_of_its_definition(oracle, model):
    numbers = np.repeat(every_state(oracle), len(oracle.hidden))
    hidden = np.tile(oracle.hidden, (len(oracle.states), 1)).astype(np.float32)
    visible, observed_mask = map(tf.constant, oracle.dense(numbers))
    found = energy.energy(visible, tf.constant(hidden), observed_mask, model.parameters)
    np.testing.assert_allclose(-found, oracle.minus_energy.ravel(), atol=5e-6)


def test_the_free_energy_sums_the_hidden_units_out(oracle, model):
    """Three ways: dense, compiled, and the model's own over `Ratings`."""
    expected = -np.log(np.exp(oracle.minus_energy).sum(axis=1))
    numbers, parameters = every_state(oracle), numpy_parameters(model)
    dense = energy.free_energy(*map(tf.constant, oracle.dense(numbers)), model.parameters)
    compiled = sparse.free_energy(*rows(oracle.batch(numbers)), parameters, values=oracle.member.values)
    batch = oracle.batch(numbers)
    ratings = Ratings(*rows(batch), batch["user_index"].astype(np.int64), np.arange(NUM_ITEMS, dtype=np.int64))
    for found in (dense, compiled, model.free_energy(ratings, batch_size=29)):
        np.testing.assert_allclose(found, expected, atol=5e-6)
    assert np.std(expected) > 0.5  # nats: the tolerance is far below what it guards


@pytest.mark.parametrize("rated", [(), (1,), (0, 2, 3, 4, 6), tuple(range(7))])
def test_log_partition_is_that_of_the_mask(member, rated):
    trained = draw_parameters(member)
    oracle, model = Oracle(member, trained, rated), make_model(member, trained)
    observed_mask = np.isin(np.arange(NUM_ITEMS), rated)[None]
    np.testing.assert_allclose(energy.log_partition(observed_mask, model.parameters), [oracle.log_partition], rtol=1e-6)
    other = ~observed_mask
    assert abs(energy.log_partition(other, model.parameters) - oracle.log_partition) > 0.1  # it depends on the mask


def test_ratings_of_a_rated_mask_have_probabilities_that_sum_to_one(oracle, model):
    visible, observed_mask = oracle.dense(every_state(oracle))
    free = energy.free_energy(tf.constant(visible), tf.constant(observed_mask), model.parameters).numpy()
    log_probability = -free - energy.log_partition(observed_mask, model.parameters)
    assert np.exp(log_probability).sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(np.exp(log_probability), oracle.visible, rtol=1e-5)


def test_hidden_units_hear_of_a_film_whose_rating_is_unknown(member):
    """`rated_mask`: a conditional member's hidden units move by D alone; the others' do not move."""
    trained = draw_parameters(member)
    model = make_model(member, trained)
    oracle = Oracle(member, trained)
    visible, observed_mask = map(tf.constant, oracle.dense(np.array([13])))
    told = observed_mask.numpy().copy()
    told[0, 5] = True
    before = conditionals.hidden_activation(visible, observed_mask, model.parameters)
    after = conditionals.hidden_activation(visible, observed_mask, model.parameters, tf.constant(told))
    expected = trained["rated_weights"][5] if member.conditional else np.zeros(3)
    np.testing.assert_allclose((after - before)[0], expected, atol=1e-6)
