"""What `fit`, `evaluate` and `predict` accept, turned into one stream of sparse batches; and a batch made dense."""

from functools import partial

import numpy as np
import tensorflow as tf

from rbm_lib.data import Ratings, Shards, endless_batches
from rbm_lib.splits import Split

BATCH_KEYS = {"row_splits", "item_index", "rating", "user_index"}
DEFAULT_BATCH_SIZE = 32  # Keras' own
TARGET_KEYS = {"target_row_splits", "target_item_index", "target_rating"}


def as_ratings(x, num_items, units, argument="x"):
    """A `Ratings` of the units' values from a `Ratings` or a pair of dense arrays.

    Args:
        x: `Ratings`, or `(visible, observed_mask)`, both `(num_users, num_items)`.
        num_items: int, visible units of the model.
        units: which values they have.
        argument: what to call `x` in an error.
    Returns:
        ratings: `Ratings`.
    Raises:
        ValueError: for another number of films, ratings that are no value of the units, or no rating at all.
    """
    if isinstance(x, tuple | list) and len(x) == 2:
        visible, observed_mask = (np.asarray(part) for part in x)
        if visible.shape != observed_mask.shape or visible.ndim != 2:
            raise ValueError(
                f"{argument}: expected visible and observed_mask of one shape (num_users, num_items), "
                f"found {visible.shape} and {observed_mask.shape}"
            )
        if not observed_mask.any():
            raise ValueError("observed_mask: expected at least one rated film, found an empty mask")
        x = Ratings.from_dense(visible, observed_mask.astype(bool))
    if not isinstance(x, Ratings):
        raise ValueError(
            f"{argument}: expected Ratings, a tf.data.Dataset of their batches, or a pair (visible, observed_mask), "
            f"found {type(x).__name__}; `Ratings.from_sentinel(matrix, unrated=-1)` reads the article's convention"
        )
    if x.num_items != num_items:
        raise ValueError(f"{argument}: expected {num_items} films, as the model has, found {x.num_items}")
    if x.num_ratings == 0:
        raise ValueError(f"{argument}: expected at least one rating, found none")
    units.check(x.rating, argument)
    return x


def training_batches(x, model, batch_size, seed, clock, steps_per_epoch=None):
    """Batches for `fit`: a `tf.data.Dataset`, shuffled by (seed, epoch) when it is made here.

    Args:
        x: what `fit` was given.
        model: `RBM`, which has the films, the values of its units, and perhaps a chain a user.
        batch_size: int or None (`DEFAULT_BATCH_SIZE`).
        seed: int, or None to keep the order.
        clock: `callbacks.EpochClock`, which knows the epoch and where in it to begin.
        steps_per_epoch: what `fit` was given.
    Returns:
        dataset: of dicts with the keys of `BATCH_KEYS`; of one epoch, or of all of them.
        steps_per_epoch: int if of all, or what was given.
    """
    if isinstance(x, tf.data.Dataset):
        return _checked(x, BATCH_KEYS, model.units, "x"), steps_per_epoch
    if not isinstance(x, Shards):
        x = as_ratings(x, model.num_items, model.units)
    elif x.num_items != model.num_items:
        raise ValueError(f"x: expected {model.num_items} films, as the model has, found {x.num_items}")
    chains = model.persistent_chains
    if chains and x.num_users > chains:
        raise ValueError(f"x: expected at most {chains} users, a chain each, found {x.num_users}")
    batch_size = batch_size or DEFAULT_BATCH_SIZE
    endless = x.endless_batches if isinstance(x, Shards) else partial(endless_batches, x)
    start = {"epoch": lambda: clock.epoch, "first_batch": lambda: clock.first_batch}
    dataset, num_batches = endless(batch_size, seed=seed, **start)
    if steps_per_epoch is None and num_batches % model.steps_per_execution == 0:
        return dataset, num_batches
    return x.to_dataset(batch_size, seed=seed, epoch=lambda: clock.epoch), steps_per_epoch


def evaluation_batches(x, num_items, units, batch_size, argument="x"):
    """Batches of inputs with their targets, from a `Split` or a `tf.data.Dataset`."""
    if isinstance(x, tf.data.Dataset):
        return _checked(x, BATCH_KEYS | TARGET_KEYS, units, argument)
    if not isinstance(x, Split):
        raise ValueError(
            f"{argument}: expected a Split, whose inputs and targets cannot overlap, found {type(x).__name__}; "
            "ratings that are scored must not be ratings that are fed"
        )
    inputs = as_ratings(x.inputs, num_items, units, f"{argument}.inputs")
    targets = as_ratings(x.targets, num_items, units, f"{argument}.targets")
    return inputs.to_dataset(batch_size or 256, targets=targets)


def _checked(dataset, keys, units, argument):
    spec = dataset.element_spec
    if not isinstance(spec, dict) or not keys <= set(spec):
        found = sorted(spec) if isinstance(spec, dict) else type(spec).__name__
        raise ValueError(f"{argument}: expected batches with the keys {sorted(keys)}, found {found}")
    for batch in dataset.take(1):
        units.check(batch["rating"].numpy(), argument)
    return dataset


def row_index(row_splits):
    """The row of each entry of a CSR batch: int64 `(num_observed,)`."""
    return tf.ragged.row_splits_to_segment_ids(row_splits)


def densify_batch(batch, num_items, units):
    """`densify` of a batch's own arrays."""
    return densify(batch["row_splits"], batch["item_index"], batch["rating"], num_items, units)


def densify(row_splits, item_index, rating, num_items, units):
    """A CSR batch as a dense pair.

    Args:
        row_splits: int64 `(batch + 1,)`.
        item_index: int32 `(num_observed,)`.
        rating: float32 `(num_observed,)`, values of the units.
        num_items: int.
        units: visible units, see `rbm_lib.models.units`.
    Returns:
        visible: float32 `(batch, num_items[, num_stars])`, zero where unrated.
        observed_mask: bool `(batch, num_items)`.
    Raises:
        tf.errors.InvalidArgumentError: for a rating that is no value of the units, or an item_index that is out
            of range or does not rise within its row; `RBM` makes a ValueError of it.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import densify, make_units
        >>> row_splits, item_index, rating = np.array([0, 2]), np.array([0, 2], np.int32), np.array([1, 0], np.float32)
        >>> visible, observed_mask = densify(row_splits, item_index, rating, num_items=3, units=make_units("bernoulli"))
        >>> observed_mask.numpy()
        array([[ True, False,  True]])
    """
    rating, item_index = tf.convert_to_tensor(rating), tf.convert_to_tensor(item_index)
    row = row_index(row_splits)
    known = tf.reduce_any(rating[:, None] == tf.constant(units.values, rating.dtype), axis=1)
    within = (item_index >= 0) & (item_index < num_items)
    rises = (item_index[1:] > item_index[:-1]) | (row[1:] != row[:-1])
    checks = [
        _refuse_unless(known, f"rating: expected {units.expected}, found", rating),
        _refuse_unless(within, f"item_index: expected numbers from 0 to {num_items - 1}, found", item_index),
        _refuse_unless(rises, "item_index: expected strictly ascending films within a row, found", item_index[1:]),
    ]
    with tf.control_dependencies(checks):
        place = tf.stack([row, tf.cast(item_index, tf.int64)], axis=1)
    shape = tf.stack([tf.size(row_splits, out_type=tf.int64) - 1, num_items])
    coded = units.encode(rating)
    visible = tf.scatter_nd(place, coded, tf.concat([shape, tf.shape(coded, out_type=tf.int64)[1:]], axis=0))
    observed_mask = tf.scatter_nd(place, tf.ones_like(rating), shape) > 0.0
    visible.set_shape([None, *units.shape(num_items)])
    observed_mask.set_shape([None, num_items])
    return visible, observed_mask


def _refuse_unless(valid, expected, values):
    """An operation that fails, and says what was expected and the first values that are not `valid`."""
    return tf.debugging.Assert(tf.reduce_all(valid), [expected, tf.boolean_mask(values, ~valid)])
