"""The CSR container: hand-worked values, round trips, order of batches, and refusals."""

import gc
import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib.data.checks import DuplicateRatingError
from rbm_lib.data.ratings import Ratings

# Three users and four films; user 30 rated one film, film 5 has one rating.
USERS = [20, 10, 30, 10, 20, 10]
FILMS = [7, 9, 7, 5, 8, 7]
STARS = [3.0, 1.0, 5.0, 4.0, 2.0, 3.0]


@pytest.fixture
def small():
    return Ratings.from_triples(USERS, FILMS, STARS, timestamp=[100, 101, 102, 103, 104, 105])


@st.composite
def triples(draw):
    """Distinct (user, item) pairs with stars, in any order."""
    pairs = draw(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 6)), min_size=1, max_size=40, unique=True))
    stars = draw(st.lists(st.sampled_from([0.5, 1, 2, 3.5, 5]), min_size=len(pairs), max_size=len(pairs)))
    return [user for user, _ in pairs], [item for _, item in pairs], stars


def test_from_triples_sorts_by_user_then_item(small):
    assert small.user_id.tolist() == [10, 20, 30]
    assert small.item_id.tolist() == [5, 7, 8, 9]
    assert small.row_splits.tolist() == [0, 3, 5, 6]
    assert small.item_index.tolist() == [0, 1, 3, 1, 2, 1]
    assert small.rating.tolist() == [4, 3, 1, 3, 2, 5]
    assert small.source_row.tolist() == [3, 5, 1, 0, 4, 2]
    assert small.timestamp.tolist() == [103, 105, 101, 100, 104, 102]
    assert small.user_index.tolist() == [0, 0, 0, 1, 1, 2]
    assert small.ratings_per_user.tolist() == [3, 2, 1]
    assert small.ratings_per_item.tolist() == [1, 3, 1, 1]
    assert small.density == 6 / 12
    types = {name: getattr(small, name).dtype for name in ("row_splits", "item_index", "rating", "user_index")}
    assert types == {"row_splits": np.int64, "item_index": np.int32, "rating": np.float32, "user_index": np.int32}


def test_large_and_negative_ids_are_sorted_like_small_ones():
    ratings = Ratings.from_triples([2**60, -3, 2**60], [1, 1, 0], [1, 2, 3])
    assert ratings.user_id.tolist() == [-3, 2**60]
    assert ratings.rating.tolist() == [2, 3, 1]


def test_text_ids():
    ratings = Ratings.from_triples(["zoe", "ann", "zoe"], ["b", "b", "a"], [1, 2, 3])
    assert ratings.user_id.tolist() == ["ann", "zoe"]
    assert ratings.item_id.tolist() == ["a", "b"]
    assert ratings.rating.tolist() == [2, 3, 1]


def test_fixed_vocabulary_keeps_its_order_and_unrated_items():
    ratings = Ratings.from_triples([1, 1], [7, 5], [2, 4], item_ids=[9, 7, 5])
    assert ratings.item_id.tolist() == [9, 7, 5]
    assert ratings.item_index.tolist() == [1, 2]
    assert ratings.rating.tolist() == [2, 4]


def test_item_outside_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"item_id, row 1: expected an item of the vocabulary of 2 items, found 6"):
        Ratings.from_triples([1, 1], [7, 6], [2, 4], item_ids=[9, 7])


def test_duplicate_names_both_rows():
    with pytest.raises(DuplicateRatingError, match=r"user 4 for item 8 in row 3; the first is in row 1") as caught:
        Ratings.from_triples([3, 4, 5, 4], [8, 8, 8, 8], [1, 2, 3, 2])
    assert caught.value.rows == (1, 3)


def test_nan_rating_names_its_row():
    with pytest.raises(ValueError, match=r"<arrays>: rating, row 2: expected a finite number, found nan"):
        Ratings.from_triples([1, 2, 3], [1, 1, 1], [1.0, 2.0, float("nan")])


def test_fractional_ids_are_refused():
    with pytest.raises(ValueError, match=r"user_id: expected integers or strings, found float64"):
        Ratings.from_triples([1.5, 2.0], [1, 1], [1, 2])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"rating: expected 3 rows like user_id, found 2"):
        Ratings.from_triples([1, 2, 3], [1, 1, 1], [1, 2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row_splits": np.array([0, 3, 5, 7])}, r"row_splits: expected to ascend from 0 to 6"),
        ({"row_splits": np.array([0, 5, 3, 6])}, r"row_splits: expected to ascend"),
        ({"item_index": np.array([0, 3, 1, 1, 2, 1], np.int32)}, r"within user_index 0, found 3 before 1"),
        ({"item_index": np.array([0, 1, 3, 1, 1, 1], np.int32)}, r"within user_index 1, found 1 before 1"),
        ({"item_index": np.array([0, 1, 4, 1, 2, 1], np.int32)}, r"values from 0 to 3, found 4"),
        ({"item_index": np.array([0, 1, 3, 1, 2, 1])}, r"item_index: expected int32 \(6,\), found int64"),
        ({"rating": np.full(6, np.inf, np.float32)}, r"rating, position 0: expected a finite number, found inf"),
        ({"rating": np.ones(5, np.float32)}, r"rating: expected float32 \(6,\), found float32 \(5,\)"),
        ({"source_row": np.arange(5)}, r"source_row: expected int64 \(6,\)"),
    ],
)
def test_malformed_arrays_are_refused(small, change, message):
    arrays = {name: getattr(small, name) for name in Ratings.__dataclass_fields__}
    with pytest.raises(ValueError, match=message):
        Ratings(**(arrays | change))


def test_binarize_counts_the_threshold_as_a_like(small):
    assert small.binarize().rating.tolist() == [1, 1, 0, 1, 0, 1]
    assert small.binarize(4).rating.tolist() == [1, 0, 0, 0, 0, 1]
    assert small.rating.tolist() == [4, 3, 1, 3, 2, 5]  # the original keeps its stars


def test_binarize_refuses_a_threshold_that_is_no_number(small):
    with pytest.raises(ValueError, match="threshold"):
        small.binarize(float("nan"))


def test_transpose_by_hand(small):
    films = small.transpose()
    assert films.user_id.tolist() == [5, 7, 8, 9]
    assert films.item_id.tolist() == [10, 20, 30]
    assert films.row_splits.tolist() == [0, 1, 4, 5, 6]
    assert films.item_index.tolist() == [0, 0, 1, 2, 1, 0]
    assert films.rating.tolist() == [4, 3, 3, 5, 2, 1]
    assert films.source_row.tolist() == [3, 5, 0, 2, 4, 1]
    assert films.timestamp.tolist() == [103, 105, 100, 102, 104, 101]


@given(triples())
@settings(max_examples=60, deadline=None)
def test_transpose_twice_is_identity(columns):
    ratings = Ratings.from_triples(*columns)
    again = ratings.transpose().transpose()
    for name in ("row_splits", "item_index", "rating", "user_id", "item_id", "source_row"):
        np.testing.assert_array_equal(getattr(again, name), getattr(ratings, name))


@given(triples())
@settings(max_examples=60, deadline=None)
def test_triples_survive_csr_frame_and_dense_forms(columns):
    ratings = Ratings.from_triples(*columns)
    frame = ratings.to_frame()
    again = Ratings.from_triples(frame["user_id"], frame["item_id"], frame["rating"])
    assert again.checksum() == ratings.checksum()
    in_file_order = np.argsort(ratings.source_row)
    given_back = frame.iloc[in_file_order]
    assert list(map(tuple, given_back.to_numpy().tolist())) == list(zip(*columns, strict=True))
    dense = Ratings.from_dense(*ratings.to_dense(), user_id=ratings.user_id, item_id=ratings.item_id)
    assert dense.checksum() == ratings.checksum()


@given(triples(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_triples_does_not_matter(columns, random):
    rows = list(zip(*columns, strict=True))
    random.shuffle(rows)
    assert Ratings.from_triples(*zip(*rows, strict=True)).checksum() == Ratings.from_triples(*columns).checksum()


def test_checksum_notices_every_array(small):
    arrays = {name: getattr(small, name) for name in Ratings.__dataclass_fields__}
    changes = [
        {"rating": np.array([4, 3, 1, 3, 2, 4], np.float32)},
        {"item_index": np.array([0, 1, 2, 1, 2, 1], np.int32)},
        {"row_splits": np.array([0, 3, 4, 6])} | {"item_index": np.array([0, 1, 3, 1, 1, 2], np.int32)},
        {"user_id": np.array([10, 20, 31])},
        {"item_id": np.array([5, 7, 8, 10])},
    ]
    sums = [Ratings(**(arrays | change)).checksum() for change in changes]
    assert len({small.checksum(), *sums}) == 1 + len(changes)


def test_checksum_of_text_ids_ignores_the_width_of_the_array():
    narrow = Ratings.from_triples(["a", "b"], [1, 1], [1, 2])
    wide = Ratings.from_triples(np.array(["a", "b"], dtype="U40"), [1, 1], [1, 2])
    assert wide.checksum() == narrow.checksum()


def test_from_sentinel_treats_unrated_as_absent():
    ratings = Ratings.from_sentinel(np.array([[1, -1, 0], [-1, -1, -1], [-1, 1, -1]]))
    assert ratings.row_splits.tolist() == [0, 2, 2, 3]
    assert ratings.item_index.tolist() == [0, 2, 1]
    assert ratings.rating.tolist() == [1, 0, 1]


def test_from_dense_never_reads_outside_the_mask():
    mask = np.array([[True, False], [False, True]])
    ratings = Ratings.from_dense(np.array([[4.0, np.nan], [np.inf, 2.0]]), mask)
    assert ratings.rating.tolist() == [4, 2]


def test_from_dense_refuses_a_mask_of_another_shape():
    with pytest.raises(ValueError, match=r"observed_mask: expected bool \(2, 3\) like visible"):
        Ratings.from_dense(np.zeros((2, 3)), np.zeros((3, 2), bool))


def test_select_keeps_users_and_items(small):
    part = small.select(small.rating >= 4)
    assert part.row_splits.tolist() == [0, 1, 1, 2]
    assert part.item_index.tolist() == [0, 1]
    assert part.source_row.tolist() == [3, 2]
    assert part.num_items == 4


def test_select_refuses_an_index_array(small):
    with pytest.raises(ValueError, match=r"mask: expected bool \(6,\), found int64"):
        small.select(np.arange(6))


def big_enough() -> Ratings:
    rng = np.random.default_rng(5)
    return Ratings.from_dense(rng.integers(1, 6, (53, 7)), rng.random((53, 7)) < 0.6)


def test_batches_hold_each_user_once_with_their_ratings():
    ratings = big_enough()
    for seed in (None, 3):
        users = []
        for batch in ratings.batches(11, seed=seed):
            assert len(batch["user_index"]) <= 11
            assert batch["row_splits"][-1] == len(batch["item_index"]) == len(batch["rating"])
            for place, user in enumerate(batch["user_index"]):
                part = slice(batch["row_splits"][place], batch["row_splits"][place + 1])
                own = slice(ratings.row_splits[user], ratings.row_splits[user + 1])
                np.testing.assert_array_equal(batch["item_index"][part], ratings.item_index[own])
                np.testing.assert_array_equal(batch["rating"][part], ratings.rating[own])
            users.extend(batch["user_index"].tolist())
        assert sorted(users) == np.flatnonzero(ratings.ratings_per_user).tolist()


def test_batch_order_is_a_function_of_seed_and_epoch():
    def order(**key):
        return [user for batch in big_enough().batches(11, **key) for user in batch["user_index"].tolist()]

    assert order(seed=3, epoch=2) == order(seed=3, epoch=2)
    assert order(seed=3, epoch=2) != order(seed=3, epoch=1)
    assert order(seed=3, epoch=2) != order(seed=4, epoch=2)
    assert order() == sorted(order())


def test_batches_with_targets_skip_users_who_lack_one_part():
    ratings = Ratings.from_triples([1, 1, 2, 3, 3], [5, 6, 5, 5, 6], [1, 2, 3, 4, 5])
    inputs = ratings.select(np.array([True, False, True, True, False]))
    targets = ratings.select(np.array([False, True, False, False, True]))
    (batch,) = inputs.batches(7, targets=targets)
    assert batch["user_index"].tolist() == [0, 2]
    assert batch["rating"].tolist() == [1, 4]
    assert batch["target_rating"].tolist() == [2, 5]
    assert batch["target_row_splits"].tolist() == [0, 1, 2]
    assert batch["target_item_index"].tolist() == [1, 1]


def test_batches_refuse_targets_of_another_vocabulary(small):
    with pytest.raises(ValueError, match=r"user_id: expected the same ids in ratings and targets"):
        next(small.batches(2, targets=small.transpose()))


def test_batches_refuse_a_size_of_zero(small):
    with pytest.raises(ValueError, match=r"batch_size: expected a whole number of at least 1, found 0"):
        small.batches(0)


@pytest.mark.parametrize("derive", [
    lambda made: made,
    lambda made: made.take(2).map(lambda batch: batch),
    lambda made: made.repeat(2).take(2),
    lambda made: iter(made.take(2)),
    lambda made: tf.data.Dataset.zip((made, made)).map(lambda first, second: first).take(2),
    lambda made: made.take(1).concatenate(made.skip(1).take(1)),
])  # fmt: skip
def test_batches_outlive_everything_but_the_dataset(derive):
    """TensorFlow refers to the ratings weakly; whoever holds the dataset, or what was made from it, holds them."""
    expected = list(big_enough().batches(7))[:2]
    made = derive(big_enough().to_dataset(7))
    gc.collect()
    for found, batch in zip(itertools.islice(made, 2), expected, strict=True):
        np.testing.assert_array_equal(found["item_index"], batch["item_index"])


def test_dataset_gives_the_same_batches_and_asks_for_the_epoch_anew():
    ratings, epoch = big_enough(), [0]
    dataset = ratings.to_dataset(11, seed=3, epoch=lambda: epoch[0])
    assert dataset.cardinality() == -(-int((ratings.ratings_per_user > 0).sum()) // 11)
    for epoch[0] in (0, 1):
        expected = list(ratings.batches(11, seed=3, epoch=epoch[0]))
        found = list(dataset.as_numpy_iterator())
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            for name, array in other.items():
                np.testing.assert_array_equal(one[name], array)
                assert one[name].dtype == array.dtype
