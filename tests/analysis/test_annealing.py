"""Annealed importance sampling in both directions, and its kernel, against enumeration."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from support.machine_making import MEMBERS, NUM_RATED, machine_of, make_model

from rbm_lib.analysis import annealing
from rbm_lib.models.parameters import RBMParameters


@pytest.fixture(params=MEMBERS)
def model(request):
    return make_model(request.param)


def test_both_directions_are_unbiased_and_their_errors_cover(model):
    """The mean weight has expectation Z, the mean inverse weight 1 / Z; 95 of 100 intervals hold log Z."""
    machine, runs = machine_of(model), 400
    forward, reverse = [], []
    for run in range(runs):
        rng = np.random.default_rng([7, run])
        forward.append(annealing.forward_ais(machine, 13, 61, rng)[0][:2])
        reverse.append(annealing.reverse_ais(machine, machine.sample_exact(61, rng), 13, rng)[:2])
    for found, sign in ((np.array(forward), 1), (np.array(reverse), -1)):
        off = found[:, 0] - machine.log_partition()
        ratio = np.exp(sign * off)
        assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(runs)
        covered = np.mean(np.abs(off) < 1.96 * found[:, 1])
        assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / runs)
        assert found[:, 1].mean() == pytest.approx(off.std(), rel=0.2)  # the standard error is the spread over seeds


def test_a_sweep_leaves_every_temperature_where_it_is(model):
    """Chains started at f_t stay there: shares of every state within four standard errors of the truth."""
    machine, chains = machine_of(model), 20_000
    num_values = len(model.units.values)
    states = np.array(list(itertools.product(range(num_values), repeat=NUM_RATED)))
    coded = machine.encode(states)
    for temperature in (0.0, 0.6, 1.0):
        log_weight = (coded * machine.visible_bias).sum(axis=(1, 2))
        log_weight = log_weight + annealing.softplus_sum(temperature * machine.activation(coded))
        share = np.exp(log_weight - np.logaddexp.reduce(log_weight))
        rng = np.random.default_rng(5)
        start = coded[rng.choice(len(states), chains, p=share)]
        end = machine.decode(machine.sweep(start, temperature, rng))
        found = np.bincount(np.ravel_multi_index(end.T, (num_values,) * NUM_RATED), minlength=len(states)) / chains
        error = np.sqrt(share * (1 - share) / chains)
        assert np.abs(found - share).max() < 5 * error.max()
        assert (((found - share) / error) ** 2).mean() == pytest.approx(1, abs=6 * np.sqrt(2 / len(states)))


def test_exact_samples_are_samples_of_the_machine(model):
    machine, num_values = machine_of(model), len(model.units.values)
    states = np.array(list(itertools.product(range(num_values), repeat=NUM_RATED)))
    share = np.exp(machine.log_weight(machine.encode(states)) - machine.log_partition())
    drawn = machine.decode(machine.sample_exact(20_000, np.random.default_rng(1)))
    found = np.bincount(np.ravel_multi_index(drawn.T, (num_values,) * NUM_RATED), minlength=len(states)) / len(drawn)
    error = np.sqrt(share * (1 - share) / len(drawn))
    assert (((found - share) / error) ** 2).mean() == pytest.approx(1, abs=6 * np.sqrt(2 / len(states)))


def test_encode_and_decode_are_inverse(model):
    machine = machine_of(model)
    states = np.random.default_rng(0).integers(0, len(model.units.values), (11, NUM_RATED))
    np.testing.assert_array_equal(machine.decode(machine.encode(states)), states)


def test_the_effective_sample_size_counts_equal_weights():
    machine = SimpleNamespace(base_log_partition=0.0)
    estimate = annealing._estimate(machine, np.log([1.0, 1.0, 1.0, 1e-300]), sign=1)
    assert estimate.effective_sample_size == pytest.approx(3)
    assert estimate.log_partition == pytest.approx(np.log(3 / 4))
    assert estimate.standard_error == pytest.approx(np.std([1, 1, 1, 0], ddof=1) / 0.75 / 2)
    turned = annealing._estimate(machine, -np.log([1.0, 1.0, 1.0, 1e-300]), sign=-1)
    assert turned.log_partition == pytest.approx(-np.log(3 / 4))


def test_softplus_sum_neither_overflows_nor_loses_small_terms():
    values = np.stack([np.full(1201, -40.0), np.full(1201, 0.0), np.full(1201, 800.0)])
    expected = 1201 * np.array([np.exp(-40.0), np.log(2), 800.0])
    np.testing.assert_allclose(annealing.softplus_sum(values)[1:], expected[1:], rtol=1e-12)
    assert annealing.softplus_sum(values)[0] == pytest.approx(expected[0], abs=1e-12)


def test_chains_are_drawn_again_by_weight():
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(annealing._resample(np.full(7, -900.0), rng), np.arange(7))
    drawn = [annealing._resample(np.log([1.0, 5.0, 1e-300, 4.0]), rng) for _ in range(5000)]
    found = np.bincount(np.concatenate(drawn), minlength=4) / 20_000
    np.testing.assert_allclose(found, [0.1, 0.5, 0.0, 0.4], atol=0.01)


def test_chains_caught_in_an_improbable_corner_die_out():
    """Most chains of a hasty annealing stay where the couplings do not reach; where they end follows the machine."""
    parameters = RBMParameters(np.full((5, 1), 4.0), np.full(5, -1.5), np.array([-8.0]))
    machine = annealing.UserMachine(np.arange(5), parameters)
    states = np.array(list(itertools.product((0, 1), repeat=5)))
    share = np.exp(machine.log_weight(machine.encode(states)) - machine.log_partition())
    expected = share[states.sum(axis=1) >= 3].sum()
    _, visible = annealing.forward_ais(machine, 2, 4001, np.random.default_rng(2))
    found = (machine.decode(visible).sum(axis=1) >= 3).mean()  # without drawing again it is a third
    assert found == pytest.approx(expected, abs=0.05)


def test_a_million_ratings_keep_their_digits():
    """A float32 sum of so many is off by nats where hidden units are far from their threshold."""
    num, rng = 1_000_003, np.random.default_rng(3)
    weights, bias = rng.normal(0.3, 0.1, (num, 3)).astype(np.float32), rng.normal(0.5, 1, num).astype(np.float32)
    machine = annealing.UserMachine(np.arange(num), RBMParameters(weights, bias, np.float32([0.5, -1, 2])))
    state = rng.integers(0, 2, (1, num))
    activation = machine.hidden_bias + state[0] @ np.float64(weights)
    expected = state[0] @ np.float64(bias) + np.logaddexp(0, activation).sum()
    assert machine.log_weight(machine.encode(state))[0] == pytest.approx(expected, abs=0.01)
