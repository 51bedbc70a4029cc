"""Ratings on disk train as ratings in memory do."""

from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.data.batches import endless_batches
from rbm_lib.data.ratings import Ratings
from rbm_lib.data.shards import Shards, write_shards
from rbm_lib.data.tfrecords import read_tfrecords, write_tfrecords
from rbm_lib.models.model import RBM


@pytest.fixture
def shards(likes, tmp_path):
    return write_shards(likes, tmp_path / "shards", num_shards=3)


def triples(batches):
    found = []
    for batch in batches:
        splits, items, values, users = (
            np.asarray(batch[k]) for k in ("row_splits", "item_index", "rating", "user_index")
        )
        for row, user in enumerate(users):
            own = slice(splits[row], splits[row + 1])
            found += [(int(user), int(i), float(v)) for i, v in zip(items[own], values[own], strict=True)]
    return found


def test_every_rating_comes_once_an_epoch_in_any_order(likes, shards):
    expected = triples(likes.batches(11))
    assert triples(shards.to_dataset(4)) == expected or sorted(triples(shards.to_dataset(4))) == sorted(expected)
    for epoch in range(3):
        found = triples(shards.to_dataset(4, seed=5, epoch=lambda epoch=epoch: epoch))
        assert sorted(found) == sorted(expected)
        assert len(set(found)) == len(found)


def test_the_order_is_a_function_of_seed_and_epoch(shards):
    def order(seed, epoch):
        return triples(shards.to_dataset(4, seed=seed, epoch=lambda: epoch))

    assert order(5, 1) == order(5, 1)
    assert order(5, 1) != order(5, 2)
    assert order(5, 1) != order(7, 1)


def test_the_order_does_not_depend_on_tensorflows_global_seed(shards):
    def order():
        return triples(shards.to_dataset(4, seed=5))

    without = order()
    try:
        tf.random.set_seed(7)
        expected = tf.random.uniform((3,)).numpy()
        tf.random.set_seed(7)
        assert order() == without
        np.testing.assert_array_equal(tf.random.uniform((3,)), expected)  # and whoever set it keeps it
    finally:
        tf.random.set_seed(None)


@pytest.mark.parametrize("seed", [None, 5])
@pytest.mark.parametrize("kind", ["memory", "shards"])
def test_epochs_without_an_end_are_the_epochs_one_after_another(likes, shards, kind, seed):
    source, endless = (likes, partial(endless_batches, likes)) if kind == "memory" else (shards, shards.endless_batches)

    def batches(epoch):
        return [triples([batch]) for batch in source.to_dataset(4, seed=seed, epoch=lambda: epoch)]

    now = [2, 1]
    dataset, num_batches = endless(4, seed=seed, epoch=lambda: now[0], first_batch=lambda: now[1])
    assert num_batches == len(batches(0)) == 3
    for _ in range(2):  # a second iteration asks again where to begin
        found = [triples([batch]) for batch in dataset.take(2 * num_batches)]
        assert found == [*batches(now[0])[now[1] :], *batches(now[0] + 1), *batches(now[0] + 2)][: 2 * num_batches]
        now[:] = 0, 2
    assert seed is None or batches(2) != batches(3)


def test_it_knows_its_size(likes, shards):
    assert (shards.num_users, shards.num_items, shards.num_ratings) == (11, 7, likes.num_ratings)
    assert len(shards.to_dataset(4)) == 3


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_training_from_disk_equals_training_from_memory(likes, shards, engine):
    """One batch holds everybody, so the order of the users cannot differ but in the order of sums."""
    models = []
    for source in (likes, shards):
        model = RBM(7, 3, seed=2, engine=engine, cd_steps=2)
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(source, batch_size=11, epochs=3, verbose=0)
        models.append(model)
    for left, right in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


def test_a_resumed_run_goes_through_the_shards_as_the_first_would(shards, tmp_path):
    def model():
        made = RBM(7, 3, seed=2)
        made.compile(keras.optimizers.Adam(0.05))
        return made

    whole, part = model(), model()
    whole.fit(shards, batch_size=4, epochs=4, verbose=0)
    part.fit(shards, batch_size=4, epochs=2, verbose=0)
    part.save(tmp_path / "part.keras")
    from rbm_lib.models.saving import load_model

    resumed = load_model(tmp_path / "part.keras")
    resumed.fit(shards, batch_size=4, epochs=4, initial_epoch=2, verbose=0)
    for left, right in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("num_shards", [0, 12])
def test_a_number_of_shards_out_of_range_is_refused(likes, tmp_path, num_shards):
    with pytest.raises(ValueError, match="num_shards: expected a whole number from 1 to 11"):
        write_shards(likes, tmp_path / "shards", num_shards)
    assert not (tmp_path / "shards").exists()


def test_a_folder_that_exists_is_not_overwritten(likes, shards):
    with pytest.raises(ValueError, match="folder: expected a folder that does not exist yet"):
        write_shards(likes, shards.paths[0].parent, 3)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="folder: expected TFRecord files"):
        Shards(tmp_path)


def test_shards_of_other_items_are_refused(likes, shards):
    write_tfrecords(Ratings.from_triples([1], [10], [1]), shards.paths[0].with_name("00009.tfrecord"))
    with pytest.raises(ValueError, match=r"00009\.tfrecord: expected the items of 00000\.tfrecord"):
        Shards(shards.paths[0].parent)


def test_a_torn_shard_is_refused(shards):
    path = shards.paths[1]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ValueError, match=r"expected (whole TFRecords|a header record)"):
        Shards(path.parent)


def test_another_number_of_films_is_refused(shards):
    model = RBM(8, 3)
    model.compile("sgd")
    with pytest.raises(ValueError, match="x: expected 8 films, as the model has, found 7"):
        model.fit(shards, verbose=0)


@pytest.mark.parametrize("film", [2**32, 2**32 + 1, -1, 10**15])
def test_a_film_that_the_vocabulary_does_not_have_is_refused_and_not_wrapped_around(tmp_path, film):
    """As int32, 2**32 is film 0, which would be trained on."""
    likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
    faulty = SimpleNamespace(
        **{name: getattr(likes, name) for name in ("user_id", "item_id", "rating", "row_splits", "timestamp")},
        **{name: getattr(likes, name) for name in ("num_users", "num_ratings")},
        item_index=np.array([0, 1, film, 1]),
    )
    (tmp_path / "shards").mkdir()
    write_tfrecords(faulty, tmp_path / "shards" / "00000.tfrecord")
    with pytest.raises(ValueError, match=rf"00000\.tfrecord: item_index: expected 0 to 1, found .*{abs(film)}"):
        read_tfrecords(tmp_path / "shards" / "00000.tfrecord")
    shards = Shards(tmp_path / "shards")
    with pytest.raises(tf.errors.InvalidArgumentError, match="item_index: expected 0 to 1 in a shard, found"):
        list(shards.to_dataset(2))
    model = RBM(2, 3)
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    with pytest.raises(
        (ValueError, tf.errors.InvalidArgumentError), match="item_index: expected 0 to 1 in a shard, found"
    ):
        model.fit(shards, batch_size=2, verbose=0)


def test_shards_keep_text_ids_one_of_which_is_long(tmp_path):
    titles = [f"film {n}" for n in range(901)] + ["x" * 100_000]
    likes = Ratings.from_triples([f"u{n % 7}" for n in range(902)], titles, np.ones(902))
    written = write_shards(likes, tmp_path / "shards", num_shards=2)
    assert written.item_id.nbytes < 2**26
    assert written.item_id.tolist() == likes.item_id.tolist() == sorted(titles)
    assert read_tfrecords(written.paths[0]).user_id.tolist() == likes.user_id[:3].tolist()
