"""The lines of a text as a stream of bytes from one line on, with its separator replaced, for compiled readers."""

import io
from collections.abc import Iterator
from typing import Any

from .scanning import Scan, blocks, undecodable
from .sources import Source


class Blocks(io.RawIOBase):
    """A text from one of its lines on, as a stream of bytes in UTF-8.

    Args:
        source: of kind "text".
        found: `Scan` of it, plain.
        first: the number of lines to skip.
        replaced: (old, new) bytes, or None.
    """

    def __init__(self, source: Source, found: Scan, first: int, replaced: tuple[bytes, bytes] | None = None) -> None:
        self._source, self._found, self._first, self._replaced = source, found, first, replaced
        self._lines = self.whole_lines()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            block = next(self._lines, b"")
            self._rest = memoryview(block.replace(*self._replaced) if self._replaced else block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def whole_lines(self) -> Iterator[bytes]:
        """The text in blocks of whole lines, from the first requested line on."""
        skip, mark, tail = self._first, self._found.mark, b""
        for block in blocks(self._source):
            tail += block[mark:]
            mark = 0
            end = tail.rfind(b"\n") + 1
            lines, tail = tail[:end], tail[end:]
            while skip and lines:
                lines = lines[lines.index(b"\n") + 1 :]
                skip -= 1
            if lines:
                yield self._utf8(lines)
        while skip and tail:
            tail = tail.partition(b"\n")[2]
            skip -= 1
        if tail:
            yield self._utf8(tail)

    def _utf8(self, lines: bytes) -> bytes:
        if self._found.encoding == "utf-8":
            return lines
        try:
            return lines.decode(self._found.encoding).encode()
        except UnicodeDecodeError:
            raise undecodable(self._source, self._found) from None
