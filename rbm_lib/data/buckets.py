"""External sort of ratings that do not fit in memory: rows in buckets on disk by user, then each bucket sorted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ids import Ids, text_ids
from .ordering import distinct_ids
from .ratings import Ratings


class Buckets:
    """Files of rows; a row's bucket is a function of its user, so all rows of a user are in one bucket.

    Args:
        folder: of the files; it must exist.
        number: int, of buckets.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self._folder = folder
        self._writers: list[Any] = []
        self._files: list[Any] = []

    def add(self, bucket: NDArray[np.integer], columns: Mapping[str, Any]) -> None:
        """Appends rows to their buckets, which keep the order of the rows.

        Args:
            bucket: ints `(num_rows,)`, from 0 to `number` - 1.
            columns: arrays of NumPy or pyarrow by name, `(num_rows,)`.
        """
        import pyarrow as pa

        order = np.argsort(bucket.astype(np.uint16), kind="stable")
        counts = np.bincount(bucket, minlength=self.number)
        rows = pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in columns.items()})
        rows = rows.take(pa.array(order))
        if not self._writers:
            self._open(rows.schema)
        first = 0
        for writer, count in zip(self._writers, counts.tolist(), strict=True):
            if count:
                writer.write_batch(rows.slice(first, count))
            first += count

    def _open(self, schema: Any) -> None:
        import pyarrow as pa

        options = pa.ipc.IpcWriteOptions(compression="lz4")
        for place in range(self.number):
            self._files.append(pa.OSFile(str(self._path(place)), "wb"))
            self._writers.append(pa.ipc.new_stream(self._files[-1], schema, options=options))

    def close(self) -> None:
        """Closes the files; to be called after success and after an error."""
        for one in [*self._writers, *self._files]:
            one.close()
        self._writers, self._files = [], []

    def take(self, place: int) -> dict[str, Any]:
        """The rows of a bucket by column, as NumPy arrays, texts as a `pyarrow.ChunkedArray`; its file is removed."""
        import pyarrow as pa

        with pa.OSFile(str(self._path(place))) as file, pa.ipc.open_stream(file) as stream:
            rows = stream.read_all()
        self._path(place).unlink()
        texts = {name for name in rows.column_names if pa.types.is_string(rows[name].type)}
        return {name: rows[name] if name in texts else rows[name].to_numpy() for name in rows.column_names}

    def _path(self, place: int) -> Path:
        return self._folder / f"{place:05d}.rows"


def distinct_users(column: Any, are_numbers: bool) -> tuple[Ids, NDArray[np.int64]]:
    """The distinct user ids of a bucket, ascending, and the index of each row's user among them.

    Args:
        column: int64 array, or texts as `Buckets.take` returns them.
        are_numbers: bool, whether the texts of all buckets are whole numbers.
    """
    from .reading.tables import coded_from_arrow

    if isinstance(column, np.ndarray):
        return distinct_ids(column)
    coded = coded_from_arrow(column)
    values = np.array(coded.values, np.int64) if are_numbers else text_ids(coded.values)
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return values[order], rank[coded.codes]


class OrderedFiles:
    """Arrays of `Ratings` in files, one for each bucket, to be read back in order.

    Args:
        folder: of the files; it must exist.
        item_id: the items of all buckets.
    """

    def __init__(self, folder: Path, item_id: Ids) -> None:
        self._folder, self._item_id = folder, item_id
        self.num_users: dict[int, int] = {}
        self.num_ratings: dict[int, int] = {}

    def save(self, place: int, ratings: Ratings) -> None:
        """Writes the ratings of a bucket."""
        self.num_users[place], self.num_ratings[place] = ratings.num_users, ratings.num_ratings
        with open(self._path(place), "wb") as file:
            for array in (ratings.row_splits, ratings.item_index, ratings.rating, _as_numbers(ratings.user_id)):
                np.save(file, array)
            if ratings.user_id.dtype.kind != "i":
                np.save(file, np.frombuffer("".join(ratings.user_id).encode(), np.uint8))

    def take(self, place: int) -> Ratings:
        """Reads the ratings of a bucket, and removes its file."""
        with open(self._path(place), "rb") as file:
            row_splits, item_index, rating, users = (np.load(file) for _ in range(4))
            texts = np.load(file).tobytes() if users.dtype == np.int32 else b""
        self._path(place).unlink()
        return Ratings(row_splits, item_index, rating, _as_ids(users, texts), self._item_id)

    def _path(self, place: int) -> Path:
        return self._folder / f"{place:05d}.npy"


def _as_numbers(user_id: Ids) -> NDArray[Any]:
    """Whole numbers unchanged, int64; for texts, their lengths, int32."""
    return user_id if user_id.dtype.kind == "i" else np.array([len(text) for text in user_id], np.int32)


def _as_ids(numbers: NDArray[Any], texts: bytes) -> Ids:
    if numbers.dtype != np.int32:
        return numbers
    joined, ends = texts.decode(), np.cumsum(numbers).tolist()
    return text_ids([joined[first:last] for first, last in zip([0, *ends], ends, strict=False)])
