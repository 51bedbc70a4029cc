"""The MovieLens files into `Ratings`: a fast strict path, and a slow one that finds the faulty line."""

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib._files import existing_file

from ..checks import DuplicateRatingError
from ..ratings import Ratings

LOWEST_STARS, HIGHEST_STARS = 0.5, 5.0

EXPECTED_COLUMNS = "user,item,rating,timestamp"
_KINDS = {"user": "whole number", "item": "whole number", "rating": "stars", "timestamp": "whole number"}


def read_movielens_ratings(
    path: str | os.PathLike[str], separator: str, *, header: str | None = None, num_ratings: int | None = None
) -> Ratings:
    """Ratings from a file of GroupLens: user, item, stars, timestamp on each line.

    Args:
        path: `ratings.dat`, `u.data` or `ratings.csv`.
        separator: `::`, a tab or a comma.
        header: the first line, if the file has one.
        num_ratings: the publisher's count, to detect a truncated file; None skips that check.
    Returns:
        ratings: users and rated items ascending by id, `source_row` in the order of the file.
    Raises:
        ValueError: names the file, the 1-based line, what was expected and what was found.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib.data import read_movielens_ratings
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "ratings.dat")
        ...     _ = file.write_text("1::1193::5::978300760\\n1::661::3::978302109\\n")
        ...     ratings = read_movielens_ratings(file, "::")
        >>> ratings.item_id.tolist(), ratings.rating.tolist()
        ([661, 1193], [3.0, 5.0])
    """
    path = existing_file(path)
    if num_ratings is not None:
        check_count(num_ratings, "num_ratings", least=0)
    if not _ends_in_newline(path):
        last = 1 + sum(chunk.count(b"\n") for chunk in _chunks(path))
        raise ValueError(f"{path}, line {last}: expected a line end, found the end of the file; is it truncated?")
    if header is not None:
        _check_header(path, header)
    kinds = _KINDS
    try:
        columns = _read_delimited(path, separator, kinds, skip_rows=header is not None)
        ratings = _ratings_from_columns(columns, path, first_line=1 + (header is not None))
    except _NeedsDiagnosis as fault:
        lines = _split_lines(path, separator, skip=header is not None)
        raise _first_fault(path, lines, kinds, separator) or fault.as_value_error(path) from fault
    if num_ratings is not None and ratings.num_ratings != num_ratings:
        raise ValueError(f"{path}: expected {num_ratings:,} ratings, found {ratings.num_ratings:,}; is it truncated?")
    return ratings


class _NeedsDiagnosis(Exception):
    """The fast path refused the file; the slow path says which line and why."""

    def as_value_error(self, path: Path) -> ValueError:
        return ValueError(f"{path}: expected {EXPECTED_COLUMNS} on each line, found: {self}")


def _read_delimited(path: Path, separator: str, kinds: dict[str, str], skip_rows: int) -> dict[str, NDArray[Any]]:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    source = str(path)
    if len(separator) > 1:
        # pyarrow needs one character; a valid file does not contain the control character FS.
        content = path.read_bytes()
        if b"\x1c" in content:
            raise _NeedsDiagnosis("a control character")
        source, separator = pa.py_buffer(content.replace(separator.encode(), b"\x1c")), "\x1c"
    types = {"whole number": pa.int64(), "stars": pa.float64(), "id": pa.string()}
    try:
        table = arrow_csv.read_csv(
            source if isinstance(source, str) else pa.BufferReader(source),
            read_options=arrow_csv.ReadOptions(column_names=list(kinds), skip_rows=int(skip_rows)),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, quote_char='"' if separator == "," else False, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: types[kind] for name, kind in kinds.items()}, null_values=[]
            ),
        )
    except pa.ArrowInvalid as error:
        raise _NeedsDiagnosis(str(error)) from error
    return {name: table[name].to_numpy() for name in kinds}


def _ratings_from_columns(columns: dict[str, NDArray[Any]], path: Path, first_line: int | None) -> Ratings:
    """Check the stars and build the container; `first_line` None names rows, counted from 0, instead of lines."""
    stars = columns["rating"]
    if len(stars) == 0:
        raise ValueError(f"{path}: expected ratings, found none")
    if stars.dtype.kind not in "iuf":
        raise _NeedsDiagnosis(f"column rating: expected numbers, found {stars.dtype}")
    wrong = ~((stars >= LOWEST_STARS) & (stars <= HIGHEST_STARS))  # true for NaN as well
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise _NeedsDiagnosis(f"row {row}: rating: expected {_expected_stars()}, found {stars[row]}")
    try:
        return Ratings.from_triples(columns["user"], columns["item"], stars, columns.get("timestamp"), source=str(path))
    except DuplicateRatingError as error:
        if first_line is None:
            raise
        first, second = (row + first_line for row in error.rows)
        user, item = columns["user"][error.rows[1]], columns["item"][error.rows[1]]
        raise ValueError(
            f"{path}, line {second}: expected one rating for each user and item, found a second one of user {user} "
            f"for item {item}; the first is on line {first}"
        ) from error


def _first_fault(
    path: Path, lines: Iterator[tuple[int, list[str]]], kinds: dict[str, str], separator: str
) -> ValueError | None:
    """The first line that does not have one valid value for each column."""
    checks = {"whole number": _fault_of_whole_number, "stars": _fault_of_stars, "id": _fault_of_id}
    for number, fields in lines:
        if len(fields) != len(kinds):
            expected = f"{len(kinds)} values ({', '.join(kinds)}) separated by {separator!r}"
            return ValueError(f"{path}, line {number}: expected {expected}, found {separator.join(fields)[:80]!r}")
        for field, (name, kind) in zip(fields, kinds.items(), strict=True):
            fault = checks[kind](field)
            if fault:
                return ValueError(f"{path}, line {number}: {name}: expected {fault}, found {field[:80]!r}")
    return None


def _fault_of_whole_number(field: str) -> str | None:
    return None if field.removeprefix("-").isdecimal() else "a whole number"


def _fault_of_id(field: str) -> str | None:
    return None if field else "an id"


def _fault_of_stars(field: str) -> str | None:
    return None if _parses_within(field, float, LOWEST_STARS, HIGHEST_STARS) else _expected_stars()


def _parses_within(field: str, parse: Callable[[str], float], low: float, high: float) -> bool:
    try:
        return low <= parse(field) <= high
    except ValueError:
        return False


def _expected_stars() -> str:
    return f"a number of stars from {LOWEST_STARS:g} to {HIGHEST_STARS:g}"


def _split_lines(path: Path, separator: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        for number, line in enumerate(file, start=1):
            if number > skip:
                line = line.rstrip("\r\n")
                quoted = separator == "," and '"' in line
                yield number, next(csv.reader([line]), [""]) if quoted else line.split(separator)


def _check_header(path: Path, header: str) -> None:
    found = _first_line(path)
    if found != header:
        raise ValueError(f"{path}, line 1: expected {header!r}, found {found[:80]!r}")


def _first_line(path: Path) -> str:
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return file.readline(10_000).rstrip("\n")


def _ends_in_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
