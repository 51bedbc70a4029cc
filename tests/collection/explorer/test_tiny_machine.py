"""The tiny machine beside the library and the definitions: energies, chain, what CD-k expects, what it learns."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.collection.explorer.tiny_machine import (
    TinyMachine,
    divergence,
    expected_direction,
    free_energies,
    hidden_chances,
    state_names,
    state_shares,
    transition_matrix,
    two_valleys,
    watch_learning,
)
from rbm_lib.collection.studies.directions import exact_coupling_gradient
from rbm_lib.models import RBMParameters, free_energy, hidden_probabilities, make_units, visible_probabilities

FILMS, HIDDEN = 3, 2
STATES = np.array(list(itertools.product((0.0, 1.0), repeat=FILMS)), np.float32)


def drawn(seed, films=FILMS, hidden=HIDDEN):
    rng = np.random.default_rng(seed)
    return TinyMachine(rng.normal(0, 1.5, (films, hidden)), rng.normal(0, 1, films), rng.normal(0, 1, hidden))


def people(seed, films=FILMS):
    shares = np.random.default_rng(seed).dirichlet(np.ones(2**films))
    shares[1] = 0.0
    return shares / shares.sum()


def parameters_of(machine):
    return RBMParameters(
        interaction_weights=tf.constant(machine.weights, tf.float32),
        visible_bias=tf.constant(machine.visible_bias, tf.float32),
        hidden_bias=tf.constant(machine.hidden_bias, tf.float32),
        visible_offset=tf.zeros(len(machine.weights)),
        units=make_units("bernoulli"),
    )


@pytest.mark.parametrize("seed", range(5))
def test_energies_and_chances_are_those_of_the_library(seed):
    machine, rated = drawn(seed), tf.ones(STATES.shape, bool)
    parameters = parameters_of(machine)
    np.testing.assert_allclose(free_energies(machine), free_energy(tf.constant(STATES), rated, parameters), atol=2e-6)
    chances = hidden_probabilities(tf.constant(STATES), rated, parameters)
    np.testing.assert_allclose(hidden_chances(machine), chances, atol=2e-6)
    weights = np.exp(-free_energies(machine))
    np.testing.assert_allclose(state_shares(machine), weights / weights.sum(), atol=1e-12)


def test_states_are_named_in_their_order():
    assert state_names(FILMS) == ["".join(str(int(like)) for like in state) for state in STATES]


def test_a_sweep_is_the_sum_over_hidden_states_and_leaves_the_machine_s_own_shares_alone():
    machine = drawn(7)
    parameters, found = parameters_of(machine), transition_matrix(machine)
    expected = np.zeros_like(found)
    for hidden in itertools.product((0.0, 1.0), repeat=HIDDEN):
        up = np.where(np.array(hidden) == 1, hidden_chances(machine), 1 - hidden_chances(machine)).prod(axis=1)
        likes = visible_probabilities(tf.constant([hidden]), parameters).numpy()[0]
        expected += np.outer(up, np.where(STATES == 1, likes, 1 - likes).prod(axis=1))
    np.testing.assert_allclose(found, expected, atol=2e-6)
    np.testing.assert_allclose(state_shares(machine) @ found, state_shares(machine), atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_divergence_is_the_sum_over_the_states_that_were_seen(seed):
    machine, shares = drawn(seed), people(seed)
    own = state_shares(machine)
    expected = sum(share * np.log(share / own[n]) for n, share in enumerate(shares) if share)
    assert divergence(shares, machine) == pytest.approx(expected, abs=1e-12)
    assert divergence(own, machine) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_cd_k_is_what_its_definition_expects(k):
    """Positive phase less negative phase, the chain walked state by state over every path."""
    machine, shares = drawn(11), people(11)
    chances, sweep = hidden_chances(machine), transition_matrix(machine)
    end = shares.copy()
    for _ in range(k):
        end = np.array([sum(end[start] * sweep[start, to] for start in range(len(end))) for to in range(len(end))])
    found = expected_direction(machine, shares, k)
    for film in range(FILMS):
        seen = sum(shares[n] * state[film] for n, state in enumerate(STATES))
        assert found.visible_bias[film] == pytest.approx(seen - end @ STATES[:, film], abs=1e-12)
        for unit in range(HIDDEN):
            positive = sum(shares[n] * state[film] * chances[n, unit] for n, state in enumerate(STATES))
            negative = sum(end[n] * state[film] * chances[n, unit] for n, state in enumerate(STATES))
            assert found.weights[film, unit] == pytest.approx(positive - negative, abs=1e-12)
    np.testing.assert_allclose(found.hidden_bias, (shares - end) @ chances, atol=1e-12)


def test_the_exact_direction_is_the_gradient():
    machine, shares = drawn(3), people(3)
    gradients = [exact_coupling_gradient(parameters_of(machine), state) for state in STATES]
    exact = expected_direction(machine, shares, None)
    np.testing.assert_allclose(exact.weights, np.tensordot(shares, gradients, 1), atol=1e-6)
    for part, name in zip(exact, TinyMachine._fields, strict=True):
        for place in np.ndindex(part.shape):
            moved = [getattr(machine, name).copy() for _ in range(2)]
            for one, by in zip(moved, (1e-5, -1e-5), strict=True):
                one[place] += by
            up, down = (divergence(shares, machine._replace(**{name: one})) for one in moved)
            assert part[place] == pytest.approx(-(up - down) / 2e-5, abs=1e-6)


def test_long_chains_come_to_the_exact_gradient():
    machine, shares = drawn(5), people(5)
    exact = expected_direction(machine, shares, None).weights
    apart = [np.abs(expected_direction(machine, shares, k).weights - exact).max() for k in (1, 3, 9, 1000)]
    assert apart[0] > 1e-3
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_exact_learning_never_makes_it_worse(seed):
    machines, divergences = watch_learning(drawn(seed), people(seed), cd_steps=None, steps=200, learning_rate=0.1)
    assert len(machines) == len(divergences) == 201
    assert (np.diff(divergences) < 0).all()


def test_two_valleys_mislead_cd_1_and_not_the_gradient():
    start, shares = two_valleys()
    own = dict(zip(state_names(4), state_shares(start), strict=True))
    assert own["0000"] == pytest.approx(own["1111"])
    assert own["0000"] + own["1111"] > 0.9
    worst = {k: watch_learning(start, shares, cd_steps=k, steps=120, learning_rate=0.5)[1] for k in (1, 3, 10, None)}
    assert worst[1].max() > worst[3].max() > worst[10].max() > worst[None].max() == worst[None][0]
    assert worst[1].max() > 4 * worst[1][0]
    assert worst[None][-1] < 0.1 * worst[None][0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start": (np.zeros((3, 2)), np.zeros(2), np.zeros(2))}, r"machine: expected weights .* found \(3, 2\)"),
        ({"start": (np.zeros((11, 2)), np.zeros(11), np.zeros(2))}, "machine: expected at most 10 films"),
        ({"shares": np.full(4, 0.25)}, "shares: expected one for each of 8 states"),
        ({"shares": np.full(8, 0.25)}, "shares: .* found shape .* a sum of 2"),
        ({"steps": 0}, "steps: "),
        ({"cd_steps": 0}, "cd_steps: "),
        ({"learning_rate": 0.0}, "learning_rate: "),
    ],
)
def test_what_cannot_be_watched_is_refused(changed, message):
    given = {"start": drawn(1), "shares": people(1), "cd_steps": 1, "steps": 3, "learning_rate": 0.1} | changed
    with pytest.raises(ValueError, match=message):
        watch_learning(**given)
