"""Rows of ragged columns as serialized `tf.train.Example`s, all rows at once: the same bytes as Protocol Buffers.

A record is `Example{features{feature: map}}`. The map's entries are, in the given order,

    0a <length> 0a <length> name 12 <length> <kind of list> <length of list> [0a <length>] values

lengths as base-128 numbers. Whole numbers are base-128 too, floats four bytes, texts `0a <length> bytes` each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .ordering import splits_from_counts

Bytes = NDArray[np.uint8]
TEXTS, FLOATS, WHOLES = 0x0A, 0x12, 0x1A  # the fields of `tf.train.Feature`
FIELD_1, FIELD_2 = 0x0A, 0x12  # of a message, where it holds bytes


@dataclass(frozen=True)
class Column:
    """The values of all rows for one name.

    Attributes:
        kind: `TEXTS`, `FLOATS` or `WHOLES`.
        content: uint8 `(num_bytes,)`, the values, row after row.
        sizes: int64 `(num_rows,)`, bytes of each row.
    """

    kind: int
    content: Bytes
    sizes: NDArray[np.int64]


def column(values: ArrayLike | bytes | int, row_splits: NDArray[np.int64] | None = None) -> Column:
    """A column from the values of all rows.

    Args:
        values: whole numbers, floats or texts `(num_values,)`; one number or bytes for a single row.
        row_splits: int64 `(num_rows + 1,)`, the offsets of the rows in `values`; None for a single row.
    Returns:
        column: `Column`.
    """
    if isinstance(values, bytes):
        framed, size = _framed(np.frombuffer(values, np.uint8), np.array([len(values)]))
        return Column(TEXTS, framed, size)
    array = np.atleast_1d(np.asarray(values))
    splits = np.array([0, len(array)]) if row_splits is None else row_splits
    if array.dtype.kind in "UO":
        content, sizes = _texts(array)
        return Column(TEXTS, content, np.diff(splits_from_counts(sizes)[splits]))
    if array.dtype.kind == "f":
        return Column(FLOATS, np.ascontiguousarray(array, "<f4").view(np.uint8), 4 * np.diff(splits))
    digits, used = base_128(array)
    return Column(WHOLES, digits[used], np.diff(splits_from_counts(used.sum(axis=1))[splits]))


def serialized(columns: Mapping[str, Column]) -> list[bytes]:
    """The records of all rows.

    Args:
        columns: `Column` by name, all with the same number of rows; the order of names does not matter to readers.
    Returns:
        records: bytes of each row.
    """
    names = list(columns)
    heads = [_head(name, columns[name]) for name in names]
    sizes = [used.sum(axis=1) + columns[name].sizes for name, (_, used) in zip(names, heads, strict=True)]
    heads[0] = _beside(_opening(FIELD_1, np.sum(sizes, axis=0)), heads[0])
    # Heads and contents alternate in every row. Each kind is in row order, so its bytes are copied by a mask.
    kinds = [kind for place in range(len(names)) for kind in (0, place + 1)]
    lengths = [
        part for name, (_, used) in zip(names, heads, strict=True) for part in (used.sum(axis=1), columns[name].sizes)
    ]
    by_row = np.stack(lengths, axis=1)
    kind_of_byte = np.repeat(np.tile(np.array(kinds, np.uint8), len(by_row)), by_row.reshape(-1))
    records = np.empty(len(kind_of_byte), np.uint8)
    digits, used = _beside(*heads)
    records[kind_of_byte == 0] = digits[used]
    for place, name in enumerate(names, start=1):
        records[kind_of_byte == place] = columns[name].content
    whole = records.tobytes()
    return [whole[first:last] for first, last in pairwise(splits_from_counts(by_row.sum(axis=1)).tolist())]


def base_128(values: NDArray[Any]) -> tuple[Bytes, NDArray[np.bool_]]:
    """Whole numbers in base 128, lowest digit first, with the high bit set in all digits but the last (varints).

    Args:
        values: whole numbers `(num_values,)`.
    Returns:
        digits: uint8 `(num_values, most digits)`.
        used: bool of the same shape, True for the digits of a number.
    """
    rest = values.astype(np.int64).view(np.uint64)
    width = max(1, -(-int(rest.max(initial=0)).bit_length() // 7))
    digits, used = np.empty((len(rest), width), np.uint8), np.empty((len(rest), width), bool)
    for place in range(width):
        used[:, place] = (rest > 0) | (place == 0)
        digits[:, place] = rest & np.uint64(127)
        rest = rest >> np.uint64(7)
        digits[:, place] |= (rest > 0).astype(np.uint8) << 7
    return digits, used


def _head(name: str, one: Column) -> tuple[Bytes, NDArray[np.bool_]]:
    """The bytes before the values in each row's entry, and a mask of those in use."""
    packed = _nothing(one.sizes)
    if one.kind != TEXTS:
        digits, used = _opening(FIELD_1, one.sizes)
        packed = digits, used & (one.sizes > 0)[:, None]  # an empty list has no values, packed or not
    size = packed[1].sum(axis=1) + one.sizes
    listed = _beside(_opening(one.kind, size), packed)
    size = listed[1].sum(axis=1) + one.sizes
    key = bytes([FIELD_1, len(name)]) + name.encode()
    entry = _beside(_constant(key, len(size)), _opening(FIELD_2, size), listed)
    return _beside(_opening(FIELD_1, entry[1].sum(axis=1) + one.sizes), entry)


def _opening(field: int, sizes: NDArray[np.int64]) -> tuple[Bytes, NDArray[np.bool_]]:
    """A field's tag and length, for each row."""
    return _beside(_constant(bytes([field]), len(sizes)), base_128(sizes))


def _constant(content: bytes, num_rows: int) -> tuple[Bytes, NDArray[np.bool_]]:
    digits = np.broadcast_to(np.frombuffer(content, np.uint8), (num_rows, len(content)))
    return digits, np.ones(digits.shape, bool)


def _nothing(sizes: NDArray[np.int64]) -> tuple[Bytes, NDArray[np.bool_]]:
    return np.empty((len(sizes), 0), np.uint8), np.empty((len(sizes), 0), bool)


def _beside(*parts: tuple[Bytes, NDArray[np.bool_]]) -> tuple[Bytes, NDArray[np.bool_]]:
    digits, used = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return digits, used


def _texts(array: NDArray[Any]) -> tuple[Bytes, NDArray[np.int64]]:
    """Texts as UTF-8, each preceded by its tag and length, and their sizes in bytes."""
    import pyarrow as pa

    texts = pa.array(array.tolist(), pa.large_string())
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[: len(texts) + 1]
    return _framed(np.frombuffer(content or b"", np.uint8)[: ends[-1]], np.diff(ends))


def _framed(content: Bytes, sizes: NDArray[np.int64]) -> tuple[Bytes, NDArray[np.int64]]:
    digits, used = _opening(FIELD_1, sizes)
    heads = used.sum(axis=1)
    is_head = np.repeat(np.tile([True, False], len(sizes)), np.stack([heads, sizes], axis=1).reshape(-1))
    framed = np.empty(len(is_head), np.uint8)
    framed[is_head], framed[~is_head] = digits[used], content
    return framed, heads + sizes
