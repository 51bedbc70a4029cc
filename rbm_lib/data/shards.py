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
from .out_of_core import MOST_BUCKETS, OutOfCore
from .ratings import Ratings
from .reading.large import LargeTable, open_large
from .tfrecords import read_header, write_tfrecords

if TYPE_CHECKING:
    import pyarrow.dataset
    import tensorflow as tf

FILES_AT_ONCE = 4  # how many shards are read in turns
SHUFFLE_USERS = 8192  # users held in memory to be mixed; bounds memory with the mini-batch


def write_shards(
    source: "Ratings | str | os.PathLike[str] | pyarrow.dataset.Dataset",
    folder: str | os.PathLike[str],
    num_shards: int = 16,
    *,
    progress: Callable[[list[Any]], Iterable[Any]] = iter,
    **options: Any,
) -> "Shards":
    """Write ratings as TFRecord files, each of some users; the folder appears whole or not at all.

    `Ratings` are written in runs of equally many users. Parquet, and whatever else `pyarrow.dataset` reads, on this
    machine or in a store such as S3, is read block by block and may be larger than memory: rows go to files by their
    user, then each file is sorted. That takes about 10 bytes of disk a rating while it runs, beside `folder`; a second
    rating of an item by a user is refused unless `repeats` says what is to be done.

        write_shards("ratings/", "shards")                            # a folder of Parquet, partitioned or not
        write_shards("s3://bucket/ratings", "shards", repeats="last")  # the last of repeated ratings
        model.fit(Shards("shards"), batch_size=1024)

    Args:
        source: `Ratings`; the path of a Parquet file or of a folder of them, or the address of one, as
            "s3://bucket/ratings"; or a `pyarrow.dataset.Dataset`.
        folder: path of the folder to make; it must not exist.
        num_shards: int from 1 to the number of users. Of a small `source` other than `Ratings` there may be fewer, as
            files without users are not written.
        progress: wraps the list of steps, as `tqdm` does.
        **options: of a `source` other than `Ratings`: `columns`, `unrated`, `scale`, `best`, `num_values`, `repeats`
            and `dates`, see `rbm_lib.data.Reading`.
    Returns:
        shards: `Shards` of that folder.
    Raises:
        ValueError: for a number of shards out of range, a folder that exists, or options with `Ratings`; and as `load`
            for columns that are missing, ids or ratings that are none, and repeated ratings, with how many there are.
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
    if Path(folder).exists():
        raise ValueError(f"folder: expected a folder that does not exist yet, found {folder}")
    if isinstance(source, Ratings):
        if options:
            raise ValueError(f"options: expected none with Ratings, which are read already, found {', '.join(options)}")
        _write_ratings(source, folder, num_shards, progress)
    else:
        _write_large(open_large(source, options), folder, num_shards, progress)
    return Shards(folder)


def _write_ratings(
    ratings: Ratings, folder: str | os.PathLike[str], num_shards: int, progress: Callable[[list[Any]], Iterable[Any]]
) -> None:
    num_shards = check_count(num_shards, "num_shards", most=ratings.num_users)
    edges = np.linspace(0, ratings.num_users, num_shards + 1).astype(int)
    with atomic_folder(folder) as temporary:
        for number, (first, last) in enumerate(progress(list(pairwise(edges)))):
            write_tfrecords(_users(ratings, first, last), Path(temporary) / f"{number:05d}.tfrecord")


def _write_large(
    table: LargeTable, folder: str | os.PathLike[str], num_shards: int, progress: Callable[[list[Any]], Iterable[Any]]
) -> None:
    num_shards = check_count(num_shards, "num_shards", most=MOST_BUCKETS)
    with atomic_folder(folder) as temporary:
        writing = OutOfCore(table, temporary, num_shards)
        try:
            for step in progress(writing.steps()):
                step()
        finally:
            writing.close()


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
        first = read_header(self.paths[0])
        self.item_id: Ids = first["item_id"]
        sizes = [(first["num_users"], first["num_ratings"])]
        for path in self.paths[1:]:  # one after the other: each header holds all items
            header = read_header(path)
            if not np.array_equal(header["item_id"], self.item_id):
                raise ValueError(f"{path}: expected the items of {self.paths[0].name}, found others")
            sizes.append((header["num_users"], header["num_ratings"]))
        self.users_per_shard: NDArray[np.int64] = np.array([users for users, _ in sizes])
        self.num_ratings: int = int(sum(ratings for _, ratings in sizes))

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
