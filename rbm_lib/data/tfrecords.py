"""Ratings as TFRecords and back: one record for each user, features of variable length, a header for the checks.

Each file is a GZIP-compressed TFRecord file. Its first record is a `tf.train.Example` with the format's name and
version, the item ids, and the number of users and ratings. Every further record is one user: `user_id`, `item_index`
(int64), `rating` (float) and, if known, `timestamp` (int64), the latter three with one value for each rating.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from rbm_lib._files import atomic_file, existing_file

from .ids import Ids, text_ids
from .ratings import Ratings
from .records import column, serialized

if TYPE_CHECKING:
    import tensorflow as tf

FORMAT = b"rbm_lib.Ratings"
VERSION = 1
_USERS_AT_ONCE = 1024
_RATINGS_AT_ONCE = 1 << 17  # in writing; with the users bounds the memory that it takes


def write_tfrecords(ratings: Ratings, path: str | os.PathLike[str]) -> None:
    """Write ratings as TFRecords; the file is complete or absent.

    Args:
        ratings: the ratings; `source_row` is not written, `timestamp` is.
        path: the file to make or replace.
    Example:
        >>> import tempfile
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import read_tfrecords, write_tfrecords
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_tfrecords(likes, f"{folder}/likes.tfrecord")
        ...     print(read_tfrecords(f"{folder}/likes.tfrecord"))
        Ratings(num_users=3, num_items=2, num_ratings=4)
    """
    write_parts([ratings], path, num_users=ratings.num_users, num_ratings=ratings.num_ratings)


def write_parts(parts: Iterable[Ratings], path: str | os.PathLike[str], *, num_users: int, num_ratings: int) -> None:
    """Write several `Ratings` over the same items, one after the other, as the file of one; see `write_tfrecords`.

    Args:
        parts: at least one, of different users; each is written before the next is asked for.
        path: the file to make or replace.
        num_users, num_ratings: int, of all parts together.
    """
    import tensorflow as tf

    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with atomic_file(path) as temporary, tf.io.TFRecordWriter(str(temporary), options) as writer:
        for number, ratings in enumerate(parts):
            if number == 0:
                writer.write(_header(num_users, num_ratings, ratings))
            for first, last in _runs_of_users(ratings.row_splits):
                for record in _user_records(ratings, first, last):
                    writer.write(record)


def read_tfrecords(path: str | os.PathLike[str], *, item_ids: ArrayLike | None = None) -> Ratings:
    """Read the ratings that `write_tfrecords` wrote.

    Args:
        path: the file.
        item_ids: the vocabulary `(num_items,)` that the file must have, or None to accept any.
    Returns:
        ratings: as written, without `source_row`.
    Raises:
        ValueError: names the file if it is missing, incomplete, of another format or version, or of another vocabulary.
    Example:
        >>> import tempfile
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import read_tfrecords, write_tfrecords
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_tfrecords(likes, f"{folder}/likes.tfrecord")
        ...     print(read_tfrecords(f"{folder}/likes.tfrecord", item_ids=[10, 20]).rating)
        [1. 0. 1. 1.]
    """

    with _whole_records(path) as (path, records):
        header = _read_header(path, next(iter(records.take(1)), None))
        _check_vocabulary(path, header["item_id"], item_ids)
        parts = [_parse_users(batch, header) for batch in records.skip(1).batch(_USERS_AT_ONCE)]
    return _join(path, header, parts)


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The header of a file: `num_users`, `num_ratings`, `item_id` and three flags.

    Raises:
        ValueError: names the file if it is missing, incomplete, or of another format or version.
    """
    with _whole_records(path) as (path, records):
        return _read_header(path, next(iter(records.take(1)), None))


@contextmanager
def _whole_records(path: str | os.PathLike[str]) -> "Iterator[tuple[Path, tf.data.Dataset[Any]]]":
    """The path and the records of an existing file; an error while reading names the file."""
    import tensorflow as tf

    path = existing_file(path)
    try:
        yield path, tf.data.TFRecordDataset(str(path), compression_type="GZIP")
    except tf.errors.OpError as error:
        reason = error.message.splitlines()[0]
        raise ValueError(f"{path}: expected whole TFRecords, found a torn or foreign record ({reason})") from error


def _header(num_users: int, num_ratings: int, like: Ratings) -> bytes:
    """The first record of a file of so many users, who are those of `like` in all else."""
    columns = {
        "format": column(FORMAT),
        "has_timestamp": column(int(like.timestamp is not None)),
        "item_ids_are_text": column(int(like.item_id.dtype.kind in "UO")),
        "item_id": column(like.item_id),
        "num_ratings": column(num_ratings),
        "num_users": column(num_users),
        "user_ids_are_text": column(int(like.user_id.dtype.kind in "UO")),
        "version": column(VERSION),
    }
    return serialized(columns)[0]


def _user_records(ratings: Ratings, first: int, last: int) -> list[bytes]:
    """A record for each user from `first` to `last` (excluded)."""
    splits = ratings.row_splits[first : last + 1]
    own, splits = slice(splits[0], splits[-1]), splits - splits[0]
    columns = {"item_index": column(ratings.item_index[own], splits), "rating": column(ratings.rating[own], splits)}
    if ratings.timestamp is not None:
        columns["timestamp"] = column(ratings.timestamp[own], splits)
    return serialized(columns | {"user_id": column(ratings.user_id[first:last], np.arange(last - first + 1))})


def _runs_of_users(row_splits: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of users, first and last (excluded), of about `_RATINGS_AT_ONCE` ratings each."""
    first, num_users = 0, len(row_splits) - 1
    while first < num_users:
        last = int(np.searchsorted(row_splits, row_splits[first] + _RATINGS_AT_ONCE))
        last = min(max(last, first + 1), first + _USERS_AT_ONCE, num_users)
        yield first, last
        first = last


def _read_header(path: Path, record: "tf.Tensor | None") -> dict[str, Any]:
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    example = tf.train.Example()
    try:
        example.ParseFromString(b"" if record is None else record.numpy())
    except DecodeError as error:
        raise ValueError(f"{path}: expected a header record of {FORMAT.decode()}, found {error}") from error
    features = example.features.feature
    if "format" not in features or list(features["format"].bytes_list.value) != [FORMAT]:
        found = f"features {sorted(features)}" if features else "none"
        raise ValueError(f"{path}: expected a header record of {FORMAT.decode()}, found {found}")
    version = features["version"].int64_list.value[0]
    if version != VERSION:
        raise ValueError(f"{path}: expected version {VERSION} of the format, found {version}")
    names = ("num_users", "num_ratings", "has_timestamp", "user_ids_are_text", "item_ids_are_text")
    header = {name: features[name].int64_list.value[0] for name in names}
    if header["item_ids_are_text"]:
        header["item_id"] = text_ids([text.decode() for text in features["item_id"].bytes_list.value])
    else:
        header["item_id"] = np.array(features["item_id"].int64_list.value, dtype=np.int64)
    return header


def _check_vocabulary(path: Path, found: NDArray[Any], expected: ArrayLike | None) -> None:
    if expected is None:
        return
    expected = np.asarray(expected)
    if len(found) != len(expected):
        raise ValueError(f"{path}: expected a vocabulary of {len(expected)} items, found one of {len(found)}")
    for place, (own, wanted) in enumerate(zip(found.tolist(), expected.tolist(), strict=True)):
        if str(own) != str(wanted):
            raise ValueError(f"{path}: expected item {wanted!r} at place {place} of the vocabulary, found {own!r}")


def _parse_users(batch: "tf.Tensor", header: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The users of a batch of serialized records: flat values, and the number of ratings of each user."""
    import tensorflow as tf

    kinds = {"item_index": tf.int64, "rating": tf.float32}
    if header["has_timestamp"]:
        kinds["timestamp"] = tf.int64
    features = {name: tf.io.RaggedFeature(kind, row_splits_dtype=tf.int64) for name, kind in kinds.items()}
    features["user_id"] = tf.io.FixedLenFeature((), tf.string if header["user_ids_are_text"] else tf.int64)
    parsed = tf.io.parse_example(batch, features)
    columns = {name: parsed[name].flat_values.numpy() for name in kinds}
    columns["counts"] = parsed["item_index"].row_lengths().numpy()
    user_id = parsed["user_id"].numpy()
    columns["user_id"] = text_ids([text.decode() for text in user_id]) if user_id.dtype == object else user_id
    return columns


def _join(path: Path, header: dict[str, Any], parts: list[dict[str, NDArray[Any]]]) -> Ratings:
    def column(name: str, dtype: DTypeLike) -> NDArray[Any]:
        return np.concatenate([part[name] for part in parts]).astype(dtype) if parts else np.array([], dtype)

    counts = column("counts", np.int64)
    found = (len(counts), int(counts.sum()))
    if found != (header["num_users"], header["num_ratings"]):
        expected = f"{header['num_users']} users with {header['num_ratings']} ratings"
        raise ValueError(f"{path}: expected {expected}, found {found[0]} with {found[1]}; is the file truncated?")
    item_index = column("item_index", np.int64)  # as written: a cast to int32 would turn 2**32 into film 0
    if len(item_index) and not (item_index.min() >= 0 and item_index.max() < len(header["item_id"])):
        found_range = f"{item_index.min()} to {item_index.max()}"
        raise ValueError(f"{path}: item_index: expected 0 to {len(header['item_id']) - 1}, found {found_range}")
    try:
        return Ratings.from_counts(
            counts,
            item_index=item_index.astype(np.int32),
            rating=column("rating", np.float32),
            user_id=_users(parts, header),
            item_id=header["item_id"],
            timestamp=column("timestamp", np.int64) if header["has_timestamp"] else None,
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _users(parts: list[dict[str, NDArray[Any]]], header: dict[str, Any]) -> Ids:
    """The ids of the users of all parts."""
    if header["user_ids_are_text"]:
        return text_ids([text for part in parts for text in part["user_id"].tolist()])
    return np.concatenate([np.array([], np.int64), *(part["user_id"] for part in parts)]).astype(np.int64)
