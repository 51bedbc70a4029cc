"""The masked Gibbs chain and the contrastive-divergence estimate of the log-likelihood gradient.

Shapes as in `rbm_lib.models.conditionals`.

References:
    Hinton (2002), "Training products of experts by minimizing contrastive divergence", section 3.
    Salakhutdinov, Mnih and Hinton (2007), section 2.2 and Eq. 6: the same with missing ratings.
    Hinton (2010), "A practical guide to training restricted Boltzmann machines", section 3.2: expected reconstructions.
    Tieleman (2008), "Training restricted Boltzmann machines using approximations to the likelihood gradient",
        section 3.1: persistent chains.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import tensorflow as tf

from rbm_lib.draws import NOT_STARTED

from .conditionals import hidden_probabilities, mask_out, sample_hidden, sample_visible, surprise, visible_probabilities
from .parameters import Increments, is_conditional

if TYPE_CHECKING:
    from rbm_lib.draws import DrawAddress

    from .parameters import RBMParameters


def gibbs_step(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    sweep: int | tf.Tensor,
    negative: str = "sampled",
) -> tf.Tensor:
    """One sweep, visible to hidden to visible; unrated films take no part.

    Args:
        visible: float `(batch, num_items[, num_stars])`.
        observed_mask: bool `(batch, num_items)`.
        parameters: `RBMParameters`.
        address: `draws.DrawAddress`.
        sweep: int or int scalar tensor, number of the sweep in its chain, from 0.
        negative: "sampled" or "expected": ratings are sampled, or are their means given the sampled hidden units.
    Returns:
        visible: of the same shape, zero where unrated.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib import draws
        >>> from rbm_lib.models import Bernoulli, RBMParameters, gibbs_step
        >>> bias = tf.constant([9.0, -9.0, 9.0])
        >>> parameters = RBMParameters(tf.zeros((3, 2)), bias, tf.zeros(2), units=Bernoulli())
        >>> address = draws.DrawAddress(1, draws.TRAINING, tf.constant(0, tf.int64), tf.constant([0]))
        >>> observed_mask = tf.constant([[True, True, False]])
        >>> gibbs_step(tf.zeros((1, 3)), observed_mask, parameters, address, sweep=0).numpy()  # the third is not rated
        array([[1., 0., 0.]], dtype=float32)
    """
    hidden = sample_hidden(visible, observed_mask, parameters, address, sweep)
    return reconstruct(hidden, observed_mask, parameters, address, sweep, negative)


def gibbs_chain(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    gibbs_steps: int | tf.Tensor,
    first: int = 0,
    negative: str = "sampled",
) -> tf.Tensor:
    """Sweeps `first` to `gibbs_steps` (excluded) from `visible`; shapes as in `gibbs_step`."""

    def body(sweep: int | tf.Tensor, visible: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return sweep + 1, gibbs_step(visible, observed_mask, parameters, address, sweep, negative)

    start = (tf.constant(first), mask_out(visible, observed_mask))
    return tf.while_loop(lambda sweep, _: sweep < gibbs_steps, body, start, parallel_iterations=1)[1]


def reconstruct(
    hidden: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    sweep: int | tf.Tensor,
    negative: str,
) -> tf.Tensor:
    """A reconstruction of the ratings: sampled, or its mean given the hidden units ("expected")."""
    if negative == "sampled":
        return sample_visible(hidden, observed_mask, parameters, address, sweep)
    return mask_out(visible_probabilities(hidden, parameters), observed_mask)


def statistics(visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters) -> Increments:
    """Mean over the mini-batch of the derivative of minus the energy, with hidden units at their means.

    Args:
        visible, observed_mask, parameters: as in `gibbs_step`.
    Returns:
        statistics: `Increments`, the means of (v - m) h, v, h and (rated) h, each of its parameter's shape.
    """
    visible = mask_out(visible, observed_mask)
    hidden_mean = hidden_probabilities(visible, observed_mask, parameters)
    batch = tf.cast(tf.shape(visible)[0], visible.dtype)
    surprises = surprise(visible, observed_mask, parameters)
    flat = tf.reshape(surprises, (-1, math.prod(parameters.visible_bias.shape)))
    coupled = tf.linalg.matmul(flat, hidden_mean, transpose_a=True) / batch
    rated = tf.cast(observed_mask, visible.dtype)
    return Increments(
        interaction_weights=tf.reshape(coupled, parameters.interaction_weights.shape),
        visible_bias=tf.reduce_sum(visible, axis=0) / batch,
        hidden_bias=tf.reduce_sum(hidden_mean, axis=0) / batch,
        rated_weights=tf.linalg.matmul(rated, hidden_mean, transpose_a=True) / batch
        if is_conditional(parameters)
        else 0.0,
    )


def ascent_direction(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    cd_steps: int | tf.Tensor,
    negative: str = "sampled",
) -> tuple[Increments, tf.Tensor]:
    """The CD-k estimate of the gradient of the mean log-likelihood of a mini-batch.

    Args:
        visible, observed_mask, parameters, address: as in `gibbs_step`.
        cd_steps: int or int scalar tensor >= 1, the k of CD-k.
        negative: "sampled" or "expected": the chain's ratings are sampled, or are their means given its hidden units,
            which are always sampled. Means remove the noise of the visible samples from the direction.
    Returns:
        direction: `Increments` that raise the log-likelihood, in nats per unit of each parameter.
        reconstruction: float, of the shape of `visible`, the last state of the chain.
    """
    hidden = sample_hidden(visible, observed_mask, parameters, address, 0)  # the chain restarts at the data
    return _direction(visible, observed_mask, parameters, address, cd_steps, hidden, negative)


def persistent_direction(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    cd_steps: int | tf.Tensor,
    hidden: tf.Tensor,
    negative: str = "sampled",
) -> tuple[Increments, tf.Tensor, tf.Tensor]:
    """Persistent contrastive divergence: as `ascent_direction`, but each user's chain continues from its last state.

    Args:
        visible, observed_mask, parameters, address, cd_steps, negative: as in `ascent_direction`.
        hidden: uint8 `(batch, num_hidden)`, the last hidden states of each user's chain; `NOT_STARTED` for a chain that
            starts at the data, as contrastive divergence always does.
    Returns:
        direction, reconstruction: as in `ascent_direction`.
        hidden: uint8 `(batch, num_hidden)`, the new last states of the chains.
    """
    restart = sample_hidden(visible, observed_mask, parameters, address, 0)
    hidden = tf.where(hidden == NOT_STARTED, restart, tf.cast(hidden, restart.dtype))  # the chain continues
    direction, reconstruction = _direction(visible, observed_mask, parameters, address, cd_steps, hidden, negative)
    stop = sample_hidden(reconstruction, observed_mask, parameters, address, cd_steps)
    return direction, reconstruction, tf.cast(stop, tf.uint8)


def _direction(
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    parameters: RBMParameters,
    address: DrawAddress,
    cd_steps: int | tf.Tensor,
    hidden: tf.Tensor,
    negative: str,
) -> tuple[Increments, tf.Tensor]:
    """Positive minus negative phase; the chain's first sweep goes down from `hidden`."""
    first = reconstruct(hidden, observed_mask, parameters, address, 0, negative)
    reconstruction = gibbs_chain(first, observed_mask, parameters, address, cd_steps, 1, negative)
    positive_phase = statistics(visible, observed_mask, parameters)
    negative_phase = statistics(reconstruction, observed_mask, parameters)
    direction = Increments(*(up - down for up, down in zip(positive_phase, negative_phase, strict=True)))
    return direction, reconstruction
