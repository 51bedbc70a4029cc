"""The masked Gibbs kernel and the CD-k gradient against exact enumeration."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from rbm_lib.draws import tensors as draws
from rbm_lib.models import contrastive_divergence as cd

REPEATS = 40009


def address(batch, *, seed=3, step=0):
    return draws.DrawAddress(seed, draws.TRAINING, tf.constant(step), tf.range(batch))


def state_number(tiny, visible):
    return (visible[:, tiny.rated].astype(int) @ (2 ** np.arange(len(tiny.rated))[::-1])).astype(int)


@pytest.mark.parametrize("gibbs_steps", [1, 3])
def test_the_kernel_leaves_the_distribution_of_the_model_unchanged(tiny, gibbs_steps):
    rng = np.random.default_rng(11)
    start = rng.choice(len(tiny.visible_states), size=REPEATS, p=tiny.visible_distribution)
    visible = tf.constant(tiny.visible_states[start], tf.float32)
    end = cd.gibbs_chain(visible, tiny.masks(REPEATS), tiny.parameters, address(REPEATS), gibbs_steps).numpy()
    counts = np.bincount(state_number(tiny, end), minlength=len(tiny.visible_states))
    assert stats.chisquare(counts, tiny.visible_distribution * REPEATS).pvalue > 1e-5


@pytest.mark.parametrize("gibbs_steps", [1, 2, 5])
def test_the_chain_moves_as_the_exact_transition_matrix_says(tiny, gibbs_steps):
    start = 13
    visible = tf.constant(np.tile(tiny.visible_states[start], (REPEATS, 1)), tf.float32)
    end = cd.gibbs_chain(visible, tiny.masks(REPEATS), tiny.parameters, address(REPEATS), gibbs_steps).numpy()
    counts = np.bincount(state_number(tiny, end), minlength=len(tiny.visible_states))
    expected = np.linalg.matrix_power(tiny.transition(), gibbs_steps)[start] * REPEATS
    assert stats.chisquare(counts, expected).pvalue > 1e-5


def test_unrated_films_stay_out_of_the_chain(tiny):
    visible = tf.constant(np.full((17, 7), -1.0), tf.float32)
    end = cd.gibbs_chain(visible, tiny.masks(17), tiny.parameters, address(17), 2).numpy()
    assert (end[:, ~tiny.observed_mask] == 0).all()


def exact_direction(tiny, data_state, cd_steps):
    """Expected CD-k direction for one user's ratings: positive phase minus the phase at the end of the exact chain."""
    end = np.linalg.matrix_power(tiny.transition(), cd_steps)[data_state]

    def phase(distribution):
        hidden = tiny.hidden_mean(tiny.visible_states)
        return (
            np.einsum("s,si,sh->ih", distribution, tiny.surprises(tiny.visible_states), hidden),
            distribution @ tiny.visible_states,
            distribution @ hidden,
        )

    data = np.eye(len(tiny.visible_states))[data_state]
    return [up - down for up, down in zip(phase(data), phase(end), strict=True)]


@pytest.mark.parametrize("cd_steps", [1, 2, 5])
def test_the_expected_direction_is_the_enumerated_one(tiny, cd_steps):
    state = 21
    visible = tf.constant(np.tile(tiny.visible_states[state], (REPEATS, 1)), tf.float32)
    direction, _ = cd.ascent_direction(visible, tiny.masks(REPEATS), tiny.parameters, address(REPEATS), cd_steps)
    for found, expected in zip(direction[:3], exact_direction(tiny, state, cd_steps), strict=True):
        # each entry averages REPEATS numbers from [-1, 1]: standard error at most 1 / sqrt(REPEATS), usually half of it
        np.testing.assert_allclose(found, expected, atol=4.5 * 0.5 / np.sqrt(REPEATS))
        assert np.abs(expected).max() > 10 * 4.5 * 0.5 / np.sqrt(REPEATS)  # the tolerance is below what it guards


def test_a_long_chain_gives_the_gradient_of_the_log_likelihood(tiny):
    state, epsilon = 21, 1e-5
    expected = exact_direction(tiny, state, 200)

    def log_likelihood():
        log_weight = (
            tiny.surprises(tiny.visible_states) @ tiny.weights @ tiny.hidden_states.T
            + (tiny.visible_states @ tiny.visible_bias)[:, None]
            + tiny.hidden_states @ tiny.hidden_bias
        )
        return np.log(np.exp(log_weight[state]).sum()) - np.log(np.exp(log_weight).sum())

    for values, derivative in zip((tiny.weights, tiny.visible_bias, tiny.hidden_bias), expected, strict=True):
        for place in np.ndindex(values.shape):
            kept = values[place]
            values[place] = kept + epsilon
            above = log_likelihood()
            values[place] = kept - epsilon
            slope = (above - log_likelihood()) / (2 * epsilon)
            values[place] = kept
            assert slope == pytest.approx(derivative[place], abs=1e-6)


def test_the_direction_is_the_mean_over_the_mini_batch(tiny):
    visible = tf.constant(tiny.visible_states[[3, 21]], tf.float32)
    both, _ = cd.ascent_direction(visible, tiny.masks(2), tiny.parameters, address(2), 1)
    one_by_one = []
    for user in range(2):
        place = draws.DrawAddress(3, draws.TRAINING, tf.constant(0), tf.constant([user]))
        one_by_one.append(cd.ascent_direction(visible[user : user + 1], tiny.masks(1), tiny.parameters, place, 1)[0])
    for found, first, second in zip(both, *one_by_one, strict=True):
        np.testing.assert_allclose(found, (first + second) / 2, atol=1e-6)


def test_unrated_films_have_no_gradient(tiny):
    visible = tf.constant(tiny.visible_states[:17], tf.float32)
    direction, _ = cd.ascent_direction(visible, tiny.masks(17), tiny.parameters, address(17), 2)
    unrated = ~tiny.observed_mask
    assert (direction.interaction_weights.numpy()[unrated] == 0).all()
    assert (direction.visible_bias.numpy()[unrated] == 0).all()
    assert (np.abs(direction.interaction_weights.numpy()[~unrated]) > 0).any()
