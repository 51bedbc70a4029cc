"""The Keras layer that owns an RBM's parameters."""

import keras

from rbm_lib import conditionals


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBMLayer(keras.layers.Layer):
    """Parameters and conditional distributions of a masked RBM.

    Args:
        num_items: int >= 1, visible units.
        num_hidden: int >= 1, hidden units.
        interaction_initializer: Keras initializer of the couplings; default N(0, 0.02).
        visible_bias_initializer, hidden_bias_initializer: Keras initializers; default zeros. `units.BaseRateLogits`
            starts the visible biases at each film's share of likes.
        **kwargs: those of `keras.layers.Layer`.
    Raises:
        ValueError: if a size is not a whole number of at least 1.
    """

    def __init__(
        self,
        num_items,
        num_hidden,
        *,
        interaction_initializer=None,
        visible_bias_initializer="zeros",
        hidden_bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_items = check_count(num_items, "num_items")
        self.num_hidden = check_count(num_hidden, "num_hidden")
        default = keras.initializers.RandomNormal(0.0, 0.02, seed=0)
        self.interaction_initializer = keras.initializers.get(interaction_initializer or default)
        self.visible_bias_initializer = keras.initializers.get(visible_bias_initializer)
        self.hidden_bias_initializer = keras.initializers.get(hidden_bias_initializer)

    def build(self, input_shape=None):
        """Creates `interaction_weights`, `visible_bias`, `hidden_bias` and the untrained `visible_offset`."""
        shape = (self.num_items, self.num_hidden)
        self.interaction_weights = self.add_weight(
            shape=shape, initializer=self.interaction_initializer, name="interaction_weights"
        )
        self.visible_bias = self.add_weight(
            shape=shape[:1], initializer=self.visible_bias_initializer, name="visible_bias"
        )
        self.hidden_bias = self.add_weight(
            shape=shape[1:], initializer=self.hidden_bias_initializer, name="hidden_bias"
        )
        self.visible_offset = self.add_weight(
            shape=shape[:1], initializer="zeros", trainable=False, name="visible_offset"
        )
        self.built = True

    @property
    def parameters(self):
        """`RBMParameters` of the current values, as tensors."""
        return conditionals.RBMParameters(
            self.interaction_weights.value,
            self.visible_bias.value,
            self.hidden_bias.value,
            self.visible_offset.value,
        )

    def call(self, visible, observed_mask):
        """Mean-field P(like) for every film; shapes as in `rbm_lib.conditionals`."""
        return conditionals.mean_field_prediction(visible, observed_mask, self.parameters)

    def hidden_probabilities(self, visible, observed_mask):
        """See `conditionals.hidden_probabilities`."""
        return conditionals.hidden_probabilities(visible, observed_mask, self.parameters)

    def visible_probabilities(self, hidden):
        """See `conditionals.visible_probabilities`."""
        return conditionals.visible_probabilities(hidden, self.parameters)

    def sample_hidden(self, visible, observed_mask, address, sweep=0):
        """See `conditionals.sample_hidden`."""
        return conditionals.sample_hidden(visible, observed_mask, self.parameters, address, sweep)

    def sample_visible(self, hidden, observed_mask, address, sweep=0):
        """See `conditionals.sample_visible`."""
        return conditionals.sample_visible(hidden, observed_mask, self.parameters, address, sweep)

    def get_config(self):
        serialize = keras.initializers.serialize
        return super().get_config() | {
            "num_items": self.num_items,
            "num_hidden": self.num_hidden,
            "interaction_initializer": serialize(self.interaction_initializer),
            "visible_bias_initializer": serialize(self.visible_bias_initializer),
            "hidden_bias_initializer": serialize(self.hidden_bias_initializer),
        }


def check_count(value, argument):
    """Returns `value` as an int, or raises ValueError naming `argument` unless it is a whole number of at least 1."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"{argument}: expected a whole number of at least 1, found {value!r}")
    return int(value)
