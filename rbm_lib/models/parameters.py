"""The learnt parameters of an RBM, and increments of their shapes: the tuples that the functions here share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

if TYPE_CHECKING:
    from .units.contract import VisibleUnits


class RBMParameters(NamedTuple):
    """The learnt parameters of an RBM, as its conditionals use them.

    Attributes:
        interaction_weights: float `(num_items[, num_stars], num_hidden)`, the weights (couplings) W.
        visible_bias: float `(num_items[, num_stars])`, b.
        hidden_bias: float `(num_hidden,)`, c.
        visible_offset: float `(num_items[, num_stars])` or 0, m: the rating that has no effect on the hidden units. It
            is set, not learnt. At 0 a dislike has as little effect as an unrated film. At each film's share of likes
            both a like and a dislike count, by how surprising they are (a centred RBM). For stars, the shares of each
            star.
        rated_weights: float `(num_items, num_hidden)`, D, or 0 for an RBM that is not conditional: the effect on the
            hidden units of the fact that a film was rated, whatever the rating.
        units: the visible units, used by the conditionals; None where only arrays are needed, as in the sparse engine.
        user_bias: float `(batch[, num_stars])` or 0, the addition of each user of a mini-batch to the biases of all
            films. It is inferred from the user's ratings before anything else is computed; see `user_bias.infer`.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import RBMParameters
        >>> parameters = RBMParameters(tf.zeros((4, 2)), visible_bias=tf.zeros(4), hidden_bias=tf.zeros(2))
        >>> parameters.interaction_weights.shape, parameters.visible_offset
        (TensorShape([4, 2]), 0.0)
    """

    interaction_weights: tf.Tensor
    visible_bias: tf.Tensor
    hidden_bias: tf.Tensor
    visible_offset: tf.Tensor | float = 0.0
    rated_weights: tf.Tensor | float = 0.0
    units: VisibleUnits | None = None
    user_bias: tf.Tensor | float = 0.0

    @property
    def arrays(self) -> tuple[tf.Tensor, ...]:
        """The arrays of the machine itself, in order: without the units and the biases of a mini-batch's users."""
        return self[:5]


class Increments(NamedTuple):
    """A number for each learnt parameter, of the same shape: a statistic, or a step direction.

    Attributes:
        interaction_weights: float `(num_items[, num_stars], num_hidden)`.
        visible_bias: float `(num_items[, num_stars])`.
        hidden_bias: float `(num_hidden,)`.
        rated_weights: float `(num_items, num_hidden)`, or 0 for an RBM that is not conditional.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Increments
        >>> step = Increments(tf.ones((4, 2)), visible_bias=tf.zeros(4), hidden_bias=tf.zeros(2))
        >>> step.interaction_weights.shape, step.rated_weights
        (TensorShape([4, 2]), 0.0)
    """

    interaction_weights: tf.Tensor
    visible_bias: tf.Tensor
    hidden_bias: tf.Tensor
    rated_weights: tf.Tensor | float = 0.0


def units_of(parameters: RBMParameters) -> VisibleUnits:
    """The visible units; ValueError if the parameters carry none."""
    if parameters.units is None:
        raise ValueError("parameters: expected visible units with them, found none; `RBMParameters(..., units=...)`")
    return parameters.units


def has_user_bias(parameters: RBMParameters) -> bool:
    """Whether the parameters include biases of the users of a mini-batch."""
    return not isinstance(parameters.user_bias, float)


def is_conditional(parameters: RBMParameters) -> bool:
    """Whether there are weights from which films were rated to the hidden units.

    Args:
        parameters: `RBMParameters`, or any object with `rated_weights`.
    Returns:
        conditional: bool.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import RBMParameters, is_conditional
        >>> is_conditional(RBMParameters(tf.zeros((4, 2)), tf.zeros(4), tf.zeros(2)))
        False
    """
    return len(getattr(parameters.rated_weights, "shape", ())) == 2
