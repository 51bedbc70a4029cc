"""The output of commands: counted nouns, aligned tables, one line for each error."""

from __future__ import annotations

import importlib
import shlex
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

LONGEST_CELL = 60  # columns of a terminal
NOTHING = "-"
JOINERS = "\u200c\u200d"  # within emoji, and between letters of Persian
NO_WIDTH = ("Mn", "Me", "Cf")  # categories of characters without a width


def plain(text: object) -> str:
    """A text for the terminal: one line, no control characters, no characters that change the direction of writing."""
    return "".join(one if one.isprintable() or one in JOINERS else _escaped(one) for one in str(text))


def library_version() -> str:
    """The version of the library."""
    version: str = importlib.import_module(str(__package__).partition(".")[0]).__version__
    return version


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 user", "7,200 ratings"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def stars(value: float) -> str:
    """A rating as in its file: 3, 3.5."""
    return f"{value:g}"


def span(values: Sequence[float]) -> str:
    """The values of a scale: all if there are few, else the ends."""
    if len(values) <= 20:
        return ", ".join(map(stars, values))
    return f"{len(values):,} values from {stars(values[0])} to {stars(values[-1])}"


def with_interval(value: float, low: float, high: float, digits: int = 3) -> str:
    """A number with its interval, "0.871 [0.860, 0.882]"; without interval if there is none, "-" for NaN."""
    if not np.isfinite(value):
        return NOTHING
    ends = f" [{low:.{digits}f}, {high:.{digits}f}]" if np.isfinite([low, high]).all() else ""
    return f"{value:.{digits}f}{ends}"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()) -> str:
    """A table of text, its columns aligned.

    Args:
        header: names of the columns.
        rows: values, a sequence each.
        right: positions of the columns that are aligned to the right.
    Returns:
        text: lines, without a line break at the end.
    """
    cells = [[_cut(plain(cell)) for cell in row] for row in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        padded = [
            " " * (most - width(cell)) + cell if place in right else cell + " " * (most - width(cell))
            for place, (cell, most) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Columns of a terminal that a text takes: two for an East Asian character, none for a combining accent."""
    seen = (one for one in text if unicodedata.category(one) not in NO_WIDTH)
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in seen)


def _cut(text: str) -> str:
    if width(text) <= LONGEST_CELL:
        return text
    kept = text[: LONGEST_CELL - 1]
    while width(kept) > LONGEST_CELL - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _escaped(character: str) -> str:
    return " " if character in "\n\r\t" else character.encode("unicode_escape", "replace").decode()


def path_typed(path: str) -> str:
    """A path as it is typed in a shell: quoted where needed, and no option where it begins with a dash."""
    return shlex.quote(f"./{path}" if path.startswith("-") else path)
