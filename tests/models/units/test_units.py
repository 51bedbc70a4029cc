"""Visible units: values, draws, sums over increments, base rates; what is refused and what is saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.data.ratings import Ratings
from rbm_lib.data.shares import base_rate_logits, star_base_rates
from rbm_lib.models.layer import RBMLayer
from rbm_lib.models.parameters import Increments
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.choice import make_units
from rbm_lib.models.units.gaussian import Gaussian
from rbm_lib.models.units.ordinal import OrdinalSoftmax
from rbm_lib.models.units.softmax import Softmax

HALVES = (0.5, 2.0, 3.5)


def test_a_draw_below_the_probability_is_a_like():
    sample = Bernoulli().sample(tf.constant([0.3, 0.3, 1.0, 0.0]), tf.constant([0.29, 0.3, 0.999, 0.0]))
    np.testing.assert_array_equal(sample, [1.0, 0.0, 1.0, 0.0])


def test_the_normaliser_sums_both_values():
    activation = np.array([-2.0, 0.0, 3.0])
    expected = np.log(np.exp(0 * activation) + np.exp(1 * activation))
    np.testing.assert_allclose(Bernoulli().log_normaliser(activation), expected, rtol=1e-12)


@pytest.mark.parametrize("value", [2.0, 0.5, -1.0, np.nan])
def test_ratings_other_than_likes_are_refused(value):
    with pytest.raises(ValueError, match="ratings: expected ratings 0"):
        Bernoulli().check(np.array([0.0, value, 1.0]), "ratings")


def test_base_rates_worked_by_hand():
    # film 0: two likes of two; film 1: one of three; overall (3 + 0.5) / (5 + 1) with its half like
    ratings = Ratings.from_triples([1, 2, 1, 2, 3], [10, 10, 11, 11, 11], [1, 1, 0, 1, 0])
    overall = 3.5 / 6
    share = np.array([(2 + 2 * overall) / 4, (1 + 2 * overall) / 5])
    np.testing.assert_allclose(base_rate_logits(ratings, smoothing=2.0), np.log(share / (1 - share)), rtol=1e-6)


def test_a_film_that_everybody_likes_keeps_a_finite_bias():
    ratings = Ratings.from_triples([1, 2], [10, 10], [1, 1])
    assert np.isfinite(base_rate_logits(ratings)).all()


@pytest.mark.parametrize("smoothing", [0, -1, np.nan])
def test_smoothing_must_be_positive(likes, smoothing):
    with pytest.raises(ValueError, match="smoothing: expected"):
        base_rate_logits(likes, smoothing)


def test_stars_are_encoded_by_their_place():
    found = Softmax(HALVES).encode(tf.constant([[3.5, 0.5], [2.0, 3.0]]))
    np.testing.assert_array_equal(found, [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]]])


def test_the_normaliser_of_stars_sums_all_values():
    activation = np.array([[-2.0, 0.0, 3.0], [900.0, 901.0, 899.0]])
    found = Softmax().log_normaliser(activation).numpy()
    assert found[0] == pytest.approx(np.log(np.exp(activation[0]).sum()))
    assert found[1] == pytest.approx(901 + np.log(1 + np.exp(-1) + np.exp(-2)))
    np.testing.assert_allclose(Softmax().mean(activation), np.exp(activation - found[:, None]), rtol=1e-12)


def test_increments_are_summed_up_to_each_star_and_pulled_back_from_it():
    """By hand; and as a transpose: <gradient, effective(x)> = <pull_back(gradient), x>."""
    units, rng = OrdinalSoftmax(HALVES), np.random.default_rng(3)
    steps = tf.constant([[1.0, 10.0, 100.0], [2.0, -1.0, 0.5]])
    found = units.effective(Increments(tf.stack([steps, 3 * steps], axis=-1), steps, None))
    np.testing.assert_array_equal(found.visible_bias, [[1, 11, 111], [2, 1, 1.5]])
    np.testing.assert_array_equal(found.interaction_weights[..., 1], [[3, 33, 333], [6, 3, 4.5]])
    x, gradient = (Increments(rng.normal(size=(7, 3, 5)), rng.normal(size=(7, 3)), 0.0) for _ in range(2))
    pulled, summed = units.pull_back(gradient), units.effective(x)
    for place in (0, 1):
        assert np.sum(gradient[place] * summed[place]) == pytest.approx(np.sum(pulled[place] * x[place]))


def test_star_base_rates_worked_by_hand():
    # film 0: stars 0.5, 3.5; film 1: 2, 3.5, 3.5; overall (1, 1, 3) and a third of a rating for each
    ratings = Ratings.from_triples([1, 2, 1, 2, 3], [10, 10, 11, 11, 11], [0.5, 3.5, 2.0, 3.5, 3.5])
    overall = np.array([4, 4, 10]) / 18
    share = np.array([([1, 0, 1] + 2 * overall) / 4, ([0, 1, 2] + 2 * overall) / 5])
    np.testing.assert_allclose(star_base_rates(ratings, HALVES, 2.0), np.log(share), rtol=1e-6)
    np.testing.assert_allclose(np.exp(star_base_rates(ratings, HALVES, 2.0)).sum(axis=1), 1.0, rtol=1e-6)
    biases = OrdinalSoftmax(HALVES).bias_of(np.log(share))
    np.testing.assert_allclose(biases.cumsum(axis=1), np.log(share), rtol=1e-12)


@pytest.mark.parametrize("kind", [Softmax, OrdinalSoftmax])
@pytest.mark.parametrize("centred", [False, True])
def test_a_model_that_starts_at_base_rates_predicts_them(kind, centred):
    """With couplings of nought, whatever a user rated."""
    from rbm_lib.models.model import RBM

    ratings = Ratings.from_triples([1, 2, 1, 2, 3], [10, 10, 11, 11, 11], [0.5, 3.5, 2.0, 3.5, 3.5])
    model = RBM(2, 3, units=kind(HALVES), interaction_initializer="zeros")
    model.initialize_from_base_rates(ratings, smoothing=2.0, centred=centred)
    share = np.exp(star_base_rates(ratings, HALVES, 2.0))
    np.testing.assert_allclose(model.predict(ratings, verbose=0), np.tile(share @ HALVES, (3, 1)), rtol=1e-6)
    np.testing.assert_allclose(model.parameters.visible_offset, share * centred, rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0, 3.0, 4.0, np.nan, -0.5])
def test_a_rating_that_is_no_star_is_refused_with_the_stars(value):
    message = r"x: expected ratings among 0\.5, 2, 3\.5, found .* and 1 more out of range; `stars=` names what"
    with pytest.raises(ValueError, match=message):
        Softmax(HALVES).check(np.array([0.5, value, 3.5, value], np.float32), "x")


@pytest.mark.parametrize("stars", [(), (3.0,), (1, 1), (2, 1), (1, np.nan), (1, np.inf), range(128), (1.0, 1.0 + 1e-9)])
def test_stars_must_ascend(stars):
    """The last pair is one number in float32, which ratings are."""
    with pytest.raises(ValueError, match="stars: expected 2 to 127 ascending numbers, found"):
        Softmax(stars)


@pytest.mark.parametrize("units", ["poisson", None, 5, Softmax])
def test_units_of_another_kind_are_refused(units):
    with pytest.raises(
        ValueError, match="units: expected one of bernoulli, softmax, ordinal, polynomial, gaussian or VisibleUnits"
    ):
        make_units(units)


@pytest.mark.parametrize(
    "units", [Bernoulli(), Softmax(), Softmax(HALVES), OrdinalSoftmax(HALVES), Gaussian(1, 7, 0.5)]
)
def test_units_are_themselves_again_after_keras_has_saved_them(units):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(units))
    assert again == units
    assert hash(again) == hash(units)
    assert repr(again) == repr(units)
    assert again.values == units.values
    layer = RBMLayer.from_config(RBMLayer(7, 3, units=units, conditional=True).get_config())
    layer.build()
    assert layer.units == units
    assert [tuple(part.shape) for part in layer.trained] == [
        (*units.shape(7), 3), units.shape(7), (3,), (7, 3)
    ]  # fmt: skip


def test_units_of_different_kinds_or_stars_differ():
    kinds = [Bernoulli(), Softmax(), Softmax(HALVES), OrdinalSoftmax(HALVES), make_units("ordinal")]
    kinds += [Gaussian(), Gaussian(scale=2)]
    for first, second in ((a, b) for a in kinds for b in kinds if a is not b):
        assert first != second
    assert make_units("softmax") == Softmax((1, 2, 3, 4, 5))
