"""What the model refuses, and that a refusal leaves it as it was."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cd_steps": 0}, "cd_steps: expected a whole number of at least 1, found 0"),
        ({"cd_steps": 1.5}, "cd_steps: expected a whole number"),
        ({"engine": "warp"}, "engine: expected one of auto, dense, sparse, found 'warp'"),
        ({"inference": "guess"}, "inference: expected one of mean_field, exact, sampled, found 'guess'"),
        ({"weight_decay": -0.1}, "weight_decay: expected a finite number of at least 0, found -0.1"),
        ({"seed": -1}, "seed: expected a whole number"),
        ({"num_items": 0}, "num_items: expected a whole number of at least 1, found 0"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RBM(**({"num_items": 7, "num_hidden": 3} | arguments))


def bad_inputs(likes):
    visible, observed_mask = likes.to_dense()
    return {
        "another number of films": (likes.transpose(), "x: expected 7 films, as the model has, found 11"),
        "stars": ((visible * 5, observed_mask), "x: expected ratings 0"),
        "shapes that differ": ((visible, observed_mask[:, :5]), "x: expected visible and observed_mask of one shape"),
        "one dimension": ((visible[0], observed_mask[0]), "x: expected visible and observed_mask of one shape"),
        "empty mask": ((visible, observed_mask & False), "observed_mask: expected at least one rated film"),
        "no ratings": (likes.select(likes.rating > 5), "x: expected at least one rating, found none"),
        "an array without its mask": (visible, "x: expected Ratings, .* found ndarray"),
        "nothing": (None, "x: expected Ratings, .* found NoneType"),
        "another dataset": (tf.data.Dataset.from_tensor_slices(visible), "x: expected batches with the keys"),
        "a dataset of stars": (
            Ratings.from_dense(visible * 5, observed_mask).to_dataset(5),
            "x: expected ratings 0",
        ),
    }


@pytest.mark.parametrize("case", list(bad_inputs(Ratings.from_dense(np.ones((2, 7)), np.ones((2, 7), bool)))))
def test_data_that_do_not_fit_are_refused(likes, case):
    x, message = bad_inputs(likes)[case]
    model = RBM(7, 3)
    model.compile("sgd")
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(x, verbose=0)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_evaluation_wants_inputs_and_targets_apart(likes):
    model = RBM(7, 3)
    model.compile("sgd")
    with pytest.raises(ValueError, match="x: expected a Split"):
        model.evaluate(likes, verbose=0)
    with pytest.raises(ValueError, match="validation_data: expected a Split"):
        model.fit(likes, validation_data=likes, verbose=0)
