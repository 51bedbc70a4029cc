"""Every member's contrastive-divergence direction, on both engines, against the chain's exact transition matrix."""

import numpy as np
import pytest
from scipy.special import logsumexp
from support.family_making import (
    ENGINES,
    NUM_ITEMS,
    Oracle,
    by_trained,
    direction,
    draw_parameters,
    make_model,
)

REPEATS = 8009


@pytest.fixture
def oracle(member):
    return Oracle(member, draw_parameters(member))


def at_the_data(oracle):
    return oracle.starting_at(oracle.unlikeliest)


def exact_gradient(oracle):
    """Of log p(the data), by what is trained."""
    return oracle.expected_direction(at_the_data(oracle), oracle.visible)


def chain_end(oracle, cd_steps):
    return np.linalg.matrix_power(oracle.transition(), cd_steps)[oracle.unlikeliest]


def assert_is_the_mean(found, expected, errors):
    """Within 4.5 standard errors of a mean, which are known exactly; 5e-5 is left to float32 sums of 8009 terms."""
    assert set(found) == set(expected)
    for name, value in expected.items():
        tolerance = 4.5 * errors[name] + 5e-5
        assert (np.abs(found[name] - value) < tolerance).all(), name
        assert np.abs(value).max() > 5 * tolerance.max(), name  # the tolerance is below what it guards


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cd_steps", [1, 2, 50])
def test_the_expected_direction_is_the_enumerated_one(oracle, engine, cd_steps):
    model = make_model(oracle.member, oracle.trained, engine, cd_steps=cd_steps)
    found, *_ = direction(model, oracle.batch(np.full(REPEATS, oracle.unlikeliest)))
    end = chain_end(oracle, cd_steps)
    expected = oracle.expected_direction(at_the_data(oracle), end)
    assert_is_the_mean(found, expected, oracle.direction_errors(end, REPEATS))
    if cd_steps == 50:
        assert_is_the_mean(found, exact_gradient(oracle), oracle.direction_errors(end, REPEATS))


@pytest.mark.parametrize("engine", ENGINES)
def test_unrated_films_have_no_direction(oracle, engine):
    model = make_model(oracle.member, oracle.trained, engine)
    found, *_ = direction(model, oracle.batch(np.arange(31)))
    unrated = np.setdiff1d(np.arange(NUM_ITEMS), oracle.rated)
    for name in set(found) - {"hidden_bias"}:
        assert (found[name][unrated] == 0).all()
        assert (np.abs(found[name][oracle.rated]).reshape(len(oracle.rated), -1).max(axis=1) > 0).all()


def test_longer_chains_come_closer_to_the_gradient(oracle):
    exact = exact_gradient(oracle)
    distances = []
    for cd_steps in (1, 3, 10, 50):
        found = oracle.expected_direction(at_the_data(oracle), chain_end(oracle, cd_steps))
        distances.append(max(np.abs(found[name] - exact[name]).max() for name in exact))
    assert all(np.diff(distances) < 0)
    assert distances[0] > 0.05
    assert distances[-1] < 1e-3 * distances[0]


def test_the_pulled_back_gradient_is_the_slope_of_the_listed_log_likelihood(oracle):
    """By what is trained, whatever the parametrisation: finite differences, and the library's own `pull_back`."""
    import tensorflow as tf

    from rbm_lib.models.parameters import Increments
    from rbm_lib.models.reparametrised import pull_back

    change = at_the_data(oracle) - oracle.visible
    gradient = {name: np.tensordot(change, value, 1) for name, value in oracle.effective_statistics().items()}
    tensors = Increments(**{name: tf.constant(value, tf.float32) for name, value in gradient.items()})
    found = pull_back(tensors, oracle.member.units, oracle.member.hidden_offset)._asdict()
    for name, expected in by_trained(oracle.member, gradient).items():
        np.testing.assert_allclose(found[name], expected, atol=1e-6)
        slope = slopes(oracle, name)
        np.testing.assert_allclose(expected, slope, atol=1e-7)
        assert np.abs(slope).max() > 0.05


def slopes(oracle, name, epsilon=1e-5):
    """Finite differences of log p(the data) by every entry of a trained parameter."""

    def log_likelihood(value):
        changed = Oracle(oracle.member, oracle.trained | {name: value})
        return logsumexp(changed.minus_energy[oracle.unlikeliest]) - changed.log_partition

    value = oracle.trained[name]
    slope = np.zeros_like(value)
    for place in np.ndindex(value.shape):
        step = np.zeros_like(value)
        step[place] = epsilon
        slope[place] = (log_likelihood(value + step) - log_likelihood(value - step)) / (2 * epsilon)
    return slope


def test_an_optimizers_step_is_along_the_pulled_back_direction(member):
    """Plain gradient descent at rate 1, one batch: what is trained moves by the pulled-back direction, no more."""
    import keras
    import tensorflow as tf

    trained = draw_parameters(member)
    batch = Oracle(member, trained).batch(np.arange(31))
    expected = direction(make_model(member, trained), batch, step=0)[0]
    for engine in ENGINES:
        model = make_model(member, trained, engine)
        model.compile(keras.optimizers.SGD(1.0))
        model.train_step({name: tf.constant(value) for name, value in batch.items()})
        for name, value in expected.items():
            moved = getattr(model.rbm_layer, name).numpy() - trained[name]
            np.testing.assert_allclose(moved, value, atol=2e-6, err_msg=f"{engine} {name}")
            assert np.abs(value).max() > 1e-2
