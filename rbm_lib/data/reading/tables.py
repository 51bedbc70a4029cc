"""The columns of a table of ratings before any check, the same for every kind of file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Coded:
    """A column as its distinct values and, for each row, the position of its value: a long text is stored once.

    Attributes:
        values: the distinct values, a list of str or an int64 array.
        codes: int32 `(num_rows,)`.
    """

    values: Any
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[Any]) -> "Coded":
        """Some of the rows; values without rows stay."""
        return Coded(self.values, self.codes[rows])


class Coder:
    """Builds a `Coded` from one text after the other."""

    def __init__(self) -> None:
        from array import array

        self._place: dict[str, int] = {}
        self._codes = array("i")

    def add(self, text: str) -> None:
        self._codes.append(self._place.setdefault(text, len(self._place)))

    def coded(self) -> Coded:
        codes = np.frombuffer(self._codes, np.int32) if len(self._codes) else np.zeros(0, np.int32)
        return Coded(list(self._place), codes)


@dataclass
class RawTable:
    """A table as in the file.

    Attributes:
        user, item: `Coded`; `user` is None if the file holds one person's ratings.
        rating: `Coded` texts, or float64 `(num_rows,)`.
        timestamp: `Coded` texts, int64, float64 or datetime64 `(num_rows,)`, or None.
        title: `Coded`, or None.
        where: from a row, counted from 0, to its place in words, such as "line 2".
        notes: how it was read, one sentence each.
        unrated: the layout's own mark of "not rated", such as 0 in a Goodreads export.
        counts: whether the name of the ratings' column says that it holds counts.
    """

    item: Coded
    rating: Any
    user: Coded | None = None
    timestamp: Any = None
    title: Coded | None = None
    where: Callable[[int], str] = lambda row: f"row {row}"
    notes: list[str] = field(default_factory=list)
    unrated: tuple[float | str, ...] = ()
    counts: bool = False

    @property
    def num_rows(self) -> int:
        return len(self.item)


def coded_from_arrow(column: Any) -> Coded:
    """A string or dictionary column of pyarrow (`ChunkedArray`) as `Coded`."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if column.num_chunks == 0:
        return Coded([], np.zeros(0, np.int32))
    chunks = column.unify_dictionaries().chunks
    return Coded(chunks[0].dictionary.to_pylist(), codes_of(chunks))


def codes_of(chunks: list[Any]) -> NDArray[np.int32]:
    """The codes of dictionary arrays of pyarrow, which share a dictionary, as one array."""
    return np.concatenate([np.zeros(0, np.int32), *(np.asarray(chunk.indices, np.int32) for chunk in chunks)])
