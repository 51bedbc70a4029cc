"""Ratings larger than memory: a folder of TFRecord files that are read, shuffled and batched as training goes on."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np

from rbm_lib._files import atomic_folder

from .batches import endless_epochs, epochs_as_dataset
from .ratings import Ratings
from .tfrecords import read_header, write_tfrecords

FILES_AT_ONCE = 4  # how many shards are read in turns
SHUFFLE_USERS = 8192  # users held in memory to be mixed; bounds memory with the mini-batch


def write_shards(ratings, folder, num_shards=16, *, progress=iter):
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
    if not 1 <= num_shards <= ratings.num_users:
        raise ValueError(f"num_shards: expected a number from 1 to {ratings.num_users}, found {num_shards!r}")
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

    def __init__(self, folder: str | os.PathLike):
        self.paths = sorted(Path(folder).glob("*.tfrecord"))
        if not self.paths:
            raise ValueError(f"folder: expected TFRecord files in {folder}, found none")
        headers = [read_header(path) for path in self.paths]
        for path, header in zip(self.paths, headers, strict=True):
            if not np.array_equal(header["item_id"], headers[0]["item_id"]):
                raise ValueError(f"{path}: expected the items of {self.paths[0].name}, found others")
        self.item_id = headers[0]["item_id"]
        self.users_per_shard = np.array([header["num_users"] for header in headers])
        self.num_ratings = int(sum(header["num_ratings"] for header in headers))

    num_users = property(lambda self: int(self.users_per_shard.sum()))
    num_items = property(lambda self: len(self.item_id))

    def __repr__(self):
        return f"Shards({len(self.paths)} files, {self.num_users} users, {self.num_ratings} ratings)"

    def to_dataset(self, batch_size, *, seed=None, epoch=lambda: 0):
        """Batches as `Ratings.to_dataset` makes them, in an order that follows from (seed, epoch).

        The order of the files is a permutation; users are then mixed within a buffer of `SHUFFLE_USERS`. Unlike those
        of a `Ratings`, users without ratings have (empty) rows and count in the mean over a mini-batch.

        Args:
            batch_size: int >= 1, users in a mini-batch.
            seed: int, or None for the order of the files.
            epoch: callable, asked when an iteration starts.
        Returns:
            dataset: `tf.data.Dataset`; a user's `user_index` is the place in the whole set.
        """
        return epochs_as_dataset(self._epochs(batch_size, seed), self._num_batches(batch_size), epoch)

    def endless_batches(self, batch_size, *, seed, epoch, first_batch):
        """Epoch after epoch, as `batches.endless_batches`; users before the first batch are read, and not parsed."""
        one_epoch = self._epochs(batch_size, seed)
        return endless_epochs(one_epoch, epoch, first_batch), self._num_batches(batch_size)

    def _num_batches(self, batch_size):
        return -(-self.num_users // batch_size)

    def _epochs(self, batch_size, seed):
        """A function of an epoch and its first batch that returns a dataset of that epoch's batches from there on."""
        import tensorflow as tf

        if batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, found {batch_size}")
        first_user = np.concatenate([[0], np.cumsum(self.users_per_shard)[:-1]])
        names = np.array([str(path) for path in self.paths])

        def order(number):
            if seed is None:
                return np.arange(len(names)), np.int64(0)
            rng = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
            return rng.permutation(len(names)), np.int64(rng.integers(2**62))

        def records(shard):
            file = tf.gather(names, shard)
            users = tf.data.TFRecordDataset(file, compression_type="GZIP").skip(1)  # the first is the header
            return users.enumerate(start=tf.gather(first_user, shard))

        def one_epoch(number, first):
            shards, mixing = tf.numpy_function(order, [number], (tf.int64, tf.int64))
            files = tf.data.Dataset.from_tensor_slices(tf.ensure_shape(shards, (len(names),)))
            users = files.interleave(records, cycle_length=FILES_AT_ONCE, num_parallel_calls=2, deterministic=True)
            if seed is not None:
                tf.random.set_seed(None)  # of this graph alone: `shuffle` would mix the global seed into its own
                users = users.shuffle(SHUFFLE_USERS, seed=mixing, reshuffle_each_iteration=False)
            batches = users.skip(first * batch_size).batch(batch_size)
            return batches.map(_parse, num_parallel_calls=2, deterministic=True)

        return one_epoch


def _parse(user_index, records):
    import tensorflow as tf

    features = {
        name: tf.io.RaggedFeature(dtype, value_key=name, row_splits_dtype=tf.int64)
        for name, dtype in (("item_index", tf.int64), ("rating", tf.float32))
    }
    parsed = tf.io.parse_example(records, features)
    return {
        "row_splits": parsed["item_index"].row_splits,
        "item_index": tf.cast(parsed["item_index"].values, tf.int32),
        "rating": parsed["rating"].values,
        "user_index": tf.cast(user_index, tf.int32),
    }


def _users(ratings, first, last):
    """The ratings of users `first` to `last` (excluded), over the same items."""
    start, stop = ratings.row_splits[first], ratings.row_splits[last]
    return Ratings(
        row_splits=ratings.row_splits[first : last + 1] - start,
        item_index=ratings.item_index[start:stop],
        rating=ratings.rating[start:stop],
        user_id=ratings.user_id[first:last],
        item_id=ratings.item_id,
    )
