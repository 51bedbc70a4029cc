"""Sorted rows: the offsets of users in a CSR, and sorting and counting of ids, fast for small ids."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Triples, check_no_duplicates, positions_in
from .ids import Ids, text_ids


def splits_from_counts(counts: ArrayLike) -> NDArray[np.int64]:
    """The offsets of rows in a CSR, from their lengths.

    Args:
        counts: integers `(num_rows,)`.
    Returns:
        row_splits: int64 `(num_rows + 1,)`, from 0 on.
    Example:
        >>> from rbm_lib.data import splits_from_counts
        >>> splits_from_counts([2, 0, 3])
        array([0, 2, 2, 5])
    """
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def stable_order(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """`np.argsort(keys, kind="stable")` for keys that are not negative, five times faster if they are small enough."""
    row_bits = _room_for_rows(keys)
    if row_bits is None:
        return np.argsort(keys, kind="stable")
    # Key and row in one number: NumPy sorts plain numbers with vector instructions, but not stably.
    return np.sort((keys << row_bits) | np.arange(len(keys))) & ((1 << row_bits) - 1)


def order_and_repeats(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The stable order of keys, and whether each but the first, in that order, equals the one before it.

    Args:
        keys: int64 `(num_rows,)`, not negative; overwritten, to hold no more than two arrays of this length at once.
    Returns:
        order: int64 `(num_rows,)`.
        again: bool `(num_rows - 1,)`.
    """
    row_bits = _room_for_rows(keys)
    if row_bits is None:
        order = np.argsort(keys, kind="stable")
        ascending = keys[order]
        return order, ascending[1:] == ascending[:-1]
    keys <<= row_bits
    keys |= np.arange(len(keys), dtype=np.int32) if row_bits < 31 else np.arange(len(keys), dtype=np.int64)
    keys.sort()
    ascending = keys >> row_bits
    again = ascending[1:] == ascending[:-1]
    keys &= (1 << row_bits) - 1
    return keys, again


def _room_for_rows(keys: NDArray[np.int64]) -> int | None:
    """The number of bits of a row's number, or None if the keys leave no room for them."""
    row_bits = max(len(keys) - 1, 1).bit_length()
    return None if len(keys) == 0 or int(keys.max()).bit_length() + row_bits > 62 else row_bits


def distinct_ids(ids: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """The distinct ids, ascending, and the position of each given id among them."""
    small_integers = ids.dtype.kind == "i" and len(ids) and ids.min() >= 0 and ids.max() < 8 * len(ids) + 1024
    if ids.dtype.kind == "O":
        texts = ids.tolist()
        distinct_texts = sorted(set(texts))
        place = {text: number for number, text in enumerate(distinct_texts)}
        return text_ids(distinct_texts), np.fromiter(map(place.__getitem__, texts), np.int64, len(texts))
    if not small_integers:
        distinct, position = np.unique(ids, return_inverse=True)
        return distinct, position.reshape(-1)
    # Counting instead of sorting: ten times faster for the millions of small ids of the MovieLens files.
    present = np.bincount(ids) > 0
    return np.flatnonzero(present).astype(np.int64), (np.cumsum(present) - 1)[ids]


def digest_of_arrays(*arrays: NDArray[Any]) -> str:
    """SHA-256 of arrays, their types and lengths included, hexadecimal."""
    digest = hashlib.sha256()
    for array in arrays:
        kind = "U" if array.dtype.kind in "UO" else array.dtype.str
        # A string array's width follows its longest entry, so its text is hashed instead of its bytes.
        content = "\0".join(array).encode() if kind == "U" else np.ascontiguousarray(array).tobytes()
        digest.update(f"{kind}:{len(array)}:".encode() + content)
    return digest.hexdigest()


def ordered_rows(columns: Triples, item_ids: ArrayLike | None, source: str) -> dict[str, Any]:
    """The arrays of a `Ratings` from rows in any order; see `Ratings.from_triples` for the arguments and errors."""
    users, user_index = distinct_ids(columns.user_id)
    if item_ids is None:
        items, item_index = distinct_ids(columns.item_id)
    else:
        items, item_index = positions_in(columns.item_id, item_ids, source)
    pair = user_index.astype(np.int64) * len(items) + item_index
    order = stable_order(pair)
    check_no_duplicates(pair, order, columns, source)
    return {
        "row_splits": splits_from_counts(np.bincount(user_index, minlength=len(users))),
        "item_index": item_index[order].astype(np.int32),
        "rating": columns.rating[order],
        "user_id": users,
        "item_id": items,
        "source_row": order.astype(np.int64),
        "timestamp": None if columns.timestamp is None else columns.timestamp[order],
    }
