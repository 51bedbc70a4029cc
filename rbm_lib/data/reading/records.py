"""A text into records, line by line: slower than compiled code, but right about quotes, blanks and line numbers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from .dialects import NETFLIX, Dialect, is_rule
from .faults import fault, printable, shown
from .numbers import number_in
from .quotes import OpenQuote, closing, plain_values, split_values

LONGEST_VALUE = 10_000  # lines that a quoted value may span
NO_DATA = re.compile(r"\x1a|\s*\(\d+ rows?\)\s*")  # the end of a file of DOS, the last line of a database's table
CLOSE_IT = "close or remove the quote; quotes=True takes values over lines, quotes=False reads quotes as any character"


def records(path: Path, lines: IO[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The records of a table, each with the number of its first line.

    Args:
        path: for errors.
        lines: the text from its first line on.
        dialect: its `Dialect`.
    Returns:
        An iterator of (1-based line, as many values as there are columns).
    Raises:
        ValueError: for a line with too few or too many values, or a quote that is not closed.
    """
    numbered = ((number, line.rstrip("\n")) for number, line in enumerate(lines, start=1))
    for _ in range(dialect.first):
        next(numbered, None)
    if dialect.by_item:
        yield from _by_item(path, numbered, dialect)
        return
    width = dialect.width
    for number, line in numbered:
        if not line or line.isspace() or is_rule(line) or NO_DATA.fullmatch(line):
            continue
        try:
            values = split_values(line, dialect.separator, dialect.quotes)
        except OpenQuote:
            values = _over_lines(path, number, line, numbered, dialect)
        if not any(values):
            continue  # only separators
        if len(values) != width:
            is_remark = line.startswith("#") and (len(values) == 1 or line[1:2] in (" ", "\t", "#"))
            if is_remark or not any(value.strip() for value in values):
                continue  # a comment, or a row of separators only
            values = _fitted(path, number, line, values, dialect)
        yield number, values


def _fitted(path: Path, number: int, line: str, values: list[str], dialect: Dialect) -> list[str]:
    """Values without the empty ones at the end that come from additional separators."""
    width = dialect.width
    if len(values) > width and not any(value.strip() for value in values[width:]):
        return values[:width]
    needed = max(dialect.place.values()) + 1
    if needed <= len(values) < width and dialect.names[len(values) :] == ("",) * (width - len(values)):
        return values + [""] * (width - len(values))
    names = printable(", ".join(dialect.names[:8])) + (", ..." if width > 8 else "")
    way_out = "a value that holds a separator stands in double quotes"
    way_out = way_out if len(values) > width else "complete the line, or take it out if it is no rating"
    expected = f"{width} values ({names}) separated by {dialect.separator!r}"
    raise fault(path, f"line {number}", expected, f"{len(values)} in {shown(line)}", way_out)


def _over_lines(path: Path, number: int, line: str, numbered: Iterator[tuple[int, str]], dialect: Dialect) -> list[str]:
    """A record with a quoted value that spans several lines.

    Lines that look like separate records show that a quote is a stray one, unless the options say `quotes=True`.
    """
    parts, last = [line], number
    while True:
        if not dialect.quotes and _is_record(parts[-1], dialect):
            found = shown(parts[0] if len(parts) == 1 else parts[0] + "\n" + parts[1])
            raise fault(path, f"line {number}", "a quote that closes on its line", found, CLOSE_IT)
        at_end = next(numbered, None)
        if at_end is None or last - number > LONGEST_VALUE:
            raise fault(path, f"line {number}", "a quote that closes", shown(line), CLOSE_IT)
        last, text = at_end
        parts.append(text)
        try:
            if closing(text, dialect.separator) is None:
                continue
            if not dialect.quotes and _is_record(text, dialect):
                raise OpenQuote
            return split_values("\n".join(parts), dialect.separator, dialect.quotes)
        except OpenQuote:
            if closing_goes_on(text, dialect.separator):
                continue
            raise fault(path, f"line {number}", "a quote that closes on its line", shown(line), CLOSE_IT) from None


def closing_goes_on(text: str, separator: str) -> bool:
    """Whether, after the value that this line closes, another quoted value is left open."""
    try:
        place = closing(text, separator)
    except OpenQuote:
        return False
    if place is None:
        return False
    rest = text[place:].lstrip(" ").removeprefix(separator)
    try:
        split_values(rest, separator, None)
    except OpenQuote:
        return True
    return False


def _is_record(line: str, dialect: Dialect) -> bool:
    """Whether a line, with its quotes as plain characters, is a separate record."""
    values = plain_values(line, dialect.separator)
    if len(values) != dialect.width:
        return False
    return number_in(values[dialect.place["rating"]].strip().strip('"')) is not None


def _by_item(path: Path, numbered: Iterator[tuple[int, str]], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The Netflix prize: a line `1:` names an item; then one line for each user, rating, date."""
    item = ""
    for number, line in numbered:
        if not line.strip():
            continue
        if NETFLIX.fullmatch(line.strip()):
            item = line.strip()[:-1]
            continue
        values = line.split(dialect.separator)
        if len(values) != dialect.width:
            raise fault(path, f"line {number}", "user,rating,date or an item as '1:'", shown(line))
        yield number, [*values, item]


def line_finder(path: Path, open_lines: Callable[[], IO[str]], dialect: Dialect) -> Callable[[int], str]:
    """A function from a row, counted from 0, to its line in words; it reads the file again, for errors only."""

    def where(row: int) -> str:
        with open_lines() as lines:
            for place, (number, _) in enumerate(records(path, lines, dialect)):
                if place == row:
                    return f"line {number}"
        return f"row {row}"

    return where
