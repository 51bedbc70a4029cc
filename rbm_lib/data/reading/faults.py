"""Errors about a file: where, what was expected, what was found, and what to do. Quoted text is escaped."""

from pathlib import Path

LONGEST = 80  # characters of the text found


def shown(value: object) -> str:
    """The text found, quoted for an error: one line, no control characters, at most `LONGEST` characters."""
    text = str(value)
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return "'" + "".join(one if one.isprintable() else _escaped(one) for one in cut) + "'"


def fault(path: Path | str, where: str, expected: str, found: str, way_out: str = "") -> ValueError:
    """The error for something wrong in a file.

    Args:
        path: the file.
        where: "line 3" or the like; may be empty.
        expected, found: in words; text of the file must be passed through `shown` first.
        way_out: what to do; may be empty.
    Returns:
        error: `ValueError` in one line.
    """
    place = ", ".join(filter(None, [printable(path), where]))
    end = f"; {way_out}" if way_out else ""
    return ValueError(f"{place}: expected {expected}, found {found}{end}")


def printable(text: object) -> str:
    """Text without control characters, for the names of files."""
    return "".join(one if one.isprintable() else _escaped(one) for one in str(text))


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: "1 line", "1,204 lines"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: list[str], most: int = 5) -> str:
    """Names in one line, the first few of many."""
    return ", ".join(map(shown, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode() if character != "�" else character
