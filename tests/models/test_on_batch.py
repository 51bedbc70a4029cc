"""Single batches, and users of whom nothing is known: what Keras' methods and the model's own answer."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.model_making import assert_same_weights, trained

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM
from rbm_lib.splits.held_out import random_n
from rbm_lib.splits.split import Split

ENGINES = ("dense", "sparse")


@pytest.fixture
def split(likes):
    return random_n(likes, 1, seed=1, more_than=1)


def compiled(engine, **arguments):
    model = RBM(7, 3, seed=2, engine=engine, **arguments)
    model.compile(keras.optimizers.SGD(0.1))
    return model


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_of_ones_own_are_the_steps_of_a_fit(likes, engine):
    whole, history = trained(likes, engine=engine, epochs=2)
    model, losses = compiled(engine), []
    for epoch in range(2):
        for number, batch in enumerate(likes.batches(5, seed=2, epoch=epoch)):
            logs = model.train_on_batch(batch, return_dict=True)
            losses += [logs["loss"] * len(batch["user_index"])]
            assert list(logs) == ["loss", "accuracy"], number
    for left, right in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-7)  # a graph of fixed shapes sums in another order
    assert model.steps_done == 6
    assert history.history["loss"] == pytest.approx([sum(losses[:3]) / 11, sum(losses[3:]) / 11], abs=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_may_be_tensors_ratings_or_dense(likes, engine):
    arrays = next(likes.batches(11))
    forms = [
        arrays,
        {name: tf.constant(value) for name, value in arrays.items()},
        {name: value.astype(np.float64) if name == "rating" else value for name, value in arrays.items()},
        likes,
        likes.to_dense(),
    ]
    models = [compiled(engine) for _ in forms]
    logs = [model.train_on_batch(x) for model, x in zip(models, forms, strict=True)]
    for model, found in zip(models, logs, strict=True):
        assert_same_weights(models[0], model)
        assert found == logs[0]
        np.testing.assert_array_equal(model.predict_on_batch(likes), models[0].predict(likes, verbose=0))
        np.testing.assert_array_equal(model.predict_on_batch(arrays), models[0].predict(likes, verbose=0))


@pytest.mark.parametrize("engine", ENGINES)
def test_test_on_batch_is_evaluate(split, engine):
    model = trained(split.inputs, engine=engine)[0]
    expected = model.evaluate(split, verbose=0, return_dict=True)
    batch = next(split.inputs.batches(11, targets=split.targets))
    for x in (batch, split):
        assert model.test_on_batch(x, return_dict=True) == pytest.approx(expected)
        assert model.test_on_batch(x) == pytest.approx(list(expected.values()))
    assert list(expected) == ["loss", "accuracy", "auc", "log_loss"]


def test_what_is_no_batch_is_refused(likes, split):
    model = compiled("sparse", persistent_chains=5)
    batch = next(likes.batches(11))
    for ask, message in {
        lambda: model.train_on_batch(
            {"rating": batch["rating"]}
        ): r"x: expected a batch with the keys .* found \['rating'\]",
        lambda: model.train_on_batch(batch["rating"]): "x: expected Ratings, .* found ndarray",
        lambda: model.train_on_batch(batch | {"rating": batch["rating"] + 5}): "x: expected ratings 0",
        lambda: model.train_on_batch(batch): "x: expected users from 0 to 4, a chain each, found 10",
        lambda: model.test_on_batch(batch): "x: expected a batch with the keys .*target_rating",
        lambda: model.predict_on_batch(split): "x: expected Ratings, .* found Split",
    }.items():
        with pytest.raises(ValueError, match=message):
            ask()
    with pytest.raises(TypeError, match="train_on_batch: expected no argument batch_size"):
        model.train_on_batch(batch, batch_size=3)


# -- users of whom nothing is known


def nothing(likes, users):
    """`Ratings` of so many users and of the same films, without any rating."""
    splits, none = np.zeros(users + 1, np.int64), np.zeros(0, np.int32)
    return Ratings(splits, none, none.astype(np.float32), np.arange(users), likes.item_id)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("units", ["bernoulli", "ordinal", "gaussian"])
def test_users_without_ratings_are_answered_by_base_rates(likes, engine, units):
    if units == "gaussian":
        engine = "dense"
    ratings = likes if units == "bernoulli" else Ratings.from_dense(likes.to_dense()[0] * 2 + 1, likes.to_dense()[1])
    model = RBM(7, 3, units=units, engine=engine, seed=2, interaction_initializer="zeros")
    model.initialize_from_base_rates(ratings, smoothing=1e-3)
    known = model.predict(ratings, verbose=0)
    empty, masked = nothing(ratings, 5), (np.zeros((5, 7)), np.zeros((5, 7), bool))
    for found in (model.predict(empty, verbose=0), model.predict_on_batch(empty), model.predict(masked, verbose=0)):
        np.testing.assert_allclose(found, known[:5], rtol=1e-6)
    item_index, score = model.recommend_positions(empty, n=3)
    best = np.argsort(-known[0], kind="stable")[:3]
    assert (item_index == best).all()
    np.testing.assert_allclose(score, np.tile(known[0][best], (5, 1)), rtol=1e-6)
    table = model.recommend(empty, n=3)
    assert table["item_id"].tolist() == ratings.item_id[best].tolist() * 5
    np.testing.assert_allclose(model.free_energy(empty), -3 * np.log(2), rtol=1e-6)
    split = Split(nothing(ratings, 11), ratings, "everything is asked", np.zeros(0, int))
    np.testing.assert_allclose(model.predict_ratings(split), known[0][ratings.item_index], atol=1e-6)
    model.compile("sgd")
    assert np.isfinite(list(model.evaluate(split, verbose=0))).all()


@pytest.mark.parametrize("units", ["bernoulli", "softmax", "gaussian"])
def test_no_users_have_empty_answers_of_the_right_shape(likes, units):
    model, empty = RBM(7, 3, units=units, seed=2), nothing(likes, 0)
    assert model.predict(empty, verbose=0).shape == (0, 7)
    assert model.predict_on_batch(empty).shape == (0, 7)
    assert [part.shape for part in model.recommend_positions(empty, n=4)] == [(0, 4), (0, 4)]
    assert model.recommend(empty, n=4).empty
    assert model.free_energy(empty).shape == (0,)
    split = Split(empty, empty, "nobody", np.zeros(0, int))
    assert model.predict_ratings(split).shape == (0,)
    if units == "softmax":
        assert model.predict_ratings(split, output="distribution").shape == (0, 5)


def test_nothing_is_still_nothing_to_learn_from(likes):
    model = compiled("sparse")
    for train in (lambda x: model.fit(x, verbose=0), model.train_on_batch):
        with pytest.raises(ValueError, match="x: expected at least one rating, found none"):
            train(nothing(likes, 5))
