"""What of a model goes into its file beside Keras' weights, and what no file takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from .training.divergence import check_finite

COUNTS = ("epochs_done", "steps_done")


class Storing(keras.Model):
    """A mixin of `RBM`: saving, with the epochs and steps that it has been trained for."""

    def save(self, filepath: str | os.PathLike[str], *args: Any, zipped: bool | None = None, **kwargs: Any) -> None:
        """Keras' `save`, to a `.keras` file, optimizer and counts included; `rbm_lib.load_model` reads it.

        Raises:
            ValueError: for another format, which could not be read again, or for parameters that are NaN or infinite.
        """
        if zipped is not False and not str(filepath).endswith(".keras"):
            raise ValueError(
                f"filepath: expected a name that ends in .keras, found {os.fspath(filepath)}; other formats could not "
                "be read again"
            )
        check_finite(self, "to save")
        super().save(filepath, *args, zipped=zipped, **kwargs)

    def save_weights(self, filepath: str | os.PathLike[str], *args: Any, **kwargs: Any) -> None:
        """Keras' `save_weights`, counts included; ValueError for parameters that are NaN or infinite."""
        check_finite(self, "to save")
        super().save_weights(filepath, *args, **kwargs)

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
