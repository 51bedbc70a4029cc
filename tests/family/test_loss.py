"""The training loss: -log P(one rating | the others) of enumeration, alike on both engines, and without any effect."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate
from support.family_making import ENGINES, MEMBERS, NUM_USERS, Oracle, draw_parameters, make_model, random_ratings

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.engines import dense
from rbm_lib.models.model import RBM
from rbm_lib.models.units.gaussian import Gaussian
from rbm_lib.sparse import spread

NEAR = 2e-6


def losses(model, batch):
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    return model.engine_in_use.direction(model, tensors, tf.constant(7, tf.int64))[3].numpy()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MEMBERS)
def test_it_is_the_surprise_of_one_rating_given_the_others(name, engine):
    """Users 3, 4, ... have their fourth, fifth, first ... rating left out: by the joint states of the oracle."""
    member, trained = MEMBERS[name], draw_parameters(MEMBERS[name])
    oracle = Oracle(member, trained)
    numbers = np.arange(0, len(oracle.states), 3)
    expected = []
    for user, number in enumerate(numbers, start=3):
        others = np.delete(np.arange(len(oracle.rated)), user % len(oracle.rated))
        alike = (oracle.states[:, others] == oracle.states[number, others]).all(axis=1)
        expected.append(-np.log(oracle.visible[number] / oracle.visible[alike].sum()))
    found = losses(make_model(member, trained, engine), oracle.batch(numbers, first_user=3))
    np.testing.assert_allclose(found, expected, atol=NEAR)
    assert np.std(expected) > 0.1


@pytest.mark.parametrize("engine", ENGINES)
def test_hidden_units_at_the_ends_of_their_range_cost_few_digits(engine):
    """Means of 0 and 1 in float32, and couplings of 12 nats: by the free energies of both ratings in float64."""
    rng = np.random.default_rng(4)
    model = RBM(7, 3, engine=engine)
    model.rbm_layer.interaction_weights.assign(rng.choice([-12.0, 0.0, 12.0], (7, 3)))
    model.compile("adam")
    rating, expected = rng.integers(0, 2, (13, 7)).astype(float), []
    couplings = np.asarray(model.rbm_layer.interaction_weights, float)
    assert np.abs(rating @ couplings).max() > 30
    for user, given in enumerate(rating):
        other = np.where(np.arange(7) == user % 7, 1 - given, given)
        log_weights = [np.logaddexp(0, visible @ couplings).sum() for visible in (given, other)]
        expected.append(np.logaddexp(*log_weights) - log_weights[0])
    batch = next(iter(Ratings.from_dense(rating, np.ones((13, 7), bool)).batches(13)))
    np.testing.assert_allclose(losses(model, batch), expected, rtol=1e-3, atol=1e-2)
    assert max(expected) > 10


def test_a_continuous_rating_has_its_squared_error():
    """By integrals over the rating that is left out, hidden states listed."""
    rng = np.random.default_rng(3)
    model = RBM(3, 2, units=Gaussian(-99, 99, scale=1.0), seed=1)
    for variable in model.rbm_layer.weights:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    rating = rng.normal(0, 1, (4, 3)).astype(np.float32)
    ratings = Ratings.from_dense(rating, np.ones((4, 3), bool))
    expected = []
    for user in range(4):
        place = user % 3

        def moment(power, user=user, place=place):
            def weight(value):
                visible = rating[user : user + 1].copy()
                visible[0, place] = value
                moved = Ratings.from_dense(visible, np.ones((1, 3), bool))
                return value**power * np.exp(-float(model.free_energy(moved)[0]))

            return integrate.fixed_quad(np.vectorize(weight), -12, 12, n=80)[0]

        expected.append((rating[user, place] - moment(1) / moment(0)) ** 2)
    np.testing.assert_allclose(losses(model, next(iter(ratings.batches(4)))), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_users_without_ratings_have_none(engine):
    model, ratings = make_model(MEMBERS["softmax"], engine=engine), random_ratings(MEMBERS["softmax"])
    kept = ratings.select(~np.isin(ratings.user_index, [1, 4]))
    (batch,) = (batch for batch in [next(iter(kept.batches(NUM_USERS)))] if len(batch["user_index"]) == NUM_USERS - 2)
    splits = np.concatenate([batch["row_splits"], batch["row_splits"][-1:]])  # one more row, which is empty
    longer = batch | {"row_splits": splits, "user_index": np.append(batch["user_index"], np.int32(1))}
    np.testing.assert_array_equal(losses(model, longer), losses(model, batch))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["bernoulli centred", "ordinal conditional"])
def test_it_moves_nothing(name, engine, monkeypatch):
    member = MEMBERS[name]

    def fitted():
        model = make_model(member, engine=engine, persistent_chains=NUM_USERS, weight_decay=0.01)
        model.compile(keras.optimizers.Adam(0.03))
        history = model.fit(random_ratings(member), batch_size=4, epochs=2, verbose=0)
        return [np.array(v) for v in (*model.weights, *model.optimizer.variables)], history.history

    with_it, seen = fitted()
    monkeypatch.setattr(dense, "left_out_loss", lambda batch, *rest: tf.zeros(tf.shape(batch["user_index"])))
    monkeypatch.setattr(spread, "losses", lambda *batch: np.zeros(len(batch[3]), np.float32))
    without, unseen = fitted()
    for left, right in zip(with_it, without, strict=True):
        np.testing.assert_array_equal(left, right)
    assert seen["accuracy"] == unseen["accuracy"]
    assert seen["loss"] != unseen["loss"]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_falls_as_the_machine_learns_and_is_the_mean_over_the_users_of_the_epoch(engine):
    member = MEMBERS["softmax"]
    rng = np.random.default_rng(3)  # two kinds of people: who likes most, and who does not
    likely = np.where(np.arange(47) % 2, 0, 2)[:, None]
    rating = member.values[np.where(rng.random((47, 7)) < 0.8, likely, rng.integers(0, 3, (47, 7)))]
    ratings = Ratings.from_dense(rating, np.ones((47, 7), bool))
    model = make_model(member, engine=engine)
    model.compile(keras.optimizers.Adam(0.03))
    seen = model.fit(ratings, batch_size=47, epochs=60, verbose=0).history["loss"]
    assert seen[-1] < 0.9 * seen[0]
    model.compile(keras.optimizers.SGD(0.0))
    found = model.fit(ratings, batch_size=11, epochs=1, verbose=0).history["loss"]
    expected = losses(model, next(iter(ratings.batches(47)))).mean()
    assert found[0] == pytest.approx(expected, abs=1e-6)
