"""The sparse engine inside a TensorFlow graph: mini-batches stay CSR, `rbm_lib.sparse` computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from rbm_lib import sparse
from rbm_lib._tensorflow import held_weakly

from ..parameters import Increments, RBMParameters

if TYPE_CHECKING:
    from ..model import RBM


class SparseEngine:
    """Every mini-batch as it comes, CSR; arithmetic for rated films only."""

    name = "sparse"

    def __init__(self) -> None:
        self.memory = sparse.Memory()

    def direction(
        self, model: RBM, batch: dict[str, tf.Tensor], step: tf.Tensor, persistent: tf.Tensor | None = None
    ) -> tuple[Increments, tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """As `DenseEngine.direction`; for some optimizers the films that the batch did not rate are not even listed."""
        listed_only = touches_only_listed_rows(model)
        values, seed, increments = np.asarray(model.units.values, np.float32), model.seed, model.units.trains_increments
        memory = held_weakly(self.memory)

        def compute(
            row_splits: Any,
            item_index: Any,
            rating: Any,
            user_index: Any,
            persistent: Any,
            cd_steps: Any,
            step: Any,
            *parameters: Any,
        ) -> tuple[Any, ...]:
            found = sparse.ascent_direction(
                row_splits,
                item_index,
                rating,
                user_index,
                RBMParameters(*parameters),
                cd_steps=int(cd_steps),
                step=int(step),
                seed=seed,
                values=values,
                persistent=persistent if persistent.size else None,
                every_film=not listed_only,
                increments=increments,
                memory=memory(),
            )
            return (*found[:-1], found.loss[np.diff(row_splits) > 0])

        inputs = [batch[name] for name in ("row_splits", "item_index", "rating", "user_index")]
        chains = tf.zeros((0,), tf.uint8) if persistent is None else persistent
        kinds = [tf.int32, *[tf.float32] * 4, tf.bool, tf.uint8, tf.float32]
        given = [*inputs, chains, model.current_cd_steps, step, *model.rbm_layer.trained_parameters.arrays]
        found = tf.numpy_function(compute, given, kinds)
        films, *parts, agreement, stop, loss = found
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
        values, seed = np.asarray(model.units.values, np.float32), model.seed

        def compute(
            row_splits: Any,
            item_index: Any,
            rating: Any,
            target_splits: Any,
            target_items: Any,
            user_index: Any,
            repeat: Any,
            *parameters: Any,
        ) -> Any:
            return sparse.predict_pairs(
                row_splits,
                item_index,
                rating,
                target_splits,
                target_items,
                RBMParameters(*parameters),
                values=values,
                inference=inference,
                targets_as_rated=targets_as_rated,
                sampling=(user_index, int(repeat), seed),
            )

        names = ("row_splits", "item_index", "rating", "target_row_splits", "target_item_index", "user_index")
        inputs = [*(batch[name] for name in names), repeat, *model.parameters.arrays]
        found = tf.numpy_function(compute, inputs, tf.float32)
        return tf.ensure_shape(found, (None, *model.units.shape(model.num_items)[1:]))


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
    """Whether the optimizer leaves a film alone whose gradient is zero, so that unlisted films may be skipped exactly.

    Plain gradient descent does. Momentum, Adam and weight decay move every film at every step.
    """
    optimizer = model.optimizer
    plain = isinstance(optimizer, keras.optimizers.SGD) and optimizer.momentum == 0
    plain = plain and not (optimizer.weight_decay or optimizer.use_ema or optimizer.clipnorm or optimizer.clipvalue)
    return (
        plain and not optimizer.global_clipnorm and not optimizer.gradient_accumulation_steps and not model.weight_decay
    )
