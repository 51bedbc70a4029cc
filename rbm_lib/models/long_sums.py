"""Accurate sums over very many films: float32 within blocks of films, float64 over the blocks.

Up to one block the result is that of TensorFlow's own sum.
"""

import tensorflow as tf

BLOCK = 4096  # films, or values of films; a float32 sum of a million is several nats off


def product_in_blocks(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """left @ right, float64 if the axis that is summed over is longer than a block.

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
    """The sum over the second axis, float64 if it is longer than a block.

    Args:
        terms: float `(batch, num, ...)`.
    Returns:
        total: float `(batch, ...)`.
    """
    if terms.shape[1] <= BLOCK:
        return tf.reduce_sum(terms, axis=1)
    parts = range(0, terms.shape[1], BLOCK)
    return tf.add_n([tf.cast(tf.reduce_sum(terms[:, n : n + BLOCK], axis=1), tf.float64) for n in parts])
