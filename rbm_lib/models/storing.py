"""What of a model goes into its file beside Keras' weights, and what no file takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state  # no public name: says that Keras is writing its old format

from rbm_lib._files import atomic_file

from .training.divergence import check_finite

COUNTS = ("epochs_done", "steps_done")
ZIPPED, WEIGHTS = ".keras", ".weights.h5"  # ends of the names of single files
OTHER_FORMAT = "filepath: expected a name that ends in .keras, found {}; other formats could not be read again"


class Storing(keras.Model):
    """A mixin of `RBM`: saving, with the epochs and steps that it has been trained for.

    Use the methods. Keras' function `keras.saving.save_model(model, path)` goes past them: as of Keras 3.15 it opens
    `path`, and so empties an earlier file, before it asks the model anything, and tells no hook of the model which file
    it is. It can therefore leave half a file, which `load_model` refuses by name, or in place of one called "m.h5" an
    empty one; and it looks for no NaN. Keras' callbacks call the methods.
    """

    def save(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Keras' `save`, to a `.keras` file, optimizer and counts included; `rbm_lib.load_model` reads it.

        The file appears whole or not at all: until then an earlier one of its name stays as it was. A folder
        (`zipped=False`) is written in place, and read by `keras.saving.load_model`.

        Raises:
            ValueError: for another format, which could not be read again, or for parameters that are NaN or infinite.
        """
        if zipped is not False and not str(filepath).endswith(ZIPPED):
            raise ValueError(OTHER_FORMAT.format(os.fspath(filepath)))
        check_finite(self, "to save")
        ending = "" if zipped is False else ZIPPED
        with _put_whole(filepath, overwrite, ending) as (path, overwrite):
            super().save(path, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Keras' `save_weights`, counts included; the file appears whole or not at all, but for one in shards.

        Raises:
            ValueError: for parameters that are NaN or infinite.
        """
        check_finite(self, "to save")
        whole = max_shard_size is None and str(filepath).endswith(WEIGHTS)
        with _put_whole(filepath, overwrite, WEIGHTS if whole else "") as (path, overwrite):
            super().save_weights(path, overwrite=overwrite, max_shard_size=max_shard_size)

    def get_config(self) -> dict[str, Any]:
        """Keras' hook; refuses Keras' old format, which `keras.saving.save_model(model, "m.h5")` would write."""
        if global_state.get_global_attribute("use_legacy_config", False):
            raise ValueError(OTHER_FORMAT.format("Keras' old format, HDF5") + "; Keras has left an empty file")
        config: dict[str, Any] = super().get_config()
        return config

    def save_own_variables(self, store: Any) -> None:
        """Keras' hook: the chains, and the counts."""
        super().save_own_variables(store)
        for name in COUNTS:
            store[name] = np.int64(getattr(self, name))

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Keras' hook; a file from before the counts has none, and those stay as they are."""
        super().load_own_variables({name: store[name] for name in store.keys() if name not in COUNTS})  # noqa: SIM118
        for name in COUNTS:
            if name in store.keys():  # noqa: SIM118
                setattr(self, name, int(np.asarray(store[name])))

    def export(self, filepath: str | os.PathLike[str], format: str = "tf_saved_model", **kwargs: Any) -> None:
        """Keras' `export` makes nothing of an RBM yet.

        Raises:
            ValueError: always, with the way out.
        """
        raise ValueError(
            f"format: expected none, as an RBM cannot be exported yet, found {format!r}; `save` the model to a .keras "
            "file and `load_model` it where it shall predict"
        )


@contextmanager
def _put_whole(filepath: str | os.PathLike[str], overwrite: bool, ending: str) -> Iterator[tuple[Any, bool]]:
    """Where Keras shall write and whether it may overwrite: a file beside `filepath`, which takes its place at the end.

    Args:
        filepath, overwrite: as Keras takes them.
        ending: that Keras asks for; empty for what is not one file, which Keras writes in place, as addresses are.
    """
    path = os.fspath(filepath)
    if not ending or "://" in path or (os.path.exists(path) and not overwrite):
        yield filepath, overwrite  # where there is a file that must not be lost, Keras asks
        return
    with atomic_file(os.path.realpath(path), ending) as temporary:
        yield temporary, True
