"""Checkpoints on disk: each complete or absent, named by its place in the run and its digest; only the newest stay."""

import contextlib
import json
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._files import sha256_of_file

Restored = tuple[Path, dict[str, Any], dict[str, NDArray[Any]]] | None  # what `read_newest` gives
DIGITS = 16  # of the SHA-256 in a file's name
NAME = re.compile(rf"epoch-\d{{6,}}-batch-\d{{8,}}-[0-9a-f]{{{DIGITS}}}\.npz")


def write_checkpoint(
    folder: str | os.PathLike[str],
    epoch: int,
    batch: int,
    arrays: Mapping[str, Any],
    note: Mapping[str, Any],
    keep: int,
) -> Path:
    """Writes one checkpoint, then removes the oldest beyond `keep`.

    The bytes are on the disk before the file gets its name, so a checkpoint with a name is complete. Older checkpoints
    are removed after that.

    Args:
        folder: path of an existing folder that no other process writes to.
        epoch, batch: ints, batches done of an epoch counted from 0; batch 0 stands between two epochs.
        arrays: dict of NumPy arrays by name; none is called "note".
        note: any JSON-serialisable value.
        keep: int >= 1, checkpoints to leave in the folder.
    Returns:
        path: `Path` of the file, an `.npz`.
    Raises:
        OSError: naming the folder, if it has no room or no write permission; no incomplete file stays.
    """
    folder = Path(folder)
    temporary = folder / ".being-written"  # a fixed name, so that interrupted writes leave one file at most
    try:
        with open(temporary, "wb") as file:
            np.savez(file, note=np.array(json.dumps(note, default=float)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        place = f"epoch-{epoch:06d}-batch-{batch:08d}-"
        path = folder / f"{place}{sha256_of_file(temporary)[:DIGITS]}.npz"
        os.replace(temporary, path)
        _sync_names(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        found = f"the checkpoint could not be written: {error.strerror or error}; those before it are whole"
        raise OSError(error.errno, found, str(folder)) from error
    others = [other for other in checkpoint_paths(folder) if other != path]
    same_place = [other for other in others if other.name.startswith(place)]
    older = [other for other in others if other not in same_place]
    for stale in same_place + older[: max(0, len(older) + 1 - keep)]:
        stale.unlink()
    return path


def checkpoint_paths(folder: str | os.PathLike[str]) -> list[Path]:
    """Paths of a folder's checkpoints, the oldest first.

    Raises:
        ValueError: for a folder with the name of a checkpoint: it is not this function's to remove.
    """
    found = sorted(path for path in Path(folder).glob("epoch-*-batch-*.npz") if NAME.fullmatch(path.name))
    for path in found:
        if path.is_dir():
            raise ValueError(f"folder: expected files under the names of checkpoints, found the folder {path}; move it")
    return found


def read_newest(folder: str | os.PathLike[str]) -> Restored:
    """The newest complete checkpoint of a folder.

    One whose bytes do not match the digest in its name is renamed to `torn.npz`, with a warning that names it.

    Args:
        folder: path of an existing folder.
    Returns:
        found: path, note and dict of arrays, as they were written; or None.
    Raises:
        ValueError: for a folder with the name of a checkpoint.
    """
    for path in reversed(checkpoint_paths(folder)):
        if sha256_of_file(path)[:DIGITS] == path.stem.rpartition("-")[2]:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return path, json.loads(str(arrays.pop("note"))), arrays
        os.replace(path, path.with_name("torn.npz"))
        warnings.warn(
            f"{path}: expected the SHA-256 in its name, found other bytes: the checkpoint is torn, and set aside as "
            "torn.npz; training goes on from the one before it, or from the start if there is none",
            stacklevel=2,
        )
    return None


def _sync_names(folder: Path) -> None:
    """Flushes the folder itself, which holds the new name, to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
