"""Sums over very many films that keep their digits: the films in blocks, as they are, and the blocks in float64.

Up to one block nothing is different from TensorFlow's own sum.
"""

import tensorflow as tf

BLOCK = 4096  # films, or values of films; a float32 sum of a million is several nats off


def product_in_blocks(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """left @ right, float64 where the axis that is summed over is longer than a block.

    Args:
        left: float `(batch, num)`.
        right: float `(num, num_hidden)`.
    Returns:
        product: float `(batch, num_hidden)`.
    """
    if right.shape[0] <= BLOCK:
        return left @ right
    parts = range(0, right.shape[0], BLOCK)
    return tf.add_n([tf.cast(left[:, n : n + BLOCK] @ right[n : n + BLOCK], tf.float64) for n in parts])


def sum_in_blocks(terms: tf.Tensor) -> tf.Tensor:
    """The sum over the second axis, float64 where it is longer than a block.

    Args:
        terms: float `(batch, num, ...)`.
    Returns:
        total: float `(batch, ...)`.
    """
    if terms.shape[1] <= BLOCK:
        return tf.reduce_sum(terms, axis=1)
    parts = range(0, terms.shape[1], BLOCK)
    return tf.add_n([tf.cast(tf.reduce_sum(terms[:, n : n + BLOCK], axis=1), tf.float64) for n in parts])
