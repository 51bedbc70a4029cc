"""A trained model as a graph for other programs: TensorFlow Serving, another process, another language."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from rbm_lib._files import atomic_file, atomic_folder

if TYPE_CHECKING:
    from .model import RBM

SAVED_MODEL = "tf_saved_model"  # Keras' name of the folder format that TensorFlow serves


class DenseAnswers(keras.Model):
    """From dense ratings, NaN where unrated, to P(like) or expected stars of every film; the part that is exported.

    Args:
        model: `RBM`, whose layer is shared.
    """

    def __init__(self, model: RBM) -> None:
        super().__init__(name="answers")
        self.rbm_layer = model.rbm_layer

    def call(self, rating: tf.Tensor) -> tf.Tensor:
        """Mean-field predictions, float32 `(batch, num_items)`."""
        units = self.rbm_layer.units
        observed_mask = tf.logical_not(tf.math.is_nan(rating))
        lowest = 0.0 if units.values is None else units.values[0]
        visible = units.encode(tf.where(observed_mask, rating, lowest))
        return units.expected(self.rbm_layer(visible, observed_mask))


def export(model: RBM, filepath: str | os.PathLike[str], format: str, **arguments: Any) -> None:
    """As `RBM.export`."""
    path = Path(filepath)
    if path.exists():
        raise ValueError(f"filepath: expected a name that is free, found {path}; remove it, or take another")
    answers = DenseAnswers(model)
    shape = (None, model.num_items)
    answers(tf.zeros((1, model.num_items)))
    arguments = {"verbose": False, "input_signature": [keras.InputSpec(shape=shape, dtype="float32")]} | arguments
    target = atomic_folder(path) if format == SAVED_MODEL else atomic_file(path)
    with target as temporary:
        if format != SAVED_MODEL:
            temporary.unlink()  # some of Keras' writers refuse an existing file
        answers.export(str(temporary), format=format, **arguments)
