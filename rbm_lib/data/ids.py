"""Ids of users and items as arrays of integers or text, without overflow, and without widening by one long text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ids = NDArray[np.int64 | np.str_]  # the ids of a source: whole numbers or text
WIDEST = 1 << 26  # bytes; larger arrays of texts are stored as objects if most texts are short
HIGHEST = 2**63


def text_ids(texts: Sequence[str]) -> Ids:
    """Texts as an array: of type str, or of Python's texts (object) if one long text would widen all the others.

    Args:
        texts: list of str.
    Returns:
        ids: `(num_texts,)`.
    Example:
        >>> from rbm_lib.data import text_ids
        >>> text_ids(["007", "anna"]).tolist()
        ['007', 'anna']
    """
    longest = max(map(len, texts), default=1)
    if len(texts) * longest * 4 <= max(WIDEST, 16 * sum(map(len, texts))):
        return np.array(texts, dtype=str)
    ids = np.empty(len(texts), object)
    ids[:] = texts
    return ids


def clean_ids(ids: ArrayLike, name: str, source: str = "") -> Ids:
    """Ids as an int64 or str array `(n,)`; anything else is an error that names `name` and the row."""
    where = f"{source}: " if source else ""
    is_text = isinstance(ids, list | tuple) and len(ids) > 0 and isinstance(ids[0], str)
    array = np.asarray(ids, object) if is_text else np.asarray(ids)  # one long text would widen an array of str
    if array.ndim != 1:
        raise ValueError(f"{where}{name}: expected one dimension, found shape {array.shape}")
    if array.dtype.kind == "u" and len(array) and int(array.max()) >= HIGHEST:
        raise _too_large(array, name, where)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "U":
        return array
    if len(array) == 0:
        return array.astype(np.int64)
    if array.dtype.kind == "O" or array.dtype.kind == "T":
        return _ids_from_objects(array, name, where)
    ways_out = {"f": "; `.astype(np.int64)` makes whole numbers of them", "S": "; `.astype(str)` makes texts of them"}
    way_out = ways_out.get(array.dtype.kind, "")
    raise ValueError(f"{where}{name}: expected integers or strings, found {array.dtype}{way_out}")


def _ids_from_objects(array: NDArray[Any], name: str, where: str) -> Ids:
    kinds = (str,) if isinstance(array[0], str) else (int, np.integer)
    for row, value in enumerate(array):
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f"{where}{name}, row {row}: expected an integer or a string like row 0, found {value!r}")
    if kinds == (str,):
        return text_ids(array.tolist())
    if any(not -HIGHEST <= value < HIGHEST for value in array):
        raise _too_large(array, name, where)
    return array.astype(np.int64)


def _too_large(array: NDArray[Any], name: str, where: str) -> ValueError:
    """The error for an id that does not fit int64."""
    row = next(row for row, value in enumerate(array) if not -HIGHEST <= int(value) < HIGHEST)
    way_out = "ids so large are kept as text, `[str(id) for id in ids]`"
    return ValueError(
        f"{where}{name}, row {row}: expected whole numbers from -2**63 to 2**63 - 1, found {array[row]}; {way_out}"
    )


def plain_id(identity: Any) -> Any:
    """An id as Python's own number or text."""
    return identity.item() if isinstance(identity, np.generic) else identity
