"""The sparse engine of machines with user biases, polynomial units, hidden offsets or expected reconstructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib import sparse
from rbm_lib._tensorflow import held_weakly

from ..parameters import RBMParameters
from ..units.bernoulli import Bernoulli
from ..units.listed import ListedUnits
from .sparse import SparseEngine, as_increments, touches_only_listed_rows

if TYPE_CHECKING:
    from ..layer import RBMLayer
    from ..model import RBM
    from ..parameters import Increments


def is_scored(layer: RBMLayer) -> bool:
    """Whether the machine is more than the compiled loops of `rbm_lib.sparse.engine` know."""
    return bool(layer.user_bias or layer.hidden_offset) or layer.units.coupling_shape(1) != layer.units.shape(1)


class ScoredEngine(SparseEngine):
    """Every mini-batch as it comes, CSR, by the compiled loops of `rbm_lib.sparse.scored`."""

    def direction(
        self, model: RBM, batch: dict[str, tf.Tensor], step: tf.Tensor, persistent: tf.Tensor | None = None
    ) -> tuple[Increments, tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """As `DenseEngine.direction`; of expected reconstructions, `agreement` is float."""
        listed_only, drawing = touches_only_listed_rows(model), model.negative == "sampled"
        values, seed, memory, machine = _values(model), model.seed, held_weakly(self.memory), _Machine(model.rbm_layer)
        likes, increments = machine.likes, machine.units.trains_increments

        def compute(
            row_splits: Any,
            item_index: Any,
            rating: Any,
            user_index: Any,
            persistent: Any,
            cd_steps: Any,
            step: Any,
            *arrays: Any,
        ) -> tuple[Any, ...]:
            found = sparse.scored_direction(
                row_splits,
                item_index,
                rating,
                user_index,
                machine.tables(*arrays),
                values=values,
                cd_steps=int(cd_steps),
                step=int(step),
                seed=seed,
                drawing=drawing,
                persistent=persistent if persistent.size else None,
                every_film=not listed_only,
                memory=memory(),
            )
            bias = found.visible_bias
            if likes:
                found = found._replace(interaction_weights=found.interaction_weights[:, 0], visible_bias=bias[:, 1])
            elif increments:
                found = found._replace(visible_bias=np.ascontiguousarray(bias[:, ::-1].cumsum(axis=1)[:, ::-1]))
            rated = np.diff(row_splits) > 0
            return tuple(found._replace(agreement=found.agreement.astype(np.float32), loss=found.loss[rated]))

        inputs = [batch[name] for name in ("row_splits", "item_index", "rating", "user_index")]
        chains = tf.zeros((0,), tf.uint8) if persistent is None else persistent
        kinds = [tf.int32, *[tf.float32] * 5, tf.uint8, tf.float32]
        given = [*inputs, chains, model.current_cd_steps, step, *machine.arrays(model.rbm_layer)]
        films, *parts, agreement, stop, loss = tf.numpy_function(compute, given, kinds)
        direction = as_increments(model, films, parts, listed_only)
        stop = None if persistent is None else tf.ensure_shape(stop, (None, model.num_hidden))
        return direction, tf.ensure_shape(agreement, (None,)), stop, tf.ensure_shape(loss, (None,))

    def targets(
        self,
        model: RBM,
        batch: dict[str, tf.Tensor],
        inference: str,
        repeat: int | tf.Tensor,
        targets_as_rated: bool = False,
    ) -> tf.Tensor:
        """As `DenseEngine.targets`."""
        values, seed, machine = _values(model), model.seed, _Machine(model.rbm_layer)

        def compute(
            row_splits: Any,
            item_index: Any,
            rating: Any,
            target_splits: Any,
            target_items: Any,
            user_index: Any,
            repeat: Any,
            *arrays: Any,
        ) -> Any:
            found = sparse.scored_pairs(
                row_splits,
                item_index,
                rating,
                target_splits,
                target_items,
                machine.tables(*arrays),
                values=values,
                inference=inference,
                targets_as_rated=targets_as_rated,
                sampling=(user_index, int(repeat), seed),
            )
            return np.ascontiguousarray(found[:, 1]) if machine.likes else found

        names = ("row_splits", "item_index", "rating", "target_row_splits", "target_item_index", "user_index")
        inputs = [*(batch[name] for name in names), repeat, *machine.arrays(model.rbm_layer)]
        found = tf.numpy_function(compute, inputs, tf.float32)
        return tf.ensure_shape(found, (None, *model.units.shape(model.num_items)[1:]))


def tables_of(layer: RBMLayer) -> sparse.ScoredTables:
    """The machine of a layer as `sparse.ScoredTables`, NumPy arrays of its current values."""
    machine = _Machine(layer)
    return machine.tables(*(np.asarray(array) for array in machine.arrays(layer)))


class _Machine:
    """What does not change while a machine is trained, and how its arrays become tables."""

    def __init__(self, layer: RBMLayer) -> None:
        self.units = cast(ListedUnits, layer.units)
        self.likes = isinstance(layer.units, Bernoulli)
        self.hidden_offset: float = layer.hidden_offset
        self.scores: NDArray[np.float32] = self.units.scores
        empty = np.zeros((len(self.scores), 0), np.float32)
        self.tilts: NDArray[np.float32] = self.units.tilts(layer.user_bias) if layer.user_bias else empty

    def arrays(self, layer: RBMLayer) -> list[tf.Tensor]:
        """What is trained, and the precision of the users' biases."""
        precision = [layer.user_precision.value] if layer.user_bias else [tf.zeros((0,))]
        return [*layer.trained_parameters.arrays, *precision]

    def tables(self, *arrays: Any) -> sparse.ScoredTables:
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


def _values(model: RBM) -> NDArray[np.float32]:
    return np.asarray(model.units.values, np.float32)
