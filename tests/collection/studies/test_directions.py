"""The errors of CD-k: enumerated ones against sampled chains and slopes, measured ones against what they stand for."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.collection.studies import directions
from rbm_lib.draws import tensors as draws
from rbm_lib.models.contrastive_divergence import ascent_direction
from rbm_lib.models.energy import free_energy, log_partition
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.splits.held_out import random_n

USERS = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1], [1, 0, 1, 1, 0]], np.float32)  # two of them agree
CHAINS = 20011


def parameters(scale):
    rng = np.random.default_rng(3)
    values = (rng.normal(0, scale, (5, 3)), rng.normal(0, 0.5, 5), rng.normal(0, 0.5, 3), rng.uniform(0, 1, 5))
    return RBMParameters(*(tf.constant(value, tf.float32) for value in values), units=Bernoulli())


def row_of(table, k, negative="sampled"):
    return table[(table["cd_steps"] == k) & (table["negative"] == negative)].iloc[0]


def test_the_enumerated_gradient_is_the_slope_of_the_log_likelihood():
    visible, base = np.array([1.0, 0, 1, 1, 0]), parameters(0.8)
    found, epsilon = directions.exact_coupling_gradient(base, visible), 1e-2
    for place in ((0, 0), (1, 2), (4, 1)):
        values = []
        for sign in (1, -1):
            weights = base.interaction_weights.numpy().astype(np.float64)
            weights[place] += sign * epsilon
            moved = base._replace(interaction_weights=tf.constant(weights, tf.float32))
            mask = np.ones((1, 5), bool)
            free = free_energy(tf.constant(visible[None], tf.float32), tf.constant(mask), moved).numpy()[0]
            values.append(-free - log_partition(mask, moved)[0])
        np.testing.assert_allclose((values[0] - values[1]) / (2 * epsilon), found[place], atol=2e-4)


def test_a_longer_chain_is_closer_to_the_gradient():
    table = directions.direction_table(parameters(1.5), USERS, cd_steps=[1, 5, 50, 500])
    errors = table.loc[table["negative"] == "sampled", "error"].to_numpy()
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[3] < 1e-3


def test_a_chain_of_means_does_not_come_to_the_gradient_however_long_it_is():
    table = directions.direction_table(parameters(1.5), USERS, cd_steps=[50, 500])
    assert row_of(table, 500, "expected")["error"] > 10 * row_of(table, 500)["error"]
    assert row_of(table, 500, "expected")["error"] == pytest.approx(row_of(table, 50, "expected")["error"], rel=1e-2)


@pytest.mark.parametrize("negative", ["sampled", "expected"])
@pytest.mark.parametrize("k", [1, 3])
def test_error_and_noise_are_those_of_the_librarys_own_chains(k, negative):
    base = parameters(1.5)
    exact = np.mean([directions.exact_coupling_gradient(base, user) for user in USERS], axis=0)
    found = row_of(directions.direction_table(base, USERS, cd_steps=[k]), k, negative)
    singles, address = [], draws.DrawAddress(3, draws.TRAINING, tf.constant(0), tf.range(CHAINS))
    for user in USERS:
        start = tf.tile(tf.constant(user)[None], [CHAINS, 1])
        mean, end = ascent_direction(start, tf.ones_like(start, bool), base, address, k, negative)
        hidden = directions._hidden(base, end.numpy())
        offset = base.visible_offset.numpy()
        own = np.outer(user - offset, directions._hidden(base, user[None])[0])
        each = own - np.einsum("ni,nh->nih", end.numpy() - offset, hidden)
        np.testing.assert_allclose(each.mean(axis=0), mean.interaction_weights, atol=1e-4)
        singles.append(each)
    each = np.concatenate(singles)
    size = np.linalg.norm(exact)
    error = np.linalg.norm(each.mean(axis=0) - exact) / size
    noise = np.sqrt(np.square(each - each.mean(axis=0)).sum(axis=(1, 2)).mean()) / size
    assert found["error"] == pytest.approx(error, abs=3 * noise / np.sqrt(len(each)))
    assert found["noise"] == pytest.approx(noise, rel=0.02)


def measured(likes, cd_steps, **changes):
    split = random_n(likes, 1, seed=1, more_than=1)
    how = {"seed": 5, "epochs": 2, "repeats": 3, "batch_size": 4, "learning_rate": 0.05, "num_hidden": 3}
    return directions.measured_directions(split, cd_steps=cd_steps, **how | changes)


def test_measured_directions_have_a_length_a_noise_and_the_share_between_them(likes):
    table = measured(likes, [1, 3])
    assert table["cd_steps"].tolist() == [1, 3]
    assert (table["noise"] > 0).all()
    np.testing.assert_allclose(table["signal"], table["length"] / np.hypot(table["length"], table["noise"]))
    assert table["cosine"].iloc[-1] == pytest.approx(1)
    assert table["cosine"].iloc[0] < 1


def test_larger_mini_batches_scatter_less(likes):
    assert measured(likes, [1], batch_size=6, repeats=20)["noise"][0] < measured(likes, [1], batch_size=1)["noise"][0]


def test_mini_batches_that_all_say_the_same_have_no_noise(likes, monkeypatch):
    class Found:
        interaction_weights = np.full((7, 3), 2.0, np.float32)

    monkeypatch.setattr(directions.sparse, "ascent_direction", lambda *_, **__: Found)
    table = measured(likes, [1], epochs=0)  # the training asks for directions as well
    assert table["noise"][0] == pytest.approx(0, abs=1e-6)
    assert table["length"][0] == pytest.approx(2 * np.sqrt(21))
    assert table["signal"][0] == pytest.approx(1)
