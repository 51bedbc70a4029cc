"""Every state of a few binary units, for what is summed exactly."""

import numpy as np
from numpy.typing import DTypeLike


def binary_states(size: int, dtype: DTypeLike = np.int64) -> np.ndarray:
    """All vectors of `size` binary units: 0 or 1, `(2**size, size)`; row n holds the bits of n, the lowest first."""
    return ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(dtype)
