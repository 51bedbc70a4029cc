"""Writes a trained machine to a file, and reads it back."""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any

import numpy as np

from rbm_lib._files import write_atomically

from .machine import ServedMachine
from .tables import INFERENCES, Tables, check

MARK = "rbm_lib.serving 1"  # the kind of file, and the version of its layout


def save(path: str | os.PathLike[str], tables: Tables) -> None:
    """Writes a machine to a file, whole or not at all.

    Args:
        path: of the file, such as "rbm.npz"; an existing one is replaced.
        tables: `Tables`.
    Raises:
        ValueError: for an unknown inference.
        OSError: if the file cannot be written.
    Example:
        >>> import tempfile
        >>> from rbm_lib import RBM, serving
        >>> machine = RBM(num_items=4, num_hidden=2).to_numpy()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     serving.save(f"{folder}/rbm.npz", machine.tables)
        ...     serving.load(f"{folder}/rbm.npz").tables.item_id.tolist()
        [0, 1, 2, 3]
    """
    if tables.inference not in INFERENCES:
        raise ValueError(f"inference: expected one of {', '.join(INFERENCES)}, found {tables.inference!r}")
    ids = np.asarray(tables.item_id)
    if ids.dtype == object:
        ids = ids.astype(str)
    content = io.BytesIO()
    arrays: dict[str, Any] = tables._asdict() | {"item_id": ids, "mark": MARK}
    np.savez(content, **arrays)
    write_atomically(path, content.getvalue())


def load(path: str | os.PathLike[str]) -> ServedMachine:
    """Loads a machine that `save` or `RBM.to_numpy` wrote. No code in the file is run.

    Args:
        path: of the file.
    Returns:
        machine: `ServedMachine`.
    Raises:
        ValueError: naming the file, if it is missing, damaged, or no such machine.
    Example:
        >>> import tempfile
        >>> from rbm_lib import RBM, serving
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     RBM(num_items=4, num_hidden=2).to_numpy(f"{folder}/rbm.npz", item_id=["Alien", "Heat", "Ran", "Up"])
        ...     machine = serving.load(f"{folder}/rbm.npz")
        ServedMachine(num_items=4, num_hidden=2, values=[0, 1])
        >>> sorted(title for title, share in machine.recommend({"Alien": 1}, n=3))
        ['Heat', 'Ran', 'Up']
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            if "mark" not in found.files or str(found["mark"]) != MARK:
                raise ValueError(f"no file of `RBM.to_numpy` ({MARK})")
            parts = {name: found[name] for name in Tables._fields}
        tables = Tables(**{**parts, "inference": str(parts["inference"])})
        check(tables)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError, MemoryError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"path: expected a machine for serving, found in {path}: {said}") from error
    return ServedMachine(tables)
