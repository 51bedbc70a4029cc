"""A trained machine as arrays, and their checks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

INFERENCES = ("mean_field", "exact")


class Tables(NamedTuple):
    """A machine with this energy over the films that a user rated:

    E(v, h) = - sum{ b[v] + a . t(v) } - sum{ (s(v) - m) W (h - n) } - sum{ D h } - sum{ c h }

    as `rbm_lib.sparse.ScoredTables`, with the values, ids and inference that a prediction needs besides.

    Attributes:
        weights: float32 `(num_items, num_scores, num_hidden)`, W.
        visible_bias: float32 `(num_items, num_values)`, b.
        hidden_bias: float32 `(num_hidden,)`, c.
        shares: float32 `(num_items, num_values)`, each film's base rates, whose mean score is m; zeros if m is 0.
        rated: float32 `(num_items, num_hidden)`, D; without rows for a machine that is not conditional.
        scores: float32 `(num_values, num_scores)`, s.
        tilts: float32 `(num_values, num_tilts)`, t; without columns for a machine without user biases.
        precision: float32 `(num_tilts,)`, of the normal prior of a.
        hidden_offset: float32 `()`, n.
        values: float32 `(num_values,)`, ascending, the possible ratings.
        item_id: int64 or str `(num_items,)`, the ids of the films.
        inference: str, of predictions: "mean_field" or "exact".
    Example:
        >>> from rbm_lib import RBM, serving
        >>> RBM(num_items=4, num_hidden=2).to_numpy().tables.weights.shape
        (4, 1, 2)
    """

    weights: NDArray[np.float32]
    visible_bias: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    shares: NDArray[np.float32]
    rated: NDArray[np.float32]
    scores: NDArray[np.float32]
    tilts: NDArray[np.float32]
    precision: NDArray[np.float32]
    hidden_offset: NDArray[np.float32]
    values: NDArray[np.float32]
    item_id: NDArray[Any]
    inference: str


def check(tables: Tables) -> None:
    """Raises ValueError unless the shapes agree and every number is finite."""
    if tables.weights.ndim != 3 or tables.scores.ndim != 2 or tables.tilts.ndim != 2:
        raise ValueError("weights, scores, tilts: expected three, two and two axes")
    num_items, num_scores, num_hidden = tables.weights.shape
    num_values, num_tilts = len(tables.values), tables.tilts.shape[1]
    expected = {
        "visible_bias": (num_items, num_values),
        "hidden_bias": (num_hidden,),
        "shares": (num_items, num_values),
        "rated": (num_items if len(tables.rated) else 0, num_hidden),
        "scores": (num_values, num_scores),
        "tilts": (num_values, num_tilts),
        "precision": (num_tilts,),
        "hidden_offset": (),
        "item_id": (num_items,),
    }
    for name, shape in expected.items():
        if getattr(tables, name).shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, found {getattr(tables, name).shape}")
    for name in (*list(expected)[:-1], "weights", "values"):
        array = getattr(tables, name)
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite float32 numbers")
    if tables.item_id.dtype.kind not in "iuU":
        raise ValueError(f"item_id: expected whole numbers or texts, found {tables.item_id.dtype}")
    if not (np.diff(tables.values) > 0).all() or (num_tilts and not (tables.precision > 0).all()):
        raise ValueError("values, precision: expected ascending numbers, and numbers above 0")
    if tables.inference not in INFERENCES:
        raise ValueError(f"inference: expected one of {', '.join(INFERENCES)}, found {tables.inference!r}")
