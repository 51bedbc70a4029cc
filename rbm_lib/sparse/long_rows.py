"""Hidden activations of rows of any length, as a compiled loop: float32 in blocks, float64 over them."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from .arithmetic import _activate

BLOCK = 1024  # ratings; a float32 sum of a million loses several nats


@numba.njit(parallel=True, **OPTIONS)
def activations_in_blocks(row_splits, item_index, state, parameters):
    """c + (v - m) W + D of each row, equal to `predictions.activations_of_rows` for a row of one block.

    Args:
        row_splits, item_index, state, parameters: as in `activations_of_rows`.
    Returns:
        activations: float64 `(batch, num_hidden)`, in nats.
    """
    hidden_bias = parameters[2]
    activations = np.zeros((len(row_splits) - 1, len(hidden_bias)), np.float64)
    for row in numba.prange(len(row_splits) - 1):
        size = min(BLOCK, row_splits[row + 1] - row_splits[row]) + 1
        factor, place = np.empty(size, np.float32), np.empty(size, np.int32)
        block = np.empty(len(hidden_bias), np.float32)
        activations[row] = hidden_bias
        for first in range(row_splits[row], row_splits[row + 1], BLOCK):
            own = slice(first, min(first + BLOCK, row_splits[row + 1]))
            _activate(item_index[own], state[own], parameters, factor, place, block)
            if own.start == row_splits[row]:
                activations[row] = block
            else:
                for j in range(len(block)):
                    activations[row, j] += block[j] - hidden_bias[j]
    return activations
