"""Machines with a bias of each user, as models: engines, files, refusals; without couplings, the biases alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax
from support.family_making import ENGINES, NUM_USERS, Member, direction, random_ratings
from support.user_bias_making import best_bias, drawn, log_shares, model_of, tilts_of

from rbm_lib.models.model import RBM
from rbm_lib.models.saving import load_model
from rbm_lib.splits.held_out import random_n

NEAR = 5e-6  # what float32 sums in another order may differ by, in nats


@pytest.mark.parametrize("negative", ["sampled", "expected"])
def test_engines_agree(biased, negative):
    """Directions, chains that go on, whole fits."""
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
    for model in models:
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(ratings, batch_size=4, epochs=2, verbose=0)
    for left, right in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_allclose(right.numpy(), left.numpy(), atol=2e-5, err_msg=left.path)


def test_engines_predict_alike(biased):
    """Predictions of each kind, which no negative phase has to do with; recommendations as `predict` has them."""
    models = [model_of(biased, engine) for engine in ENGINES]
    split = random_n(random_ratings(biased[0]), 2, seed=1, more_than=2)
    for inference in ("mean_field", "exact", "sampled"):
        dense, compiled = (model.predict_ratings(split, inference=inference, output="distribution") for model in models)
        np.testing.assert_allclose(compiled, dense, atol=2 * NEAR)
        assert dense.std() > 0.05
    scores = models[0].predict(split.inputs, verbose=0)
    scores[split.inputs.user_index, split.inputs.item_index] = -np.inf
    _, found = models[1].recommend_positions(split.inputs, 2)
    np.testing.assert_allclose(found, -np.sort(-scores, axis=1)[:, :2], atol=1e-5)


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
    with pytest.raises(ValueError, match=words):
        RBM(4, 2, **arguments)


def test_biases_without_a_place_for_them_are_refused():
    likes = random_ratings(Member("bernoulli"))
    with pytest.raises(ValueError, match="user_bias: expected a machine with user_bias=1 or 2, found 0"):
        RBM(likes.num_items, 2).initialize_from_biases(likes)
