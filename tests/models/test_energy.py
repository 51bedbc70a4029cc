"""Energies and the partition function against enumeration, and against scikit-learn where everything is rated."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.neural_network import BernoulliRBM

from rbm_lib.models import energy
from rbm_lib.models.parameters import RBMParameters


def test_energy_gives_the_joint(tiny):
    visible = np.repeat(tiny.visible_states, len(tiny.hidden_states), axis=0).astype(np.float32)
    hidden = np.tile(tiny.hidden_states, (len(tiny.visible_states), 1)).astype(np.float32)
    found = energy.energy(tf.constant(visible), tf.constant(hidden), tiny.masks(len(visible)), tiny.parameters)
    np.testing.assert_allclose(np.exp(-found) / tiny.partition, tiny.joint.ravel(), rtol=1e-5)


def test_free_energy_gives_the_visible_distribution(tiny):
    visible = tf.constant(tiny.visible_states, tf.float32)
    found = energy.free_energy(visible, tiny.masks(len(visible)), tiny.parameters)
    np.testing.assert_allclose(np.exp(-found) / tiny.partition, tiny.visible_distribution, rtol=1e-5)


def test_log_partition_is_one_a_mask(tiny):
    fewer = tiny.observed_mask.copy()
    fewer[2] = False
    found = energy.log_partition(np.stack([tiny.observed_mask, fewer]), tiny.parameters)
    kept = tiny.visible_states[:, 2] == 0
    joint = tiny.joint[kept] * tiny.partition
    # in these states film 2 is disliked: what its offset added to their energy goes when it is not rated
    joint = joint * np.exp(tiny.offset[2] * tiny.hidden_states @ tiny.weights[2])
    without = joint.sum()
    np.testing.assert_allclose(found, [np.log(tiny.partition), np.log(without)], rtol=1e-6)


def test_log_partition_refuses_what_cannot_be_enumerated():
    too_many = RBMParameters(np.zeros((7, 21)), np.zeros(7), np.zeros(21))
    with pytest.raises(ValueError, match="at most 20 hidden units, found 21"):
        energy.log_partition(np.ones((1, 7), bool), too_many)


def test_free_energy_agrees_with_scikit_learn_where_everything_is_rated(tiny):
    other = BernoulliRBM(n_components=3)
    other.components_, other.intercept_visible_ = tiny.weights.T, tiny.visible_bias
    other.intercept_hidden_ = tiny.hidden_bias - tiny.offset @ tiny.weights  # with every film rated, that is all it is
    visible = np.random.default_rng(3).integers(0, 2, (11, 7)).astype(np.float64)
    found = energy.free_energy(tf.constant(visible, tf.float32), tf.ones((11, 7), bool), tiny.parameters)
    np.testing.assert_allclose(found, other._free_energy(visible), rtol=1e-5)
