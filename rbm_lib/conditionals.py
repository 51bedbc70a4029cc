"""The two conditional distributions of a masked RBM, as pure functions of its parameters.

Shapes: `visible` float and `observed_mask` bool, both `(batch, num_items)`; `hidden` float `(batch, num_hidden)`. What
`visible` holds where the mask is False is never read.
"""

from typing import NamedTuple

import tensorflow as tf

from rbm_lib import draws
from rbm_lib.units import Bernoulli


class RBMParameters(NamedTuple):
    """What an RBM learns.

    Attributes:
        interaction_weights: float `(num_items, num_hidden)`, W.
        visible_bias: float `(num_items,)`, b.
        hidden_bias: float `(num_hidden,)`, c.
        visible_offset: float `(num_items,)` or 0, m: the rating that tells the hidden units nothing. It is set, not
            learnt. At 0 a dislike is as silent as an unrated film; at each film's share of likes both a like and a
            dislike count, by how surprising they are (a centred RBM).
    """

    interaction_weights: tf.Tensor
    visible_bias: tf.Tensor
    hidden_bias: tf.Tensor
    visible_offset: tf.Tensor | float = 0.0


class Increments(NamedTuple):
    """A number for each learnt parameter, of its shape: a statistic, or a direction to move in."""

    interaction_weights: tf.Tensor
    visible_bias: tf.Tensor
    hidden_bias: tf.Tensor


def mask_out(visible, observed_mask):
    """`visible` with zeros wherever the film is unrated, whatever stood there (a sentinel, NaN)."""
    return tf.where(observed_mask, visible, tf.zeros_like(visible))


def surprise(visible, observed_mask, parameters):
    """v - m where rated, zero elsewhere: what a rating adds to what the film's offset already says."""
    return mask_out(visible - parameters.visible_offset, observed_mask)


def hidden_probabilities(visible, observed_mask, parameters):
    """P(hidden unit on | ratings) = sigmoid(c + sum over rated films { (v - m) W }).

    Args:
        visible, observed_mask, parameters: see the module's docstring.
    Returns:
        hidden_probabilities: float `(batch, num_hidden)`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 2, for Bernoulli visible units and m = 0.
        Montavon and Mueller (2012), "Deep Boltzmann machines and the centering trick", section 2, for the offset.
    """
    return tf.sigmoid(hidden_activation(visible, observed_mask, parameters))


def hidden_activation(visible, observed_mask, parameters):
    """c + (v - m) W over rated films: float `(batch, num_hidden)`, in nats."""
    return surprise(visible, observed_mask, parameters) @ parameters.interaction_weights + parameters.hidden_bias


def visible_activation(hidden, parameters):
    """b + h W^T for every film, rated or not: float `(batch, num_items)`, in nats."""
    return tf.linalg.matmul(hidden, parameters.interaction_weights, transpose_b=True) + parameters.visible_bias


def visible_probabilities(hidden, parameters):
    """P(like | hidden units), for every film, rated or not.

    Args:
        hidden: float `(batch, num_hidden)`, states or probabilities.
        parameters: `RBMParameters`.
    Returns:
        visible_probabilities: float `(batch, num_items)`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 1, for Bernoulli visible units.
    """
    return Bernoulli.probabilities(visible_activation(hidden, parameters))


def sample_hidden(visible, observed_mask, parameters, address, sweep):
    """Hidden states given ratings: float 0/1 `(batch, num_hidden)`; the draw is a function of `address` and `sweep`."""
    probabilities = hidden_probabilities(visible, observed_mask, parameters)
    uniform = draws.uniform(address, sweep, draws.HIDDEN, parameters.hidden_bias.shape[0])
    return Bernoulli.sample(probabilities, uniform)


def sample_visible(hidden, observed_mask, parameters, address, sweep):
    """Ratings given hidden states: float 0/1 `(batch, num_items)`, zero where unrated."""
    probabilities = visible_probabilities(hidden, parameters)
    uniform = draws.uniform(address, sweep, draws.VISIBLE, parameters.visible_bias.shape[0])
    return mask_out(Bernoulli.sample(probabilities, uniform), observed_mask)


def mean_field_prediction(visible, observed_mask, parameters):
    """P(like) for every film, from the hidden units' mean.

    Args:
        visible, observed_mask, parameters: see the module's docstring.
    Returns:
        probability: float `(batch, num_items)`.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eqs. 9 and 10.
    """
    return visible_probabilities(hidden_probabilities(visible, observed_mask, parameters), parameters)


def sampled_prediction(visible, observed_mask, parameters, address):
    """A like or dislike for every film from one sampled pass up and one down, as the article infers.

    Args:
        visible, observed_mask, parameters: see the module's docstring.
        address: `draws.DrawAddress`.
    Returns:
        like: float 0/1 `(batch, num_items)`.
    """
    hidden = sample_hidden(visible, observed_mask, parameters, address, sweep=0)
    every_film = tf.ones_like(observed_mask)
    return sample_visible(hidden, every_film, parameters, address, sweep=0)
