"""Conditional distributions against the enumerated joint, and the mask."""

import numpy as np
import tensorflow as tf

from rbm_lib.draws import tensors as draws
from rbm_lib.models import conditionals


def test_hidden_probabilities_are_those_of_the_joint(tiny):
    visible = tf.constant(tiny.visible_states, tf.float32)
    found = conditionals.hidden_probabilities(visible, tiny.masks(len(visible)), tiny.parameters)
    expected = tiny.joint @ tiny.hidden_states / tiny.visible_distribution[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_visible_probabilities_are_those_of_the_joint(tiny):
    found = conditionals.visible_probabilities(tf.constant(tiny.hidden_states, tf.float32), tiny.parameters)
    expected = tiny.joint.T @ tiny.visible_states / tiny.joint.sum(axis=0)[:, None]
    np.testing.assert_allclose(found.numpy()[:, tiny.rated], expected[:, tiny.rated], rtol=1e-5)


def test_what_stands_at_unrated_films_is_never_read(tiny):
    visible = tiny.visible_states[13:14].astype(np.float32)
    with_sentinel = np.where(tiny.observed_mask, visible, -1.0).astype(np.float32)
    with_nan = np.where(tiny.observed_mask, visible, np.nan).astype(np.float32)
    results = [
        conditionals.mean_field_prediction(tf.constant(v), tiny.masks(1), tiny.parameters).numpy()
        for v in (visible, with_sentinel, with_nan)
    ]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_sampled_hidden_states_have_their_probabilities(tiny):
    repeats = 20011
    visible = tf.constant(np.tile(tiny.visible_states[13], (repeats, 1)), tf.float32)
    address = draws.DrawAddress(1, 0, tf.constant(0), tf.range(repeats))
    sample = conditionals.sample_hidden(visible, tiny.masks(repeats), tiny.parameters, address, 0).numpy()
    expected = tiny.hidden_mean(tiny.visible_states[13])
    error = np.sqrt(expected * (1 - expected) / repeats)
    assert set(np.unique(sample)) == {0.0, 1.0}
    assert (np.abs(sample.mean(axis=0) - expected) < 4.5 * error).all()


def test_sampled_prediction_has_the_probabilities_of_one_pass(tiny):
    repeats = 20011
    visible = tf.constant(np.tile(tiny.visible_states[13], (repeats, 1)), tf.float32)
    address = draws.DrawAddress(1, draws.PREDICTION, tf.constant(0), tf.range(repeats))
    like = conditionals.sampled_prediction(visible, tiny.masks(repeats), tiny.parameters, address).numpy()
    hidden = tiny.hidden_mean(tiny.visible_states[13])
    weight = np.prod(np.where(tiny.hidden_states == 1, hidden, 1 - hidden), axis=1)
    given_hidden = 1 / (1 + np.exp(-(tiny.hidden_states @ tiny.weights.T + tiny.visible_bias)))
    expected = weight @ given_hidden
    error = np.sqrt(expected * (1 - expected) / repeats)
    assert (
        np.abs(like.mean(axis=0) - expected) < 4.5 * error
    ).all()  # the unrated films too: they are what is predicted
