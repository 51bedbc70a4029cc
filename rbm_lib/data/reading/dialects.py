"""The structure of a text table: separator, header, lines before it, and which column is which."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .columns import choose_columns, ignored, roles_of, year_of_titles
from .faults import counted, fault, shown
from .layouts import Layout, layout_of
from .numbers import number_in
from .options import Reading
from .quotes import split_line

SEPARATORS = ("::", "\t", ";", "|", ",")
SAMPLE = 60  # lines that are examined
ABOVE = 20  # lines at most above the one that names the columns
NETFLIX = re.compile(r"\d+:")  # a line of the Netflix prize: an item, whose ratings follow
MATRIX = "%%MatrixMarket"
POSITIONS = ("user", "item", "rating", "timestamp")  # the roles of columns without names


@dataclass(frozen=True)
class Dialect:
    """How the lines of a text are split and read.

    Attributes:
        separator: between values; " " for any run of blanks.
        quotes: as `Reading.quotes`.
        names: of the columns.
        place: from role to the column's position.
        first: the number of lines before the first line of data.
        layout: the known export, or None.
        by_item: whether a line names an item and the lines after it have user, rating and date (Netflix prize).
        year: the position of a year that belongs to an item's name, or None.
        notes: how the text was read.
    """

    separator: str
    quotes: bool | None
    names: tuple[str, ...]
    place: dict[str, int]
    first: int
    layout: Layout | None = None
    by_item: bool = False
    year: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return len(self.names)

    @property
    def named(self) -> int:
        """The position of an item's name: its title, else its id."""
        return self.place.get("title", self.place["item"])


def find_dialect(path: Path, lines: list[str], options: Reading) -> Dialect:
    """The dialect of a text, from its first lines.

    Args:
        path: for errors.
        lines: the first lines, without their ends.
        options: `Reading`.
    Returns:
        dialect: `Dialect`.
    Raises:
        ValueError: if no columns of user, item and rating are found.
    """
    separator, first = options.separator, 0
    if separator is None and lines and re.fullmatch(r'"?sep=(.)"?', lines[0].strip("﻿"), re.IGNORECASE):
        separator, first = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("﻿"), re.IGNORECASE)[1], 1  # type: ignore[index]
    while first < len(lines) and _is_remark(lines[first]):
        first += 1
    skipped, notes = _above(path, lines, first)
    first += skipped
    sample = [line for line in lines[first : first + SAMPLE] if line.strip()]
    if not sample:
        raise fault(path, "", "ratings", "none")
    while not lines[first].strip():
        first += 1
    if NETFLIX.fullmatch(sample[0].strip()) and options.columns is None:
        return _by_item(separator or ",", options, first)
    separator = separator or _separator(path, sample, options)
    split = [split_line(line, separator, options.quotes) for line in sample if not is_rule(line)]
    found = find_columns(path, separator, split, first, options)
    return replace(found, notes=(*notes, *found.notes))


def is_rule(line: str) -> bool:
    """Whether a line is drawn, as those below a header are in tables of Markdown and of databases."""
    return "--" in line and not line.strip(" \t|+:=-")


def _above(path: Path, lines: list[str], first: int) -> tuple[int, list[str]]:
    """The number of lines above the table that are no remarks: a title, or the sizes of a sparse matrix; and a note."""
    if lines and lines[0].startswith(MATRIX):
        if "coordinate" not in lines[0] or "general" not in lines[0] or "pattern" in lines[0]:
            expected, way_out = f"{MATRIX} matrix coordinate real general", "write one line for each rating"
            raise fault(path, "line 1", expected, shown(lines[0]), way_out)
        return 1, ["the layout of Matrix Market"]
    for mark in SEPARATORS:
        number = rows_above([split_line(line, mark, None) for line in lines[first : first + ABOVE + 1]])
        if number:
            return number, [said_above(number, "line")]
    return 0, []


def rows_above(rows: list[list[str]]) -> int:
    """The number of rows above the one that names the columns of a user, an item and a rating: titles of the table.

    Args:
        rows: the first rows.
    Returns:
        number: 0 if the first row has names, or if a row above them may hold a rating.
    """
    for place, row in enumerate(rows):
        known = len(roles_of(row))
        if known >= 3 or (place == 0 and known == 2):
            return place
        if sum(bool(text.strip()) for text in row) > 2:
            return 0
    return 0


def said_above(number: int, noun: str) -> str:
    """The note on rows above the names of the columns."""
    return f"{counted(number, noun)} above the names of the columns left out"


def _is_remark(line: str) -> bool:
    """A blank line or a comment before the table, but not a header that starts with #."""
    text = line.strip()
    if not text or text.startswith(("//", "%")) or is_rule(text):
        return True
    if not text.startswith("#"):
        return False
    return not any(len(roles_of(split_line(text.lstrip("# "), mark, None))) >= 2 for mark in (*SEPARATORS, " "))


def _separator(path: Path, sample: list[str], options: Reading) -> str:
    """The separator that gives the first line most columns of known names, else all lines the same number of values."""
    best, most = "", 0
    for mark in SEPARATORS:
        fields = split_line(sample[0].lstrip("# "), mark, options.quotes)
        known = len(roles_of(fields)) if len(fields) > 1 else 0
        if known > most:
            best, most = mark, known
    if most >= 2:
        return best
    alike = {}
    for mark in (*SEPARATORS, " "):
        widths = [len(split_line(line, mark, options.quotes)) for line in sample]
        common = max(set(widths), key=widths.count)
        if common > 1:
            alike[mark] = (widths.count(common) / len(widths), common >= 3, -(*SEPARATORS, " ").index(mark))
    if not alike:
        way_out = "say what separates them: separator=';'"
        raise fault(path, "line 1", "values separated by a comma, semicolon, tab, | or ::", shown(sample[0]), way_out)
    return max(alike, key=alike.__getitem__)


def _by_item(separator: str, options: Reading, first: int) -> Dialect:
    names, place = ("user", "rating", "date"), {"user": 0, "rating": 1, "timestamp": 2, "item": 3}
    notes = ("the layout of the Netflix prize: an item, then its ratings",)
    return Dialect(separator, options.quotes, names, place, first, by_item=True, notes=notes)


def find_columns(
    path: Path, separator: str, split: list[list[str]], first: int, options: Reading, noun: str = "line"
) -> Dialect:
    """Which column is which, from the first rows of a table.

    Args:
        path: for errors.
        separator: between values, stored in the dialect.
        split: the first rows, the header first if there is one.
        first: the number of lines before them.
        options: `Reading`.
        noun: the word for a row in errors.
    Returns:
        dialect: `Dialect`.
    Raises:
        ValueError: if no columns of user, item and rating are found.
    """
    names, header, given = [name.strip() for name in split[0]], True, options.columns
    names[0] = names[0].lstrip("# ")
    notes: list[str] = []
    if isinstance(given, tuple):
        names, header = _listed(path, given, split, first)
        given = {name: place + 1 for place, name in enumerate(names) if name != "-"}
    elif not _is_header(names, split, given):
        names, header = _positions(path, split, given, first), False
        if given is None:
            notes.append(f"no line names the columns: they are taken for {', '.join(names)}")
    if not header and [name.strip() for name in split[0]] == [str(place) for place in range(len(names))]:
        notes.append(f"the first line, {','.join(split[0])}, is read as a rating; take it out if it numbers columns")
    layout = layout_of(names) if header and options.columns is None else None
    if header and given is None and layout is None and not {"item", "rating", "title"} & roles_of(names).keys():
        refuse_wide(path, split, first, header=True)
    personal = options.user is not None or (layout is not None and layout.personal)
    where = f"{noun} {first + 1}"
    chosen = layout.columns_in(names) if layout else given
    place = choose_columns(names, chosen, path, where, personal, layout is not None)
    notes += [f"the layout of {layout.name}"] if layout else []
    year = layout.year_in(names) if layout else year_of_titles(names, place) if personal and header else None
    notes += ignored(names, place if year is None else place | {"year": year})
    return Dialect(separator, options.quotes, tuple(names), place, first + header, layout, False, year, tuple(notes))


def _is_header(names: list[str], split: list[list[str]], given: Any) -> bool:
    """Whether the first line names columns: a name that is known or was given, or no number where others have one."""
    roles = roles_of(names)
    if len(roles) >= 2 or (given and any(isinstance(column, str) for column in given.values())):
        return True
    place = given["rating"] - 1 if given and isinstance(given.get("rating"), int) else min(2, len(names) - 1)
    if place < len(names) and number_in(names[place]) is not None:
        return False
    below = [row[place] for row in split[1:] if len(row) == len(names)]
    return (bool(below) and all(number_in(text) is not None for text in below[:5])) or len(roles) >= 1


def _positions(path: Path, split: list[list[str]], given: Any, first: int) -> list[str]:
    """Names for columns without names."""
    names = [name.strip() for name in split[0]]
    if given is not None:
        return [str(number) for number in range(1, len(names) + 1)]
    refuse_wide(path, split, first, header=False)
    if len(names) not in (3, 4) or number_in(names[2]) is None:
        found = f"no line that names the columns, and values as {shown(' '.join(names))}"
        way_out = "name them in order, as columns='user,item,rating', - for one to leave out"
        raise fault(path, f"line {first + 1}", "columns of a user, an item and a rating", found, way_out)
    if len(names) == 4 and _numbers_lines(split):
        found = f"one that numbers the lines, as in {shown(' '.join(names))}"
        way_out = "say which is which: columns='-,user,item,rating', or columns='user,item,rating,timestamp'"
        raise fault(path, f"line {first + 1}", "a first column of users", found, way_out)
    return list(POSITIONS[: len(names)])


def refuse_wide(path: Path, split: list[list[str]], first: int, header: bool) -> None:
    """Raises ValueError for a table with a column for each item: numbers or nothing beside the first column."""
    width, below = len(split[0]), split[1:] if header else split
    cells = [text for row in below if len(row) == width for text in row[1:]]
    if width < 4 + 2 * (not header) or not cells or any(text.strip() and number_in(text) is None for text in cells):
        return
    way_out = "write one line for each rating (pandas.melt does so), or use Ratings.from_dense"
    found = f"a column for each item, as in {shown(' '.join(split[0]))}"
    raise fault(path, f"line {first + 1}", "columns of a user, an item and a rating", found, way_out)


def _numbers_lines(split: list[list[str]]) -> bool:
    """Whether the first of four columns counts the lines, as an index does, and the last holds no times."""
    start = split[0][0].strip()
    if len(split) < 3 or not start.isdecimal():
        return False
    counted = all(row[0].strip() == str(int(start) + place) for place, row in enumerate(split))
    last = [number_in(row[3]) for row in split if len(row) == 4]
    return counted and all(number is not None and abs(number) < 10**6 for number in last)


def _listed(path: Path, given: tuple[str, ...], split: list[list[str]], first: int) -> tuple[list[str], bool]:
    """The names in the options, and whether the first line is a header to skip."""
    if len(given) != len(split[0]):
        found = f"{len(split[0])} values in {shown(' '.join(split[0]))}"
        raise fault(path, f"line {first + 1}", f"{len(given)} columns, as columns= names them", found)
    if "rating" not in given:
        return list(given), False
    place = given.index("rating")
    below = [row[place] for row in split[1:] if len(row) > place]
    header = number_in(split[0][place]) is None and bool(below) and number_in(below[0]) is not None
    return list(given), header
