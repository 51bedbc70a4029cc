"""Two engines behind one model: dense matrix products, and compiled loops over the ratings.

Each has `direction`, what a training step adds, and `targets`, the predictions that were asked for. They make the same
draws, so they agree up to float rounding.
"""

import keras
import tensorflow as tf

from rbm_lib import conditionals, draws, feeds
from rbm_lib.conditionals import Increments
from rbm_lib.contrastive_divergence import ascent_direction

ENGINES = ("auto", "dense", "sparse")


def make_engine(name):
    """The engine of that name; "auto" takes the dense one where there is a GPU, the sparse one elsewhere."""
    if name == "auto":
        name = "dense" if tf.config.list_logical_devices("GPU") else "sparse"
    return {"dense": DenseEngine, "sparse": SparseEngine}[name]()


class DenseEngine:
    """Every mini-batch as a matrix of users by films, with its mask."""

    name = "dense"

    def direction(self, model, batch, step):
        """The CD-k direction, and which observed ratings the chain reproduced.

        Args:
            model: `RBM`.
            batch: dict of tensors, as `Ratings.batches` makes them.
            step: int64 scalar tensor, `optimizer.iterations`.
        Returns:
            direction: `Increments`, in nats per unit of each parameter.
            agreement: bool `(num_observed,)`, in any order.
        """
        visible, observed_mask = feeds.densify_batch(batch, model.num_items)
        address = draws.DrawAddress(model.seed, draws.TRAINING, step, batch["user_index"])
        direction, end = ascent_direction(visible, observed_mask, model.parameters, address, model.cd_steps)
        return direction, tf.boolean_mask(end == visible, observed_mask)

    def targets(self, model, batch, inference, repeat):
        """P(like) of the batch's targets, float32 `(num_targets,)`; bits when `inference` is "sampled"."""
        probability = predict_every_film(model, batch, inference, repeat)
        row = feeds.row_index(batch["target_row_splits"])
        return tf.gather_nd(probability, tf.stack([row, tf.cast(batch["target_item_index"], tf.int64)], axis=1))


class SparseEngine:
    """Every mini-batch as it comes, CSR; arithmetic for rated films only."""

    name = "sparse"

    def direction(self, model, batch, step):
        """As `DenseEngine.direction`; the films that the batch did not rate are not even listed."""

        def compute(row_splits, item_index, rating, user_index, step, *parameters):
            found = _sparse().ascent_direction(
                row_splits,
                item_index,
                rating,
                user_index,
                conditionals.RBMParameters(*parameters),
                cd_steps=model.cd_steps,
                step=int(step),
                seed=model.seed,
            )
            return tuple(found)

        inputs = [batch[name] for name in ("row_splits", "item_index", "rating", "user_index")]
        kinds = [tf.int32, tf.float32, tf.float32, tf.float32, tf.bool]
        found = tf.numpy_function(compute, [*inputs, step, *model.parameters], kinds)
        items, couplings, visible_bias, hidden_bias, agreement = found
        shapes = ((None,), (None, model.num_hidden), (None,), (model.num_hidden,), (None,))
        for tensor, shape in zip(found, shapes, strict=True):
            tensor.set_shape(shape)
        num_items = model.num_items
        slices = Increments(
            tf.IndexedSlices(couplings, items, (num_items, model.num_hidden)),
            tf.IndexedSlices(visible_bias, items, (num_items,)),
            hidden_bias,
        )
        if touches_only_listed_rows(model):
            return slices, agreement
        return Increments(*(tf.convert_to_tensor(part) for part in slices)), agreement

    def targets(self, model, batch, inference, repeat):
        """As `DenseEngine.targets`."""

        def compute(row_splits, item_index, rating, target_splits, target_items, user_index, repeat, *parameters):
            sampling = None if inference == "mean_field" else (user_index, int(repeat), model.seed)
            parameters = conditionals.RBMParameters(*parameters)
            return _sparse().predict_pairs(
                row_splits, item_index, rating, target_splits, target_items, parameters, sampling
            )

        names = ("row_splits", "item_index", "rating", "target_row_splits", "target_item_index", "user_index")
        inputs = [*(batch[name] for name in names), repeat, *model.parameters]
        return tf.ensure_shape(tf.numpy_function(compute, inputs, tf.float32), (None,))


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
    """P(like) of every film for every row, float32 `(batch, num_items)`; bits when `inference` is "sampled"."""
    visible, observed_mask = feeds.densify_batch(batch, model.num_items)
    if inference == "mean_field":
        return conditionals.mean_field_prediction(visible, observed_mask, model.parameters)
    address = draws.DrawAddress(model.seed, draws.PREDICTION, repeat, batch["user_index"])
    return conditionals.sampled_prediction(visible, observed_mask, model.parameters, address)


def _sparse():
    """Imported on first use: compiling, or loading what was compiled, is no part of `import rbm_lib`."""
    from rbm_lib import sparse

    return sparse


def negated(direction):
    """What an optimizer that descends has to be given to climb: a list of tensors or `tf.IndexedSlices`."""
    return [
        tf.IndexedSlices(-part.values, part.indices, part.dense_shape) if isinstance(part, tf.IndexedSlices) else -part
        for part in direction
    ]
