"""The sparse engine inside a TensorFlow graph: mini-batches stay CSR; `rbm_lib.sparse` computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib import sparse
from rbm_lib._tensorflow import held_weakly

from ..parameters import Increments, RBMParameters
from ..training.row_adam import SMALL, RowAdam

if TYPE_CHECKING:
    from rbm_lib.workers import Ranks

    from ..layer import RBMLayer
    from ..model import RBM


OF_FILMS = (0, 1, 3, 4)  # places in `RBMParameters.arrays` of the arrays with a row for each film
Batch = tuple[Any, Any, Any, Any]  # row_splits, item_index, rating, user_index, as `sparse` takes them
Rows = tuple[Any, Any, Any, Any, Any]  # row_splits, item_index, rating, target_row_splits, target_item_index


class PlainLoops:
    """The compiled loops of `rbm_lib.sparse.engine`, for machines of likes or stars. It holds no model."""

    def __init__(self, model: RBM) -> None:
        self.increments = model.units.trains_increments

    def trained(self, layer: RBMLayer) -> Sequence[tf.Tensor]:
        """The arrays that `direction` takes: the trained ones."""
        return layer.trained_parameters.arrays

    def used(self, layer: RBMLayer) -> Sequence[tf.Tensor]:
        """The arrays that `pairs` takes: those of the conditionals."""
        return layer.parameters.arrays

    def direction(self, batch: Batch, arrays: Sequence[Any], **how: Any) -> sparse.SparseDirection:
        """As `sparse.ascent_direction`."""
        return sparse.ascent_direction(*batch, RBMParameters(*arrays), increments=self.increments, **how)

    def pairs(self, rows: Rows, arrays: Sequence[Any], **how: Any) -> NDArray[np.float32]:
        """As `sparse.predict_pairs`."""
        return sparse.predict_pairs(*rows, RBMParameters(*arrays), **how)


class SparseEngine:
    """Mini-batches stay CSR; arithmetic for rated films only.

    Args:
        loops_of: makes the loops of a model: `PlainLoops`, or a class with its methods.
    """

    name = "sparse"

    def __init__(self, loops_of: Callable[[RBM], Any] = PlainLoops) -> None:
        self.loops_of = loops_of
        self.memory = sparse.Memory()
        self.ranks: Ranks | None = None  # of `fit` over several processes

    def direction(
        self, model: RBM, batch: dict[str, tf.Tensor], step: tf.Tensor, persistent: tf.Tensor | None = None
    ) -> tuple[Increments, tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """As `DenseEngine.direction`; for some optimizers, rows of films outside the batch are not even read."""
        listed_only, loops, engine = touches_only_listed_rows(model), self.loops_of(model), held_weakly(self)
        how = {"values": np.asarray(model.units.values, np.float32), "seed": model.seed, "every_film": not listed_only}
        by_rows = listed_only and model.rbm_layer.interaction_weights.shape.num_elements() > SMALL

        def compute(
            row_splits: Any,
            item_index: Any,
            rating: Any,
            user_index: Any,
            listed: Any,
            persistent: Any,
            cd_steps: Any,
            step: Any,
            *arrays: Any,
        ) -> tuple[Any, ...]:
            now = {"cd_steps": int(cd_steps), "step": int(step), "memory": engine().memory, "ranks": engine().ranks}
            now |= {"persistent": persistent if persistent.size else None, "films": listed if by_rows else None}
            found = loops.direction((row_splits, item_index, rating, user_index), arrays, **how, **now)
            rated = np.diff(row_splits) > 0
            return tuple(found._replace(agreement=found.agreement.astype(np.float32), loss=found.loss[rated]))

        batch, listed, trained = _read(model, batch, loops.trained(model.rbm_layer), by_rows)
        inputs = [*(batch[name] for name in ("row_splits", "item_index", "rating", "user_index")), listed]
        chains = tf.zeros((0,), tf.uint8) if persistent is None else persistent
        kinds = [tf.int32, *[tf.float32] * 5, tf.uint8, tf.float32]
        given = [*inputs, chains, model.current_cd_steps, step, *trained]
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
        loops, seed, values = self.loops_of(model), model.seed, np.asarray(model.units.values, np.float32)
        how = {"values": values, "inference": inference, "targets_as_rated": targets_as_rated}

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
            rows = row_splits, item_index, rating, target_splits, target_items
            return loops.pairs(rows, arrays, sampling=(user_index, int(repeat), seed), **how)

        names = ("row_splits", "item_index", "rating", "target_row_splits", "target_item_index", "user_index")
        inputs = [*(batch[name] for name in names), repeat, *loops.used(model.rbm_layer)]
        found = tf.numpy_function(compute, inputs, tf.float32)
        return tf.ensure_shape(found, (None, *model.units.shape(model.num_items)[1:]))


def _read(
    model: RBM, batch: dict[str, tf.Tensor], trained: Sequence[Any], by_rows: bool
) -> tuple[dict[str, tf.Tensor], tf.Tensor, list[Any]]:
    """The parameters that a step reads: all, or the rows of the films that the batch rated.

    Args:
        model: `RBM`.
        batch: dict of tensors, as `Ratings.batches` makes them.
        trained: the arrays that the loops take.
        by_rows: bool, whether to read only those rows. TensorFlow copies a variable that is written by rows and read as
            a whole; for a million films this copy takes longer than the step.
    Returns:
        batch: the same, its films numbered by their rows in the result.
        films: int32 `(num_read,)`, ascending, the films of these rows; empty if all are read.
        trained: the arrays, or their rows.
    """
    if not by_rows:
        return batch, tf.zeros((0,), tf.int32), list(trained)
    num_items = model.num_items

    def rated(row_splits: Any, item_index: Any) -> tuple[Any, Any]:
        return sparse.rated_films(row_splits, item_index, num_items)

    films, places = tf.numpy_function(rated, [batch["row_splits"], batch["item_index"]], [tf.int32, tf.int32])
    films, places = tf.ensure_shape(films, (None,)), tf.ensure_shape(places, (None,))
    rows = [
        tf.gather(one, films) if place in OF_FILMS and len(getattr(one, "shape", ())) else one
        for place, one in enumerate(trained)
    ]
    return batch | {"item_index": places}, films, rows


def as_increments(model: RBM, films: tf.Tensor, parts: list[tf.Tensor], listed_only: bool) -> Increments:
    """A direction from the arrays of `sparse.SparseDirection`: of every film, or `tf.IndexedSlices` of those listed."""
    units, rows = model.units, None if listed_only else model.num_items
    couplings, bias = units.coupling_shape(model.num_items)[1:], units.shape(model.num_items)[1:]
    shapes = ((rows, *couplings, model.num_hidden), (rows, *bias), (model.num_hidden,), (rows, model.num_hidden))
    direction = Increments(*(tf.ensure_shape(part, shape) for part, shape in zip(parts[:3], shapes, strict=False)))
    if model.conditional:
        direction = direction._replace(rated_weights=tf.ensure_shape(parts[3], shapes[3]))
    if not listed_only:
        return direction
    return Increments(
        *(part if name == "hidden_bias" or isinstance(part, float) else tf.IndexedSlices(part, films)
          for name, part in direction._asdict().items())
    )  # fmt: skip


def touches_only_listed_rows(model: RBM) -> bool:
    """Whether the optimizer leaves films unchanged that no user of the mini-batch rated.

    Plain gradient descent does, exactly, because such a film's gradient is zero; `RowAdam` does by definition.
    Momentum, Adam and weight decay change every film in every step.
    """
    optimizer = model.optimizer
    if isinstance(optimizer, RowAdam):
        return True
    plain = isinstance(optimizer, keras.optimizers.SGD) and optimizer.momentum == 0
    plain = plain and not (optimizer.weight_decay or optimizer.use_ema or optimizer.clipnorm or optimizer.clipvalue)
    return (
        plain and not optimizer.global_clipnorm and not optimizer.gradient_accumulation_steps and not model.weight_decay
    )
