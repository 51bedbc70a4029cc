"""Hidden activations of scored rows of any length: float32 in blocks, float64 over them."""

import numpy as np
from numpy.typing import NDArray

from .tables import ScoredTables

BLOCK = 4096  # ratings; a float32 sum of a million loses several nats


def widened(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    moments: NDArray[np.float32],
    activation: NDArray[np.float32],
    tables: ScoredTables,
) -> NDArray[np.float64]:
    """c + sum{ (s(v) - m) W + D } of each row; rows of one block are unchanged, longer ones summed again.

    Args:
        row_splits, item_index: CSR of the rows.
        moments: float32 `(num_observed, num_scores)`, s(v) - m.
        activation: float32 `(batch, num_hidden)`, from `scored_activations`.
        tables: `ScoredTables`, checked.
    Returns:
        activation: float64 `(batch, num_hidden)`, in nats.
    """
    found = activation.astype(np.float64)
    for row in np.flatnonzero(np.diff(row_splits) > BLOCK):
        found[row] = tables.hidden_bias
        for first in range(row_splits[row], row_splits[row + 1], BLOCK):
            own = slice(first, min(first + BLOCK, row_splits[row + 1]))
            found[row] += np.tensordot(moments[own], tables.weights[item_index[own]], ((0, 1), (0, 1)))
            if len(tables.rated):
                found[row] += tables.rated[item_index[own]].sum(axis=0)
    return found
