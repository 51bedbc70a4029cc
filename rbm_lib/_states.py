"""States of binary units: the two values of one unit, and all states of a few units, for exact sums."""

import numpy as np
from numpy.typing import DTypeLike

LIKES = (0.0, 1.0)  # the values of a rating that is a like or a dislike


def binary_states(size: int, dtype: DTypeLike = np.int64) -> np.ndarray:
    """All vectors of `size` binary units: 0 or 1, `(2**size, size)`; row n holds the bits of n, the lowest first."""
    return ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(dtype)
