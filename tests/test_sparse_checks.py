"""Arguments that must never reach a kernel are refused by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib import sparse
from rbm_lib.conditionals import RBMParameters

NUM_HIDDEN, NUM_ITEMS = 5, 67
PARAMETERS = RBMParameters(
    np.ones((NUM_ITEMS, NUM_HIDDEN), np.float32), np.zeros(NUM_ITEMS, np.float32), np.zeros(NUM_HIDDEN, np.float32)
)


def good():
    return {
        "row_splits": np.array([0, 2, 3]),
        "item_index": np.array([0, 3, 1]),
        "rating": np.array([1.0, 0.0, 1.0]),
        "user_index": np.array([0, 1]),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item_index": np.array([3, 0, 1])}, "item_index: expected strictly ascending films .* found 3 before 0"),
        ({"item_index": np.array([3, 3, 1])}, "item_index: expected strictly ascending films .* found 3 before 3"),
        ({"item_index": np.array([-1, 3, 1])}, "item_index: expected numbers from 0 to 66, found -1 to 3"),
        ({"item_index": np.array([0, 67, 1])}, "item_index: expected numbers from 0 to 66, found 0 to 67"),
        ({"item_index": np.array([0.0, 3.0, 1.0])}, "item_index: expected integers, one-dimensional, found float64"),
        ({"item_index": np.array([0, 2**40, 1])}, "item_index: expected numbers that fit int32"),
        ({"row_splits": np.array([0, 2, 4])}, "row_splits: expected ascending numbers from 0 to 3"),
        ({"row_splits": np.array([1, 2, 3])}, "row_splits: expected ascending numbers from 0 to 3"),
        ({"row_splits": np.array([0, 5, 3])}, "row_splits: expected ascending numbers from 0 to 3"),
        ({"row_splits": np.array([], int)}, "row_splits: expected ascending numbers from 0 to 3"),
        ({"row_splits": np.array([[0, 2, 3]])}, "row_splits: expected integers, one-dimensional"),
        ({"rating": np.array([1.0, 5.0, 1.0])}, "rating: expected 0 .dislike. or 1"),
        ({"rating": np.array([1.0, np.nan, 1.0])}, "rating: expected 0 .dislike. or 1"),
        ({"rating": np.array([1.0, 0.0])}, r"rating: expected shape \(3,\), found \(2,\)"),
        ({"rating": np.array(["1", "0", "1"])}, "rating: expected numbers, found <U1"),
        ({"user_index": np.array([0])}, r"user_index: expected shape \(2,\), found \(1,\)"),
        ({"user_index": np.array([0, -1])}, "user_index: expected numbers of at least 0, found -1"),
    ],
)  # fmt: skip
def test_batches_that_do_not_hold_together_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sparse.ascent_direction(**(good() | change), parameters=PARAMETERS, cd_steps=1, step=0, seed=0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("visible_bias", np.zeros(66), r"visible_bias: expected shape \(67,\), found \(66,\)"),
        ("hidden_bias", np.zeros(4), r"hidden_bias: expected shape \(5,\), found \(4,\)"),
        ("interaction_weights", np.zeros(5), "interaction_weights: expected"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(name, value, message):
    with pytest.raises(ValueError, match=message):
        sparse.ascent_direction(**good(), parameters=PARAMETERS._replace(**{name: value}), cd_steps=1, step=0, seed=0)


integers = st.lists(st.integers(-3, 80), max_size=9).map(np.array)


@settings(max_examples=300, deadline=None)
@given(row_splits=integers, item_index=integers, rating=st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), max_size=9),
       user_index=integers)  # fmt: skip
def test_whatever_comes_in_either_an_error_or_sound_numbers_come_out(row_splits, item_index, rating, user_index):
    arguments = {"row_splits": row_splits, "item_index": item_index, "rating": rating, "user_index": user_index}
    refused = None
    try:
        found = sparse.ascent_direction(**arguments, parameters=PARAMETERS, cd_steps=1, step=0, seed=0)
    except ValueError as error:
        refused = str(error).split(":")[0]
    if refused is not None:
        assert refused in arguments
        return
    assert np.isfinite(found.interaction_weights).all()
    assert set(found.items) == set(np.asarray(item_index).tolist())
