"""Checks of a `.keras` file before Keras loads it: it is whole, and its weights have the declared size.

The declared numbers of films and hidden units decide how much memory Keras takes for a new model, before it looks at
the weights. So the two are compared first, from the headers of the weights alone.
"""

import io
import json
import os
import zipfile
from typing import Any

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LONGEST_CONFIG = 2**24  # bytes; a model's own configuration has some thousand
SMALL, DENSEST = 2**26, 20  # bytes: a part may unpack to SMALL, and DENSEST more for each packed byte
Shapes = dict[str, tuple[int, ...]]


def check_archive(path: str | os.PathLike[str]) -> None:
    """Refuse a file that is damaged, or that declares a larger model than its weights.

    Args:
        path: of the `.keras` file.
    Raises:
        ValueError: naming the file, what was expected and what was found.
    """
    if not os.path.isfile(path):
        found = "a folder, which `keras.saving.load_model` reads" if os.path.isdir(path) else "nothing"
        raise ValueError(f"{path}: expected a saved model, a .keras file, found {found}")
    try:
        config, shapes = _read(path)
    except Exception as error:  # whatever zipfile, json and h5py raise for a file in another format
        raise ValueError(f"{path}: expected a saved model, a .keras file, found {reason(error)}") from None
    settings = config.get("config")
    fault = _fault_of(settings, shapes) if isinstance(settings, dict) else "no settings"
    if fault:
        raise ValueError(f"{path}: expected weights of the size in its configuration, found {fault}; save it again")


def reason(error: BaseException) -> str:
    """An error as the end of a sentence: its kind and its first line, shortened."""
    lines = str(error).strip().splitlines()
    first = " ".join(lines[0].split()) if lines else ""
    return f"{type(error).__name__}: {first[:300]}" if first else type(error).__name__


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Shapes]:
    """The configuration, and the shapes of the weights."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.file_size > SMALL + DENSEST * part.compress_size:
                raise ValueError(f"{part.filename} of {part.file_size:,} bytes, packed into {part.compress_size:,}")
        if archive.getinfo(CONFIG).file_size > LONGEST_CONFIG:
            raise ValueError(f"{CONFIG} of more than {LONGEST_CONFIG:,} bytes")
        config = json.loads(archive.read(CONFIG))
        if not isinstance(config, dict):
            raise TypeError(f"{CONFIG} without a mapping")
        return config, _shapes(archive.read(WEIGHTS))


def _shapes(weights: bytes) -> Shapes:
    """Shape of every array in the weights' file; an array that takes less room than its shape needs is refused."""
    import h5py  # type: ignore[import-untyped]

    found: Shapes = {}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            if node.id.get_storage_size() < node.nbytes:
                raise ValueError(f"{name} of shape {node.shape}, kept in {node.id.get_storage_size()} bytes")
            found[name] = node.shape

    with h5py.File(io.BytesIO(weights), "r") as file:
        file.visititems(look)
    return found


def _fault_of(settings: dict[str, Any], shapes: Shapes) -> str:
    """What does not agree, in words; empty if everything does, or if the model is from another library."""
    if not {"num_items", "num_hidden"} <= settings.keys():
        return ""
    items, hidden = settings["num_items"], settings["num_hidden"]
    couplings = shapes.get("layers/rbm_layer/vars/0", ())
    if len(couplings) not in (2, 3) or (couplings[0], couplings[-1]) != (items, hidden):
        return f"couplings of shape {couplings} for {items!r} films and {hidden!r} hidden units"
    longest = max((len(one) for one in _lists(settings.get("units"))), default=0)
    biases = shapes.get("layers/rbm_layer/vars/1", ())
    if not biases or longest > (biases[1] if len(biases) == 2 else 2):
        return f"visible biases of shape {biases} for {longest} values of a rating"
    chains = settings.get("persistent_chains", 0)
    kept = shapes.get("vars/0", (0, hidden))
    return "" if kept == (chains, hidden) else f"chains of shape {kept} for {chains!r} users"


def _lists(value: Any) -> list[list[Any]]:
    """Every list in a nested configuration."""
    if isinstance(value, dict):
        return [found for part in value.values() for found in _lists(part)]
    if isinstance(value, list):
        return [value, *(found for part in value for found in _lists(part))]
    return []
