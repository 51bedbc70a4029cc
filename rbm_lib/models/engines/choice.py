"""Two engines behind one model: dense matrix products, and compiled loops over the ratings.

Each has `direction`, what a training step adds, and `targets`, the predictions that were asked for. They make the same
draws, so they agree up to float rounding.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from rbm_lib import sparse

from ..units.choice import compiled_in_words, is_compiled
from ..units.contract import VisibleUnits
from .dense import DenseEngine, dense_best_films, dense_free_energy
from .sparse import SparseEngine

ENGINES = ("auto", "dense", "sparse")


def make_engine(name: str, units: VisibleUnits) -> DenseEngine | SparseEngine:
    """The engine of that name for a model with these visible units.

    Args:
        name: "dense", "sparse", or "auto": the dense one where there is a GPU, or where the sparse one does not compute
            these units, and the sparse one elsewhere.
        units: the model's visible units.
    Raises:
        ValueError: if the sparse engine is asked for and does not compute these units.
    """
    if name == "auto":
        dense = tf.config.list_logical_devices("GPU") or not is_compiled(units)
        name = "dense" if dense else "sparse"
    if name == "sparse" and not is_compiled(units):
        raise ValueError(
            f"engine: expected 'dense' for {units.name} units, found 'sparse', which computes {compiled_in_words()}"
        )
    return DenseEngine() if name == "dense" else SparseEngine()


class FunctionsOfUsers(NamedTuple):
    """What is computed from the CSR of some users, outside a graph."""

    best_films: Callable[..., Any]
    free_energy: Callable[..., Any]


def functions_of_users(units: VisibleUnits) -> FunctionsOfUsers:
    """The compiled functions where they know the units, whichever engine trains the model, else their dense twins."""
    if is_compiled(units):
        return FunctionsOfUsers(sparse.best_films, sparse.free_energy)
    return FunctionsOfUsers(dense_best_films, dense_free_energy)
