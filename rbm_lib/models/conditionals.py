"""The conditional distributions of a masked RBM, as pure functions of its parameters.

Shapes: `visible` float `(batch, num_items)` for Bernoulli units, one-hot `(batch, num_items, num_stars)` for softmax
units; `observed_mask` bool `(batch, num_items)`; `hidden` float `(batch, num_hidden)`. Values of `visible` where the
mask is False are never read. `rated_mask`, where a function takes one, marks the films that are known to be rated, with
or without their rating. It affects the hidden units of a conditional RBM; its default is `observed_mask`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import tensorflow as tf

from rbm_lib import draws

from .parameters import has_user_bias, is_conditional, units_of
from .units.bernoulli import Bernoulli

if TYPE_CHECKING:
    from rbm_lib.draws import DrawAddress

    from .parameters import RBMParameters

HIDDEN_UNITS = Bernoulli()  # hidden units are sampled as Bernoulli units are


def mask_out(visible: tf.Tensor, observed_mask: tf.Tensor) -> tf.Tensor:
    """`visible` with zeros wherever the film is unrated, whatever the value there (a sentinel, NaN)."""
    if len(visible.shape) == 3:
        observed_mask = observed_mask[..., None]
    return tf.where(observed_mask, visible, tf.zeros_like(visible))


def surprise(visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """v - m where rated, zero elsewhere: the rating minus the film's offset."""
    return mask_out(visible - offset_of(parameters), observed_mask)


def offset_of(parameters: RBMParameters) -> tf.Tensor | float:
    """m, float `(num_items[, num_stars])`; with user biases one for each user, `(batch, num_items[, num_stars])`."""
    if not has_user_bias(parameters):
        return parameters.visible_offset
    return units_of(parameters).tilted(parameters.visible_offset, parameters.user_bias)


def hidden_probabilities(
    visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters, rated_mask: tf.Tensor | None = None
) -> tf.Tensor:
    """P(hidden unit on | ratings) = sigmoid(c + sum over rated films { (v - m) W + D }).

    Args:
        visible, observed_mask, parameters, rated_mask: see the module's docstring.
    Returns:
        hidden_probabilities: float `(batch, num_hidden)`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 2, and section 4 for D.
        Montavon and Mueller (2012), "Deep Boltzmann machines and the centering trick", section 2, for the offset.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import RBMParameters, hidden_probabilities
        >>> parameters = RBMParameters(tf.ones((4, 2)), tf.zeros(4), tf.zeros(2))
        >>> visible, observed_mask = tf.constant([[1.0, 0.0, 0.0, 0.0]]), tf.constant([[True, True, False, False]])
        >>> hidden_probabilities(visible, observed_mask, parameters).numpy().round(3)
        array([[0.731, 0.731]], dtype=float32)
    """
    return tf.sigmoid(hidden_activation(visible, observed_mask, parameters, rated_mask))


def hidden_activation(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    rated_mask: tf.Tensor | None = None,
    product: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = tf.matmul,
) -> tf.Tensor:
    """c + (v - m) W + D over rated films: float `(batch, num_hidden)`, in nats; `product` multiplies the matrices."""
    num_hidden = parameters.hidden_bias.shape[0]
    surprises = surprise(visible, observed_mask, parameters)
    couplings = tf.reshape(parameters.interaction_weights, (-1, num_hidden))
    activation = product(tf.reshape(surprises, (-1, couplings.shape[0])), couplings)
    activation += tf.cast(parameters.hidden_bias, activation.dtype)
    if not is_conditional(parameters):
        return activation
    rated = observed_mask if rated_mask is None else rated_mask
    told = product(tf.cast(rated, couplings.dtype), parameters.rated_weights)
    return activation + tf.cast(told, activation.dtype)


def visible_activation(hidden: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """b + h W^T + the user's bias, of every film, rated or not: float `(batch, num_items[, num_stars])`, in nats."""
    couplings = tf.reshape(parameters.interaction_weights, (-1, parameters.hidden_bias.shape[0]))
    coupled = tf.linalg.matmul(hidden, couplings, transpose_b=True)
    activation = tf.reshape(coupled, (-1, *parameters.visible_bias.shape)) + parameters.visible_bias
    return activation + tf.expand_dims(parameters.user_bias, 1) if has_user_bias(parameters) else activation


def visible_probabilities(hidden: tf.Tensor, parameters: RBMParameters) -> tf.Tensor:
    """P(like | hidden units), P(star | hidden units), or the mean of another statistic, for every film, rated or not.

    Args:
        hidden: float `(batch, num_hidden)`, states or probabilities.
        parameters: `RBMParameters`.
    Returns:
        visible_probabilities: float `(batch, num_items[, num_stars])`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 1.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib.models import Bernoulli, RBMParameters, visible_probabilities
        >>> parameters = RBMParameters(tf.ones((3, 2)), tf.zeros(3), tf.zeros(2), units=Bernoulli())
        >>> visible_probabilities(tf.constant([[1.0, 1.0]]), parameters).numpy().round(3)
        array([[0.881, 0.881, 0.881]], dtype=float32)
    """
    return units_of(parameters).mean(visible_activation(hidden, parameters))


def sample_hidden(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    sweep: int | tf.Tensor,
    rated_mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """Samples hidden states given ratings: float 0/1 `(batch, num_hidden)`, a function of `address` and `sweep`."""
    probabilities = hidden_probabilities(visible, observed_mask, parameters, rated_mask)
    uniform = draws.uniform(address, sweep, draws.HIDDEN, parameters.hidden_bias.shape[0])
    return HIDDEN_UNITS.sample(probabilities, uniform)


def sample_visible(
    hidden: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters, address: DrawAddress, sweep: int | tf.Tensor
) -> tf.Tensor:
    """Samples ratings given hidden states: float 0/1 `(batch, num_items[, num_stars])`, zero where unrated."""
    probabilities = visible_probabilities(hidden, parameters)
    uniform = draws.uniform(address, sweep, draws.VISIBLE, parameters.visible_bias.shape[0])
    return mask_out(units_of(parameters).sample(probabilities, uniform), observed_mask)


def mean_field_prediction(
    visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters, rated_mask: tf.Tensor | None = None
) -> tf.Tensor:
    """P(like), or P(star), of every film, from the mean of the hidden units.

    Args:
        visible, observed_mask, parameters, rated_mask: see the module's docstring.
    Returns:
        probability: float `(batch, num_items[, num_stars])`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eqs. 9 and 10.
    """
    return visible_probabilities(hidden_probabilities(visible, observed_mask, parameters, rated_mask), parameters)


def sampled_prediction(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    rated_mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """A rating of every film from one sampled pass up and one down, the article's inference.

    Args:
        visible, observed_mask, parameters, rated_mask: see the module's docstring.
        address: `draws.DrawAddress`.
    Returns:
        visible: float 0/1 `(batch, num_items[, num_stars])`.
    """
    hidden = sample_hidden(visible, observed_mask, parameters, address, 0, rated_mask)
    every_film = tf.ones_like(observed_mask)
    return sample_visible(hidden, every_film, parameters, address, sweep=0)


def exact_prediction(
    activation: tf.Tensor, row: tf.Tensor, item_index: tf.Tensor, parameters: RBMParameters
) -> tf.Tensor:
    """P(like | ratings), or P(star | ratings), of listed films one at a time, hidden units summed out exactly.

    P(star s of film q) ~ exp(b_qs) * product over hidden units { 1 + exp(activation + W_qs - m_q W_q) }

    Args:
        activation: float `(batch, num_hidden)`, `hidden_activation` of the inputs.
        row: int `(num_targets,)`, the target's user.
        item_index: int `(num_targets,)`, the target's film; not among the inputs.
        parameters: `RBMParameters`.
    Returns:
        probability: float `(num_targets[, num_stars])`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 7.
    """
    given = tf.gather(activation, row)
    couplings = tf.gather(parameters.interaction_weights, item_index)
    bias = tf.gather(parameters.visible_bias, item_index)
    offset = offset_of(parameters) + tf.zeros_like(parameters.visible_bias)
    if has_user_bias(parameters):
        offset = tf.gather_nd(offset, tf.stack([tf.cast(row, item_index.dtype), item_index], axis=1))[..., None]
        bias += tf.gather(parameters.user_bias, row)
    else:
        offset = tf.gather(offset, item_index)[..., None]
    return units_of(parameters).exact(given, couplings, bias, offset)
