"""Training over and over: what a run records, and the errors of CD-k against enumeration."""

import numpy as np
import tensorflow as tf

from rbm_lib.collection.studies import chain_length as ablation
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.training.callbacks import EpochTimer
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.splits.held_out import random_n


def test_every_pair_of_k_and_seed_is_trained_and_scored(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    curves, runs = ablation.train_for_each_k(
        split, cd_steps=[1, 3], seeds=[5, 7], epochs=3, batch_size=4, learning_rate=0.05, num_hidden=3
    )
    assert list(zip(runs["cd_steps"], runs["seed"], strict=True)) == [(1, 5), (3, 5), (1, 7), (3, 7)]
    assert len(curves) == 4 * 3
    for run in runs.itertuples():
        curve = curves[(curves["cd_steps"] == run.cd_steps) & (curves["seed"] == run.seed)]
        best = curve.loc[curve["log_loss"].idxmin()]
        assert (run.epoch, run.auc, run.log_loss) == (best["epoch"], best["auc"], best["log_loss"])
    assert runs["log_loss"].nunique() == 4  # neither k nor the seed is ignored


def test_every_k_is_timed_without_the_epoch_that_compiles(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    times = ablation.time_each_k(
        split, cd_steps=[1, 3], seed=5, epochs=2, batch_size=4, learning_rate=0.05, num_hidden=3
    )
    assert times[["cd_steps", "epoch"]].values.tolist() == [[1, 1], [1, 2], [3, 1], [3, 2]]
    assert (times["seconds"] > 0).all()


def test_the_timer_leaves_validation_out(likes):
    import time

    timer = EpochTimer()
    timer.on_epoch_begin(0)
    timer.on_test_begin()
    time.sleep(0.05)
    timer.on_test_end()
    timer.on_epoch_end(0)
    assert timer.seconds[0] < 0.05


def parameters(scale):
    rng = np.random.default_rng(3)
    values = (rng.normal(0, scale, (5, 3)), rng.normal(0, 0.5, 5), rng.normal(0, 0.5, 3), rng.uniform(0, 1, 5))
    return RBMParameters(*(tf.constant(value, tf.float32) for value in values), units=Bernoulli())


def test_the_enumerated_gradient_is_the_slope_of_the_log_likelihood():
    from rbm_lib.models.energy import free_energy, log_partition

    visible, base = np.array([1.0, 0, 1, 1, 0]), parameters(0.8)
    found, epsilon = ablation.exact_coupling_gradient(base, visible), 1e-2
    for place in ((0, 0), (1, 2), (4, 1)):
        values = []
        for sign in (1, -1):
            couplings = base.interaction_weights.numpy().astype(np.float64)
            couplings[place] += sign * epsilon
            moved = base._replace(interaction_weights=tf.constant(couplings, tf.float32))
            mask = np.ones((1, 5), bool)
            free = free_energy(tf.constant(visible[None], tf.float32), tf.constant(mask), moved).numpy()[0]
            values.append(-free - log_partition(mask, moved)[0])
        np.testing.assert_allclose((values[0] - values[1]) / (2 * epsilon), found[place], atol=2e-4)


def test_a_longer_chain_is_closer_to_the_gradient():
    errors = ablation.direction_errors(parameters(1.5), np.array([1.0, 0, 1, 1, 0]), cd_steps=[1, 5, 50, 500])
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[3] < 1e-3


def test_the_enumerated_direction_is_the_sampled_one_on_average():
    from rbm_lib.draws import tensors as draws
    from rbm_lib.models.contrastive_divergence import ascent_direction

    visible, num_chains, base = np.array([1.0, 0, 1, 1, 0]), 40009, parameters(1.5)
    start = tf.tile(tf.constant(visible, tf.float32)[None], [num_chains, 1])
    address = draws.DrawAddress(3, draws.TRAINING, tf.constant(0), tf.range(num_chains))
    exact = ablation.exact_coupling_gradient(base, visible)
    for k in (1, 3):
        sampled, _ = ascent_direction(start, tf.ones_like(start, bool), base, address, k)
        found = np.linalg.norm(sampled.interaction_weights - exact) / np.linalg.norm(exact)
        noise = np.sqrt(exact.size / num_chains) / np.linalg.norm(exact)
        assert abs(found - ablation.direction_errors(base, visible, cd_steps=[k])[0]) < 2 * noise


def test_gains_are_paired_by_seed_and_their_level_holds_for_all_together():
    import pandas as pd
    from scipy import stats

    runs = pd.DataFrame(
        {
            "cd_steps": [1, 1, 1, 2, 2, 2, 5, 5, 5],
            "seed": [1, 2, 3] * 3,
            "auc": [0.5, 0.6, 0.7, 0.6, 0.7, 0.8, 0.4, 0.9, 0.5],
        }
    )
    gains = ablation.paired_gains(runs, "auc", baseline=1)
    np.testing.assert_allclose(gains.loc[2], [0.1, 0.1, 0.1], atol=1e-12)  # every seed gains the same
    differences = np.array([-0.1, 0.3, -0.2])
    half = stats.t.ppf(1 - 0.05 / 2 / 2, 2) * differences.std(ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(gains.loc[5], [0.0, -half, half], atol=1e-12)
