"""Rows that reach beyond their arrays are refused, whatever passed by the constructor that would have seen it."""

import copy

import numpy as np
import pytest

from rbm_lib import RBM, Ratings
from rbm_lib.sparse import gather_rows

SPLITS, ITEMS, RATING = np.array([0, 2, 5, 7]), np.arange(7, dtype=np.int32), np.ones(7, np.float32)


def tampered(**changes):
    """Ratings whose arrays were exchanged behind the constructor's back."""
    users, films = np.repeat(np.arange(11), 3), np.tile(np.arange(3), 11)
    ratings = copy.copy(Ratings.from_triples(users, films, np.resize([1, 0], 33)))
    for name, change in changes.items():
        object.__setattr__(ratings, name, change(getattr(ratings, name)))
    return ratings


def test_chosen_users_come_in_the_order_they_were_chosen():
    splits, items, values = gather_rows(SPLITS, ITEMS, RATING, np.array([2, 0]))
    assert (splits.tolist(), items.tolist(), values.tolist()) == ([0, 2, 4], [5, 6, 0, 1], [1, 1, 1, 1])
    assert gather_rows(SPLITS, ITEMS, RATING, [])[1].size == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rating": RATING[:4]}, r"row_splits: expected ascending numbers from 0 to 4, .*\(7 films, 4 ratings\)"),
        ({"item_index": ITEMS[:6]}, r"numbers from 0 to 6, .*\(6 films, 7 ratings\)"),
        ({"row_splits": np.array([0, 2, 5, 2**40])}, "found rows from 0 to 1099511627776"),
        ({"row_splits": np.array([0, 5, 2, 7])}, "expected ascending numbers"),
        ({"row_splits": np.array([-(2**40), 2, 5, 7])}, "found rows from -1099511627776"),
        ({"users": np.array([0, 3])}, "users: expected numbers from 0 to 2, found 0 to 3"),
        ({"users": np.array([-1, 0])}, "found -1 to 0"),
    ],
)
def test_what_reaches_beyond_an_array_is_refused(change, message):
    arguments = {"row_splits": SPLITS, "item_index": ITEMS, "rating": RATING, "users": np.arange(3)} | change
    with pytest.raises(ValueError, match=message):
        gather_rows(**arguments)


@pytest.mark.parametrize(
    "changes",
    [
        {"rating": lambda rating: rating[:5]},
        {"item_index": lambda items: items[:5]},
        {"row_splits": lambda splits: splits * 1000},
    ],
)
def test_ratings_that_passed_by_their_constructor_never_read_past_an_array(changes):
    model = RBM(3, num_hidden=2, seed=1)
    model.compile("sgd")
    for ask in (
        lambda: next(tampered(**changes).batches(4, seed=1, epoch=0)),
        lambda: model.fit(tampered(**changes), verbose=0),
        lambda: model.free_energy(tampered(**changes)),
        lambda: model.recommend(tampered(**changes), 1),
    ):
        with pytest.raises(ValueError, match="row_splits: expected ascending numbers"):
            ask()
