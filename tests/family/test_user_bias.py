"""Machines with a bias of each user: the bias itself, and given it a machine like any other, on both engines."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp, softmax
from support.family_making import (
    NUM_ITEMS,
    NUM_USERS,
    Oracle,
    by_trained,
    direction,
    random_ratings,
    state_tables,
)
from support.user_bias_making import (
    DATA,
    PRECISION,
    REPEATS,
    best_bias,
    dense_of,
    drawn,
    given,
    log_shares,
    model_of,
    oracle_of,
    tilts_of,
)

from rbm_lib.data.ratings import Ratings
from rbm_lib.models import energy
from rbm_lib.models.user_bias import of_user
from rbm_lib.sparse.scored.engine import infer_user_biases


def assert_is_the_mean(found, expected, errors):
    for name, value in expected.items():
        tolerance = 4.5 * errors[name] + 2e-4
        assert (np.abs(found[name] - value) < tolerance).all(), name
        assert np.abs(value).max() > 2.5 * tolerance.max(), name


def test_the_bias_is_the_mode_of_its_posterior(biased):
    """On both engines, for users with one rating, with all, and with none, whose bias is 0."""
    member, degree = biased
    trained, ratings = drawn(member), random_ratings(member)
    ratings = ratings.select(ratings.user_index != 4)
    model, values = model_of(biased), list(member.values)
    dense = model.rbm_layer.parameters_given(*dense_of(model, ratings)).user_bias.numpy()
    shares = np.exp(log_shares(member, trained))
    rows = ratings.row_splits, ratings.item_index, ratings.rating
    given_prior = shares, tilts_of(member, degree), PRECISION[:degree]
    compiled, variance, expected = infer_user_biases(*rows, *given_prior, values=values)
    for user in range(NUM_USERS):
        own = slice(ratings.row_splits[user], ratings.row_splits[user + 1])
        films, states = ratings.item_index[own], [values.index(rating) for rating in ratings.rating[own]]
        bias = best_bias(member, degree, trained, films, states)
        np.testing.assert_allclose(compiled[user], bias, atol=2e-5)
        tilt = tilts_of(member, degree) @ bias
        np.testing.assert_allclose(dense[user], tilt[1] if member.kind == "bernoulli" else tilt, atol=2e-5)
        probability = softmax(log_shares(member, trained)[films] + tilt, axis=1)
        np.testing.assert_allclose(expected[user], probability.sum(axis=0), atol=1e-4)
        mean = probability @ tilts_of(member, degree)
        curvature = np.diag(PRECISION[:degree]) + sum(
            (tilts_of(member, degree).T * p) @ tilts_of(member, degree) - np.outer(m, m)
            for p, m in zip(probability, mean, strict=True)
        )
        np.testing.assert_allclose(variance[user], np.diag(np.linalg.inv(curvature)), rtol=1e-4)
    assert (compiled[4] == 0).all()
    assert np.abs(compiled).max() > 0.3


@pytest.mark.parametrize("cd_steps", [1, 3])
def test_the_expected_direction_is_that_of_the_users_own_machine(biased, engine, cd_steps):
    oracle, data = oracle_of(biased)
    found, *_ = direction(model_of(biased, engine, cd_steps=cd_steps), oracle.batch(np.full(REPEATS, data)))
    end = np.linalg.matrix_power(oracle.transition(), cd_steps)[data]
    expected = oracle.expected_direction(oracle.starting_at(data), end)
    assert_is_the_mean(found, expected, oracle.direction_errors(end, REPEATS))


def test_expected_reconstructions_give_the_mean_over_hidden_states(biased, engine):
    """Listed: each hidden state of the first draw, the films' means given it, and the hidden means given those."""
    oracle, data = oracle_of(biased)
    found, agreement, _ = direction(model_of(biased, engine, negative="expected"), oracle.batch(np.full(REPEATS, data)))
    ends = np.zeros((len(oracle.hidden), len(oracle.states)))  # a film's mean is a mean over its states
    negative, probability = [], oracle.hidden_given_visible[data]
    for number in range(len(oracle.hidden)):
        shares = [oracle.film_given_hidden(place)[number] for place in range(len(oracle.rated))]
        weights = np.prod([s[oracle.states[:, place]] for place, s in enumerate(shares)], axis=0)
        ends[number] = weights / weights.sum()
        negative.append(statistics_of_means(oracle, np.array(shares)))
    expected, errors = {}, {}
    for name, positive in oracle.statistics().items():
        each = np.array([statistic[name] for statistic in negative])
        mean = np.tensordot(probability, each, 1)
        expected[name] = positive[data] - mean
        errors[name] = np.sqrt(np.maximum(np.tensordot(probability, each**2, 1) - mean**2, 0) / REPEATS)
    assert_is_the_mean(found, expected, errors)
    given_rating = [
        ends @ (oracle.states[:, place] == oracle.states[data, place]) for place in range(len(oracle.rated))
    ]
    assert agreement.mean() == pytest.approx((probability @ np.array(given_rating).T).mean(), abs=0.01)


def statistics_of_means(oracle, shares):
    """The negative statistics, by what is trained, of rated films whose means are `shares`, `(num_rated, values)`."""
    member, trained = oracle.member, oracle.trained
    tables, _ = state_tables(member, trained)
    heard = trained.get("rated_weights", np.zeros((NUM_ITEMS, 3)))
    told = sum(shares[place] @ tables[film] + heard[film] for place, film in enumerate(oracle.rated))
    hidden = 1 / (1 + np.exp(-(trained["hidden_bias"] + told)))
    visible = np.zeros((NUM_ITEMS, len(member.values)))
    visible[oracle.rated] = shares
    is_rated = np.isin(np.arange(NUM_ITEMS), oracle.rated)
    visible = visible[:, 1] if member.kind == "bernoulli" else visible
    surprise = (visible - trained["visible_offset"]) * is_rated.reshape(-1, *[1] * (visible.ndim - 1))
    found = {"interaction_weights": surprise[..., None] * hidden, "visible_bias": visible, "hidden_bias": hidden}
    if member.conditional:
        found["rated_weights"] = is_rated[:, None] * hidden
    return by_trained(member, found)


def test_energies_and_log_z_are_those_of_the_users_own_machine(biased):
    """Free energy: dense, compiled, and the model's own; log Z of a mini-batch, and of `of_user`."""
    oracle, data = oracle_of(biased)
    model, batch = model_of(biased), oracle.batch(np.array([data]))
    visible, observed_mask = map(tf.constant, oracle.dense(np.array([data])))
    parameters = model.rbm_layer.parameters_given(visible, observed_mask)
    free = -logsumexp(oracle.minus_energy[data])
    arrays = batch["row_splits"], batch["item_index"], batch["rating"]
    ratings = Ratings(*arrays, np.arange(1), np.arange(NUM_ITEMS))
    np.testing.assert_allclose(energy.free_energy(visible, observed_mask, parameters), [free], atol=2e-5)
    np.testing.assert_allclose(model.free_energy(ratings), [free], atol=2e-5)
    for found in (parameters, of_user(parameters, 0)):
        log_partition = energy.log_partition(observed_mask.numpy(), found)
        np.testing.assert_allclose(log_partition, [oracle.log_partition], rtol=1e-5)
    assert abs(energy.log_partition(observed_mask.numpy(), model.parameters)[0] - oracle.log_partition) > 1e-2


def test_exact_predictions_are_those_of_the_users_own_machine(biased, engine):
    member, degree = biased
    plain = Oracle(member, drawn(member))
    data, film = DATA % len(plain.states), 5
    whole = Oracle(member, given(member, degree, plain.trained, plain.rated, plain.states[data]), (*plain.rated, film))
    joint = whole.visible.reshape(-1, len(member.values))[data]
    batch = plain.batch(np.array([data]))
    batch |= {"target_row_splits": np.array([0, 1]), "target_item_index": np.array([film], np.int32)}
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    model = model_of(biased, engine)
    found = model.engine_in_use.targets(model, tensors, "exact", 0, True).numpy()
    expected = joint / joint.sum()
    np.testing.assert_allclose(found, expected[1:] if member.kind == "bernoulli" else [expected], atol=1e-5)
