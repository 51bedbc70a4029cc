"""Random numbers as a pure function of (seed, step, user, sweep, place).

Philox 4x32 with ten rounds takes a counter and gives four random words. There is no state to carry or to save. The
counter is the address of the random number, so a chain does not depend on the number of threads, on the other users of
its mini-batch, or on interruptions of training.

References:
    Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", section 3.3 (Philox).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_seed

from .layout import CHUNK, HIDDEN, KEY_INCREMENTS, LANE, MULTIPLIERS, PREDICTION, TRAINING, VISIBLE

__all__ = ["HIDDEN", "PREDICTION", "TRAINING", "VISIBLE", "DrawAddress", "philox", "set_seed", "uniform"]

ROUNDS = 10
_LOW_WORD = 0xFFFFFFFF


class DrawAddress(NamedTuple):
    """The address of a batch of random numbers within a run.

    Attributes:
        seed: int, the root of all random numbers of the model, 0 <= seed < 2**32.
        purpose: `TRAINING` or `PREDICTION`; the two never share random numbers.
        step: int64 scalar, `RBM.steps_done` in training, the number of the repeat in prediction.
        user_index: int32 `(batch,)`, the users to whom the chains belong.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib import draws
        >>> step, user_index = tf.constant(0, tf.int64), tf.constant([4, 7])
        >>> address = draws.DrawAddress(seed=1, purpose=draws.TRAINING, step=step, user_index=user_index)
        >>> again = draws.uniform(address, sweep=0, layer=draws.HIDDEN, num_places=3)
        >>> bool((draws.uniform(address, sweep=0, layer=draws.HIDDEN, num_places=3) == again).numpy().all())
        True
    """

    seed: int
    purpose: int
    step: tf.Tensor
    user_index: tf.Tensor


def set_seed(seed: int) -> int:
    """Seeds Python, NumPy, TensorFlow and Keras, and makes TensorFlow's own kernels deterministic.

    The chains of this library need no global seed: this is for everything else (initial weights, other libraries).

    TensorFlow's oneDNN kernels depend on the processor. For the same results on every processor, set the environment
    variable `TF_ENABLE_ONEDNN_OPTS=0` before TensorFlow is imported. `make`, the notebooks' kernel and the command line
    do so; importing this library does not.

    Args:
        seed: int, 0 <= seed < 2**32.
    Returns:
        seed: the same number, for the notebook's record.
    Raises:
        ValueError: if `seed` is out of range.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import set_seed
        >>> set_seed(2007)
        2007
        >>> first = np.random.rand()
        >>> set_seed(2007)
        2007
        >>> bool(np.random.rand() == first)
        True
    """
    seed = check_seed(seed)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return seed


def philox(counter: Sequence[Any], key: tuple[Any, Any], xp: Any = np) -> list[Any]:
    """Ten rounds of Philox 4x32.

    Args:
        counter: four uint32 arrays (or tensors) of one shape.
        key: two ints below 2**32; with `TENSORS`, or two uint32 scalar tensors.
        xp: `numpy`, or `TENSORS` for tensors.
    Returns:
        words: list of four uint32 arrays (or tensors) of that shape.
    References:
        Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.draws import philox
        >>> [f"{word.item():08x}" for word in philox(np.zeros((4, 1), np.uint32), (0, 0))]
        ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        high0, low0 = _multiply(c0, MULTIPLIERS[0], xp)
        high1, low1 = _multiply(c2, MULTIPLIERS[1], xp)
        c0, c1, c2, c3 = high1 ^ c1 ^ xp.uint32(k0), low1, high0 ^ c3 ^ xp.uint32(k1), low0
        k0, k1 = (k0 + KEY_INCREMENTS[0]) & _LOW_WORD, (k1 + KEY_INCREMENTS[1]) & _LOW_WORD
    return [c0, c1, c2, c3]


def _multiply(word: Any, multiplier: int, xp: Any) -> tuple[Any, Any]:
    """High and low 32 bits of the 64-bit product; the casts let compilers use the wide vector multiply."""
    product = xp.astype(word, xp.uint64) * xp.uint64(multiplier)
    return xp.astype(xp.right_shift(product, xp.uint64(32)), xp.uint32), xp.astype(product, xp.uint32)


class TENSORS:
    """The few NumPy names that `philox` uses, for tensors."""

    @staticmethod
    def uint32(value: int | tf.Tensor) -> tf.Tensor:
        return tf.convert_to_tensor(value, tf.uint32)

    @staticmethod
    def uint64(value: int) -> tf.Tensor:
        return tf.constant(value, tf.uint64)

    @staticmethod
    def right_shift(tensor: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        return tf.bitwise.right_shift(tensor, bits)

    @staticmethod
    def astype(tensor: tf.Tensor, scalar_type: Any) -> tf.Tensor:
        return tf.cast(tensor, tf.uint64 if scalar_type is TENSORS.uint64 else tf.uint32)


# XLA fuses the ten rounds into one loop, many times faster here than separate operations, with the same bits. The key
# is a pair of tensors: with Python's ints, every seed would be traced and compiled anew.
@tf.function(jit_compile=True, reduce_retracing=True)
def _uniform_block(
    user: tf.Tensor, step: tf.Tensor, stream: tf.Tensor, num_places: int, key: tuple[tf.Tensor, tf.Tensor]
) -> tf.Tensor:
    num_chunks = -(-num_places // CHUNK)
    block = tf.cast(tf.reshape(tf.range(num_chunks * LANE), [1, num_chunks, LANE]), tf.uint32)
    zeros = tf.zeros_like(user[:, None, None] + block)
    counter = (block + zeros, user[:, None, None] + zeros, step + zeros, stream + zeros)
    words = tf.concat(philox(counter, key, TENSORS), axis=-1)  # (batch, num_chunks, CHUNK)
    uniforms = tf.cast(tf.bitwise.right_shift(words, tf.constant(8, tf.uint32)), tf.float32) * 2.0**-24
    return tf.reshape(uniforms, [-1, num_chunks * CHUNK])[:, :num_places]


def uniform(address: DrawAddress, sweep: int | tf.Tensor, layer: int, num_places: int) -> tf.Tensor:
    """One uniform random number in [0, 1) for each (user, place).

    Args:
        address: `DrawAddress`.
        sweep: int or int scalar tensor, 0 for the draw that starts the chain.
        layer: `HIDDEN` or `VISIBLE`.
        num_places: int, number of units in that layer.
    Returns:
        uniform: float32 `(batch, num_places)`, multiples of 2**-24.
    Example:
        >>> import tensorflow as tf
        >>> from rbm_lib import draws
        >>> step, user_index = tf.constant(0, tf.int64), tf.constant([4, 7])
        >>> address = draws.DrawAddress(1, draws.TRAINING, step, user_index)
        >>> draws.uniform(address, sweep=0, layer=draws.HIDDEN, num_places=5).shape
        TensorShape([2, 5])
    """
    stream = tf.cast(2 * tf.cast(sweep, tf.int64) + layer, tf.uint32)
    step, user = tf.cast(address.step, tf.uint32), tf.cast(address.user_index, tf.uint32)
    key = tf.constant(address.seed, tf.uint32), tf.constant(address.purpose, tf.uint32)
    return _uniform_block(user, step, stream, num_places, key)


def uniform_reference(
    seed: int, purpose: int, step: int, user_index: ArrayLike, sweep: int, layer: int, num_places: int
) -> NDArray[np.float32]:
    """The same numbers in NumPy, place by place: a readable version, and the reference for tests.

    Place p is word (p mod CHUNK) // LANE of block (p // CHUNK) * LANE + p mod LANE: runs of 64 places take the same
    word of neighbouring blocks, so that vector instructions can be used, and no address depends on `num_places`.

    Args:
        seed, purpose, step, sweep, layer, num_places: ints, as in `DrawAddress` and `uniform`.
        user_index: int array `(batch,)`.
    Returns:
        uniform: float32 `(batch, num_places)`.
    """
    users, place = np.asarray(user_index), np.arange(num_places)
    word, block = place % CHUNK // LANE, place // CHUNK * LANE + place % LANE
    counter = np.zeros((4, len(users), num_places), np.uint32)
    counter[0] = block
    counter[1] = users[:, None]
    counter[2] = step & _LOW_WORD
    counter[3] = 2 * sweep + layer
    words = np.stack(philox(list(counter), (seed, purpose)))[word, :, place].T
    return (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
