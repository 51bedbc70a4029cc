"""The parts of a model's file besides Keras' weights, and checks before a file is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np
from keras.src.backend.common import global_state  # not public: tells whether Keras is writing its old format

from rbm_lib._files import atomic_file

from .exporting import SAVED_MODEL, export
from .training.divergence import check_finite

if TYPE_CHECKING:
    from .model import RBM

COUNTS = ("epochs_done", "steps_done")
ZIPPED, WEIGHTS = ".keras", ".weights.h5"  # endings of the names of single files
OTHER_FORMAT = "filepath: expected a name that ends in .keras, found {}; other formats could not be read again"


class Storing(keras.Model):
    """A mixin of `RBM`: saving, with the epochs and steps of training so far.

    Use the methods. Keras' function `keras.saving.save_model(model, path)` does not call them: as of Keras 3.15 it
    opens `path`, and so empties an earlier file, before it calls the model, and does not give the model's hooks the
    path. So it can leave an incomplete file, which `load_model` refuses by name, or an empty file in place of one
    called "m.h5". It also does not check for NaN. Keras' callbacks call the methods.
    """

    def save(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Keras' `save`, to a `.keras` file, with the optimizer and the counts; `rbm_lib.load_model` reads it.

        The file is replaced only when the new one is complete: until then an earlier file of this name stays. A folder
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
        """Keras' `save_weights`, with the counts; the file is replaced only when complete, except for one in shards.

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
        """Keras' hook; files of older versions have no counts, and those of the model then stay."""
        super().load_own_variables({name: store[name] for name in store.keys() if name not in COUNTS})  # noqa: SIM118
        for name in COUNTS:
            if name in store.keys():  # noqa: SIM118
                setattr(self, name, int(np.asarray(store[name])))

    def export(self, filepath: str | os.PathLike[str], format: str = SAVED_MODEL, **kwargs: Any) -> None:
        """Writes a graph for other programs, which gives the same predictions as `predict` without this library.

        It takes one dense array, float32 `(batch, num_items)`, with NaN where a film was not rated. It gives mean-field
        P(like) or expected stars of every film, in an array of the same shape. The output is complete or absent.

            served = tf.saved_model.load("served").serve(tf.constant([[1.0, float("nan"), 0.0]]))

        Args:
            filepath: where to write, such as "served"; a folder for "tf_saved_model", a file for most other formats.
            format: "tf_saved_model", or another that `keras.Model.export` knows and whose packages are installed.
            **kwargs: those of `keras.Model.export`, such as `verbose`.
        Raises:
            ValueError: if the path exists, for an unknown format, or for parameters that are NaN or infinite.
        """
        check_finite(self, "to export")
        export(cast("RBM", self), filepath, format, **kwargs)


@contextmanager
def _put_whole(filepath: str | os.PathLike[str], overwrite: bool, ending: str) -> Iterator[tuple[Any, bool]]:
    """The path for Keras to write to, and whether it may overwrite: a temporary file that then replaces `filepath`.

    Args:
        filepath, overwrite: as Keras takes them.
        ending: the suffix that Keras needs; empty for anything but one file, such as an address, which Keras writes in
            place.
    """
    path = os.fspath(filepath)
    if not ending or "://" in path or (os.path.exists(path) and not overwrite):
        yield filepath, overwrite  # Keras asks before it overwrites a file
        return
    with atomic_file(os.path.realpath(path), ending) as temporary:
        yield temporary, True
