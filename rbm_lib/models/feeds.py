"""The inputs of `fit`, `evaluate` and `predict` as one stream of sparse batches; and a batch made dense."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from rbm_lib._checks import check_count
from rbm_lib.data import Ratings, Shards, endless_batches, iterate_batches
from rbm_lib.splits import Split

if TYPE_CHECKING:
    from .model import RBM
    from .training.callbacks import EpochClock
    from .units.contract import VisibleUnits

BATCH_KEYS = {"row_splits", "item_index", "rating", "user_index"}
DEFAULT_BATCH_SIZE = 32  # Keras' own
KINDS = {"row_splits": np.int64, "item_index": np.int32, "rating": np.float32, "user_index": np.int32}
TARGET_KEYS = {"target_row_splits", "target_item_index", "target_rating"}
NOBODY = {"row_splits": [0], "item_index": [], "rating": [], "user_index": []}
NOBODY |= {f"target_{name}": value for name, value in NOBODY.items() if name != "user_index"}


def as_ratings(
    x: Any, num_items: int, units: "VisibleUnits", argument: str = "x", *, may_be_empty: bool = False
) -> Ratings:
    """A `Ratings` of the units' values from a `Ratings` or a pair of dense arrays.

    Args:
        x: `Ratings`, or `(visible, observed_mask)`, both `(num_users, num_items)`.
        num_items: int, visible units of the model.
        units: the visible units, with their values.
        argument: what to call `x` in an error.
        may_be_empty: bool, whether users without any rating are accepted; their predictions are base rates.
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
        if not (may_be_empty or observed_mask.any()):
            raise ValueError("observed_mask: expected at least one rated film, found an empty mask")
        x = Ratings.from_dense(visible, observed_mask.astype(bool))
    if not isinstance(x, Ratings):
        raise ValueError(
            f"{argument}: expected Ratings, a tf.data.Dataset of their batches, or a pair (visible, observed_mask), "
            f"found {type(x).__name__}; `Ratings.from_sentinel(matrix, unrated=-1)` reads the article's convention"
        )
    if x.num_items != num_items:
        raise ValueError(f"{argument}: expected {num_items} films, as the model has, found {x.num_items}")
    if x.num_ratings == 0 and not may_be_empty:
        raise ValueError(f"{argument}: expected at least one rating, found none")
    units.check(x.rating, argument)
    return x


def training_batches(
    x: Any,
    model: "RBM",
    batch_size: int,
    seed: int | None,
    clock: "EpochClock",
    steps_per_epoch: int | None = None,
) -> tuple[tf.data.Dataset[Any], int | None]:
    """Batches for `fit`: a `tf.data.Dataset`, shuffled by (seed, epoch) when it is made here.

    Args:
        x: the argument of `fit`.
        model: `RBM`, with its films, the values of its units, and perhaps a chain for each user.
        batch_size: int >= 1.
        seed: int, or None to keep the order.
        clock: `callbacks.EpochClock`, with the epoch and the batch to start from.
        steps_per_epoch: the argument of `fit`.
    Returns:
        dataset: of dicts with the keys of `BATCH_KEYS`; of one epoch, or of all of them.
        steps_per_epoch: int if the dataset has all epochs, else the argument.
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
    endless = x.endless_batches if isinstance(x, Shards) else partial(endless_batches, x)
    start = {"epoch": lambda: clock.order, "first_batch": lambda: clock.first_batch}
    dataset, num_batches = endless(batch_size, seed=seed, **start)
    if steps_per_epoch is None and num_batches % model.steps_per_execution == 0:
        return dataset, num_batches
    return x.to_dataset(batch_size, seed=seed, epoch=lambda: clock.order), steps_per_epoch


def evaluation_batches(
    x: Split | tf.data.Dataset[Any],
    num_items: int,
    units: "VisibleUnits",
    batch_size: int | None,
    argument: str = "x",
) -> tf.data.Dataset[Any]:
    """Batches of inputs with their targets, from a `Split` or a `tf.data.Dataset`."""
    batch_size = check_batch_size(batch_size, 256)
    if isinstance(x, tf.data.Dataset):
        return _checked(x, BATCH_KEYS | TARGET_KEYS, units, argument)
    if not isinstance(x, Split):
        raise ValueError(
            f"{argument}: expected a Split, whose inputs and targets cannot overlap, found {type(x).__name__}; "
            "ratings that are scored must not be ratings that are fed"
        )
    inputs, targets = parts_of(x, num_items, units, argument)
    return inputs.to_dataset(batch_size, targets=targets)


def parts_of(
    split: Split, num_items: int, units: "VisibleUnits", argument: str, *, may_be_empty: bool = False
) -> tuple[Ratings, Ratings]:
    """Inputs, which may be empty, and targets of a `Split`, both checked; `may_be_empty` is for the targets."""
    inputs = as_ratings(split.inputs, num_items, units, f"{argument}.inputs", may_be_empty=True)
    return inputs, as_ratings(split.targets, num_items, units, f"{argument}.targets", may_be_empty=may_be_empty)


def unpacked(data: Any) -> dict[str, tf.Tensor]:
    """The batch in the argument of a Keras step: alone, or as x in a tuple (x, y, sample_weight)."""
    batch: dict[str, tf.Tensor] = data[0] if isinstance(data, tuple) else data
    return batch


def one_batch(x: Any, model: "RBM", *, targets: bool = False, may_be_empty: bool = False) -> dict[str, tf.Tensor]:
    """A batch for one step, from any of the accepted inputs.

    Args:
        x: dict of arrays or tensors as `Ratings.batches` makes them; or `Ratings` or a pair `(visible, observed_mask)`,
            all of whose users are taken; with targets, a dict that has them, or a `Split`.
        model: `RBM`.
        targets: bool, whether there must be ratings to predict.
        may_be_empty: bool, whether users without any rating are accepted.
    Returns:
        batch: dict of tensors of the types that the engines take.
    Raises:
        ValueError: for missing keys, ratings that are no value of the units, or users without a chain of their own.
    """
    if isinstance(x, Split) and targets:
        inputs = as_ratings(x.inputs, model.num_items, model.units, "x.inputs", may_be_empty=True)
        x = next(inputs.batches(max(1, inputs.num_users), targets=x.targets), NOBODY)
    elif not isinstance(x, dict) and not targets:
        ratings = as_ratings(x, model.num_items, model.units, may_be_empty=may_be_empty)
        x = next(iterate_batches(ratings, max(1, ratings.num_users), every_user=may_be_empty), NOBODY)
    keys = BATCH_KEYS | (TARGET_KEYS if targets else set())
    if not isinstance(x, dict) or not keys <= set(x):
        found = sorted(x) if isinstance(x, dict) else type(x).__name__
        raise ValueError(f"x: expected a batch with the keys {sorted(keys)}, found {found}")
    arrays = {name: np.asarray(x[name], KINDS[name.removeprefix("target_")]) for name in sorted(keys)}
    model.units.check(arrays["rating"], "x")
    most = model.persistent_chains
    if most and not targets and (arrays["user_index"] >= most).any():
        raise ValueError(f"x: expected users from 0 to {most - 1}, a chain each, found {arrays['user_index'].max()}")
    return {name: tf.constant(array) for name, array in arrays.items()}


def check_batch_size(batch_size: int | None, default: int = DEFAULT_BATCH_SIZE) -> int:
    """Returns the users in a mini-batch, the default for None, or raises ValueError."""
    return default if batch_size is None else check_count(batch_size, "batch_size")


def check_lengths(arguments: dict[str, Any]) -> dict[str, Any]:
    """Returns arguments for Keras, those that count epochs and steps as ints, or raises ValueError naming one."""
    least = {"epochs": 0, "initial_epoch": 0, "steps_per_epoch": 1, "validation_steps": 1, "steps": 1}
    given = [name for name in least if arguments.get(name) is not None]
    return arguments | {name: check_count(arguments[name], name, least=least[name]) for name in given}


def _checked(
    dataset: tf.data.Dataset[Any], keys: set[str], units: "VisibleUnits", argument: str
) -> tf.data.Dataset[Any]:
    spec = dataset.element_spec
    if not isinstance(spec, dict) or not keys <= set(spec):
        found = sorted(spec) if isinstance(spec, dict) else type(spec).__name__
        raise ValueError(f"{argument}: expected batches with the keys {sorted(keys)}, found {found}")
    for batch in dataset.take(1):
        units.check(batch["rating"].numpy(), argument)
    return dataset


def row_index(row_splits: tf.Tensor) -> tf.Tensor:
    """The row of each entry of a CSR batch: int64 `(num_observed,)`."""
    return tf.ragged.row_splits_to_segment_ids(row_splits)


def densify_batch(batch: dict[str, tf.Tensor], num_items: int, units: "VisibleUnits") -> tuple[tf.Tensor, tf.Tensor]:
    """`densify` of a batch's own arrays."""
    return densify(batch["row_splits"], batch["item_index"], batch["rating"], num_items, units)


def densify(
    row_splits: Any, item_index: Any, rating: Any, num_items: int, units: "VisibleUnits"
) -> tuple[tf.Tensor, tf.Tensor]:
    """A CSR batch as a dense pair.

    Args:
        row_splits: int64 `(batch + 1,)`.
        item_index: int32 `(num_observed,)`.
        rating: float32 `(num_observed,)`, values of the units.
        num_items: int.
        units: `VisibleUnits`.
    Returns:
        visible: float32 `(batch, num_items[, num_stars])`, zero where unrated.
        observed_mask: bool `(batch, num_items)`.
    Raises:
        tf.errors.InvalidArgumentError: for a rating that is no value of the units, or an item_index that is out of
            range or does not increase within its row; `RBM` turns it into a ValueError.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import densify, make_units
        >>> row_splits, item_index, rating = np.array([0, 2]), np.array([0, 2], np.int32), np.array([1, 0], np.float32)
        >>> visible, observed_mask = densify(row_splits, item_index, rating, num_items=3, units=make_units("bernoulli"))
        >>> observed_mask.numpy()
        array([[ True, False,  True]])
    """
    num_items = check_count(num_items, "num_items")
    rating, item_index = tf.convert_to_tensor(rating), tf.convert_to_tensor(item_index)
    row = row_index(row_splits)
    known = units.holds(rating)
    within = (item_index >= 0) & (item_index < num_items)
    rises = (item_index[1:] > item_index[:-1]) | (row[1:] != row[:-1])
    checks = [
        _refuse_unless(known, f"rating: expected {units.ratings_in_words}, found", rating),
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


def _refuse_unless(valid: tf.Tensor, expected: str, values: tf.Tensor) -> tf.Operation:
    """An operation that fails if a value is not `valid`, and names what was expected and the first such values."""
    return tf.debugging.Assert(tf.reduce_all(valid), [expected, tf.boolean_mask(values, ~valid)])
