"""Ratings of a `pyarrow.dataset`, block by block: only items and scale must fit in memory."""

import dataclasses
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import choose_columns, is_count
from .faults import fault, listed
from .folders import check_types, text_partitions
from .ids import IdColumn, are_whole, cleaned, find_ids
from .options import Reading, check_names, options_for
from .parquets import dataset_of, decoded, ids_in, ratings_in, times_in
from .scales import Scale, find_scale
from .sources import find_source
from .tables import Coded, RawTable

ROWS = 1 << 18  # of a block
MOST_NUMBERS = 1 << 16  # different ratings; with more, the column is not a scale
TAKEN = ("columns", "unrated", "scale", "best", "num_values", "repeats", "dates")  # options of `Reading` that apply
MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads consecutive ids


@dataclass(frozen=True)
class LargeTable:
    """A table that is read block by block.

    Attributes:
        name: for errors.
        data: `pyarrow.dataset.Dataset`.
        column: from role to the column's name.
        num_rows: int.
        reading: what the reader says.
    """

    name: str
    data: Any
    column: dict[str, str]
    num_rows: int
    reading: Reading

    def blocks(self) -> Iterator[Any]:
        """`pyarrow.Table`s of at least `ROWS` rows, except the last one, in the order of the source."""
        import pyarrow as pa

        names = list(dict.fromkeys(self.column.values()))
        few: dict[str, Any] = {"batch_size": ROWS, "batch_readahead": 1, "fragment_readahead": 1}
        waiting, rows = [], 0
        batches = self.data.to_batches(columns=names, **few)
        while True:
            with _whole(self.name):
                batch = next(batches, None)
            if batch is None:
                break
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= ROWS:
                yield pa.Table.from_batches(waiting)
                waiting, rows = [], 0
        if rows:
            yield pa.Table.from_batches(waiting)


def open_large(source: Any, options: Mapping[str, Any]) -> LargeTable:
    """A table whose ratings need not fit in memory.

    Args:
        source: a Parquet file, a folder of them, the address of such a folder as "s3://bucket/ratings", or a
            `pyarrow.dataset.Dataset`.
        options: those of `TAKEN`, see `Reading`; of a file or folder, over those in a file beside it.
    Returns:
        table: `LargeTable`.
    Raises:
        ValueError: for another kind of source, options that do not apply, columns that are missing, or no rows.
    """
    reading, name, data = _opened(source, options)
    with _whole(name):
        names, num_rows = data.schema.names, data.count_rows()
    given = reading.columns
    if isinstance(given, tuple):
        given = {role: place for place, role in enumerate(given, start=1) if role != "-"}
    place = choose_columns(names, given, name, "", personal=False)
    roles = ["user", "item", "rating"]
    if reading.repeats == "last" and reading.dates != "ignore" and "timestamp" in place:
        roles.append("timestamp")  # decides which rating is the last; shards contain no times
    if num_rows == 0:
        raise fault(name, "", "ratings", "none")
    if isinstance(source, str | os.PathLike):
        check_types(Path(source), data, [names[place[role]] for role in roles])
    return LargeTable(name, data, {role: names[place[role]] for role in roles}, num_rows, reading)


@contextmanager
def _whole(name: str) -> Iterator[None]:
    """Turns errors of pyarrow into errors of this library."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        found = f"a damaged one ({type(error).__name__})"
        raise fault(name, "", "a whole Parquet file", found, "write it again") from None


def _opened(source: Any, options: Mapping[str, Any]) -> tuple[Reading, str, Any]:
    import pyarrow.dataset as arrow_dataset

    if isinstance(source, arrow_dataset.Dataset):
        check_names(options, "write_shards")
        return _checked(Reading(**options)), "source", source
    if not isinstance(source, str | os.PathLike):
        expected = "Ratings, a path or a pyarrow.dataset.Dataset"
        raise ValueError(f"source: expected {expected}, found {type(source).__name__}")
    reading = _checked(options_for(source, options))
    if "://" in str(source):
        with _whole(str(source)):
            data = arrow_dataset.dataset(str(source), format="parquet", partitioning="hive")
            texts = text_partitions(data.partitioning.schema.names) if data.partitioning is not None else None
            if texts is not None:
                data = arrow_dataset.dataset(str(source), format="parquet", partitioning=texts)
            return reading, str(source), data
    found = find_source(source)
    if found.kind != "parquet":
        way_out = f"`write_shards(load({str(source)!r}).ratings, ...)` reads all of it into memory, and "
        way_out += "`pyarrow.dataset.dataset(path, format='csv')` reads CSV block by block"
        raise fault(found.path, "", "Parquet", "a table of another kind", way_out)
    with _whole(str(found.path)):
        return reading, str(found.path), dataset_of(found)


def _checked(reading: Reading) -> Reading:
    for one in dataclasses.fields(Reading):
        if one.name not in TAKEN and getattr(reading, one.name) != one.default:
            way_out = "`write_shards(load(path, ...).ratings, ...)` takes all options, and reads all of it into memory"
            raise ValueError(f"options: expected some of {', '.join(TAKEN)}, found {one.name}; {way_out}")
    return reading


class Users:
    """Ids of users in blocks; none is kept."""

    def __init__(self, table: LargeTable) -> None:
        self._table = table
        self.are_numbers = True  # so far

    def of_block(self, column: Any, first_row: int) -> tuple[Any, NDArray[np.uint64]]:
        """A block's ids as an array of pyarrow, int64 or string, and a hash of each row's id."""
        import pyarrow as pa

        coded = _coded(self._table.name, column, "user", first_row)
        if isinstance(coded.values, np.ndarray):
            mixed = (coded.values.astype(np.uint64) * MIXER) >> np.uint64(32)
            return pa.array(coded.values[coded.codes]), mixed[coded.codes]
        self.are_numbers = self.are_numbers and are_whole(coded.values)
        hashes = np.fromiter((zlib.crc32(text.encode()) for text in coded.values), np.uint64, len(coded.values))
        return pa.array(coded.values, pa.string()).take(pa.array(coded.codes)), hashes[coded.codes]


class Items:
    """Ids of items in blocks, numbered in order of first occurrence."""

    def __init__(self, table: LargeTable) -> None:
        self._table = table
        self._number: dict[Any, int] = {}

    def of_block(self, column: Any, first_row: int) -> NDArray[np.int32]:
        """The numbers of a block's items."""
        coded = _coded(self._table.name, column, "item", first_row)
        return _numbered(self._number, coded.values)[coded.codes]

    def finish(self) -> IdColumn:
        """The distinct ids, ascending, as `load` returns them, and the index of each by its number."""
        known = list(self._number)
        values = np.array(known, np.int64) if isinstance(known[0], int) else known
        codes = np.arange(len(known), dtype=np.int32)
        return find_ids(self._table.name, RawTable(Coded(values, codes), None), "item", (), None)


class Scales:
    """Ratings in blocks; distinct values are numbered in order of first occurrence."""

    def __init__(self, table: LargeTable) -> None:
        self._table = table
        self._number: dict[Any, int] = {}
        self._times, self._first = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def of_block(self, column: Any, first_row: int) -> NDArray[np.int32]:
        """The numbers of a block's ratings."""
        import pyarrow as pa

        found = ratings_in(self._table.name, column)
        if not isinstance(found, Coded):
            coded = pa.array(found).dictionary_encode()
            found = Coded(coded.dictionary.to_numpy(), np.asarray(coded.indices))
        values = [None if value != value else value for value in list(found.values)]  # NaN is unequal to itself
        if len(self._number.keys() | set(values)) > MOST_NUMBERS:
            said = f"more than {MOST_NUMBERS:,} different numbers"
            raise fault(self._table.name, "", "ratings on a scale", said, "columns={'rating': ...} names their column")
        codes = _numbered(self._number, values)[found.codes]
        size = len(self._number) - len(self._times)
        self._times = np.pad(self._times, (0, size)) + np.bincount(codes, minlength=len(self._number))
        first = np.full(len(self._number), np.iinfo(np.int64).max)
        first[codes[::-1]] = first_row + np.arange(len(codes))[::-1]
        self._first = np.minimum(np.pad(self._first, (0, size), constant_values=np.iinfo(np.int64).max), first)
        return codes

    def finish(self) -> tuple[NDArray[np.float32], Scale]:
        """The rating of each number, NaN for a mark of unrated; and the scale."""
        known = list(self._number)
        codes = np.arange(len(known), dtype=np.int32)
        texts = any(isinstance(value, str) for value in known)
        numbers = Coded(known, codes) if texts else np.array([np.nan if one is None else one for one in known], float)
        said = is_count(self._table.column["rating"])
        table = RawTable(Coded([], codes), numbers, where=lambda row: f"row {self._first[row]}", counts=said)
        scale = find_scale(self._table.name, table, self._table.reading, self._times)
        rating = np.full(len(known), np.nan, np.float32)
        rating[slice(None) if scale.kept is None else scale.kept] = scale.rating
        return rating, scale


def times_of_block(table: LargeTable, column: Any) -> NDArray[np.float64]:
    """A block's times as numbers in the same order; missing times come first."""
    found = times_in(table.name, column)
    if isinstance(found, Coded):
        way_out = "write them as times or numbers, or dates='ignore' keeps the last in the order of the rows"
        raise fault(table.name, "column of the timestamp", "times or numbers", "texts", way_out)
    missing = np.isnat(found) if found.dtype.kind == "M" else np.isnan(found.astype(np.float64))
    return np.where(missing, -np.inf, found.astype(np.int64 if found.dtype.kind == "M" else np.float64))


def _coded(name: str, column: Any, role: str, first_row: int) -> Coded:
    """Ids of a block, with cleaned texts; all as texts if the column's blocks may be numbers or texts."""
    from pyarrow import types

    kind = decoded(column).type
    coded = ids_in(name, column, role, first_row)
    if isinstance(coded.values, np.ndarray) and not (types.is_uint64(kind) or types.is_decimal(kind)):
        return coded
    texts, _ = cleaned([str(value) for value in coded.values], role)
    if "" in texts:
        row = int(np.flatnonzero(np.array([not text for text in texts])[coded.codes])[0])
        raise fault(
            name, f"row {first_row + row}", f"an id of the {role}", listed([str(coded.values[coded.codes[row]])])
        )
    return Coded(texts, coded.codes)


def _numbered(number: dict[Any, int], values: Any) -> NDArray[np.int32]:
    """The number of each value; new values get the next numbers."""
    values = values.tolist() if isinstance(values, np.ndarray) else values
    return np.fromiter((number.setdefault(value, len(number)) for value in values), np.int32, len(values))
