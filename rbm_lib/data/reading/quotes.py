"""Lines into values, with quotes read by context: around a value, doubled inside it, or plain characters."""

import re
from functools import cache

QUOTE = '"'


class OpenQuote(Exception):
    """A value begins with a quote that is not closed on its line."""


def split_line(line: str, separator: str, quotes: bool | None) -> list[str]:
    """The values of one line; a quote that stays open is read as a plain character."""
    try:
        return split_values(line, separator, quotes)
    except OpenQuote:
        return plain_values(line, separator)


def plain_values(line: str, separator: str) -> list[str]:
    """The values of a line in which quotes are plain characters."""
    return line.split() if separator == " " else line.split(separator)


def split_values(line: str, separator: str, quotes: bool | None) -> list[str]:
    """The values of one line.

    A quoted value ends where its closing quote is before a separator or the line's end. Quotes inside a value that does
    not start with one are plain characters, and so are all quotes of a value such as `"Heat" 3`.

    Args:
        line: without its end.
        separator: one or more characters; " " for any run of blanks.
        quotes: False if quotes are plain characters.
    Returns:
        values: list of str.
    Raises:
        OpenQuote: if a value in quotes does not end on this line.
    """
    if quotes is False or QUOTE not in line:
        return plain_values(line, separator)
    enclosed, escaped = _patterns(separator)
    values, place, end = [], 0, len(line)
    width = len(separator)
    while True:
        found = enclosed.match(line, place)
        if found is None and '\\"' in line:
            found = escaped.match(line, place)
        if found is not None:
            text = found[1]
            values.append(text.replace('""', '"') if found.re is enclosed else _unescaped(text))
            place = found.end()
        else:
            stop = line.find(separator, place)
            stop = end if stop < 0 else stop
            text = line[place:stop]
            if text.lstrip(" ").startswith(QUOTE) and text.count(QUOTE) % 2:
                raise OpenQuote
            values.append(text)
            place = stop
        if place >= end:
            return values
        place += width
        if separator == " ":
            while place < end and line[place] == " ":
                place += 1
            if place >= end:
                return values


def closing(line: str, separator: str) -> int | None:
    """Where a value that began on an earlier line ends in this one: after its closing quote.

    Returns:
        place: None if the value continues.
    Raises:
        OpenQuote: if there is a quote that neither closes the value nor is doubled.
    """
    place = 0
    while (place := line.find(QUOTE, place)) >= 0:
        if line.startswith('""', place):
            place += 2
            continue
        rest = line[place + 1 :].lstrip(" ")
        if not rest or rest.startswith(separator):
            return place + 1
        raise OpenQuote
    return None


@cache
def _patterns(separator: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A quoted value, with quotes inside doubled, and with quotes inside after a backslash."""
    end = rf" *(?={re.escape(separator)}|\Z)"
    return (
        re.compile(rf' *"((?:[^"]|"")*+)"{end}'),
        re.compile(rf' *"((?:[^"\\]|\\.|"")*+)"{end}'),
    )


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\])|""', lambda found: found[1] or '"', text)


@cache
def _proper(separator: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A line whose values are plain or properly quoted, and a sequence of such lines."""
    mark = re.escape(separator)
    value = rb'(?:"(?:[^"\n]++|"")*+"| *+(?!")[^%b\r\n]*+)' % mark
    line = rb"%b(?:%b%b)*+" % (value, mark, value)
    return re.compile(line), re.compile(rb"(?:%b\r?\n)*+" % line)


def all_proper(block: bytes, separator: bytes) -> bool:
    """Whether compiled readers read the lines of a block as `split_values` does.

    Args:
        block: whole lines; the last one may lack its end.
        separator: one or more characters.
    Returns:
        proper: bool, whether each value is plain or properly quoted.
    """
    if b'"' not in block:
        return True
    line, lines = _proper(separator)
    found = lines.match(block)
    rest = block[found.end() if found else 0 :]
    return not rest or line.fullmatch(rest) is not None
