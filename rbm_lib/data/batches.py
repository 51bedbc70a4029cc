"""Batches of users, as NumPy dictionaries or as a `tf.data.Dataset`; their order is a function of (seed, epoch)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import LARGEST_LONG_SEED, check_count, check_seed

from .checks import check_same_vocabulary

if TYPE_CHECKING:
    import tensorflow as tf

    from .ratings import Ratings


def iterate_batches(
    ratings: Ratings,
    batch_size: int,
    *,
    seed: int | None = None,
    epoch: int = 0,
    targets: Ratings | None = None,
    every_user: bool = False,
) -> Iterator[dict[str, NDArray[Any]]]:
    """Batches of whole users, their ratings one after another.

    Args:
        ratings: the inputs of the model.
        batch_size: number of users, at least 1; the last batch may be smaller.
        seed: root of the users' order; None keeps the order of `ratings`.
        epoch: the order is a function of (seed, epoch).
        targets: ratings to predict, over the same users and items, or None.
        every_user: whether users without ratings get a row too; not allowed with targets.
    Returns:
        An iterator of dictionaries: `row_splits` int64 `(batch + 1,)`, `item_index` int32 and `rating` float32
        `(num_observed,)`, `user_index` int32 `(batch,)`; with targets also `target_row_splits`,
        `target_item_index`, `target_rating`. Users without ratings are left out; with targets, those without
        targets too.
    Raises:
        ValueError: if `batch_size`, `seed` or `epoch` is out of range or the vocabularies differ.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import iterate_batches
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> for batch in iterate_batches(likes, batch_size=2):
        ...     print(batch["user_index"], batch["row_splits"], batch["item_index"])
        [0 1] [0 2 3] [0 1 0]
        [2] [0 1] [1]
    """
    batch_size = check_count(batch_size, "batch_size")
    users = _ordered_users(ratings, seed, epoch, targets, every_user)
    return (_batch(ratings, users[start : start + batch_size], targets) for start in range(0, len(users), batch_size))


def batches_as_dataset(
    ratings: Ratings,
    batch_size: int,
    *,
    seed: int | None = None,
    targets: Ratings | None = None,
    epoch: Callable[[], int] = lambda: 0,
    every_user: bool = False,
) -> tf.data.Dataset[Any]:
    """The batches of `iterate_batches` as a `tf.data.Dataset` of known cardinality.

    Args:
        ratings: the inputs of the model.
        batch_size: number of users, at least 1; the last batch may be smaller.
        seed: root of the users' order; None keeps the order of `ratings`.
        targets: ratings to predict, over the same users and items, or None.
        epoch: callable, called once when an iteration starts, so that a resumed run has the order of an uninterrupted
            one.
        every_user: whether users without ratings get a row too; not allowed with targets.
    Returns:
        dataset: one-dimensional tensors, named and typed as in `iterate_batches`.
    Raises:
        ValueError: if `batch_size` or `seed` is out of range or the vocabularies differ.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import batches_as_dataset
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> [batch["rating"].numpy().tolist() for batch in batches_as_dataset(likes, batch_size=2)]
        [[1.0, 0.0, 1.0], [1.0]]
    """
    import tensorflow as tf

    make, num_batches = _numbered(ratings, batch_size, seed, targets, every_user)
    return _scanned(tf.data.Dataset.range(num_batches), make, lambda: epoch() * num_batches, targets)


def endless_batches(
    ratings: Ratings, batch_size: int, *, seed: int | None, epoch: Callable[[], int], first_batch: Callable[[], int]
) -> tuple[tf.data.Dataset[Any], int]:
    """Epoch after epoch in one `tf.data.Dataset`.

    An iterator takes several milliseconds to start, and Keras starts two for each epoch of a finite dataset: together
    an eighth of an epoch of MovieLens-1M. Here one iterator serves all epochs.

    Args:
        ratings, batch_size, seed: as in `batches_as_dataset`.
        epoch, first_batch: callables, called once when an iteration starts: the first epoch, and its first batch, which
            is above 0 if an interrupted epoch is resumed.
    Returns:
        dataset: infinite.
        num_batches: int, of an epoch.
    Raises:
        ValueError: if `batch_size` or `seed` is out of range.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import endless_batches
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> first = lambda: 0
        >>> dataset, num_batches = endless_batches(likes, batch_size=2, seed=None, epoch=first, first_batch=first)
        >>> num_batches, [batch["user_index"].numpy().tolist() for batch in dataset.take(4)]
        (2, [[0, 1], [2], [0, 1], [2]])
    """
    import tensorflow as tf

    make, num_batches = _numbered(ratings, batch_size, seed)

    def start() -> int:
        return epoch() * num_batches + first_batch()

    return _scanned(tf.data.Dataset.counter(), make, start), num_batches


def _numbered(
    ratings: Ratings, batch_size: int, seed: int | None, targets: Ratings | None = None, every_user: bool = False
) -> tuple[Callable[[int], dict[str, NDArray[Any]]], int]:
    """A function from a batch's number, counted from the first epoch on, to the batch; and the batches in an epoch."""

    batch_size = check_count(batch_size, "batch_size")

    @lru_cache(maxsize=2)
    def users_of(epoch: int) -> NDArray[np.int32]:
        return _ordered_users(ratings, seed, epoch, targets, every_user)

    num_batches = -(-len(users_of(0)) // batch_size)

    def make(number: int) -> dict[str, NDArray[Any]]:
        epoch, place = divmod(number, num_batches)
        return _batch(ratings, users_of(epoch)[place * batch_size : (place + 1) * batch_size], targets)

    return make, num_batches


def _scanned(
    places: tf.data.Dataset[Any],
    make: Callable[[int], dict[str, NDArray[Any]]],
    start: Callable[[], int],
    targets: Ratings | None = None,
) -> tf.data.Dataset[Any]:
    """A dataset of `make(start() + place)`; `start` is called at place 0.

    TensorFlow never frees the function behind a dataset, so that function has only a weak reference to `make`, and
    through it to the ratings. The dataset refers to `make`; iterators and datasets made from this one refer to the
    dataset.
    """
    import tensorflow as tf

    from rbm_lib._tensorflow import held_weakly

    kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32, "user_index": tf.int32}
    if targets is not None:
        kinds |= {"target_row_splits": tf.int64, "target_item_index": tf.int32, "target_rating": tf.float32}

    made = held_weakly(make)

    def arrays(first: np.int64, place: np.int64) -> list[Any]:
        first = np.int64(start()) if place == 0 else first
        batch = made()(int(first + place))
        return [first, *(batch[name] for name in kinds)]

    def tensors(first: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        first, *flat = tf.numpy_function(arrays, [first, place], [tf.int64, *kinds.values()])
        return tf.ensure_shape(first, ()), {
            name: tf.ensure_shape(tensor, (None,)) for name, tensor in zip(kinds, flat, strict=True)
        }

    # One flat scan, because a dataset within a dataset takes long to start.
    dataset = places.scan(np.int64(0), tensors).prefetch(2)
    dataset.make = make
    return dataset


def epochs_as_dataset(
    one_epoch: Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset[Any]], num_batches: int, epoch: Callable[[], int]
) -> tf.data.Dataset[Any]:
    """A `tf.data.Dataset` of one epoch, whose number comes from a call each time an iteration starts.

    Args:
        one_epoch: function of two int64 scalar tensors, an epoch and its first batch, that returns the dataset of that
            epoch's batches from the first batch on.
        num_batches: of an epoch.
        epoch: callable without arguments.
    Returns:
        dataset: of known cardinality.
    """
    import tensorflow as tf

    dataset = _epochs_from(tf.data.Dataset.range(1), one_epoch, epoch, lambda: 0)
    return dataset.apply(tf.data.experimental.assert_cardinality(num_batches)).prefetch(2)


def endless_epochs(
    one_epoch: Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset[Any]],
    epoch: Callable[[], int],
    first_batch: Callable[[], int],
) -> tf.data.Dataset[Any]:
    """The epochs of `epochs_as_dataset` one after another, infinitely; the first may start inside an epoch."""
    import tensorflow as tf

    return _epochs_from(tf.data.Dataset.counter(), one_epoch, epoch, first_batch).prefetch(2)


def _epochs_from(
    numbers: tf.data.Dataset[Any],
    one_epoch: Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset[Any]],
    epoch: Callable[[], int],
    first_batch: Callable[[], int],
) -> tf.data.Dataset[Any]:
    import tensorflow as tf

    def locate(first: np.int64, place: np.int64) -> list[np.int64]:
        first = np.int64(epoch()) if place == 0 else first
        return [first, first + place, np.int64(0 if place else first_batch())]

    def where(first: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
        first, *where = (tf.ensure_shape(n, ()) for n in tf.numpy_function(locate, [first, place], [tf.int64] * 3))
        return first, tuple(where)

    # Not `from_generator`: its operation makes the process return freed memory to the system at once, and to get it
    # back took a third of the training time.
    return numbers.scan(np.int64(0), where).flat_map(one_epoch)


def _ordered_users(
    ratings: Ratings, seed: int | None, epoch: int, targets: Ratings | None, every_user: bool
) -> NDArray[np.int32]:
    if targets is not None:
        check_same_vocabulary(ratings, targets, ("ratings", "targets"))
    epoch = check_seed(epoch, "epoch", most=LARGEST_LONG_SEED)
    counts = (ratings if targets is None else targets).ratings_per_user
    users = np.flatnonzero((counts > 0) | every_user).astype(np.int32)
    if seed is None:
        return users
    key = np.array([check_seed(seed, most=LARGEST_LONG_SEED), epoch], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).permutation(users)


def _batch(ratings: Ratings, users: NDArray[np.int32], targets: Ratings | None) -> dict[str, NDArray[Any]]:
    from rbm_lib.sparse import gather_rows  # compiled; imported when the first batch is made

    names = ("row_splits", "item_index", "rating")
    arrays = gather_rows(ratings.row_splits, ratings.item_index, ratings.rating, users)
    batch = dict(zip(names, arrays, strict=True)) | {"user_index": users}
    if targets is not None:
        arrays = gather_rows(targets.row_splits, targets.item_index, targets.rating, users)
        batch |= {f"target_{name}": array for name, array in zip(names, arrays, strict=True)}
    return batch
