"""What an RBM learns, and a number for each of it: the tuples that every function here passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

if TYPE_CHECKING:
    from .units.contract import VisibleUnits


class RBMParameters(NamedTuple):
    """What an RBM learns, as its conditionals use it.

    Attributes:
        interaction_weights: float `(num_items[, num_stars], num_hidden)`, W.
        visible_bias: float `(num_items[, num_stars])`, b.
        hidden_bias: float `(num_hidden,)`, c.
        visible_offset: float `(num_items[, num_stars])` or 0, m: the rating that tells the hidden units nothing. It is
            set, not learnt. At 0 a dislike is as silent as an unrated film; at each film's share of likes both a like
            and a dislike count, by how surprising they are (a centred RBM). For stars, the shares of each star.
        rated_weights: float `(num_items, num_hidden)`, D, or 0 for an RBM that is not conditional: what it tells the
            hidden units that a film was rated at all, whatever the rating.
        units: the visible units that the conditionals ask; None where arrays alone are wanted, as in the sparse engine.
        user_bias: float `(batch[, num_stars])` or 0, what each user of a mini-batch adds to the biases of all films. It
            is inferred from the user's ratings, and given to all that follows; see `user_bias.infer`.
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
        """What the machine itself is, in order: neither its units nor the biases of a mini-batch's users."""
        return self[:5]


class Increments(NamedTuple):
    """A number for each learnt parameter, of its shape: a statistic, or a direction to move in.

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
    """Whether the parameters are those of a mini-batch whose users have biases."""
    return not isinstance(parameters.user_bias, float)


def is_conditional(parameters: RBMParameters) -> bool:
    """Whether there are couplings to which films were rated.

    Args:
        parameters: `RBMParameters`, or what has its `rated_weights`.
    Returns:
        conditional: bool.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import RBMParameters, is_conditional
        >>> is_conditional(RBMParameters(tf.zeros((4, 2)), tf.zeros(4), tf.zeros(2)))
        False
    """
    return len(getattr(parameters.rated_weights, "shape", ())) == 2
