"""Machines with a bias of each user: the bias itself, and given it a machine like any other, on both engines.

The oracle lists the states of a machine whose visible biases and offset hold the user's bias, found here by a general
minimiser; the library's own formulas of it are not used.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from support.family_making import (
    ENGINES,
    NUM_ITEMS,
    NUM_USERS,
    POLYNOMIALS,
    Member,
    Oracle,
    direction,
    draw_parameters,
    make_model,
    random_ratings,
    state_tables,
)

from rbm_lib.data.ratings import Ratings
from rbm_lib.models import energy
from rbm_lib.models.saving import load_model
from rbm_lib.models.user_bias import of_user
from rbm_lib.sparse.scored.engine import infer_user_biases
from rbm_lib.splits.held_out import random_n

PRECISION = np.array([0.7, 1.9])
REPEATS, DATA, NEAR = 8009, 77, 5e-6
BIASED = {
    "polynomial": (Member("polynomial", centred=True, degree=1, hidden_offset=0.5), 1),
    "polynomial conditional": (Member("polynomial", conditional=True, centred=True, degree=2, hidden_offset=0.5), 2),
    "ordinal": (Member("ordinal", conditional=True, centred=True), 2),
    "softmax": (Member("softmax", centred=True), 1),
    "bernoulli": (Member("bernoulli", conditional=True, centred=True, hidden_offset=0.5), 1),
}


@pytest.fixture(params=BIASED)
def biased(request):
    return BIASED[request.param]


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def drawn(member):
    """Parameters whose offset are base rates: of stars, shares that add up to one."""
    trained = draw_parameters(member)
    if member.kind != "bernoulli":
        offset = trained["visible_offset"]
        trained["visible_offset"] = np.float64(np.float32(offset / offset.sum(axis=1, keepdims=True)))
    return trained


def tilts_of(member, degree):
    return np.array([[0.0], [1.0]]) if member.kind == "bernoulli" else POLYNOMIALS[:, :degree]


def log_shares(member, trained):
    offset = trained["visible_offset"]
    return np.log(np.stack([1 - offset, offset], axis=1) if member.kind == "bernoulli" else offset)


def best_bias(member, degree, trained, films, states):
    """The mode of the posterior of one user's bias."""
    tilts, logits = tilts_of(member, degree), log_shares(member, trained)[films]

    def loss(bias):
        tilted = logits + tilts @ bias
        likelihood = (tilted - logsumexp(tilted, axis=1, keepdims=True))[np.arange(len(films)), states].sum()
        return 0.5 * (PRECISION[:degree] * bias**2).sum() - likelihood

    return minimize(loss, np.zeros(degree), tol=1e-12).x


def given(member, degree, trained, films, states):
    """The parameters of one user's machine, without biases of users."""
    tilt = tilts_of(member, degree) @ best_bias(member, degree, trained, films, states)
    offset = softmax(log_shares(member, trained) + tilt, axis=1)
    if member.kind == "bernoulli":
        return trained | {"visible_bias": trained["visible_bias"] + tilt[1], "visible_offset": offset[:, 1]}
    moved = np.diff(tilt, prepend=0.0) if member.kind == "ordinal" else tilt
    return trained | {"visible_bias": trained["visible_bias"] + moved, "visible_offset": offset}


def model_of(biased, engine="sparse", **arguments):
    member, degree = biased
    model = make_model(member, drawn(member), engine, user_bias=degree, **arguments)
    model.rbm_layer.user_precision.assign(PRECISION[:degree])
    return model


def oracle_of(biased, data=DATA):
    member, degree = biased
    plain = Oracle(member, drawn(member))
    data %= len(plain.states)
    return Oracle(member, given(member, degree, plain.trained, plain.rated, plain.states[data])), data


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


def dense_of(model, ratings):
    from rbm_lib.models.feeds import densify

    return densify(ratings.row_splits, ratings.item_index, ratings.rating, model.num_items, model.units)


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
    from support.family_making import by_trained

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


@pytest.mark.parametrize("negative", ["sampled", "expected"])
def test_engines_agree(biased, negative):
    """Directions, chains that go on, predictions of each kind, whole fits; recommendations as `predict` has them."""
    member, _ = biased
    ratings = random_ratings(member)
    models = [model_of(biased, engine, cd_steps=2, negative=negative) for engine in ENGINES]
    batch = next(iter(ratings.batches(NUM_USERS, seed=1)))
    states = np.random.default_rng(7).integers(0, 2, (NUM_USERS, 3)).astype(np.uint8)
    for persistent in (None, states):
        (dense, agreed, stop), (compiled, agreement, stopped) = (
            direction(model, batch, persistent=persistent) for model in models
        )
        np.testing.assert_allclose(agreement, agreed, atol=NEAR)
        np.testing.assert_array_equal(stop, stopped)
        for name, value in dense.items():
            np.testing.assert_allclose(compiled[name], value, atol=NEAR, err_msg=name)
            assert np.abs(value).max() > 1e-2
    split = random_n(ratings, 2, seed=1, more_than=2)
    for inference in ("mean_field", "exact", "sampled"):
        dense, compiled = (model.predict_ratings(split, inference=inference, output="distribution") for model in models)
        np.testing.assert_allclose(compiled, dense, atol=2 * NEAR)
        assert dense.std() > 0.05
    scores = models[0].predict(split.inputs, verbose=0)
    scores[split.inputs.user_index, split.inputs.item_index] = -np.inf
    _, found = models[1].recommend(split.inputs, 2)
    np.testing.assert_allclose(found, -np.sort(-scores, axis=1)[:, :2], atol=1e-5)
    for model in models:
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(ratings, batch_size=4, epochs=2, verbose=0)
    for left, right in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_allclose(right.numpy(), left.numpy(), atol=2e-5, err_msg=left.path)


def test_without_couplings_nothing_but_biases_is_predicted(biased, engine):
    """By construction: P(value) is the film's base rate tilted by the user's bias, whatever D and c are."""
    member, degree = biased
    model = model_of(biased, engine)
    layer = model.rbm_layer
    layer.interaction_weights.assign(tf.zeros_like(layer.interaction_weights))
    ratings = random_ratings(member)
    layer.visible_bias.assign(model.units.bias_of(log_shares(member, drawn(member)).astype(np.float32)))
    split = random_n(ratings, 1, seed=1, more_than=2)
    found = model.predict_ratings(split, inference="exact", output="distribution")
    inputs, targets, values = split.inputs, split.targets, list(member.values)
    for place, (user, film) in enumerate(zip(targets.user_index, targets.item_index, strict=True)):
        own = slice(inputs.row_splits[user], inputs.row_splits[user + 1])
        states = [values.index(rating) for rating in inputs.rating[own]]
        bias = best_bias(member, degree, drawn(member), inputs.item_index[own], states)
        expected = softmax(log_shares(member, drawn(member))[film] + tilts_of(member, degree) @ bias)
        np.testing.assert_allclose(found[place], expected, atol=2e-5)


def test_a_saved_machine_predicts_and_trains_on_as_before(biased, tmp_path):
    member, _ = biased
    ratings, model = random_ratings(member), model_of(biased, negative="expected")
    model.fit(ratings, batch_size=4, epochs=1, verbose=0)
    model.save(tmp_path / "rbm.keras")
    again = load_model(tmp_path / "rbm.keras")
    split = random_n(ratings, 1, seed=1, more_than=2)
    np.testing.assert_array_equal(model.predict_ratings(split), again.predict_ratings(split))
    for machine in (model, again):
        machine.fit(ratings, batch_size=4, epochs=1, verbose=0)
    for left, right in zip(model.variables, again.variables, strict=True):
        np.testing.assert_array_equal(left.numpy(), right.numpy())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"user_bias": 3}, "user_bias: expected a whole number from 0 to 2, found 3"),
        ({"user_bias": 2}, "user_bias: expected a whole number from 1 to 1, found 2"),
        ({"user_bias": 1, "units": "gaussian"}, "units of a machine with user_bias: expected bernoulli, softmax"),
        ({"hidden_offset": 1.5}, "hidden_offset: expected a finite number from 0 to 1, found 1.5"),
        ({"negative": "mean"}, "negative: expected one of sampled, expected, found 'mean'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    from rbm_lib.models.model import RBM

    with pytest.raises(ValueError, match=words):
        RBM(4, 2, **arguments)


def test_biases_without_a_place_for_them_are_refused():
    from rbm_lib.models.model import RBM

    likes = random_ratings(Member("bernoulli"))
    with pytest.raises(ValueError, match="user_bias: expected a machine with user_bias=1 or 2, found 0"):
        RBM(likes.num_items, 2).initialize_from_biases(likes)
