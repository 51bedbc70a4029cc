"""Loading models from files."""

import os
from typing import Any

import keras

from .archive import check_archive, reason
from .model import RBM


def load_model(path: str | os.PathLike[str], custom_objects: dict[str, Any] | None = None) -> RBM:
    """A model saved with `model.save("name.keras")`, optimizer included: `fit` continues the training.

    Keras' own `keras.saving.load_model` does the same once `rbm_lib.models.model` has been imported.

    Args:
        path: of the `.keras` file.
        custom_objects: dict from names to your own classes or functions that the model was made with.
    Returns:
        model: `RBM`.
    Raises:
        ValueError: naming the file, if it is missing, damaged, no model of this library, or not of its declared size.
    Example:
        >>> import tempfile
        >>> from rbm_lib import RBM, Ratings, load_model
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/rbm.keras")
        ...     again = load_model(f"{folder}/rbm.keras")
        >>> bool((again.free_energy(likes) == model.free_energy(likes)).all())
        True
    """
    check_archive(path)
    try:
        model = keras.saving.load_model(path, custom_objects=custom_objects)
    except Exception as error:  # whatever Keras raises for a file in another format
        raise ValueError(f"path: expected a saved RBM, found in {path}: {reason(error)}") from error
    if not isinstance(model, RBM):
        raise ValueError(f"path: expected a saved RBM, found {type(model).__name__} in {path}")
    return model
