"""TFRecords: round trips, the plain format, the size on MovieLens-1M, and every kind of damaged file."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from rbm_lib.data import tfrecords
from rbm_lib.data.ratings import Ratings
from rbm_lib.data.tfrecords import read_tfrecords, write_tfrecords
from rbm_lib.splits.held_out import first_n


def some_ratings(timestamp=True) -> Ratings:
    rng = np.random.default_rng(3)
    user, item = np.nonzero(rng.random((11, 7)) < 0.6)
    times = rng.integers(10**9, 2 * 10**9, len(user)) if timestamp else None
    return Ratings.from_triples(user + 100, item * 3, rng.integers(1, 11, len(user)) / 2, times)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "part.tfrecord"


@pytest.mark.parametrize("timestamp", [True, False])
def test_round_trip(path, timestamp):
    ratings = some_ratings(timestamp)
    write_tfrecords(ratings, path)
    again = read_tfrecords(path, item_ids=ratings.item_id)
    assert again.checksum() == ratings.checksum()
    if timestamp:
        np.testing.assert_array_equal(again.timestamp, ratings.timestamp)
    else:
        assert again.timestamp is None


def test_round_trip_with_users_and_items_without_ratings(path):
    ratings = some_ratings()
    part = ratings.select((ratings.user_index != 4) & (ratings.item_index != 2))
    write_tfrecords(part, path)
    assert read_tfrecords(path).checksum() == part.checksum()


def test_round_trip_of_text_ids_and_of_nothing(path):
    ratings = Ratings.from_triples(["zoë", "ann", "zoë"], ["b", "b", "a"], [1, 2, 3])
    for some in (ratings, ratings.select(np.zeros(3, bool)), Ratings.from_triples([], [], [])):
        write_tfrecords(some, path)
        assert read_tfrecords(path).checksum() == some.checksum()


def test_round_trip_of_more_users_than_are_parsed_at_once(path, monkeypatch):
    monkeypatch.setattr(tfrecords, "_USERS_AT_ONCE", 3)
    write_tfrecords(some_ratings(), path)
    assert read_tfrecords(path).checksum() == some_ratings().checksum()


def test_same_ratings_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_tfrecords(some_ratings(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_plain_tensorflow_reads_a_user(path):
    import tensorflow as tf

    ratings = some_ratings()
    write_tfrecords(ratings, path)
    features = {"item_index": tf.io.RaggedFeature(tf.int64), "rating": tf.io.RaggedFeature(tf.float32)}
    record = next(iter(tf.data.TFRecordDataset(str(path), compression_type="GZIP").skip(1)))
    user = tf.io.parse_single_example(record, features)
    own = slice(0, ratings.row_splits[1])
    np.testing.assert_array_equal(user["item_index"], ratings.item_index[own])
    np.testing.assert_array_equal(user["rating"], ratings.rating[own])


def test_training_part_of_movielens_1m_is_small(path):
    folder = os.environ.get("RBM_DATA_DIR")
    if not folder or not Path(folder, "ml-1m", "ratings.dat").is_file():
        pytest.skip("RBM_DATA_DIR names no folder that holds ml-1m")
    from rbm_lib.datasets.loading import load

    inputs = first_n(load("ml-1m", download=False).ratings).inputs
    write_tfrecords(inputs, path)
    assert path.stat().st_size < 8_000_000
    again = read_tfrecords(path, item_ids=inputs.item_id)
    assert again.checksum() == inputs.checksum()


def test_other_vocabulary_is_refused(path):
    ratings = some_ratings()
    write_tfrecords(ratings, path)
    other = ratings.item_id.copy()
    other[4] = 99
    with pytest.raises(ValueError, match=r"part\.tfrecord: expected item 99 at place 4 of the vocabulary, found 12"):
        read_tfrecords(path, item_ids=other)
    with pytest.raises(ValueError, match=r"expected a vocabulary of 6 items, found one of 7"):
        read_tfrecords(path, item_ids=other[:6])


def test_file_cut_anywhere_is_refused(path, tmp_path):
    write_tfrecords(some_ratings(), path)
    whole = path.read_bytes()
    torn = tmp_path / "torn.tfrecord"
    end_of_records = len(whole) - 16  # what follows is GZIP's own end mark and checksum; each record has its own
    for length in (*range(1, end_of_records, 7), end_of_records):
        torn.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"torn\.tfrecord: expected"):
            read_tfrecords(torn)


def test_torn_record_is_refused(path):
    write_tfrecords(some_ratings(), path)
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[len(content) // 2] ^= 1  # one bit of one record; the GZIP wrapper is whole again
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(ValueError, match=r"part\.tfrecord: expected whole TFRecords, found a torn"):
        read_tfrecords(path)


def test_file_that_ends_between_two_records_is_refused(path):
    import tensorflow as tf

    write_tfrecords(some_ratings(), path)
    records = list(tf.data.TFRecordDataset(str(path), compression_type="GZIP").as_numpy_iterator())
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        for record in records[:-1]:
            writer.write(record)
    with pytest.raises(ValueError, match=r"expected 11 users with \d+ ratings, found 10 with"):
        read_tfrecords(path)


def test_tfrecords_of_another_program_are_refused(path):
    import tensorflow as tf

    example = tf.train.Example(
        features=tf.train.Features(feature={"movies": tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, -1]))})
    )
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        writer.write(example.SerializeToString())
    with pytest.raises(ValueError, match=r"expected a header record of rbm_lib.Ratings, found features \['movies'\]"):
        read_tfrecords(path)


def test_foreign_file_is_refused(path):
    path.write_text("user,item,rating\n1,2,3\n")
    with pytest.raises(ValueError, match=r"part\.tfrecord: expected whole TFRecords"):
        read_tfrecords(path)


def test_missing_file_is_refused(path):
    with pytest.raises(ValueError, match=r"part\.tfrecord: expected a file, found nothing"):
        read_tfrecords(path)


def test_interrupted_writing_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    write_tfrecords(some_ratings(), path)
    before = path.read_bytes()
    records = tfrecords._user_records
    monkeypatch.setattr(tfrecords, "_USERS_AT_ONCE", 3)

    def stop_in_the_middle(ratings, first, last):
        if first == 6:
            raise KeyboardInterrupt
        return records(ratings, first, last)

    monkeypatch.setattr(tfrecords, "_user_records", stop_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        write_tfrecords(some_ratings(timestamp=False), path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def one_by_one(ratings, path):
    """The file as Protocol Buffers makes it, a record at a time."""
    import tensorflow as tf

    def example(**features):
        made = tf.train.Example()
        for name, value in features.items():
            feature = made.features.feature[name]
            if value.dtype.kind in "UO":
                feature.bytes_list.value.extend(text.encode() for text in value)
            elif value.dtype.kind == "f":
                feature.float_list.value.extend(value)
            else:
                feature.int64_list.value.extend(value)
        return made.SerializeToString(deterministic=True)

    text = [np.array([int(ids.dtype.kind in "UO")]) for ids in (ratings.user_id, ratings.item_id)]
    sizes = {"num_users": np.array([ratings.num_users]), "num_ratings": np.array([ratings.num_ratings])}
    flags = {"has_timestamp": np.array([int(ratings.timestamp is not None)]), "item_ids_are_text": text[1]}
    names = {"format": np.array(["rbm_lib.Ratings"]), "version": np.array([1]), "user_ids_are_text": text[0]}
    with tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
        writer.write(example(**sizes, **flags, **names, item_id=ratings.item_id))
        for user in range(ratings.num_users):
            own = slice(*ratings.row_splits[user : user + 2])
            times = {} if ratings.timestamp is None else {"timestamp": ratings.timestamp[own]}
            lists = {"item_index": ratings.item_index[own], "rating": ratings.rating[own]}
            writer.write(example(user_id=ratings.user_id[user : user + 1], **lists, **times))


NUMBERS = {
    "small": lambda n: np.arange(n),
    "large": lambda n: 2**62 + np.arange(n) * 12345,
    "below zero": lambda n: np.arange(n) * 1001 - 2**40,
    "texts": lambda n: np.array([f"{'é' * (k * 61 % 200)}{k}" for k in range(n)]),
    "texts, one long": lambda n: np.array([f"{k}" * (1 + 9000 * (k == 3)) for k in range(n)], object),
}


@pytest.mark.parametrize("users_at_once", [3, 1024])
@pytest.mark.parametrize("timestamp", [True, False])
@pytest.mark.parametrize("ids", NUMBERS)
def test_the_bytes_are_those_of_protocol_buffers(path, tmp_path, monkeypatch, ids, timestamp, users_at_once):
    """All users at once, or one by one: no bit of the file differs."""
    rng, counts = np.random.default_rng(5), np.array([3, 0, 1, 70, 0, 211, 5])  # lengths of one byte and of two
    items = [np.sort(rng.choice(307, count, replace=False)) for count in counts]
    ratings = Ratings.from_counts(
        counts,
        item_index=np.concatenate(items).astype(np.int32),
        rating=rng.normal(0, 9, counts.sum()).astype(np.float32),
        user_id=NUMBERS[ids](len(counts)),
        item_id=NUMBERS[ids](307),
        timestamp=rng.integers(-(2**62), 2**62, counts.sum()) if timestamp else None,
    )
    monkeypatch.setattr(tfrecords, "_USERS_AT_ONCE", users_at_once)
    write_tfrecords(ratings, path)
    one_by_one(ratings, tmp_path / "expected")
    assert path.read_bytes() == (tmp_path / "expected").read_bytes()


def test_parts_are_written_as_the_whole(path, tmp_path):
    whole = some_ratings()
    write_tfrecords(whole, path)
    parts = (whole.take_users(np.arange(first, last)) for first, last in ((0, 3), (3, 4), (4, 11)))
    sizes = {"num_users": whole.num_users, "num_ratings": whole.num_ratings}
    tfrecords.write_parts(parts, tmp_path / "parts", **sizes)
    assert (tmp_path / "parts").read_bytes() == path.read_bytes()
