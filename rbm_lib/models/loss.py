"""The training loss: how well one rating of each user is predicted from the user's others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from . import conditionals
from .parameters import has_user_bias, units_of

if TYPE_CHECKING:
    from .parameters import RBMParameters
    from .units.contract import VisibleUnits

LEAST = 1e-38  # of a factor, as in the compiled loop, `rbm_lib.sparse.left_out`


def left_out_loss(
    batch: dict[str, tf.Tensor], visible: tf.Tensor, observed_mask: tf.Tensor, parameters: RBMParameters
) -> tf.Tensor:
    """-log P(one rating | the user's other ratings, and which films are rated), the hidden units summed out exactly.

    For every user it takes one rating, the same at every visit (number `user_index` modulo the user's number of
    ratings), so that changes from epoch to epoch come from the model. The mean over users estimates the negative log
    pseudo-likelihood per rating. It needs no random numbers:

        P(value s) / P(value given) = exp(b_s - b_given) * product over hidden units { 1 - h + h exp(W_s - W_given) }

    with h the hidden units' means given all ratings. Units without a list of values have no such sum; their loss is the
    squared error of the expected rating.

    Args:
        batch: dict of tensors, as `Ratings.batches` makes them.
        visible, observed_mask: the same batch, dense.
        parameters: `RBMParameters`.
    Returns:
        loss: float32 `(num_users_with_ratings,)`, in nats, or the rating's unit squared.
    References:
        Besag (1975), "Statistical analysis of non-lattice data", for the pseudo-likelihood.
    """
    counts = batch["row_splits"][1:] - batch["row_splits"][:-1]
    row = tf.where(counts > 0)[:, 0]
    turn = tf.cast(tf.gather(batch["user_index"], row), tf.int64) % tf.gather(counts, row)
    place = tf.gather(batch["row_splits"], row) + turn
    with tf.control_dependencies([observed_mask]):  # a mask that `densify` makes after its checks of the batch
        item, rating = tf.gather(batch["item_index"], place), tf.gather(batch["rating"], place)
    couplings, bias = tf.gather(parameters.interaction_weights, item), tf.gather(parameters.visible_bias, item)
    if has_user_bias(parameters):
        bias += tf.gather(parameters.user_bias, row)
    units = units_of(parameters)
    if units.values is None:
        activation = tf.gather(conditionals.hidden_activation(visible, observed_mask, parameters), row)
        offset = tf.gather(parameters.visible_offset + tf.zeros_like(parameters.visible_bias), item)
        activation -= _added(units.encode(rating) - offset, couplings)
        mean = conditionals.exact_prediction(activation, tf.range(tf.size(item)), item, parameters)
        return tf.square(rating - units.expected(mean))
    hidden = tf.gather(conditionals.hidden_probabilities(visible, observed_mask, parameters), row)
    return _surprise_of_value(rating, couplings, bias, hidden, units)


def _added(statistic: tf.Tensor, couplings: tf.Tensor) -> tf.Tensor:
    """The contribution of statistics `(n[, num_statistics])` to the hidden units: float `(n, num_hidden)`."""
    if len(couplings.shape) == 2:
        return statistic[:, None] * couplings
    return tf.einsum("ns,nsh->nh", statistic, couplings)


def _surprise_of_value(
    rating: tf.Tensor, couplings: tf.Tensor, bias: tf.Tensor, hidden: tf.Tensor, units: VisibleUnits
) -> tf.Tensor:
    """-log P(rating) among the units' values, one film at a time: float `(n,)`."""
    values = tf.constant(units.values, tf.float32)
    table = units.encode(values)  # the statistic of each value, `(num_values[, num_statistics])`
    if len(table.shape) == 1:
        added, log_odds = table[None, :, None] * couplings[:, None], table * bias[:, None]
    else:
        added, log_odds = tf.einsum("vs,nsh->nvh", table, couplings), tf.einsum("vs,ns->nv", table, bias)
    given = tf.argmax(tf.equal(values, rating[:, None]), axis=1)
    log_odds += units.log_base_measure(table[None])
    log_odds -= tf.gather(log_odds, given, batch_dims=1)[:, None]
    change = added - tf.gather(added, given, batch_dims=1)[:, None]
    small, mean = tf.exp(-tf.abs(change)), hidden[:, None]
    factor = tf.where(change > 0, (1.0 - mean) * small + mean, 1.0 - mean + mean * small)
    factor = tf.where(factor < LEAST, LEAST, factor)  # in this order NaN is kept
    return tf.reduce_logsumexp(log_odds + tf.reduce_sum(tf.nn.relu(change) + tf.math.log(factor), axis=2), axis=1)
