"""Ratings of some users, and ratings from counts of each user's."""

from dataclasses import fields

import numpy as np
import pytest

from rbm_lib.data import Ratings

TIMES = [13, 11, 17, 19, 29, 23]


@pytest.fixture
def ratings():
    return Ratings.from_triples([1, 1, 2, 3, 3, 3], [5, 7, 6, 5, 6, 7], [1, 2, 3, 4, 5, 1], TIMES)


def test_users_are_taken_with_all_that_is_known_of_their_ratings(ratings):
    found = ratings.take_users([2, 0])
    assert found.user_id.tolist() == [3, 1]
    assert found.rating.tolist() == [4, 5, 1, 1, 2]
    assert found.row_splits.tolist() == [0, 3, 5]
    assert found.timestamp.tolist() == [19, 29, 23, 13, 11]
    assert found.source_row.tolist() == [3, 4, 5, 0, 1]
    assert found.item_id.tolist() == [5, 6, 7]


def test_a_user_may_be_taken_twice_and_one_without_ratings_too(ratings):
    found = ratings.select(ratings.user_index != 1).take_users(np.array([0, 1, 0]))
    assert found.ratings_per_user.tolist() == [2, 0, 2]
    assert found.rating.tolist() == [1, 2, 1, 2]


def test_everybody_in_order_is_the_same_ratings(ratings):
    found = ratings.take_users(np.arange(3))
    for field in fields(Ratings):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(ratings, field.name))


@pytest.mark.parametrize("index", [[3], [-1], [0.0], [[0]], [True, False, True]])
def test_who_is_no_user_is_refused(ratings, index):
    with pytest.raises(ValueError, match=r"user_index: expected "):
        ratings.take_users(index)


def test_ratings_from_counts_are_checked_as_any_others(ratings):
    arrays = {name: getattr(ratings, name) for name in ("item_index", "rating", "user_id", "item_id")}
    assert Ratings.from_counts([2, 1, 3], **arrays).checksum() == ratings.checksum()
    with pytest.raises(ValueError, match="row_splits: expected"):
        Ratings.from_counts([2, 1, 2], **arrays)
