"""The columns of a table of ratings before anything is checked, the same for every kind of file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Coded:
    """A column as its distinct values and, for each row, the place of its value: a long text is kept once.

    Attributes:
        values: the distinct values, a list of str or an int64 array.
        codes: int32 `(num_rows,)`.
    """

    values: Any
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[Any]) -> "Coded":
        """Some of the rows; values that no row has any more stay."""
        return Coded(self.values, self.codes[rows])


class Coder:
    """Makes a `Coded` from one text after the other."""

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
    """A table as it stands in the file.

    Attributes:
        user, item: `Coded`; `user` None where the file holds one person's ratings.
        rating: `Coded` texts, or float64 `(num_rows,)`.
        timestamp: `Coded` texts, int64, float64 or datetime64 `(num_rows,)`, or None.
        title: `Coded`, or None.
        where: a row, counted from 0, to its place in words, as "line 2".
        notes: what was understood, a sentence each.
        unrated: what the layout itself takes for "not rated", as 0 in a Goodreads export.
        counts: whether the ratings' column is named as one that holds how often.
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
