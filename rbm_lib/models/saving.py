"""Models from files."""

import os

import keras

from .model import RBM


def load_model(path: str | os.PathLike[str]) -> RBM:
    """A model saved with `model.save("name.keras")`, optimizer included: `fit` goes on where it stopped.

    Keras' own `keras.saving.load_model` does the same once `rbm_lib.models.model` has been imported.

    Args:
        path: of the `.keras` file.
    Returns:
        model: `RBM`.
    Raises:
        ValueError: if the file is missing, or no model of this library.
    """
    model = keras.saving.load_model(path)
    if not isinstance(model, RBM):
        raise ValueError(f"path: expected a saved RBM, found {type(model).__name__} in {path}")
    return model
