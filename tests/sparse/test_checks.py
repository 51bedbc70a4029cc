"""Arguments that must never reach a kernel are refused by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib.models.parameters import RBMParameters
from rbm_lib.sparse import engine as sparse

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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target_item_index": np.array([3, 0])}, "target_item_index: expected strictly ascending films"),
        ({"target_item_index": np.array([-1, 3])}, "target_item_index: expected numbers from 0 to 66, found -1 to 3"),
        ({"target_item_index": np.array([0, 67])}, "target_item_index: expected numbers from 0 to 66, found 0 to 67"),
        ({"target_row_splits": np.array([0, 2])}, "target_row_splits: expected 3 numbers, found 2"),
        ({"target_row_splits": np.array([0, 3, 2])}, "target_row_splits: expected ascending numbers from 0 to 2"),
        ({"sampling": ([0, -1], 0, 0)}, "user_index: expected numbers of at least 0, found -1"),
        ({"sampling": ([0], 0, 0)}, r"user_index: expected shape \(2,\)"),
        ({"item_index": np.array([0, 67, 1])}, "item_index: expected numbers from 0 to 66"),
    ],
)
def test_targets_that_do_not_hold_together_are_refused_before_anything_is_computed(change, message, monkeypatch):
    def kernel(*_):
        raise AssertionError("a kernel ran")

    monkeypatch.setattr(sparse.predictions, "activations_of_rows", kernel)
    targets = {"target_row_splits": np.array([0, 2, 2]), "target_item_index": np.array([0, 3])}
    given = {name: value for name, value in good().items() if name != "user_index"} | targets
    with pytest.raises(ValueError, match=message):
        sparse.predict_pairs(
            **(given | {"inference": "sampled", "sampling": ([0, 1], 0, 0)} | change), parameters=PARAMETERS
        )


@pytest.mark.parametrize("cd_steps", [0, -1, 1.5])
def test_sweeps_are_a_whole_number(cd_steps):
    with pytest.raises(ValueError, match="cd_steps: expected a whole number of at least 1"):
        sparse.ascent_direction(**good(), parameters=PARAMETERS, cd_steps=cd_steps, step=0, seed=0)


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


@settings(max_examples=300, deadline=None)
@given(row_splits=integers, item_index=integers, rating=st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), max_size=9),
       target_row_splits=integers, target_item_index=integers,
       inference=st.sampled_from(["mean_field", "exact", "sampled"]))  # fmt: skip
def test_whatever_is_asked_either_an_error_or_probabilities_come_out(inference, **arguments):
    refused = None
    try:
        users = np.arange(max(0, len(arguments["row_splits"]) - 1))
        found = sparse.predict_pairs(
            **arguments, parameters=PARAMETERS, inference=inference, sampling=(users, 0, 0), targets_as_rated=True
        )
    except ValueError as error:
        refused = str(error).split(":")[0]
    if refused is not None:
        assert refused in arguments
        return
    assert len(found) == len(arguments["target_item_index"])
    assert ((found >= 0) & (found <= 1)).all()


@settings(max_examples=200, deadline=None)
@given(row_splits=integers, item_index=integers, rating=st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), max_size=9),
       count=st.integers(-1, 80))  # fmt: skip
def test_whatever_is_asked_either_an_error_or_unrated_films_come_out(count, **arguments):
    refused = None
    try:
        free = sparse.free_energy(**arguments, parameters=PARAMETERS)
        films, scores = sparse.best_films(**arguments, parameters=PARAMETERS, count=count)
    except ValueError as error:
        refused = str(error).split(":")[0]
    if refused is not None:
        assert refused in {*arguments, "count"}
        return
    assert np.isfinite(free).all()
    assert films.shape == scores.shape == (len(free), count)
    splits = arguments["row_splits"]
    for row, listed in enumerate(films):
        rated = set(arguments["item_index"][splits[row] : splits[row + 1]].tolist())
        kept = listed[listed >= 0]
        assert len(set(kept.tolist())) == len(kept) == min(count, NUM_ITEMS - len(rated))
        assert not rated & set(kept.tolist())
