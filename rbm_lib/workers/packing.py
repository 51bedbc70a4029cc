"""Several arrays as one piece of memory, and back: an exchange sends one message, however many arrays it has."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 8  # bytes, at which every array starts


def sizes_of(parts: Sequence[NDArray[Any]], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bytes of each array of each rank, rounded up to `ALIGNMENT`.

    Args:
        parts: the arrays of one rank; those of all ranks differ in their lengths only.
        lengths: int64 `(num_ranks, num_parts)`, rows of each array.
    Returns:
        sizes: int64 `(num_ranks, num_parts)`.
    """
    row = np.array([part.itemsize * prod(part.shape[1:]) for part in parts], np.int64)
    return -(-lengths * row // ALIGNMENT) * ALIGNMENT


def packed(parts: Sequence[NDArray[Any]], sizes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The arrays of one rank, one after another.

    Args:
        parts: arrays of one axis or more.
        sizes: int64 `(num_parts,)`, this rank's row of `sizes_of`.
    Returns:
        packed: uint8, one-dimensional.
    """
    whole = np.zeros(sizes.sum(), np.uint8)
    for part, start in zip(parts, np.cumsum(sizes) - sizes, strict=True):
        whole[start : start + part.nbytes] = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
    return whole


def joined(
    whole: NDArray[np.uint8], parts: Sequence[NDArray[Any]], lengths: NDArray[np.int64], sizes: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """The arrays of all ranks, each joined along its first axis in the order of the ranks.

    Args:
        whole: what `packed` gave on each rank, in their order.
        parts, lengths: as in `sizes_of`.
        sizes: its result.
    Returns:
        joined: list of arrays, new ones.
    """
    starts = (np.cumsum(sizes) - sizes.ravel()).reshape(sizes.shape)
    found = []
    for place, part in enumerate(parts):
        one = np.empty((lengths[:, place].sum(), *part.shape[1:]), part.dtype)
        flat, row, done = one.reshape(-1).view(np.uint8), part.itemsize * prod(part.shape[1:]), 0
        for start, length in zip(starts[:, place], lengths[:, place], strict=True):
            flat[done : done + length * row] = whole[start : start + length * row]
            done += length * row
        found.append(one)
    return found
