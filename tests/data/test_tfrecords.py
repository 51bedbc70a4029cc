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
    calls = iter(range(100))

    def stop_in_the_middle(ratings, user):
        if next(calls) == 5:
            raise KeyboardInterrupt
        return tfrecords._example(rating=ratings.rating[:1])

    monkeypatch.setattr(tfrecords, "_user_record", stop_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        write_tfrecords(some_ratings(timestamp=False), path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before
