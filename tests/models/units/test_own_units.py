"""Units that a user defines: here spins, -1 or 1, which are Bernoulli units in other words, so every sum is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib import RBM, Ratings, load_model, random_n
from rbm_lib.models import VisibleUnits
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.listed import ListedUnits


@keras.saving.register_keras_serializable(package="tests")
class Spin(ListedUnits):
    """Dislike (-1) or like (1): P(v) = exp(activation v) / (2 cosh(activation))."""

    name = "spin"
    values = (-1.0, 1.0)
    ratings_in_words = "-1 or 1"

    def shape(self, num_items):
        return (num_items,)

    def encode(self, rating):
        return rating

    def mean(self, activation):
        return tf.tanh(activation)

    def sample(self, mean, uniform):
        return tf.where(uniform < (1 + mean) / 2, 1.0, -1.0)

    def log_normaliser(self, activation):
        return tf.math.softplus(2 * activation) - activation

    def log_normaliser_float64(self, activation):
        return np.logaddexp(activation, -activation)

    def exact(self, given, couplings, bias, offset):
        up, down = (tf.nn.softplus(given + (v - offset) * couplings) for v in self.values[::-1])
        return tf.tanh(bias + tf.reduce_sum(up - down, axis=-1) / 2)

    def expected(self, mean):
        return mean

    def distribution(self, mean):
        return np.stack([1 - mean, 1 + mean], axis=1) / 2

    def bias_of(self, log_shares):
        return (log_shares[:, 1] - log_shares[:, 0]) / 2

    def mean_of(self, log_shares):
        return np.exp(log_shares[:, 1]) - np.exp(log_shares[:, 0])


@pytest.fixture
def spins(likes):
    return Ratings(**{**likes.__dict__, "rating": 2 * likes.rating - 1})


def twins(engine="dense"):
    """A machine of spins, and the Bernoulli machine that is the same: W' = 2 W, b' = 2 b, m = 1/2."""
    spin = RBM(7, 3, units=Spin(), seed=5, interaction_initializer=keras.initializers.RandomNormal(0, 0.6, seed=1))
    spin.rbm_layer.visible_bias.assign(np.linspace(-0.5, 0.7, 7))
    spin.rbm_layer.hidden_bias.assign([0.2, -0.4, 0.1])
    like = RBM(7, 3, units=Bernoulli(), engine=engine, seed=5)
    like.rbm_layer.interaction_weights.assign(2 * spin.rbm_layer.interaction_weights)
    like.rbm_layer.visible_bias.assign(2 * spin.rbm_layer.visible_bias)
    like.rbm_layer.hidden_bias.assign(spin.rbm_layer.hidden_bias)
    like.rbm_layer.visible_offset.assign(np.full(7, 0.5))
    return spin, like


@pytest.mark.parametrize("inference", ["mean_field", "exact", "sampled"])
def test_spins_predict_what_their_bernoulli_twin_predicts(likes, spins, inference):
    spin, like = twins()
    assert spin.engine_in_use.name == "dense"
    found = spin.predict_ratings(random_n(spins, 1, seed=1, more_than=2), inference=inference, output="expected")
    expected = like.predict_ratings(random_n(likes, 1, seed=1, more_than=2), inference=inference, output="expected")
    np.testing.assert_allclose((1 + found) / 2, expected, atol=1e-6)


def test_their_free_energies_differ_by_the_biases_alone(likes, spins):
    spin, like = twins()
    _, rated = likes.to_dense()
    constant = rated @ np.asarray(spin.rbm_layer.visible_bias)
    np.testing.assert_allclose(spin.free_energy(spins), like.free_energy(likes) + constant, atol=1e-5)


def test_both_take_the_same_step_and_their_chains_the_same_way(likes, spins):
    """The draws are the same, so the chains agree rating by rating, and the couplings' steps as 1 to 2."""
    spin, like = twins()
    found = []
    for model, ratings in ((spin, spins), (like, likes)):
        batch = {name: tf.constant(part) for name, part in next(iter(ratings.batches(11))).items()}
        found.append(model.engine_in_use.direction(model, batch, tf.constant(3, tf.int64)))
    (ours, our_agreement, _, our_loss), (theirs, their_agreement, _, their_loss) = found
    np.testing.assert_allclose(our_loss, their_loss, atol=1e-6)
    np.testing.assert_array_equal(our_agreement, their_agreement)
    np.testing.assert_allclose(ours.interaction_weights, 2 * theirs.interaction_weights, atol=1e-6)
    np.testing.assert_allclose(ours.visible_bias, 2 * theirs.visible_bias, atol=1e-6)
    np.testing.assert_allclose(ours.hidden_bias, theirs.hidden_bias, atol=1e-6)


def test_a_model_of_ones_own_units_trains_starts_at_base_rates_and_is_saved(spins, tmp_path):
    model = RBM(7, 3, units=Spin(), interaction_initializer="zeros")
    model.initialize_from_base_rates(spins, smoothing=1e-3)
    up = np.bincount(spins.item_index, spins.rating == 1) / spins.ratings_per_item
    np.testing.assert_allclose(model.predict(spins, verbose=0)[0], 2 * up - 1, atol=1e-2)
    model.compile(keras.optimizers.Adam(0.05))
    model.fit(spins, epochs=2, verbose=0)
    assert np.abs(model.rbm_layer.hidden_bias.numpy()).max() > 0
    model.save(tmp_path / "spin.keras")
    again = load_model(tmp_path / "spin.keras")
    assert isinstance(again.units, Spin)
    np.testing.assert_array_equal(again.predict(spins, verbose=0), model.predict(spins, verbose=0))


def test_other_ratings_and_the_sparse_engine_are_refused_by_name(likes):
    with pytest.raises(ValueError, match=r"x: expected ratings -1 or 1, found 0\.0"):
        RBM(7, 3, units=Spin()).fit(likes)
    with pytest.raises(ValueError, match="engine: expected 'dense' for spin units, found 'sparse'"):
        RBM(7, 3, units=Spin(), engine="sparse")


def test_a_subclass_of_known_units_is_another_kind_to_the_compiled_loops():
    """The loops would not see what it changes."""

    class Louder(Bernoulli):
        name = "louder"

        def mean(self, activation):
            return tf.sigmoid(2 * activation)

    with pytest.raises(ValueError, match="engine: expected 'dense' for louder units"):
        RBM(7, 3, units=Louder(), engine="sparse")
    assert RBM(7, 3, units=Louder()).engine_in_use.name == "dense"


def test_units_that_leave_something_out_cannot_be_made():
    class Half(VisibleUnits):
        name = "half"

    with pytest.raises(TypeError, match="abstract"):
        Half()
