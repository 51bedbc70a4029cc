"""The Keras layer that owns an RBM's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import keras
import tensorflow as tf

from rbm_lib._checks import check_count, check_number

from . import conditionals
from .parameters import RBMParameters
from .reparametrised import effective
from .training.refusals import check_float32
from .units.choice import check_user_bias, make_units
from .units.contract import VisibleUnits
from .units.listed import ListedUnits
from .user_bias import infer

if TYPE_CHECKING:
    from rbm_lib.draws import DrawAddress


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBMLayer(keras.layers.Layer):
    """Parameters and conditional distributions of a masked RBM.

    Args:
        num_items: int >= 1, visible units.
        num_hidden: int >= 1, hidden units.
        units: `VisibleUnits`, or the name of units that come with the library; see `make_units`.
        conditional: bool, whether there are weights from which films were rated to the hidden units.
        user_bias: int, 0 to 2, the degree of a bias of each user over the scale; see `rbm_lib.models.user_bias`.
        hidden_offset: float from 0 to 1, n; see `rbm_lib.models.reparametrised`.
        interaction_initializer: Keras initializer of the weights (couplings); default N(0, 0.02).
        visible_bias_initializer, hidden_bias_initializer: Keras initializers; default zeros.
        **kwargs: those of `keras.layers.Layer`.
    Raises:
        ValueError: if a size is not a whole number of at least 1.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import RBMLayer
        >>> layer = RBMLayer(num_items=4, num_hidden=3)
        >>> visible = np.array([[1, 0, 0, 1]], np.float32)
        >>> observed_mask = np.array([[True, True, False, False]])  # of the fourth film nothing is known
        >>> layer(visible, observed_mask).shape  # P(like) of every film
        TensorShape([1, 4])
        >>> layer.hidden_probabilities(visible, observed_mask).shape
        TensorShape([1, 3])
    """

    def __init__(
        self,
        num_items: int,
        num_hidden: int,
        *,
        units: str | VisibleUnits | dict[str, Any] = "bernoulli",
        conditional: bool = False,
        user_bias: int = 0,
        hidden_offset: float = 0.0,
        interaction_initializer: Any = None,
        visible_bias_initializer: Any = "zeros",
        hidden_bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_float32(self)
        self.num_items = check_count(num_items, "num_items")
        self.num_hidden = check_count(num_hidden, "num_hidden")
        self.units, self.conditional = _units(units), bool(conditional)
        self.user_bias = check_user_bias(user_bias, self.units)
        self.hidden_offset = float(check_number(hidden_offset, "hidden_offset", least=0, most=1))
        default = keras.initializers.RandomNormal(0.0, 0.02, seed=0)
        self.interaction_initializer = keras.initializers.get(interaction_initializer or default)
        self.visible_bias_initializer = keras.initializers.get(visible_bias_initializer)
        self.hidden_bias_initializer = keras.initializers.get(hidden_bias_initializer)

    def build(self, input_shape: Any = None) -> None:
        """Creates `interaction_weights`, `visible_bias`, `hidden_bias`; `rated_weights` if conditional.

        Also the untrained `visible_offset`. For ordinal units the first two hold increments over the stars;
        `parameters` sums them.
        """
        bias_shape = self.units.shape(self.num_items)
        self.interaction_weights = self.add_weight(
            shape=(*self.units.coupling_shape(self.num_items), self.num_hidden),
            initializer=self.interaction_initializer,
            name="interaction_weights",
        )
        self.visible_bias = self.add_weight(
            shape=bias_shape, initializer=self.visible_bias_initializer, name="visible_bias"
        )
        self.hidden_bias = self.add_weight(
            shape=(self.num_hidden,), initializer=self.hidden_bias_initializer, name="hidden_bias"
        )
        if self.conditional:
            shape = (self.num_items, self.num_hidden)
            self.rated_weights = self.add_weight(shape=shape, initializer="zeros", name="rated_weights")
        offset: Any = "zeros"
        if self.user_bias:  # inferred from base rates, which are equal until `initialize_from_biases` sets them
            offset = keras.initializers.Constant(1 / len(self.units.values or ()))
            self.user_precision = self.add_weight(
                shape=(self.user_bias,), initializer="ones", trainable=False, name="user_precision"
            )
        self.visible_offset = self.add_weight(
            shape=bias_shape, initializer=offset, trainable=False, name="visible_offset"
        )
        self.built = True

    @property
    def trained(self) -> list[keras.Variable]:
        """The trained variables, in the order of `parameters.Increments`."""
        rated = [self.rated_weights] if self.conditional else []
        return [self.interaction_weights, self.visible_bias, self.hidden_bias, *rated]

    @property
    def trained_parameters(self) -> RBMParameters:
        """`RBMParameters` of the current values, as tensors; for ordinal units the increments, as trained."""
        return RBMParameters(
            self.interaction_weights.value,
            self.visible_bias.value,
            self.hidden_bias.value,
            self.visible_offset.value,
            self.rated_weights.value if self.conditional else 0.0,
            self.units,
        )

    @property
    def parameters(self) -> RBMParameters:
        """`RBMParameters` of the current values, as tensors, as the conditionals use them; without users' biases."""
        return effective(self.trained_parameters, self.hidden_offset)

    def parameters_given(self, visible: tf.Tensor, observed_mask: tf.Tensor) -> RBMParameters:
        """`parameters` with the biases of the users who gave these ratings, if the machine has such biases."""
        if not self.user_bias:
            return self.parameters
        visible = conditionals.mask_out(visible, observed_mask)
        given = visible, observed_mask, self.visible_offset.value, self.user_precision.value
        return self.parameters._replace(user_bias=infer(*given, cast(ListedUnits, self.units)))

    def call(self, visible: tf.Tensor, observed_mask: tf.Tensor) -> tf.Tensor:
        """Mean-field P(like), or P(star), for every film; shapes as in `rbm_lib.models.conditionals`."""
        given = self.parameters_given(visible, observed_mask)
        return conditionals.mean_field_prediction(visible, observed_mask, given)

    def hidden_probabilities(self, visible: tf.Tensor, observed_mask: tf.Tensor) -> tf.Tensor:
        """See `conditionals.hidden_probabilities`."""
        given = self.parameters_given(visible, observed_mask)
        return conditionals.hidden_probabilities(visible, observed_mask, given)

    def visible_probabilities(self, hidden: tf.Tensor) -> tf.Tensor:
        """See `conditionals.visible_probabilities`."""
        return conditionals.visible_probabilities(hidden, self.parameters)

    def sample_hidden(
        self, visible: tf.Tensor, observed_mask: tf.Tensor, address: DrawAddress, sweep: int = 0
    ) -> tf.Tensor:
        """See `conditionals.sample_hidden`."""
        return conditionals.sample_hidden(
            visible, observed_mask, self.parameters_given(visible, observed_mask), address, sweep
        )

    def sample_visible(
        self, hidden: tf.Tensor, observed_mask: tf.Tensor, address: DrawAddress, sweep: int = 0
    ) -> tf.Tensor:
        """See `conditionals.sample_visible`."""
        return conditionals.sample_visible(hidden, observed_mask, self.parameters, address, sweep)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.initializers.serialize
        return super().get_config() | {
            "num_items": self.num_items,
            "num_hidden": self.num_hidden,
            "units": keras.saving.serialize_keras_object(self.units),
            "conditional": self.conditional,
            "user_bias": self.user_bias,
            "hidden_offset": self.hidden_offset,
            "interaction_initializer": serialize(self.interaction_initializer),
            "visible_bias_initializer": serialize(self.visible_bias_initializer),
            "hidden_bias_initializer": serialize(self.hidden_bias_initializer),
        }


def _units(units: str | VisibleUnits | dict[str, Any]) -> VisibleUnits:
    return keras.saving.deserialize_keras_object(units) if isinstance(units, dict) else make_units(units)
