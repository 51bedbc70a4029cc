"""Ratings larger than memory: a folder of TFRecord files that are read, shuffled and batched during training."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import LARGEST_LONG_SEED, check_count, check_seed
from rbm_lib._files import atomic_folder

from .batches import endless_epochs, epochs_as_dataset
from .ids import Ids
from .ordering import splits_from_counts
from .ratings import Ratings
from .tfrecords import read_header, write_tfrecords

if TYPE_CHECKING:
    import tensorflow as tf

FILES_AT_ONCE = 4  # how many shards are read in turns
SHUFFLE_USERS = 8192  # users held in memory to be mixed; bounds memory with the mini-batch


def write_shards(
    ratings: Ratings,
    folder: str | os.PathLike[str],
    num_shards: int = 16,
    *,
    progress: Callable[[list[Any]], Iterable[Any]] = iter,
) -> "Shards":
    """Write users in runs of equal length, a TFRecord file each; the folder appears whole or not at all.

    Args:
        ratings: `Ratings`.
        folder: path of the folder to make; it must not exist.
        num_shards: int from 1 to the number of users.
        progress: wraps the list of files to write, as `tqdm` does.
    Returns:
        shards: `Shards` of that folder.
    Raises:
        ValueError: for a number of shards out of range, or a folder that exists.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib import Ratings, write_shards
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     shards = write_shards(likes, f"{folder}/shards", num_shards=2)
        ...     print(len(list(Path(folder, "shards").iterdir())), "files")
        2 files
    """
    num_shards = check_count(num_shards, "num_shards", most=ratings.num_users)
    if Path(folder).exists():
        raise ValueError(f"folder: expected a folder that does not exist yet, found {folder}")
    edges = np.linspace(0, ratings.num_users, num_shards + 1).astype(int)
    with atomic_folder(folder) as temporary:
        for number, (first, last) in enumerate(progress(list(pairwise(edges)))):
            write_tfrecords(_users(ratings, first, last), Path(temporary) / f"{number:05d}.tfrecord")
    return Shards(folder)


class Shards:
    """A folder of TFRecord files as one set of ratings, for `RBM.fit`.

    Args:
        folder: what `write_shards` made, or any folder of files of `write_tfrecords` over the same items.
    Raises:
        ValueError: if there is no file, or the files differ in their items.
    Example:
        >>> import tempfile
        >>> from rbm_lib import Ratings, Shards, write_shards
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = write_shards(likes, f"{folder}/shards", num_shards=2)
        ...     shards = Shards(f"{folder}/shards")  # as in `RBM(...).fit(shards, batch_size=64)`
        >>> shards.num_users, shards.num_items
        (3, 2)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.paths: list[Path] = sorted(Path(folder).glob("*.tfrecord"))
        if not self.paths:
            raise ValueError(f"folder: expected TFRecord files in {folder}, found none")
        headers = [read_header(path) for path in self.paths]
        for path, header in zip(self.paths, headers, strict=True):
            if not np.array_equal(header["item_id"], headers[0]["item_id"]):
                raise ValueError(f"{path}: expected the items of {self.paths[0].name}, found others")
        self.item_id: Ids = headers[0]["item_id"]
        self.users_per_shard: NDArray[np.int64] = np.array([header["num_users"] for header in headers])
        self.num_ratings: int = int(sum(header["num_ratings"] for header in headers))

    @property
    def num_users(self) -> int:
        """Users of all files, those without ratings included."""
        return int(self.users_per_shard.sum())

    @property
    def num_items(self) -> int:
        """Items of the vocabulary, which all files share."""
        return len(self.item_id)

    def __repr__(self) -> str:
        return f"Shards({len(self.paths)} files, {self.num_users} users, {self.num_ratings} ratings)"

    def to_dataset(
        self, batch_size: int, *, seed: int | None = None, epoch: Callable[[], int] = lambda: 0
    ) -> "tf.data.Dataset[Any]":
        """Batches as `Ratings.to_dataset` makes them, in an order that follows from (seed, epoch).

        The order of the files is a permutation; users are then mixed within a buffer of `SHUFFLE_USERS`. Unlike those
        of a `Ratings`, users without ratings have (empty) rows and count in the mean over a mini-batch.

        Args:
            batch_size: int >= 1, users in a mini-batch.
            seed: int, or None for the order of the files.
            epoch: callable, called when an iteration starts.
        Returns:
            dataset: `tf.data.Dataset`; a user's `user_index` is the place in the whole set.
        """
        batch_size = check_count(batch_size, "batch_size")
        return epochs_as_dataset(self._epochs(batch_size, seed), self._num_batches(batch_size), epoch)

    def endless_batches(
        self, batch_size: int, *, seed: int | None, epoch: Callable[[], int], first_batch: Callable[[], int]
    ) -> "tuple[tf.data.Dataset[Any], int]":
        """Epoch after epoch, as `batches.endless_batches`; users before the first batch are read, and not parsed."""
        batch_size = check_count(batch_size, "batch_size")
        one_epoch = self._epochs(batch_size, seed)
        return endless_epochs(one_epoch, epoch, first_batch), self._num_batches(batch_size)

    def _num_batches(self, batch_size: int) -> int:
        return -(-self.num_users // batch_size)

    def _epochs(self, batch_size: int, seed: int | None) -> "Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset[Any]]":
        """A function of an epoch and its first batch that returns a dataset of that epoch's batches from there on."""
        import tensorflow as tf

        if seed is not None:
            seed = check_seed(seed, most=LARGEST_LONG_SEED)
        first_user = splits_from_counts(self.users_per_shard)[:-1]
        names = np.array([str(path) for path in self.paths])

        def order(number: np.int64) -> tuple[NDArray[np.int64], np.int64]:
            if seed is None:
                return np.arange(len(names)), np.int64(0)
            rng = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
            return rng.permutation(len(names)), np.int64(rng.integers(2**62))

        def records(shard: "tf.Tensor") -> "tf.data.Dataset[Any]":
            file = tf.gather(names, shard)
            users = tf.data.TFRecordDataset(file, compression_type="GZIP").skip(1)  # the first is the header
            return users.enumerate(start=tf.gather(first_user, shard))

        def one_epoch(number: "tf.Tensor", first: "tf.Tensor") -> "tf.data.Dataset[Any]":
            shards, mixing = tf.numpy_function(order, [number], (tf.int64, tf.int64))
            files = tf.data.Dataset.from_tensor_slices(tf.ensure_shape(shards, (len(names),)))
            users = files.interleave(records, cycle_length=FILES_AT_ONCE, num_parallel_calls=2, deterministic=True)
            if seed is not None:
                tf.random.set_seed(None)  # of this graph alone: `shuffle` would mix the global seed into its own
                users = users.shuffle(SHUFFLE_USERS, seed=mixing, reshuffle_each_iteration=False)
            batches = users.skip(first * batch_size).batch(batch_size)
            parse = partial(_parse, num_items=self.num_items)
            return batches.map(parse, num_parallel_calls=2, deterministic=True)

        return one_epoch


def _parse(user_index: "tf.Tensor", records: "tf.Tensor", num_items: int) -> "dict[str, tf.Tensor]":
    """A batch of users from their records; a film that the vocabulary does not have is refused, not wrapped around."""
    import tensorflow as tf

    features = {
        name: tf.io.RaggedFeature(dtype, value_key=name, row_splits_dtype=tf.int64)
        for name, dtype in (("item_index", tf.int64), ("rating", tf.float32))
    }
    parsed = tf.io.parse_example(records, features)
    films = parsed["item_index"].values
    wrong = tf.boolean_mask(films, (films < 0) | (films >= num_items))[:1]
    known = tf.debugging.Assert(
        tf.equal(tf.size(wrong), 0), [f"item_index: expected 0 to {num_items - 1} in a shard, found", wrong]
    )
    with tf.control_dependencies([known] if known is not None else []):
        films = tf.identity(films)
    return {
        "row_splits": parsed["item_index"].row_splits,
        "item_index": tf.cast(films, tf.int32),
        "rating": parsed["rating"].values,
        "user_index": tf.cast(user_index, tf.int32),
    }


def _users(ratings: Ratings, first: int, last: int) -> Ratings:
    """The ratings of users `first` to `last` (excluded), over the same items."""
    return replace(ratings.take_users(np.arange(first, last)), source_row=None, timestamp=None)
