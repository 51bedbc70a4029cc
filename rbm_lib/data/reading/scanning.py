"""One pass over the bytes of a text: its encoding, its lines, and whether compiled code can read it unchanged."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from .faults import fault
from .sources import Source, reading

BLOCK = 1 << 22
MARKS = (
    *((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
    *((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
)
WESTERN = ("cp1252", "latin-1", "iso8859-1", "iso8859-15")  # one byte a character, ASCII included
SAMPLE = 1 << 18  # bytes of lines that are no ASCII, to guess an encoding from


@dataclass(frozen=True)
class Scan:
    """The result of a pass over a text.

    Attributes:
        encoding: of the text, as Python names it.
        mark: bytes of the byte order mark.
        num_lines: lines that are not empty.
        quotes, control, lone_returns: whether there are double quotes, NUL or US characters, carriage returns alone.
    """

    encoding: str
    mark: int
    num_lines: int
    quotes: bool
    control: bool
    lone_returns: bool

    @property
    def plain(self) -> bool:
        """Whether lines end as usual and bytes of ASCII are ASCII, so that a compiled reader finds the lines."""
        return self.encoding in ("utf-8", *WESTERN) and not self.control and not self.lone_returns


def scan(source: Source, encoding: str | None) -> Scan:
    """Read a text once.

    Args:
        source: of kind "text".
        encoding: from the options, or None.
    Returns:
        scan: `Scan`.
    Raises:
        ValueError: if the text does not have that encoding, or is no text.
    """
    mark, marked = _mark(source)
    chosen = codecs.lookup(encoding).name if encoding else marked or _wide(source)
    if marked and chosen is not None and chosen.startswith(("utf-16", "utf-32")):
        chosen = marked
    is_utf8 = chosen in (None, "utf-8", "utf-8-sig")
    decoder = codecs.getincrementaldecoder("utf-8")()
    num_lines, quotes, control, lone_returns, before = 0, False, False, False, b"\n"
    for block in blocks(source):
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                if encoding:
                    raise fault(
                        source.path, "", f"text in {encoding}", "other bytes", "name another encoding"
                    ) from None
                is_utf8 = False
        ends = np.frombuffer(before + block, np.uint8)
        ends = (ends == 10) | (ends == 13)
        num_lines += int(np.count_nonzero(ends[1:] & ~ends[:-1]))
        quotes = quotes or b'"' in block
        control = control or b"\x00" in block or b"\x1f" in block
        lone_returns = lone_returns or (before == b"\r" and block[:1] != b"\n")
        lone_returns = lone_returns or (b"\r" in block and re.search(rb"\r(?!\n|\Z)", block) is not None)
        before = block[-1:]
    num_lines += before not in (b"\n", b"\r")
    lone_returns = lone_returns or before == b"\r"
    if is_utf8 and decoder.getstate()[0]:
        is_utf8 = False
    if not is_utf8 and chosen is None:
        chosen = _guess(source)
    found = "utf-8" if is_utf8 else str(chosen)
    return Scan(found, mark, num_lines, quotes, control, lone_returns)


def blocks(source: Source) -> Iterator[bytes]:
    """The content in blocks."""
    with reading(source.path), source.open() as file:
        while block := file.read(BLOCK):
            yield block


def open_text(source: Source, found: Scan) -> IO[str]:
    """The content as text with `\\n` at the end of lines, from its first character on."""
    file = source.open()
    file.read(found.mark)
    return io.TextIOWrapper(file, encoding=found.encoding, errors="strict", newline=None)


def first_lines(source: Source, found: Scan, count: int) -> list[str]:
    """The first lines, without their ends; each of at most a million characters."""
    with reading(source.path), open_text(source, found) as file:
        try:
            lines = [file.readline(1_000_000) for _ in range(count)]
        except UnicodeDecodeError:
            raise undecodable(source, found) from None
    return [line.rstrip("\n") for line in lines if line]


def undecodable(source: Source, found: Scan) -> ValueError:
    """The error for bytes that are invalid in the encoding."""
    return fault(source.path, "", f"text in {found.encoding}", "other bytes", "name its encoding: encoding='cp1252'")


def _mark(source: Source) -> tuple[int, str | None]:
    with reading(source.path), source.open() as file:
        first = file.read(4)
    for mark, name in MARKS:
        if first.startswith(mark):
            return len(mark), name
    return 0, None


def _wide(source: Source) -> str | None:
    """UTF-16 without a mark: every second byte of Latin text is NUL. With more than a few other NULs it is no text."""
    with reading(source.path), source.open() as file:
        first = np.frombuffer(file.read(4096), np.uint8)
    even, odd = (first[start::2] == 0 for start in (0, 1))
    odd_share = float(odd.mean()) if len(odd) else 0.0
    wide = "utf-16-le" if even.mean() < 0.1 < 0.4 < odd_share else None
    wide = "utf-16-be" if odd_share < 0.1 < 0.4 < even.mean() else wide
    units = first if wide is None else first[(wide == "utf-16-be") : len(first) // 2 * 2 : 2]
    controls = np.count_nonzero((units < 32) & ~np.isin(units, (9, 10, 12, 13, 26, 27, 28, 31)))
    if controls > 0.05 * len(units):
        way_out = "write the ratings as CSV or Parquet"
        raise fault(source.path, "", "a table of ratings", "bytes that are no text", way_out)
    return wide


def _guess(source: Source) -> str:
    """The encoding of a text that is not UTF-8, from its lines with other characters than ASCII.

    Western text is recognised by its bytes. A guess at Cyrillic or Chinese may be wrong and its ids meaningless, so it
    must be given in the options.
    """
    sample, size = [], 0
    with reading(source.path), source.open() as file:
        for line in file:
            if not line.isascii():
                sample.append(line[:1000])
                size += len(sample[-1])
            if size > SAMPLE:
                break
    text = b"".join(sample)
    # Western text is ASCII with single letters of another kind; in Cyrillic, Greek or Chinese those stand together.
    high = np.frombuffer(text, np.uint8) >= 128
    together = float(np.count_nonzero(high[1:] & high[:-1])) / max(int(np.count_nonzero(high)), 1)
    if together > 0.4:
        from charset_normalizer import from_bytes

        best = from_bytes(text[: SAMPLE // 8]).best()
        known = best is not None and best.encoding != "ascii"
        name = codecs.lookup(best.encoding).name if known and best is not None else "cp1251"
        found = f"bytes of another encoding{f', perhaps {name}' if known else ''}"
        raise fault(source.path, "", "text in UTF-8", found, f"name the encoding: encoding={name!r}")
    try:
        text.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def said_encoding(found: Scan, given: str | None) -> list[str]:
    """A note where the encoding was guessed."""
    if given or found.encoding == "utf-8" or found.mark:
        return []
    return [f"not UTF-8: read as {found.encoding}; encoding= names another"]
