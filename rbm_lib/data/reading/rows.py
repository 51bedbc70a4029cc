"""Rows of values, from JSON or a workbook, into a `RawTable`."""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from .columns import is_count
from .dialects import ABOVE, Dialect, find_columns, rows_above, said_above
from .faults import fault, listed, printable, shown
from .options import Reading
from .scanning import Scan, open_text, scan, undecodable
from .shapes import entries_in, lifted
from .sources import Source, reading
from .tables import Coder, RawTable

SAMPLE = 1000  # entries whose names are examined


def read_rows(
    path: Path, rows: Iterable[list[str]], options: Reading, noun: str, numbers: Callable[[int], int]
) -> RawTable:
    """The table of rows whose first rows determine which column is which.

    Args:
        path: for errors.
        rows: lists of texts, the header first if there is one.
        options: `Reading`.
        noun: the word for a row in errors.
        numbers: from a row's index in `rows` to its number in the file.
    Returns:
        table: `RawTable`.
    Raises:
        ValueError: if no columns of user, item and rating are found, or no rows.
    """
    iterator = iter(rows)
    sample = list(islice(iterator, 60))
    if not sample:
        raise fault(path, "", "ratings", "none")
    above = rows_above(sample[: ABOVE + 1]) if options.columns is None else 0
    dialect = find_columns(path, "\t", sample[above:], above, options, noun)
    coders = {role: Coder() for role in dialect.place}
    count = 0
    for values in chain(sample[dialect.first :], iterator):
        _add(values, dialect, coders)
        count += 1
    if count == 0:
        raise fault(path, "", "ratings", "none below the line that names the columns")
    columns = {role: coder.coded() for role, coder in coders.items()}
    where = lambda row: f"{noun} {numbers(row + dialect.first)}"  # noqa: E731
    notes = [*([said_above(above, noun)] if above else []), *dialect.notes]
    table = RawTable(**columns, where=where, notes=notes)  # type: ignore[arg-type]
    table.unrated = dialect.layout.unrated if dialect.layout else ()
    table.counts = is_count(dialect.names[dialect.place["rating"]])
    return table


def _add(values: list[str], dialect: Dialect, coders: dict[str, Coder]) -> None:
    values = values + [""] * (dialect.width - len(values))
    if dialect.year is not None and values[dialect.year].strip():
        named = dialect.named
        values[named] = f"{values[named].strip()} ({values[dialect.year].strip()})"
    for role, place in dialect.place.items():
        coders[role].add(values[place])


def read_json(source: Source, options: Reading) -> RawTable:
    """The table of a JSON text: one object on each line, or one array of objects.

    Args:
        source: of kind "text".
        options: `Reading`.
    Returns:
        table: `RawTable`; objects within objects are columns too.
    Raises:
        ValueError: naming the line or entry that is not an object.
    """
    found = scan(source, options.encoding)
    try:
        return _table_of_json(source, found, options)
    except UnicodeDecodeError:
        raise undecodable(source, found) from None


def _table_of_json(source: Source, found: Scan, options: Reading) -> RawTable:
    with reading(source.path), open_text(source, found) as lines:
        is_array = _first_character(lines) == "["
    is_array = is_array or not _is_object(source, found)
    entries = _array(source, found) if is_array else _objects(source, found)
    first = list(islice(entries, SAMPLE))
    names = list(dict.fromkeys(name for _, entry in first for name in entry))
    known, late = set(names), dict[str, None]()
    numbers = array("q")

    def rows() -> Iterator[list[str]]:
        short = [name.rpartition(".")[2] for name in names]
        yield [own if short.count(own) == 1 else name for own, name in zip(short, names, strict=True)]
        for number, entry in chain(first, entries):
            numbers.append(number)
            late.update(dict.fromkeys(entry.keys() - known))
            yield [as_text(entry.get(name)) for name in names]

    noun = "entry" if is_array else "line"
    table = read_rows(source.path, rows(), options, noun, lambda place: numbers[place - 1])
    said = [f"columns that are not read, as the first {SAMPLE:,} have none: {listed(list(late))}"] if late else []
    table.notes = [*source.notes, "JSON", *table.notes, *said]
    return table


def _first_character(lines: Any) -> str:
    while line := lines.readline(10_000):
        if line.strip("\ufeff \t\r\n"):
            return line.strip("\ufeff \t\r\n")[0]
    return ""


def is_json(source: Source) -> bool:
    """Whether a text is JSON, from its first characters."""
    with reading(source.path), source.open() as file:
        text = file.read(1000).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text.startswith(b"{"):
        return text[1:].lstrip()[:1] in (b'"', b"}", b"")
    return text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"[", b"]", b"")


def _objects(source: Source, found: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    with reading(source.path), open_text(source, found) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _flat(lifted(_parsed(source.path, line, number)))


def _parsed(path: Path, line: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise fault(path, f"line {number}", "an object of JSON", shown(line.strip()), "write an object a line")
    if "\\u" in line:
        _check_letters(path, f"line {number}", entry)
    return entry


def _check_letters(path: Path, where: str, entry: dict[str, Any]) -> None:
    """Refuse halves of letters, which no file can hold as text."""
    try:
        json.dumps(entry, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        found = shown(json.dumps(entry))
        raise fault(path, where, "whole letters", f"a half of one in {found}", "mend what wrote the file") from None


def _is_object(source: Source, found: Any) -> bool:
    """Whether the first line that is not empty is an object of its own, and not one that contains a list of them."""
    with reading(source.path), open_text(source, found) as lines:
        line = next((line for line in lines if line.strip()), "")
    try:
        return not entries_in(json.loads(line))
    except (ValueError, RecursionError):
        return not line.rstrip().endswith(("{", "[", ","))


def _array(source: Source, found: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    with reading(source.path), open_text(source, found) as lines:
        try:
            entries = entries_in(json.load(lines))
        except UnicodeDecodeError:
            raise
        except (ValueError, RecursionError):
            raise fault(source.path, "", "an array of JSON objects", "damaged JSON", "fetch or copy it again") from None
    if entries is None:
        raise fault(source.path, "", "an array of JSON objects", "JSON of another kind", "write an object a line")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            way_out = "write objects, or lists below one that names the columns"
            raise fault(source.path, f"entry {number}", "an object of JSON", shown(json.dumps(entry)), way_out)
        _check_letters(source.path, f"entry {number}", entry)
        yield number, _flat(lifted(entry))


def _flat(entry: dict[str, Any], before: str = "") -> dict[str, Any]:
    """An object with the values of nested objects, their names after a dot."""
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        while isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
            value = next(iter(value.values()))  # a value with its type, as MongoDB writes it
        if isinstance(value, dict) and before.count(".") < 3:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def as_text(value: Any) -> str:
    """A value as a CSV would contain it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, list) else str(value)


def read_workbook(source: Source, options: Reading) -> RawTable:
    """The table of a sheet of a workbook (Excel or OpenDocument).

    Args:
        source: of kind "workbook".
        options: `Reading`.
    Returns:
        table: `RawTable`; errors name the row as the spreadsheet shows it.
    Raises:
        ValueError: for a damaged workbook, or several sheets with ratings.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    path = source.path
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, OSError) as error:
        raise fault(
            path, "", "a workbook", f"a damaged or locked one ({type(error).__name__})", "save it as CSV"
        ) from None
    filled = {name: rows for name, rows in sheets.items() if any(any(_filled(one) for one in row) for row in rows)}
    name = options.table
    if name is None and len(filled) > 1:
        name = _with_ratings(path, filled, options)
    name = next(iter(filled), "") if name is None else name
    if name not in sheets:
        raise fault(path, "", f"a sheet {name!r}" if name else "ratings", f"the sheets {', '.join(map(shown, sheets))}")
    kept = [(number, row) for number, row in enumerate(sheets[name], start=1) if any(map(_filled, row))]
    rows = [[as_text(value) for value in row] for _, row in kept]
    table = read_rows(path, rows, options, "row", lambda place: kept[place][0])
    table.notes = [*source.notes, f"sheet {printable(name)} of a workbook", *table.notes]
    return table


def _filled(value: Any) -> bool:
    return value is not None and value != ""


def _with_ratings(path: Path, filled: dict[str, list[list[Any]]], options: Reading) -> str:
    """The one sheet whose first row names the columns of ratings."""
    found = []
    for name, rows in filled.items():
        sample = [[as_text(value) for value in row] for row in rows if any(map(_filled, row))][:60]
        try:
            find_columns(path, "\t", sample[rows_above(sample[: ABOVE + 1]) :], 0, options, "row")
        except ValueError:
            continue
        found.append(name)
    if len(found) != 1:
        names = ", ".join(map(shown, filled))
        raise fault(path, "", "one sheet of ratings", f"the sheets {names}", "name it: table='...'")
    return found[0]
