"""One pass over the bytes of a text: its encoding, its lines, and whether compiled code can read it unchanged."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from . import sources
from .faults import counted, fault
from .sources import Source, reading

BLOCK = 1 << 22
MARKS = (
    *((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
    *((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
)
WESTERN = ("cp1252", "latin-1", "iso8859-1", "iso8859-15")  # one byte a character, ASCII included
WESTERN_SIGNS = (*b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99",)  # of cp1252: euro, dots, quotes, dashes, trade mark
LONGEST_LINE = 1 << 24  # bytes
SAMPLE = 1 << 18  # bytes of lines that are no ASCII, to guess an encoding from


@dataclass(frozen=True)
class Scan:
    """The result of a pass over a text.

    Attributes:
        encoding: of the text, as Python names it.
        mark: bytes of the byte order mark.
        num_lines: lines that are not empty.
        is_long: whether a line has more than `LONGEST_LINE` bytes.
        quotes, control, lone_returns: whether there are double quotes, NUL or US characters, carriage returns alone.
    """

    encoding: str
    mark: int
    num_lines: int
    is_long: bool
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
    without_end, longest = 0, 0
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
        without_end = 0 if ends[1:].any() else without_end + len(block)
        longest = max(longest, without_end)
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
    return Scan(found, mark, num_lines, longest > LONGEST_LINE, quotes, control, lone_returns)


def blocks(source: Source) -> Iterator[bytes]:
    """The content in blocks."""
    packed, size = 0 if source.plain else source.path.stat().st_size, 0
    with reading(source.path), source.open() as file:
        while block := file.read(BLOCK):
            size += len(block)
            if packed and size > max(sources.MOST_UNPACKED[0], sources.MOST_UNPACKED[1] * packed):
                raise sources.too_much(source.path, size)
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
    even_share = float(even.mean()) if len(even) else 0.0
    wide = "utf-16-le" if even_share < 0.1 < 0.4 < odd_share else None
    wide = "utf-16-be" if odd_share < 0.1 < 0.4 < even_share else wide
    if wide is None and (odd_share or even_share):
        wide = next((name for name in ("utf-16-le", "utf-16-be") if _is_written_in(name, first.tobytes())), None)
        if wide is not None:
            return wide
    units = first if wide is None else first[(wide == "utf-16-be") : len(first) // 2 * 2 : 2]
    controls = np.count_nonzero((units < 32) & ~np.isin(units, (9, 10, 12, 13, 26, 27, 28, 31)))
    if controls > 0.05 * len(units):
        way_out = "write the ratings as CSV or Parquet"
        raise fault(source.path, "", "a table of ratings", "bytes that are no text", way_out)
    return wide


def _is_written_in(encoding: str, first: bytes) -> bool:
    """Whether the first bytes are lines of printable characters in an encoding."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(first)
    except UnicodeDecodeError:
        return False
    return ("\n" in text or "\r" in text) and all(one.isprintable() or one in "\t\r\n" for one in text)


def _guess(source: Source) -> str:
    """The encoding of a text that is not UTF-8, from its lines with other characters than ASCII.

    Western text is recognised by its bytes. A guess at Cyrillic or Chinese may be wrong and its ids meaningless, so it
    must be given in the options.
    """
    text = b"".join(_unusual_lines(source))
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
    old = _of_another_machine(text)
    if old is not None:
        found = f"bytes of another encoding, perhaps {old}"
        raise fault(source.path, "", "text in UTF-8", found, f"name the encoding: encoding={old!r}, or 'cp1252'")
    try:
        text.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _unusual_lines(source: Source) -> list[bytes]:
    """Lines with other characters than ASCII, the first of many; none of them is UTF-8, or the text is refused."""
    sample, size, torn, whole = [], 0, "", 0
    with reading(source.path), source.open() as file:
        for number, line in enumerate(file, start=1):
            if line.isascii():
                continue
            sample.append(line[:1000])
            size += len(sample[-1])
            if _is_utf8(line):
                whole += 1
            elif not torn:
                torn = f"line {number}"
            if size > SAMPLE:
                break
    if torn and whole > 0 and number > 1:
        way_out = "save the file in one encoding, or name the one of all lines: encoding='cp1252'"
        found = "bytes that are none"
        raise fault(source.path, torn, f"text in UTF-8, as in {counted(whole, 'other line')}", found, way_out)
    return sample


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_another_machine(text: bytes) -> str | None:
    """The encoding of an old Macintosh or of DOS, if most letters are where cp1252 has signs and hardly a letter."""
    letters = np.frombuffer(text, np.uint8)
    letters = letters[(letters >= 128) & ~np.isin(letters, WESTERN_SIGNS)]
    if not len(letters) or np.count_nonzero(letters < 160) <= len(letters) // 2:
        return None
    return max(("mac_roman", "cp850"), key=lambda name: sum(map(str.islower, text.decode(name, "replace"))))


def said_encoding(found: Scan, given: str | None) -> list[str]:
    """A note where the encoding was guessed."""
    if given or found.encoding == "utf-8" or found.mark:
        return []
    return [f"not UTF-8: read as {found.encoding}; encoding= names another"]
