"""The bytes of a file, by content and not by name: plain, compressed, or the one table of an archive."""

import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from .faults import fault, listed, printable

# The first bytes of files that are not text.
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
FOREIGN = {
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it first"),
    b"Rar!": ("a RAR archive", "unpack it first"),
    b"SQLite format 3": ("a database", "write the table of ratings as CSV"),
    b"PARE": ("an encrypted Parquet file", "write it again without encryption"),
    b"ARROW1": ("an Arrow file (Feather)", "write the ratings as Parquet"),
    b"version https://git-lfs": ("a pointer of Git LFS", "git lfs pull fetches the file itself"),
    b"%PDF": ("a PDF", "write the table of ratings as CSV"),
    b"\x89PNG": ("a picture", "name the file of ratings"),
    b"\x93NUMPY": ("an array of NumPy", "make ratings of it by Ratings.from_triples or from_dense"),
    b"\x89HDF": ("an HDF5 file", "write the table of ratings as CSV or Parquet"),
    b"\x80\x04": ("a pickle", "write the table of ratings as CSV or Parquet; a pickle can run anything"),
    b"\x80\x05": ("a pickle", "write the table of ratings as CSV or Parquet; a pickle can run anything"),
}
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/(?!/)", re.IGNORECASE)  # `Path` makes one slash of two
SIDE_FILES = ("readme", "license", "licence", "__macosx", ".")  # beginnings of names of archive members without ratings
MOST_UNPACKED = (1 << 30, 200)  # bytes, and times the packed ones: beyond both, nobody's ratings
DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class Source:
    """A file whose content is known.

    Attributes:
        path: of the file.
        kind: "text", "workbook" or "parquet".
        open: opens the content, unpacked, as a binary stream.
        notes: how it was read, one sentence each.
        plain: whether the content is the file itself, byte for byte.
    """

    path: Path
    kind: str
    open: Callable[[], IO[bytes]]
    notes: tuple[str, ...] = ()
    plain: bool = True


def find_source(path: str | os.PathLike[str], table: str | None = None) -> Source:
    """The content of a file.

    Args:
        path: a file, or a folder of Parquet files.
        table: the member of an archive to read, or None for the only one.
    Returns:
        source: `Source`.
    Raises:
        ValueError: for a file that is missing, empty, damaged, or no table of a known kind.
    """
    path = Path(path)
    if os.path.isdir(path):
        return Source(path, "parquet", io.BytesIO)
    _check_file(path)
    with reading(path), open(path, "rb") as file:
        first = file.read(512)
    if first.startswith(b"PAR1"):
        return Source(path, "parquet", partial(_opened, path))
    if first.startswith(OLD_EXCEL):
        return Source(path, "workbook", partial(_opened, path))
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(path, table)
    compression = next((name for magic, name in COMPRESSED.items() if first.startswith(magic)), None)
    opens: Callable[[], IO[bytes]] = partial(_opened, path)
    notes: tuple[str, ...] = ()
    if compression is not None:
        opens, notes = partial(_decompressed, path, compression), (f"unpacked from {compression}",)
        with reading(path), opens() as file:
            first = file.read(512)
        _refuse_packed(path, first)
    _refuse_foreign(path, first)
    if first.startswith(b"PAR1"):
        return Source(path, "parquet", opens, notes, plain=False)
    return Source(path, "text", opens, notes, plain=compression is None)


def _check_file(path: Path) -> None:
    if ADDRESS.match(str(path)):
        raise fault(path, "", "a file", "an address", "download it first, and name what was downloaded")
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        found = "a link to nothing" if os.path.islink(path) else "nothing"
        is_absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        found += "" if is_absent else f" that can be opened ({printable(reason)})"
        raise fault(path, "", "a file", found, "is the name right?") from None
    if not stat.S_ISREG(kind):
        found = "a pipe" if stat.S_ISFIFO(kind) else "a device or a socket"
        raise fault(path, "", "a file", found, "write its content into a file first")
    if path.stat().st_size == 0:
        raise fault(path, "", "ratings", "an empty file")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Errors of unpacking, in the words of this library."""
    try:
        yield
    except DAMAGED as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise fault(path, "", "a file that can be read", printable(error.strerror)) from None
        raise fault(
            path, "", "a whole file", f"a damaged or unfinished one ({type(error).__name__})", "fetch or copy it again"
        ) from None


def _opened(path: Path) -> IO[bytes]:
    return open(path, "rb")


def _decompressed(path: Path, compression: str) -> IO[bytes]:
    if compression == "zstd":
        import pyarrow as pa

        return io.BufferedReader(_Readable(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")))
    if compression == "gzip":
        import gzip

        return gzip.open(path)  # type: ignore[return-value]
    if compression == "bzip2":
        import bz2

        return bz2.open(path)
    return lzma.open(path)


class _Readable(io.RawIOBase):
    """A stream of pyarrow as one of Python's."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def _of_archive(path: Path, table: str | None) -> Source:
    with reading(path), zipfile.ZipFile(path) as archive:
        names = [one.filename for one in archive.infolist() if not one.is_dir()]
        size = sum(one.file_size for one in archive.infolist())
        if size > max(MOST_UNPACKED[0], MOST_UNPACKED[1] * path.stat().st_size):
            raise too_much(path, size)
        if "xl/workbook.xml" in names or "xl/workbook.bin" in names or "content.xml" in names:
            return Source(path, "workbook", partial(_opened, path))
        encrypted = {one.filename for one in archive.infolist() if one.flag_bits & 1}
    member = _member(path, names, table)
    if member in encrypted:
        raise fault(path, "", "an archive that anybody can open", "one with a password", "unpack it first")
    opens = partial(_opened_member, path, member)
    with reading(path), opens() as file:
        first = file.read(512)
    _refuse_packed(path, first, printable(member))
    _refuse_foreign(path, first)
    kind = "parquet" if first.startswith(b"PAR1") else "text"
    notes = (f"unpacked from a zip archive: {printable(member)}",)
    return Source(path, kind, opens, notes, plain=False)


def _opened_member(path: Path, member: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    return archive.open(member)


def _member(path: Path, names: list[str], table: str | None) -> str:
    """The member of an archive that holds the ratings."""
    if table is not None:
        same = [name for name in names if table in (name, Path(name).name)]
        if len(same) != 1:
            raise fault(path, "", f"one file {table!r} in the archive", listed(names))
        return same[0]
    parts = {name: [part.lower() for part in Path(name).parts if part != ".."] for name in names}
    tables = [name for name in names if not any(part.startswith(SIDE_FILES) for part in parts[name])]
    named = [name for name in tables if Path(name).stem.lower() in ("ratings", "u") and Path(name).suffix != ".item"]
    if not tables:
        raise fault(path, "", "an archive of one table", "none")
    if len(tables) == 1 or (len(tables) > 1 and len(named) == 1):
        return tables[0] if len(tables) == 1 else named[0]
    short = [Path(name).name for name in tables]
    example = short[0] if short.count(short[0]) == 1 else tables[0]
    way_out = f"name it: table={example!r}" if len(set(tables)) == len(tables) else "unpack it first"
    raise fault(path, "", "an archive of one table", listed(tables), way_out)


def too_much(path: Path, size: int) -> ValueError:
    """The error for a file that would fill the memory or the disk once it is unpacked."""
    found = f"more than {size >> 20:,} MB packed into {path.stat().st_size / 1e6:.1f} MB"
    return fault(path, "", "packed ratings", found, "unpack it first, if it is what you meant")


def _refuse_packed(path: Path, first: bytes, inside: str = "it") -> None:
    """Raises ValueError for what is empty once unpacked, or packed a second time."""
    if not first:
        raise fault(path, "", "ratings", "an empty file")
    if first.startswith((b"PK", OLD_EXCEL, *COMPRESSED)):
        raise fault(path, "", "a table of ratings", "another packed file inside", f"unpack {inside} first")


def _refuse_foreign(path: Path, first: bytes) -> None:
    for magic, (found, way_out) in FOREIGN.items():
        if first.startswith(magic):
            raise fault(path, "", "a table of ratings", found, way_out)
    if first[257:262] == b"ustar":
        raise fault(path, "", "a table of ratings", "a tar archive", "unpack it first")
    start = first.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<head")):
        found = "XML" if start.startswith(b"<?xml") else "a web page"
        raise fault(path, "", "a table of ratings", found, "is it what a link to the file led to?")
