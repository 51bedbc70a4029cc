"""The AUC from a sort has the counts of Keras' own, to the last bit, whatever a mini-batch holds."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.models.auc import SortedAUC
from rbm_lib.models.outputs import AUC_THRESHOLDS

STATE = ("true_positives", "false_positives", "true_negatives", "false_negatives")
RNG = np.random.default_rng(3)
EDGES = np.float32([*AUC_THRESHOLDS[::7], 0.0, 1.0])  # a prediction at a threshold is not above it
BATCHES = {
    "many": (RNG.integers(0, 2, 1009), RNG.random(1009)),
    "at the thresholds": (np.arange(len(EDGES)) % 3 == 0, EDGES),
    "ties": (RNG.integers(0, 2, 211), RNG.choice([0.1, 0.5, 0.7], 211)),
    "likes alone": (np.ones(5), RNG.random(5)),
    "dislikes alone": (np.zeros(5), RNG.random(5)),
    "nobody": (np.zeros(0), np.zeros(0)),
    "no number": ([1, 0, 1, 0], [np.nan, 0.5, 0.25, np.nan]),
}


def both():
    return keras.metrics.AUC(thresholds=AUC_THRESHOLDS), SortedAUC(thresholds=AUC_THRESHOLDS)


def assert_same(ours, keras_own):
    for name in STATE:
        np.testing.assert_array_equal(getattr(ours, name).numpy(), getattr(keras_own, name).numpy(), err_msg=name)
    assert float(ours.result()) == float(keras_own.result())


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_counted_as_keras_counts_it(name):
    keras_own, ours = both()
    rating, chance = (tf.constant(part, tf.float32)[:, None] for part in BATCHES[name])
    for metric in (keras_own, ours):
        metric.update_state(rating, chance)
    assert_same(ours, keras_own)
    assert ours.true_positives.numpy().sum() > 0 or name in ("dislikes alone", "nobody")


def test_batches_add_up_in_a_graph_and_begin_anew():
    keras_own, ours = both()
    for metric in (keras_own, ours):
        update = tf.function(metric.update_state, reduce_retracing=True)
        for rating, chance in BATCHES.values():
            update(tf.constant(rating, tf.float32)[:, None], tf.constant(chance, tf.float32)[:, None])
    assert_same(ours, keras_own)
    ours.reset_state()
    assert not ours.true_positives.numpy().any()
