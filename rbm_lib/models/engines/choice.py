"""Two engines behind one model: dense matrix products, and compiled loops over the ratings.

Each has `direction`, the increments of a training step, and `targets`, predictions of targets. Both use the same random
numbers, so they agree up to float rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from rbm_lib import sparse

from ..parameters import RBMParameters
from ..units.choice import compiled_in_words, is_compiled
from .dense import DenseEngine, dense_best_films, dense_free_energy
from .scored import ScoredLoops, is_scored, tables_of
from .sparse import PlainLoops, SparseEngine

if TYPE_CHECKING:
    from ..layer import RBMLayer

ENGINES = ("auto", "dense", "sparse")


def make_engine(name: str, layer: RBMLayer, negative: str = "sampled") -> DenseEngine | SparseEngine:
    """The engine of that name for a machine.

    Args:
        name: "dense", "sparse", or "auto": dense on a GPU and for units that the sparse engine does not compute, sparse
            elsewhere.
        layer: the machine.
        negative: "sampled" or "expected", its reconstructions.
    Raises:
        ValueError: if the sparse engine is requested and does not compute these units.
    """
    units = layer.units
    if name == "auto":
        dense = tf.config.list_logical_devices("GPU") or not is_compiled(units)
        name = "dense" if dense else "sparse"
    if name == "sparse" and not is_compiled(units):
        raise ValueError(
            f"engine: expected 'dense' for {units.name} units, found 'sparse', which computes {compiled_in_words()}"
        )
    if name == "dense":
        return DenseEngine()
    return SparseEngine(ScoredLoops if is_scored(layer) or negative == "expected" else PlainLoops)


class FunctionsOfUsers(NamedTuple):
    """Functions computed from the CSR arrays of some users, outside a graph."""

    best_films: Callable[..., Any]
    free_energy: Callable[..., Any]
    parameters: RBMParameters | sparse.ScoredTables  # of NumPy arrays, the functions' argument


def functions_of_users(layer: RBMLayer) -> FunctionsOfUsers:
    """The compiled functions where they support the units, whichever engine trains the model; else dense ones."""
    if is_scored(layer):
        return FunctionsOfUsers(sparse.scored_best_films, sparse.scored_free_energy, tables_of(layer))
    weights, bias, hidden_bias, offset, rated = (np.asarray(part) for part in layer.parameters.arrays)
    parameters = RBMParameters(weights, bias, hidden_bias, offset, rated, layer.units)
    if is_compiled(layer.units):
        return FunctionsOfUsers(sparse.best_films, sparse.free_energy, parameters)
    return FunctionsOfUsers(dense_best_films, dense_free_energy, parameters)
