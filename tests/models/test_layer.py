"""The Keras layer: its parameters, their start, its configuration."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.family_making import MEMBERS, Oracle, draw_parameters

from rbm_lib.draws import tensors as draws
from rbm_lib.models import conditionals
from rbm_lib.models.layer import RBMLayer
from rbm_lib.models.parameters import Increments


@pytest.fixture
def layer():
    layer = RBMLayer(7, 3)
    layer.build()
    return layer


def test_parameters_have_their_names_and_shapes(layer):
    assert {w.name: tuple(w.shape) for w in layer.weights} == {
        "interaction_weights": (7, 3),
        "visible_bias": (7,),
        "hidden_bias": (3,),
        "visible_offset": (7,),
    }
    assert [w.name for w in layer.non_trainable_weights] == ["visible_offset"]


@pytest.mark.parametrize("units", ["softmax", "ordinal"])
def test_parameters_of_stars_have_an_axis_of_stars(units):
    layer = RBMLayer(7, 3, units=units, conditional=True)
    layer.build()
    assert {w.name: tuple(w.shape) for w in layer.weights} == {
        "interaction_weights": (7, 5, 3),
        "visible_bias": (7, 5),
        "hidden_bias": (3,),
        "rated_weights": (7, 3),
        "visible_offset": (7, 5),
    }
    assert [w.name for w in layer.non_trainable_weights] == ["visible_offset"]
    assert [w.name for w in layer.trained] == [*Increments._fields]
    assert (layer.rated_weights.numpy() == 0).all()


@pytest.mark.parametrize("name", MEMBERS)
def test_every_members_layer_is_its_conditionals(name):
    """One mean-field pass against the listed states; draws are those of `conditionals`."""
    member = MEMBERS[name]
    oracle = Oracle(member, draw_parameters(member))
    kind = {"conditional": member.conditional, "hidden_offset": member.hidden_offset}
    layer = RBMLayer(7, 3, units=member.units, **kind)
    layer.build()
    for part, value in oracle.trained.items():
        getattr(layer, part).assign(value)
    visible, observed_mask = map(tf.constant, oracle.dense(np.array([17, 2])))
    hidden = layer.hidden_probabilities(visible, observed_mask)
    np.testing.assert_allclose(hidden, oracle.hidden_mean[[17, 2]], rtol=1e-5)
    np.testing.assert_array_equal(layer(visible, observed_mask), layer.visible_probabilities(hidden))
    certain = layer.visible_probabilities(tf.constant(oracle.hidden, tf.float32)).numpy()[:, oracle.rated[1]]
    expected = oracle.film_given_hidden(1)
    np.testing.assert_allclose(certain, expected[:, 1] if member.kind == "bernoulli" else expected, rtol=1e-5)
    address = draws.DrawAddress(1, draws.TRAINING, tf.constant(2), tf.range(2))
    states = layer.sample_hidden(visible, observed_mask, address, sweep=3)
    same = conditionals.sample_hidden(visible, observed_mask, layer.parameters, address, 3)
    np.testing.assert_array_equal(states, same)
    drawn = layer.sample_visible(states, observed_mask, address, sweep=3)
    same = conditionals.sample_visible(states, observed_mask, layer.parameters, address, 3)
    np.testing.assert_array_equal(drawn, same)


def test_couplings_start_small_and_biases_at_zero():
    layer = RBMLayer(1009, 101)
    layer.build()
    couplings = layer.interaction_weights.numpy()
    standard_error = 0.02 / np.sqrt(2 * couplings.size)
    assert abs(couplings.std() - 0.02) < 5 * standard_error
    assert (layer.visible_bias.numpy() == 0).all()
    assert (layer.hidden_bias.numpy() == 0).all()


def test_calling_the_layer_is_one_mean_field_pass(layer, tiny):
    for name in ("interaction_weights", "visible_bias", "hidden_bias", "visible_offset"):
        getattr(layer, name).assign(getattr(tiny.parameters, name))
    visible = tiny.visible_states[13:14]
    hidden = tiny.hidden_mean(visible)
    expected = 1 / (1 + np.exp(-(hidden @ tiny.weights.T + tiny.visible_bias)))
    np.testing.assert_allclose(layer(tf.constant(visible, tf.float32), tiny.masks(1)), expected, rtol=1e-5)
    np.testing.assert_allclose(layer.hidden_probabilities(visible.astype("float32"), tiny.masks(1)), hidden, rtol=1e-5)
    np.testing.assert_allclose(layer.visible_probabilities(hidden.astype("float32")), expected, rtol=1e-5)


def test_the_configuration_makes_the_same_layer(layer):
    again = RBMLayer.from_config(layer.get_config())
    again.build()
    np.testing.assert_array_equal(again.interaction_weights.numpy(), layer.interaction_weights.numpy())


def test_initializers_are_used(layer):
    other = RBMLayer(7, 3, interaction_initializer="ones", visible_bias_initializer=keras.initializers.Constant(2.0))
    other.build()
    assert (other.interaction_weights.numpy() == 1).all()
    assert (other.visible_bias.numpy() == 2).all()


@pytest.mark.parametrize("argument", ["num_items", "num_hidden"])
@pytest.mark.parametrize("value", [0, -3, 2.5, True])
def test_sizes_out_of_range_are_refused(argument, value):
    with pytest.raises(ValueError, match=f"{argument}: expected a whole number of at least 1"):
        RBMLayer(**({"num_items": 7, "num_hidden": 3} | {argument: value}))
