"""The replicated softmax machine against the joint distribution it is the conditional of, and its gradient."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import log_softmax

from rbm_lib.baselines.replicated_softmax import (
    Parameters,
    divide,
    film_logits,
    initial_parameters,
    loss_and_gradient,
    train,
)

USERS, FILMS, HIDDEN = 5, 7, 3


@pytest.fixture
def parameters():
    rng = np.random.default_rng(1)
    drawn = [rng.normal(0, 0.7, shape).astype(np.float32) for shape in ((FILMS, HIDDEN), FILMS, HIDDEN)]
    return Parameters(*drawn, np.full(1, 1.3, np.float32))


@pytest.fixture
def rows():
    """1 for likes and 0.5 for dislikes; one user without any."""
    rng = np.random.default_rng(2)
    dense = np.where(rng.random((USERS, FILMS)) < 0.7, rng.choice([1, 1, 0.5], (USERS, FILMS)), 0)
    dense[3] = 0
    return csr_array(dense.astype(np.float32))


def test_logits_are_one_pass_up_and_down(rows, parameters):
    x, p = rows.toarray(), parameters
    n = (x != 0).sum(axis=1, keepdims=True)
    hidden = 1 / (1 + np.exp(-(p.scale * (x @ p.interaction_weights) / np.sqrt(1 + n) + p.hidden_bias)))
    expected = p.scale * hidden @ p.interaction_weights.T + p.visible_bias
    np.testing.assert_allclose(film_logits(rows, p), expected, rtol=1e-5)


def test_films_given_hidden_units_are_one_softmax_of_the_joint_energy(parameters):
    """E(i, h) = -b_i - s W_i h - c h: for each state of the hidden units, p(i | h) by enumeration of the films."""
    p, nothing = parameters, csr_array((1, FILMS), dtype=np.float32)
    for state in np.ndindex(*(2,) * HIDDEN):
        h = np.array(state)
        energy = [-p.visible_bias[i] - p.scale[0] * p.interaction_weights[i] @ h for i in range(FILMS)]
        shares = np.exp(-np.array(energy)) / np.exp(-np.array(energy)).sum()
        # Biases this large hold the hidden units in that state.
        held = replace(p, hidden_bias=np.where(h == 1, 90, -90).astype(np.float32))
        np.testing.assert_allclose(np.exp(log_softmax(film_logits(nothing, held)[0])), shares, rtol=1e-5)


def test_the_loss_is_that_of_the_hidden_out_likes_among_films_not_shown(rows, parameters):
    shown, asked = divide(rows, 0.5, np.random.default_rng(3))
    assert asked.nnz > 3
    logits, total = film_logits(shown, parameters), 0.0
    for user in range(USERS):
        free = shown.toarray()[user] == 0
        log_shares = log_softmax(logits[user][free])
        total -= log_shares[asked.toarray()[user][free] == 1].sum()
    decay = 0.3 * (parameters.interaction_weights**2).sum()
    np.testing.assert_allclose(loss_and_gradient(shown, asked, parameters, 0.3)[0], total / USERS + decay, rtol=1e-5)


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_the_gradient_is_the_losses_slope(rows, parameters, name):
    shown, asked = divide(rows, 0.5, np.random.default_rng(3))
    gradient = getattr(loss_and_gradient(shown, asked, parameters, 0.02)[1], name)
    value = getattr(parameters, name)
    assert gradient.shape == value.shape
    for place in np.ndindex(value.shape):
        kept, ends = value[place], []
        for by in (0.01, -0.01):
            value[place] = kept + np.float32(by)
            ends.append(loss_and_gradient(shown, asked, parameters, 0.02)[0])
        value[place] = kept
        np.testing.assert_allclose(gradient[place], (ends[0] - ends[1]) / 0.02, rtol=2e-3, atol=2e-4)


def test_what_is_hidden_out_is_not_shown_and_dislikes_are_never_asked(rows):
    for seed in range(7):
        shown, asked = (part.toarray() for part in divide(rows, 0.4, np.random.default_rng(seed)))
        dense = rows.toarray()
        assert not ((shown != 0) & (asked != 0)).any()
        assert set(np.unique(asked)) <= {0, 1}
        np.testing.assert_array_equal(shown[shown != 0], dense[shown != 0])
        np.testing.assert_array_equal((shown == 1) | (asked == 1), dense == 1)
    likes = csr_array(np.ones((97, 101), np.float32))
    share = divide(likes, 0.4, np.random.default_rng(1))[1].nnz / likes.nnz
    assert abs(share - 0.4) < 5 * (0.4 * 0.6 / likes.nnz) ** 0.5


def test_training_learns_which_films_go_together():
    """Films 0 to 3 are liked together, and 4 to 6: who likes two of a kind is sent to its others."""
    rng = np.random.default_rng(4)
    own = np.arange(FILMS)[None, :] // 4 == (np.arange(103) % 2)[:, None]
    likes = csr_array((rng.random((103, FILMS)) < np.where(own, 0.8, 0.05)).astype(np.float32))
    begun = initial_parameters(likes, HIDDEN, np.random.default_rng(5))
    settings = {"epochs": 60, "batch_size": 17, "learning_rate": 0.03, "weight_decay": 1e-4, "hidden_out": 0.5}
    trained = train(likes, begun, **settings, rng=np.random.default_rng(5))
    logits = film_logits(csr_array(np.array([[1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0]], np.float32)), trained)
    assert logits[0, 2:4].min() > logits[0, 4:].max() + 1
    assert logits[1, 6] > logits[1, :4].max() + 1


def test_base_rates_are_where_training_begins():
    likes = csr_array(np.array([[1, 1, 0], [1, 0, 0]], np.float32))
    found = initial_parameters(likes, 2, np.random.default_rng(1))
    np.testing.assert_allclose(found.visible_bias, np.log([1.0001, 0.5001, 0.0001]), rtol=1e-5, atol=1e-6)
    assert abs(found.interaction_weights).max() < 0.1
