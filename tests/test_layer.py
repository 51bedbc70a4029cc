"""The Keras layer: its parameters, their start, its configuration."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.layer import RBMLayer


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


def test_couplings_start_small_and_biases_at_zero():
    layer = RBMLayer(1009, 101)
    layer.build()
    couplings = layer.interaction_weights.numpy()
    standard_error = 0.02 / np.sqrt(2 * couplings.size)
    assert abs(couplings.std() - 0.02) < 5 * standard_error
    assert (layer.visible_bias.numpy() == 0).all()
    assert (layer.hidden_bias.numpy() == 0).all()


def test_calling_the_layer_is_one_mean_field_pass(layer, tiny):
    for name, value in tiny.parameters._asdict().items():
        getattr(layer, name).assign(value)
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
