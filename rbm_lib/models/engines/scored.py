"""The loops of machines with user biases, polynomial units, hidden offsets or expected reconstructions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib import sparse

from ..parameters import RBMParameters
from ..units.bernoulli import Bernoulli
from ..units.listed import ListedUnits
from .sparse import Batch, Rows

if TYPE_CHECKING:
    from ..layer import RBMLayer
    from ..model import RBM


def is_scored(layer: RBMLayer) -> bool:
    """Whether the machine needs more than the compiled loops of `rbm_lib.sparse.engine` support."""
    return bool(layer.user_bias or layer.hidden_offset) or layer.units.coupling_shape(1) != layer.units.shape(1)


class ScoredMachine:
    """What does not change while a machine is trained, and the conversion of its arrays to tables."""

    def __init__(self, layer: RBMLayer) -> None:
        self.units = cast(ListedUnits, layer.units)
        self.likes = isinstance(layer.units, Bernoulli)
        self.hidden_offset: float = layer.hidden_offset
        self.scores: NDArray[np.float32] = self.units.scores
        empty = np.zeros((len(self.scores), 0), np.float32)
        self.tilts: NDArray[np.float32] = self.units.tilts(layer.user_bias) if layer.user_bias else empty

    def arrays(self, layer: RBMLayer) -> list[tf.Tensor]:
        """The trained arrays, and the precision of the users' biases."""
        precision = [layer.user_precision.value] if layer.user_bias else [tf.zeros((0,))]
        return [*layer.trained_parameters.arrays, *precision]

    def tables(self, arrays: Sequence[Any]) -> sparse.ScoredTables:
        """`ScoredTables` from `arrays` as NumPy arrays."""
        *trained, precision = arrays
        weights, bias, hidden_bias, offset, rated = RBMParameters(*trained).arrays
        if self.likes:
            weights = weights[:, None]
            bias, offset = np.stack([np.zeros_like(bias), bias], axis=1), np.stack([1 - offset, offset], axis=1)
        elif self.units.trains_increments:
            bias = bias.cumsum(axis=1)
        rated = rated if np.ndim(rated) else np.zeros((0, len(hidden_bias)), np.float32)
        learnt = weights, bias, hidden_bias, offset, rated
        return sparse.ScoredTables(*learnt, self.scores, self.tilts, precision, self.hidden_offset, self.likes)


class ScoredLoops(ScoredMachine):
    """The compiled loops of `rbm_lib.sparse.scored`, as `PlainLoops`. It holds no model."""

    def __init__(self, model: RBM) -> None:
        super().__init__(model.rbm_layer)
        self.drawing = model.negative == "sampled"

    trained = used = ScoredMachine.arrays

    def direction(self, batch: Batch, arrays: Sequence[Any], **how: Any) -> sparse.SparseDirection:
        """As `sparse.scored_direction`, by the trained arrays: for likes one value, for increments their sums."""
        found = sparse.scored_direction(*batch, self.tables(arrays), drawing=self.drawing, **how)
        bias = found.visible_bias
        if self.likes:
            return found._replace(interaction_weights=found.interaction_weights[:, 0], visible_bias=bias[:, 1])
        if self.units.trains_increments:
            return found._replace(visible_bias=np.ascontiguousarray(bias[:, ::-1].cumsum(axis=1)[:, ::-1]))
        return found

    def pairs(self, rows: Rows, arrays: Sequence[Any], **how: Any) -> NDArray[np.float32]:
        """As `sparse.scored_pairs`; for likes the share of the like alone."""
        found = sparse.scored_pairs(*rows, self.tables(arrays), **how)
        return np.ascontiguousarray(found[:, 1]) if self.likes else found


def tables_of(layer: RBMLayer) -> sparse.ScoredTables:
    """The machine of a layer as `sparse.ScoredTables`, NumPy arrays of its current values.

    Args:
        layer: `RBMLayer` of likes or of a list of values that the compiled loops support.
    Returns:
        tables: `sparse.ScoredTables`.
    Raises:
        ValueError: for other units.
    Example:
        >>> from rbm_lib import RBMLayer
        >>> from rbm_lib.models import tables_of
        >>> layer = RBMLayer(num_items=4, num_hidden=3, units="polynomial", user_bias=1)
        >>> layer.build()
        >>> tables_of(layer).weights.shape
        (4, 1, 3)
    """
    if not hasattr(layer.units, "scores"):
        raise ValueError(f"units: expected units with a list of values, found {layer.units.name} units")
    machine = ScoredMachine(layer)
    return machine.tables([np.asarray(array) for array in machine.arrays(layer)])
