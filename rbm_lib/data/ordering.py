"""Sorting and numbering of ids and pairs: what turns rows in any order into compressed sparse rows."""

import numpy as np
from numpy.typing import NDArray

from .checks import Ids


def splits_from_counts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row splits, int64 `(num_rows + 1,)`, from the number of entries of each row."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def stable_order(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """`np.argsort(keys, kind="stable")` for keys that are not negative, five times faster where they leave room."""
    row_bits = max(len(keys) - 1, 1).bit_length()
    if len(keys) == 0 or int(keys.max()).bit_length() + row_bits > 62:
        return np.argsort(keys, kind="stable")
    # Key and row in one number: NumPy sorts plain numbers with vector instructions, but not stably.
    return np.sort((keys << row_bits) | np.arange(len(keys))) & ((1 << row_bits) - 1)


def vocabulary(ids: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """The distinct ids, ascending, and the position of each given id among them."""
    small_integers = ids.dtype.kind == "i" and len(ids) and ids.min() >= 0 and ids.max() < 8 * len(ids) + 1024
    if not small_integers:
        distinct, position = np.unique(ids, return_inverse=True)
        return distinct, position.reshape(-1)
    # Counting instead of sorting: ten times faster for the millions of small ids of the MovieLens files.
    present = np.bincount(ids) > 0
    return np.flatnonzero(present).astype(np.int64), (np.cumsum(present) - 1)[ids]
