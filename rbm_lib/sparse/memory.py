"""Arrays that reuse memory: allocating new memory in every step takes longer than the arithmetic on it."""

import sys
from math import prod

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_count

ALIGNMENT = 64  # bytes; TensorFlow uses an array without a copy if its address is a multiple of this
ROOMY = 1.5  # times the requested size, at most
SPARE = 8  # an eighth more than requested, so that a slightly larger array fits too
UNUSED = 2  # references to a block that only `Memory` holds: its list, and the call of `getrefcount`


class Memory:
    """Makes float32 arrays, in the memory of an earlier array if no object refers to that any more.

    An array may be passed on, for example to TensorFlow: its memory is not reused while any object refers to it.

    Args:
        kept: int >= 1, how many blocks of memory are kept for reuse.
    Raises:
        ValueError: if `kept` is no whole number of at least 1.
    Example:
        >>> from rbm_lib.sparse import Memory
        >>> memory = Memory()
        >>> array = memory.empty((3, 5))
        >>> address = array.ctypes.data
        >>> del array  # nothing refers to it any more
        >>> array = memory.empty((5, 3))
        >>> array.shape, array.ctypes.data == address
        ((5, 3), True)
    """

    def __init__(self, kept: int = 8) -> None:
        self.kept = check_count(kept, "kept")
        self._blocks: list[NDArray[np.uint8]] = []

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array of this shape, not initialised; its address is a multiple of `ALIGNMENT`."""
        size = 4 * prod(shape)
        block = self._take(size + ALIGNMENT)
        first = -block.ctypes.data % ALIGNMENT
        return block[first : first + size].view(np.float32).reshape(shape)

    def _take(self, size: int) -> NDArray[np.uint8]:
        for place in range(len(self._blocks)):
            large_enough = size <= len(self._blocks[place]) <= ROOMY * size
            if large_enough and sys.getrefcount(self._blocks[place]) <= UNUSED:
                return self._blocks[place]
        block = np.empty(size + size // SPARE, np.uint8)
        self._blocks.append(block)
        del self._blocks[: -self.kept]
        return block
