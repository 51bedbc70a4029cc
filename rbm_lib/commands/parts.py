"""The parts of a recommender's archive: arrays, lists of texts, machines; each is checked before it is used."""

from __future__ import annotations

import io
import json
import math
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.data import text_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

WAY_OUT = "make it by `python -m rbm_lib train FILE -o MODEL`"


class Fault(ValueError):
    """The fault of a file, as the end of a sentence."""


def put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Write bytes under a name, with no date."""
    archive.writestr(zipfile.ZipInfo(name), content)


def put_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    """Write an array in NumPy's format; an array of objects is refused."""
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def put_ids(archive: zipfile.ZipFile, name: str, ids: NDArray[Any]) -> None:
    """Write ids: numbers as an array, texts as a JSON list."""
    if ids.dtype.kind == "i":
        put_array(archive, name, ids)
    else:
        put(archive, f"{name}.json", json.dumps(ids.tolist()).encode())


def read_array(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], kind: Any = None) -> NDArray[Any]:
    """An array of that shape; its size is compared with its bytes before it is made."""
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        headers: dict[tuple[int, int], Callable[..., Any]] = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        found, _, dtype = headers[version](file)
        fits = found == shape and dtype.kind in "if" and (kind is None or dtype == kind)
        if not fits or math.prod(found) * dtype.itemsize != member.file_size - file.tell():
            raise Fault(f"{name} of shape {found} and type {dtype}, of {member.file_size:,} bytes; {WAY_OUT}")
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(archive.read(member)), allow_pickle=False)
    return array


def read_ids(archive: zipfile.ZipFile, name: str, size: int) -> NDArray[Any]:
    """The ids that `put_ids` has written, of this number."""
    if f"{name}.npy" in archive.namelist():
        return read_array(archive, name, (size,), np.int64)
    return text_ids(read_texts(archive, f"{name}.json", size))


def read_texts(archive: zipfile.ZipFile, name: str, size: int) -> list[str]:
    """A list of this number of texts."""
    texts = json.loads(archive.read(name))
    if not isinstance(texts, list) or len(texts) != size or not all(isinstance(text, str) for text in texts):
        raise Fault(f"{name} without its {size:,} texts; {WAY_OUT}")
    return texts


def put_machine(archive: zipfile.ZipFile, name: str, machine: Any) -> None:
    """Write a machine's model for prediction, without the optimizer's moments, which are two thirds of its file."""
    model = getattr(machine, "model", machine)  # an item-based machine wraps it
    bare = type(model).from_config(model.get_config())
    bare.set_weights(model.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        bare.save(Path(folder) / "machine.keras")
        archive.write(Path(folder) / "machine.keras", f"{name}.keras")


def read_machine(archive: zipfile.ZipFile, name: str) -> Any:
    """The model that `put_machine` has written, checked by `load_model`."""
    from rbm_lib.models import load_model

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "machine.keras"
        place.write_bytes(archive.read(f"{name}.keras"))
        return load_model(place)
