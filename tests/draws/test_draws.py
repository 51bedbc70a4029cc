"""Draws are Philox, are uniform, and are a function of their address alone."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from rbm_lib._checks import check_seed
from rbm_lib.draws import tensors as draws


def address(users, *, seed=7, purpose=draws.TRAINING, step=3):
    return draws.DrawAddress(seed, purpose, tf.constant(step, tf.int64), tf.constant(users, tf.int32))


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [  # the known-answer vectors published with Philox 4x32-10
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_vectors(counter, key, words):
    found = draws.philox([np.array([word], np.uint32) for word in counter], key)
    assert tuple(int(word[0]) for word in found) == words


def test_tensor_draws_equal_the_numpy_reference():
    users = [0, 2, 5, 2_000_000]
    found = draws.uniform(address(users), sweep=11, layer=draws.VISIBLE, num_places=1009).numpy()
    expected = draws.uniform_reference(7, draws.TRAINING, 3, users, 11, draws.VISIBLE, 1009)
    np.testing.assert_array_equal(found, expected)


def test_draws_do_not_depend_on_batch_mates_or_catalogue_size():
    many = draws.uniform(address([3, 1, 7]), 0, draws.VISIBLE, 701).numpy()
    alone = draws.uniform(address([7]), 0, draws.VISIBLE, 13).numpy()
    np.testing.assert_array_equal(many[2, :13], alone[0])


@pytest.mark.parametrize("part", ["seed", "purpose", "step", "user", "sweep", "layer"])
def test_every_part_of_the_address_changes_the_draws(part):
    where = {"seed": 7, "purpose": 0, "step": 3, "user": 5, "sweep": 2, "layer": 0}
    moved = where | {part: where[part] + 1}

    def draw(w):
        place = address([w["user"]], seed=w["seed"], purpose=w["purpose"], step=w["step"])
        return draws.uniform(place, w["sweep"], w["layer"], 499).numpy()

    difference = np.abs(draw(where) - draw(moved))
    assert (difference > 0).mean() > 0.99
    # independent draws: no correlation beyond chance (four standard errors)
    assert abs(np.corrcoef(draw(where)[0], draw(moved)[0])[0, 1]) < 4 / np.sqrt(499)


def test_draws_are_uniform_and_uncorrelated_along_each_axis():
    values = draws.uniform(address(np.arange(307)), 1, draws.VISIBLE, 1009).numpy()
    assert 0 <= values.min() < values.max() < 1
    counts = np.bincount((values.ravel() * 64).astype(int), minlength=64)
    assert stats.chisquare(counts).pvalue > 1e-6
    centred = values - 0.5
    for first, second in (
        (centred[1:], centred[:-1]),
        (centred[:, 1:], centred[:, :-1]),
        (centred[:, 64:], centred[:, :-64]),
    ):
        correlation = (first * second).mean() / (1 / 12)
        assert abs(correlation) < 5 / np.sqrt(first.size)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, True, "7", None])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="seed: expected"):
        check_seed(seed)
