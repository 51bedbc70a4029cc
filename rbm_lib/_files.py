"""Files that are complete or absent (temporary file first, rename last), and locks for a single writer."""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp(\.\w+)*")  # the names that `mkstemp` gives in `atomic_file`


@contextmanager
def atomic_file(path: str | os.PathLike[str], ending: str = "") -> Iterator[Path]:
    """Yield a temporary path beside `path` and rename it to `path` when the block succeeds.

    Args:
        path: the file to make; an existing file is replaced, missing parent folders are made.
        ending: suffix of the temporary name, for writers that need one.
    Returns:
        A context manager that yields the temporary `Path`. If the block fails, that file is removed.
    Raises:
        ValueError: if a device or a pipe has that name: a file must not replace it.
    """
    path = Path(path)
    refuse_devices(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".tmp{ending}", dir=path.parent)
    except OSError as error:  # names the temporary file, which the caller does not know
        raise OSError(error.errno, error.strerror, str(path)) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp makes files that only their owner may read
        _put_in_place(temporary, path)
    except OSError as error:
        if error.errno in NO_ROOM and error.filename is None:  # a full disk names no file
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def refuse_devices(path: str | os.PathLike[str]) -> None:
    """Raise ValueError if the path is neither a file nor a folder, such as `/dev/null` or a pipe."""
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise ValueError(f"{path}: expected the name of a file to write, found a device or a pipe")


def _put_in_place(temporary: Path, path: Path) -> None:
    """Rename a finished file; an error names the target, not the temporary file."""
    try:
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder beside `path` and rename it to `path` when the block succeeds.

    Two processes may make the same folder at once: the first to finish wins, and the other's work is dropped. Use it
    only where both would write the same content.

    Args:
        path: the folder to make; an existing empty folder is replaced, one with content is left as it is.
    Returns:
        A context manager that yields the temporary `Path`. If the block fails, that folder is removed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        _rename_unless_taken(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _rename_unless_taken(temporary: Path, path: Path) -> None:
    try:
        os.rename(temporary, path)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def remove_temporary_files(folder: str | os.PathLike[str]) -> None:
    """Remove what `atomic_file` leaves in a folder when the process is killed; no other process may write there."""
    for path in Path(folder).glob(".*.tmp*"):
        if TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def reason_of(error: OSError) -> str:
    """An `OSError` in one line: the file and the reason."""
    named = str(error.filename2 or error.filename or "")
    words = " ".join((error.strerror or str(error) or type(error).__name__).split())
    return f"{named}: {words}" if named else words


class Locked(RuntimeError):
    """Another run holds the folder."""


@contextmanager
def folder_lock(folder: str | os.PathLike[str], name: str = ".lock") -> Iterator[None]:
    """Lock a folder; the lock ends with the process, however the process ends.

    Args:
        folder: made if missing.
        name: name of the lock file in it.
    Raises:
        Locked: if another process, or another part of this one, holds it.
    """
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_name(f"{path.name}.holder")  # a separate file: on Windows a locked file cannot be read
    lock = FileLock(path, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        known = holder.read_text().strip() if holder.exists() else ""
        raise Locked(
            f"{folder}: another run (process {known or 'unknown'}) is writing here; wait for it or stop it"
        ) from None
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def sha256_of_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes.

    Args:
        path: an existing file.
    Returns:
        digest: str, 64 hexadecimal digits.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def existing_file(path: str | os.PathLike[str]) -> Path:
    """The path; ValueError if there is no file, or an empty one."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: expected a file, found {'a folder' if path.is_dir() else 'nothing'}")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: expected ratings, found an empty file")
    return path


def read_json(path: str | os.PathLike[str]) -> Any:
    """The content of a JSON file.

    Raises:
        ValueError: if the file is no valid JSON, or is nested too deeply; the error says what was found.
        OSError: if it cannot be read.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"bytes that are no UTF-8 text at position {error.start}") from None
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file with this content; see `atomic_file`."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
