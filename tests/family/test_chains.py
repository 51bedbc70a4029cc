"""Every member's Gibbs chain: it keeps the model's distribution, and moves as the transition matrix says."""

import numpy as np
import pytest
import tensorflow as tf
from support.counting import assert_same_counts
from support.family_making import (
    ENGINES,
    Oracle,
    direction,
    draw_parameters,
    make_model,
    numpy_parameters,
)

from rbm_lib.draws import tensors as draws
from rbm_lib.draws.layout import NOT_STARTED
from rbm_lib.models import contrastive_divergence
from rbm_lib.models.units.softmax import Softmax
from rbm_lib.sparse.chains import chains
from rbm_lib.sparse.rows import states_of
from rbm_lib.sparse.tables import as_tables

REPEATS = 8009
SEED, STEP = 11, 3


@pytest.fixture
def oracle(member):
    return Oracle(member, draw_parameters(member))


def counts_after(oracle, engine, numbers, gibbs_steps):
    """How often each listed state is where the engine's own chain ends."""
    batch, model = oracle.batch(numbers), make_model(oracle.member, oracle.trained)
    users, values = batch["user_index"], oracle.member.values
    if engine == "dense":
        visible, observed_mask = map(tf.constant, oracle.dense(numbers))
        address = draws.DrawAddress(SEED, draws.TRAINING, tf.constant(STEP), tf.constant(users))
        chain = contrastive_divergence.gibbs_chain(visible, observed_mask, model.parameters, address, gibbs_steps)
        end = chain.numpy()[:, oracle.rated]
        end = end if len(end.shape) == 2 else end.argmax(axis=2)
    else:
        state = states_of(batch["rating"], values)
        tables = as_tables(numpy_parameters(model))
        nothing = np.empty((0, 3), np.uint8)
        splits, films = batch["row_splits"], batch["item_index"]
        end = chains(splits, films, films, state, users, tables, nothing, gibbs_steps, STEP, SEED)[2]
    return np.bincount(oracle.numbers(end.reshape(len(users), -1)), minlength=len(oracle.states))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_kernel_leaves_the_distribution_of_the_model_unchanged(oracle, engine):
    start = np.random.default_rng(13).choice(len(oracle.states), size=REPEATS, p=oracle.visible)
    assert_same_counts(counts_after(oracle, engine, start, 3), oracle.visible)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("gibbs_steps", [1, 2])
def test_the_chain_moves_as_the_exact_transition_matrix_says(oracle, engine, gibbs_steps):
    def after(sweeps):
        return np.linalg.matrix_power(oracle.transition(), sweeps)[oracle.unlikeliest]

    counts = counts_after(oracle, engine, np.full(REPEATS, oracle.unlikeliest), gibbs_steps)
    assert_same_counts(counts, after(gibbs_steps))
    with pytest.raises(AssertionError):
        assert_same_counts(counts, after(3 - gibbs_steps))  # these many draws tell one sweep from two


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("visits", [2, 13])
def test_persistent_chains_are_where_their_own_transitions_lead(oracle, engine, visits):
    """Hidden states after some visits with parameters that stay: the exact distribution; after many, the model's."""
    model, start = make_model(oracle.member, oracle.trained, engine), oracle.unlikeliest
    batch = oracle.batch(np.full(REPEATS, start))
    states = np.full((REPEATS, 3), NOT_STARTED, np.uint8)
    for step in range(visits):
        states = direction(model, batch, step=step, persistent=states)[2]
    counts = np.bincount(states @ np.array([4, 2, 1]), minlength=8)

    def after(sweeps):
        return oracle.hidden_given_visible[start] @ np.linalg.matrix_power(oracle.hidden_transition(), sweeps)

    assert_same_counts(counts, after(visits))
    with pytest.raises(AssertionError):
        assert_same_counts(counts, after(1))  # where chains stop that restart at the data at every visit
    if visits == 13:
        assert_same_counts(counts, oracle.joint.sum(axis=0))


PROBABILITY = np.array([0.11, 0.02, 0.4, 0.17, 0.3])


def test_softmax_draws_have_their_probabilities():
    address = draws.DrawAddress(SEED, draws.TRAINING, tf.constant(STEP), tf.range(REPEATS))
    uniform = draws.uniform(address, 0, draws.VISIBLE, 7)
    drawn = Softmax().sample(tf.constant(np.tile(PROBABILITY, (REPEATS, 7, 1)), tf.float32), uniform).numpy()
    assert (drawn.sum(axis=2) == 1).all()
    for film in range(7):
        assert_same_counts(drawn[:, film].sum(axis=0), PROBABILITY)


def test_softmax_draws_take_the_first_value_above_the_draw():
    uniform = np.array([0.0, 0.1099, 0.1101, 0.1299, 0.1301, 0.5299, 0.5301, 0.6999, 0.7001, 0.9999999], np.float32)
    drawn = Softmax().sample(tf.constant(np.tile(PROBABILITY, (10, 1)), tf.float32), tf.constant(uniform)).numpy()
    np.testing.assert_array_equal(drawn.argmax(axis=1), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])


def test_a_rounding_of_the_shares_gives_no_value_beyond_the_last():
    """Shares that add up to less than the largest draw: the draw still is one of the values."""
    shares = np.full((1, 5), 0.19, np.float32)
    drawn = Softmax().sample(tf.constant(shares), tf.constant([1.0 - 2.0**-24], tf.float32)).numpy()
    np.testing.assert_array_equal(drawn, [[0, 0, 0, 0, 1]])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sampled_prediction_has_the_probabilities_of_one_pass(oracle, engine):
    """P(value of an unrated film | ratings) = sum over h of P(h | ratings) P(value | h)."""
    film, start = 5, oracle.unlikeliest
    whole = Oracle(oracle.member, oracle.trained, (film,))  # its conditional given h is that of any mask
    expected = oracle.hidden_given_visible[start] @ whole.film_given_hidden(0)
    model = make_model(oracle.member, oracle.trained, engine)
    batch = oracle.batch(np.full(REPEATS, start))
    splits = np.arange(REPEATS + 1, dtype=np.int64)
    batch |= {"target_row_splits": splits, "target_item_index": np.full(REPEATS, film, np.int32)}
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    drawn = model.engine_in_use.targets(model, tensors, "sampled", 0).numpy()
    drawn = np.stack([1 - drawn, drawn], axis=1) if drawn.ndim == 1 else drawn
    assert_same_counts(drawn.sum(axis=0).astype(float), expected)
