"""Two engines behind one model: dense matrix products, and compiled loops over the ratings.

Each has `direction`, what a training step adds, and `targets`, the predictions that were asked for. They make the same
draws, so they agree up to float rounding.
"""

import weakref

import keras
import numpy as np
import tensorflow as tf

from rbm_lib import conditionals, draws, feeds
from rbm_lib.conditionals import Increments
from rbm_lib.contrastive_divergence import ascent_direction, persistent_direction
from rbm_lib.memory import Memory

ENGINES = ("auto", "dense", "sparse")
INFERENCES = ("mean_field", "exact", "sampled")


def make_engine(name):
    """The engine of that name; "auto" takes the dense one where there is a GPU, the sparse one elsewhere."""
    if name == "auto":
        name = "dense" if tf.config.list_logical_devices("GPU") else "sparse"
    return {"dense": DenseEngine, "sparse": SparseEngine}[name]()


class DenseEngine:
    """Every mini-batch as a matrix of users by films, with its mask."""

    name = "dense"

    def direction(self, model, batch, step, persistent=None):
        """The CD-k direction, and which observed ratings the chain reproduced.

        Args:
            model: `RBM`.
            batch: dict of tensors, as `Ratings.batches` makes them.
            step: int64 scalar tensor, `optimizer.iterations`.
            persistent: uint8 `(batch, num_hidden)`, where persistent chains go on, or None.
        Returns:
            direction: `Increments`, in nats per unit of what is trained.
            agreement: bool `(num_observed,)`, in any order.
            persistent: where they stop, or None.
        """
        visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
        address = draws.DrawAddress(model.seed, draws.TRAINING, step, batch["user_index"])
        common = (visible, observed_mask, model.parameters, address, model.current_cd_steps)
        if persistent is None:
            direction, end = ascent_direction(*common)
        else:
            direction, end, persistent = persistent_direction(*common, persistent)
        same = end == visible if len(visible.shape) == 2 else tf.reduce_all(end == visible, axis=-1)
        return model.units.pull_back(direction), tf.boolean_mask(same, observed_mask), persistent

    def targets(self, model, batch, inference, repeat, targets_as_rated=False):
        """P(like), or P(star), of the batch's targets.

        Args:
            model, batch: as in `direction`, the batch with targets.
            inference: "mean_field", "exact" or "sampled".
            repeat: int scalar, which of the independent repeats of sampled inference.
            targets_as_rated: bool, whether a conditional RBM is told that the targets were rated.
        Returns:
            probability: float32 `(num_targets[, num_stars])`; 0 and 1 when sampled.
        """
        visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
        row, item = feeds.row_index(batch["target_row_splits"]), tf.cast(batch["target_item_index"], tf.int64)
        place = tf.stack([row, item], axis=1)
        rated_mask = observed_mask
        if targets_as_rated:
            rated_mask = tf.tensor_scatter_nd_update(observed_mask, place, tf.ones_like(row, tf.bool))
        if inference == "exact":
            activation = conditionals.hidden_activation(visible, observed_mask, model.parameters, rated_mask)
            return conditionals.exact_prediction(activation, row, item, model.parameters)
        return tf.gather_nd(_every_film(model, batch, visible, observed_mask, inference, repeat, rated_mask), place)


class SparseEngine:
    """Every mini-batch as it comes, CSR; arithmetic for rated films only."""

    name = "sparse"

    def __init__(self):
        self.memory = Memory()

    def direction(self, model, batch, step, persistent=None):
        """As `DenseEngine.direction`; for some optimizers the films that the batch did not rate are not even listed."""
        listed_only = touches_only_listed_rows(model)
        values, seed, increments = np.float32(model.units.values), model.seed, model.units.trains_increments
        memory = weakref.ref(self.memory)  # TensorFlow keeps `compute`, and what it refers to, for ever: no model then

        def compute(row_splits, item_index, rating, user_index, persistent, cd_steps, step, *parameters):
            found = sparse().ascent_direction(
                row_splits,
                item_index,
                rating,
                user_index,
                conditionals.RBMParameters(*parameters),
                cd_steps=int(cd_steps),
                step=int(step),
                seed=seed,
                values=values,
                persistent=persistent if persistent.size else None,
                every_film=not listed_only,
                increments=increments,
                memory=memory(),
            )
            return tuple(found)

        inputs = [batch[name] for name in ("row_splits", "item_index", "rating", "user_index")]
        chains = tf.zeros((0,), tf.uint8) if persistent is None else persistent
        kinds = [tf.int32, *[tf.float32] * 4, tf.bool, tf.uint8]
        given = [*inputs, chains, model.current_cd_steps, step, *model.rbm_layer.trained_parameters]
        found = tf.numpy_function(compute, given, kinds)
        films, *parts, agreement, stop = found
        bias = model.units.shape(model.num_items)
        rows = None if listed_only else model.num_items
        shapes = ((rows, *bias[1:], model.num_hidden), (rows, *bias[1:]), (model.num_hidden,), (rows, model.num_hidden))
        direction = Increments(*(tf.ensure_shape(part, shape) for part, shape in zip(parts[:3], shapes, strict=False)))
        if model.conditional:
            direction = direction._replace(rated_weights=tf.ensure_shape(parts[3], shapes[3]))
        agreement = tf.ensure_shape(agreement, (None,))
        if listed_only:
            direction = Increments(
                *(part if name == "hidden_bias" or isinstance(part, float) else tf.IndexedSlices(part, films)
                  for name, part in direction._asdict().items())
            )  # fmt: skip
        return direction, agreement, None if persistent is None else tf.ensure_shape(stop, (None, model.num_hidden))

    def targets(self, model, batch, inference, repeat, targets_as_rated=False):
        """As `DenseEngine.targets`."""
        values, seed = np.float32(model.units.values), model.seed

        def compute(row_splits, item_index, rating, target_splits, target_items, user_index, repeat, *parameters):
            return sparse().predict_pairs(
                row_splits,
                item_index,
                rating,
                target_splits,
                target_items,
                conditionals.RBMParameters(*parameters),
                values=values,
                inference=inference,
                targets_as_rated=targets_as_rated,
                sampling=(user_index, int(repeat), seed),
            )

        names = ("row_splits", "item_index", "rating", "target_row_splits", "target_item_index", "user_index")
        inputs = [*(batch[name] for name in names), repeat, *model.parameters]
        found = tf.numpy_function(compute, inputs, tf.float32)
        return tf.ensure_shape(found, (None, *model.units.shape(model.num_items)[1:]))


def touches_only_listed_rows(model):
    """Whether the optimizer leaves a film alone whose gradient is zero, so that unlisted films may be skipped exactly.

    Plain gradient descent does. Momentum, Adam and weight decay move every film at every step.
    """
    optimizer = model.optimizer
    plain = isinstance(optimizer, keras.optimizers.SGD) and optimizer.momentum == 0
    plain = plain and not (optimizer.weight_decay or optimizer.use_ema or optimizer.clipnorm or optimizer.clipvalue)
    return (
        plain and not optimizer.global_clipnorm and not optimizer.gradient_accumulation_steps and not model.weight_decay
    )


def predict_every_film(model, batch, inference, repeat):
    """P(like), or P(star), of every film for every row: float32 `(batch, num_items[, num_stars])`; bits if sampled."""
    visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
    return _every_film(model, batch, visible, observed_mask, inference, repeat, observed_mask)


def _every_film(model, batch, visible, observed_mask, inference, repeat, rated_mask):
    if inference == "mean_field":
        return conditionals.mean_field_prediction(visible, observed_mask, model.parameters, rated_mask)
    address = draws.DrawAddress(model.seed, draws.PREDICTION, repeat, batch["user_index"])
    return conditionals.sampled_prediction(visible, observed_mask, model.parameters, address, rated_mask)


def sparse():
    """Imported on first use: compiling, or loading what was compiled, is no part of `import rbm_lib`."""
    from rbm_lib import sparse as engine

    return engine
