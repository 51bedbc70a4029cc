"""The masked Gibbs chain and the contrastive-divergence estimate of the log-likelihood gradient.

References:
    Hinton (2002), "Training products of experts by minimizing contrastive divergence", section 3.
    Salakhutdinov, Mnih and Hinton (2007), section 2.2 and Eq. 6: the same with missing ratings.
"""

import tensorflow as tf

from rbm_lib.conditionals import (
    Increments,
    hidden_probabilities,
    mask_out,
    sample_hidden,
    sample_visible,
    surprise,
)


def gibbs_step(visible, observed_mask, parameters, address, sweep):
    """One sweep, visible to hidden to visible; unrated films take no part.

    Args:
        visible: float `(batch, num_items)`.
        observed_mask: bool `(batch, num_items)`.
        parameters: `RBMParameters`.
        address: `draws.DrawAddress`.
        sweep: int or int scalar tensor, number of the sweep in its chain, from 0.
    Returns:
        visible: float `(batch, num_items)`, zero where unrated.
    """
    hidden = sample_hidden(visible, observed_mask, parameters, address, sweep)
    return sample_visible(hidden, observed_mask, parameters, address, sweep)


def gibbs_chain(visible, observed_mask, parameters, address, gibbs_steps):
    """`gibbs_steps` sweeps from `visible`; shapes as in `gibbs_step`."""

    def body(sweep, visible):
        return sweep + 1, gibbs_step(visible, observed_mask, parameters, address, sweep)

    start = (tf.constant(0), mask_out(visible, observed_mask))
    return tf.while_loop(lambda sweep, _: sweep < gibbs_steps, body, start, parallel_iterations=1)[1]


def statistics(visible, observed_mask, parameters):
    """Mean over the mini-batch of the derivative of minus the energy, hidden units replaced by their means.

    Args:
        visible, observed_mask, parameters: as in `gibbs_step`.
    Returns:
        statistics: `Increments`, the means of (v - m) h, v and h, each of its parameter's shape.
    """
    visible = mask_out(visible, observed_mask)
    hidden_mean = hidden_probabilities(visible, observed_mask, parameters)
    batch = tf.cast(tf.shape(visible)[0], visible.dtype)
    surprises = surprise(visible, observed_mask, parameters)
    return Increments(
        interaction_weights=tf.linalg.matmul(surprises, hidden_mean, transpose_a=True) / batch,
        visible_bias=tf.reduce_sum(visible, axis=0) / batch,
        hidden_bias=tf.reduce_sum(hidden_mean, axis=0) / batch,
    )


def ascent_direction(visible, observed_mask, parameters, address, cd_steps):
    """The CD-k estimate of the gradient of the mean log-likelihood of a mini-batch.

    Args:
        visible, observed_mask, parameters, address: as in `gibbs_step`.
        cd_steps: int >= 1, the k of CD-k.
    Returns:
        direction: `Increments` that raise the log-likelihood, in nats per unit of each parameter.
        reconstruction: float `(batch, num_items)`, where the chain ended.
    """
    positive_phase = statistics(visible, observed_mask, parameters)
    chain_start = (
        visible  # contrastive divergence restarts at the data; a persistent chain would continue from its own end
    )
    reconstruction = gibbs_chain(chain_start, observed_mask, parameters, address, cd_steps)
    negative_phase = statistics(reconstruction, observed_mask, parameters)
    direction = Increments(*(up - down for up, down in zip(positive_phase, negative_phase, strict=True)))
    return direction, reconstruction
