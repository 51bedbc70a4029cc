"""Memory that is written again and again: fresh memory for every step costs more than the arithmetic done in it."""

import sys
from math import prod

import numpy as np

from rbm_lib._checks import check_count

ALIGNMENT = 64  # bytes; TensorFlow takes an array over without a copy if it starts at a multiple of them
ROOMY = 1.5  # times the size that is asked for, at most
UNUSED = 2  # references to a block that only `Memory` knows: its list, and the question itself


class Memory:
    """Hands out float32 arrays, in memory of earlier ones once nobody holds those any more.

    An array may be given away, to TensorFlow for one: its memory is not touched again while anybody refers to it.

    Args:
        kept: int >= 1, blocks of memory kept for later.
    """

    def __init__(self, kept=8):
        self.kept = check_count(kept, "kept")
        self._blocks = []

    def empty(self, shape):
        """An array of this shape that holds anything; it starts at a multiple of `ALIGNMENT` bytes."""
        size = 4 * prod(shape)
        block = self._take(size + ALIGNMENT)
        first = -block.ctypes.data % ALIGNMENT
        return block[first : first + size].view(np.float32).reshape(shape)

    def _take(self, size):
        for place in range(len(self._blocks)):
            large_enough = size <= len(self._blocks[place]) <= ROOMY * size
            if large_enough and sys.getrefcount(self._blocks[place]) <= UNUSED:
                return self._blocks[place]
        block = np.empty(size, np.uint8)
        self._blocks.append(block)
        del self._blocks[: -self.kept]
        return block
