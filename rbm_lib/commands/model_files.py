"""The file of a trained recommender: one archive, written completely or not at all, read without running its code.

A zip archive without compression. `about.json` describes it; ids and titles are JSON lists or NumPy arrays, never
pickles; the machines are Keras' own files. Every part is checked against `about.json`, and an array's size against the
bytes in the file, before memory is allocated for it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib._files import NO_ROOM, atomic_file
from rbm_lib.data import Ratings

from .parts import (
    WAY_OUT,
    Fault,
    put,
    put_array,
    put_ids,
    put_machine,
    read_array,
    read_ids,
    read_machine,
    read_texts,
)
from .trained import Trained, is_item_based
from .words import library_version

if TYPE_CHECKING:
    from numpy.typing import NDArray

KIND, VERSION = "recommender of rbm_lib", 2
ABOUT = "about.json"
LARGEST_ABOUT = 2**24  # bytes
ARRAYS = {"row_splits": np.int64, "item_index": np.int32, "rating": np.float32}
BIASES = ("overall", "film", "user", "film_variance", "user_variance", "tilts")
BASES = ("item", "user")
MOST_MACHINES = 100


def save(trained: Trained, path: str | os.PathLike[str]) -> None:
    """Writes a recommender; an existing file is replaced.

    Args:
        trained: `Trained`.
        path: of the file.
    """
    ratings = trained.ratings
    about = {
        "kind": KIND,
        "version": VERSION,
        "library": library_version(),
        "name": trained.name,
        "threshold": float(trained.threshold),
        "users": ratings.num_users,
        "items": ratings.num_items,
        "ratings": ratings.num_ratings,
        "values": trained.pool.values.tolist(),
        "weights": trained.pool.weights.tolist(),
        "machines": ["item" if is_item_based(one) else "user" for one in trained.machines],
        "degree": trained.biases.biases.tilts.shape[1],
        "titles": trained.titles is not None,
        "reading": trained.reading,
        "about": trained.about,
    }
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        put(archive, ABOUT, json.dumps(about, default=_plain).encode())
        for name, ids in (("user_id", ratings.user_id), ("item_id", ratings.item_id)):
            put_ids(archive, name, ids)
        if trained.titles is not None:
            put(archive, "titles.json", json.dumps(trained.titles).encode())
        for name in ARRAYS:
            put_array(archive, name, getattr(ratings, name))
        for name in BIASES:
            put_array(archive, f"biases/{name}", getattr(trained.biases.biases, name))
        for number, machine in enumerate(trained.machines):
            put_machine(archive, f"machine{number}", machine)


def read(path: str | os.PathLike[str]) -> Trained:
    """The recommender of a file.

    Args:
        path: of the file.
    Returns:
        trained: `Trained`.
    Raises:
        ValueError: in one line that names the file, if it is missing, damaged, of another kind or of a later version.
    """
    trained: Trained = _opened(path, _read)
    return trained


def read_user_ids(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The ids of a recommender's users alone, without its machines.

    Args:
        path: of the file.
    Returns:
        user_id: int64 or str `(num_users,)`.
    Raises:
        ValueError: as `read`.
    """
    return _opened(path, lambda archive: read_ids(archive, "user_id", _about(archive)["users"]))


def _opened(path: str | os.PathLike[str], look: Callable[[zipfile.ZipFile], Any]) -> Any:
    """The result of a function on the archive; any fault of the archive is a ValueError in one line."""
    _check_place(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive)
            return look(archive)
    except Fault as fault:
        raise ValueError(f"{path}: expected a trained recommender, found {fault}") from None
    except MemoryError:
        raise  # not a fault of the file
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:  # machines are read by way of a temporary folder
            raise OSError(error.errno, error.strerror, error.filename or tempfile.gettempdir()) from None
        # any error of zipfile, json, NumPy and Keras for bytes in another format
        found = f"a damaged one ({_reason(error)}); {WAY_OUT}"
        raise ValueError(f"{path}: expected a trained recommender, found {found}") from None


def _check_place(path: str | os.PathLike[str]) -> None:
    if not os.path.isfile(path):
        found = "a folder" if os.path.isdir(path) else "nothing"
        raise ValueError(f"{path}: expected a trained recommender, found {found}; {WAY_OUT}")
    try:
        open(path, "rb").close()  # `is_zipfile` would report a file without read permission as no archive
    except OSError as error:
        raise ValueError(f"{path}: expected a file that can be read, found {error.strerror}") from None
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: expected a trained recommender, found another or a damaged file; {WAY_OUT}")


def _check_parts(archive: zipfile.ZipFile) -> None:
    if ABOUT not in archive.namelist():
        raise Fault(f"an archive of something else; {WAY_OUT}")
    for part in archive.infolist():
        if part.compress_type != zipfile.ZIP_STORED or part.file_size != part.compress_size:
            raise Fault(f"a part {part.filename!r} that is compressed, which its own parts never are; {WAY_OUT}")


def _read(archive: zipfile.ZipFile) -> Trained:
    about = _about(archive)
    ratings = _ratings(archive, about)
    titles = read_texts(archive, "titles.json", about["items"]) if about["titles"] else None
    machines = [read_machine(archive, f"machine{number}") for number in range(len(about["machines"]))]
    return _assembled(archive, about, ratings, titles, machines)


def _about(archive: zipfile.ZipFile) -> dict[str, Any]:
    if archive.getinfo(ABOUT).file_size > LARGEST_ABOUT:
        raise Fault(f"{ABOUT} of more than {LARGEST_ABOUT:,} bytes")
    about = json.loads(archive.read(ABOUT))
    if not isinstance(about, dict) or about.get("kind") != KIND:
        raise Fault(f"an archive of something else; {WAY_OUT}")
    if about.get("version") != VERSION:
        by = f"version {about.get('version')!r} of its form, written by rbm_lib {about.get('library')!r}"
        raise Fault(f"{by}; this is rbm_lib {library_version()}, which reads version {VERSION}; train it again")
    for name in ("users", "items", "ratings", "degree"):
        if type(about[name]) is not int or about[name] < 1:
            raise Fault(f"{about[name]!r} for the number of {name}")
    weights = [weight for row in about["weights"] for weight in row]
    for name, numbers in (("values", about["values"]), ("weights", weights)):
        if not all(type(one) in (int, float) and math.isfinite(one) for one in numbers):
            raise Fault(f"{name} that are no numbers")
    bases, values = about["machines"], about["values"]
    if not isinstance(bases, list) or not set(bases) == set(BASES) or len(bases) > MOST_MACHINES:
        raise Fault("no machines of both bases")
    if sorted(set(values)) != values or len(values) < 2:
        raise Fault("values that are no scale")
    if type(about["threshold"]) not in (int, float) or not isinstance(about["name"], str):
        raise Fault("a threshold or a name of another type")
    return about


def _ratings(archive: zipfile.ZipFile, about: dict[str, Any]) -> Ratings:
    sizes = {"row_splits": about["users"] + 1, "item_index": about["ratings"], "rating": about["ratings"]}
    arrays = {name: read_array(archive, name, (sizes[name],), kind) for name, kind in ARRAYS.items()}
    ids = {name: read_ids(archive, name, about[f"{name.removesuffix('_id')}s"]) for name in ("user_id", "item_id")}
    ratings = Ratings(**arrays, **ids)
    if not np.isin(ratings.rating, np.asarray(about["values"], np.float32)).all():
        raise Fault("ratings that are none of its values")
    return ratings


def _assembled(
    archive: zipfile.ZipFile,
    about: dict[str, Any],
    ratings: Ratings,
    titles: list[str] | None,
    machines: list[Any],
) -> Trained:
    """The parts put together, after a check that they agree."""
    from rbm_lib.baselines import OrdinalBiases
    from rbm_lib.models import Biases, ItemBased, LogPool

    sizes = {"item": ratings.num_users, "user": ratings.num_items}
    for base, model in zip(about["machines"], machines, strict=True):
        own = list(getattr(model.units, "values", ()))
        alike = len(own) == len(about["values"]) and np.allclose(own, about["values"])
        if model.num_items != sizes[base] or not alike:
            raise Fault(f"a machine of {base}s with other sizes or values; {WAY_OUT}")
    values, degree = len(about["values"]), about["degree"]
    sides = ((ratings.num_items, degree), (ratings.num_users, degree))
    shapes = ((values,), *sides, (degree,), (degree,), (values, degree))
    parts = {n: read_array(archive, f"biases/{n}", shape) for n, shape in zip(BIASES, shapes, strict=True)}
    if not all(np.isfinite(part).all() for part in parts.values()):
        raise Fault("biases that are no numbers")
    biases = OrdinalBiases(degree, about["values"])
    biases.values = np.asarray(about["values"], np.float64)
    biases.seen = biases.inputs = ratings
    biases.biases = Biases(**parts)
    pool = LogPool(about["values"])
    shape = (1 + len(machines) + pool.polynomials.shape[1], 3)  # for each a constant, and two counts
    if np.shape(about["weights"]) != shape:
        raise Fault(f"weights that do not fit its machines; {WAY_OUT}")
    pool.weights = np.asarray(about["weights"], np.float64)
    based = [
        ItemBased(model) if base == "item" else model for base, model in zip(about["machines"], machines, strict=True)
    ]
    said: dict[str, Any] = {name: about[name] for name in ("reading", "about")}
    return Trained(about["name"], ratings, titles, float(about["threshold"]), biases, based, pool, **said)


def _plain(value: Any) -> Any:
    """JSON's types for values that JSON does not know: NumPy's numbers."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in what is written about a recommender")


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    first = " ".join(lines[0].split())[:200] if lines else ""
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
