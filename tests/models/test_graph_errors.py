"""A batch that is refused inside a TensorFlow graph is an error that names the argument, as outside."""

import pytest
import tensorflow as tf
from support.model_making import assert_same_weights

from rbm_lib.models.graph_errors import as_value_errors
from rbm_lib.models.model import RBM

BAD_BATCHES = {
    "rating": ({"rating": [0, 1, 5.0, 1]}, r"^rating: expected 0 \(dislike\) or 1 \(like\), found \[?5"),
    "too large": ({"item_index": [1, 3, 2, 7]}, "^item_index: expected numbers from 0 to 6, found .*7"),
    "negative": ({"item_index": [-1, 3, 2, 6]}, "^item_index: expected numbers from 0 to 6, found .*-1"),
    "twice": ({"item_index": [3, 3, 2, 6]}, "^item_index: expected strictly ascending films within a row, found .*3"),
    "unsorted": ({"item_index": [3, 1, 2, 6]}, "^item_index: expected strictly ascending films within a row, found"),
}


@pytest.mark.parametrize("case", list(BAD_BATCHES))
@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_a_later_batch_that_does_not_hold_together_is_refused(engine, case):
    """Only the first batch of a dataset can be looked at beforehand; the others are checked as they come."""
    change, message = BAD_BATCHES[case]
    good = {"row_splits": [0, 2, 4], "item_index": [1, 3, 2, 6], "rating": [0, 1, 1.0, 1], "user_index": [0, 1]}
    kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32, "user_index": tf.int32}
    targets = {"target_row_splits": [0, 1, 2], "target_item_index": [5, 5], "target_rating": [1.0, 0]}

    def dataset(more):
        kinds_of_targets = dict(zip(targets, [tf.int64, tf.int32, tf.float32], strict=True))
        batches = [good | more, good | more, good | more | change]
        made = [
            tf.data.Dataset.from_tensors({k: tf.constant(v, (kinds | kinds_of_targets)[k]) for k, v in batch.items()})
            for batch in batches
        ]
        return made[0].concatenate(made[1]).concatenate(made[2])

    model = RBM(7, 3, engine=engine)
    model.compile("sgd")
    with pytest.raises(ValueError, match=message):
        model.fit(dataset({}), verbose=0)
    sound = RBM(7, 3, engine=engine)
    sound.compile("sgd")
    sound.fit(dataset({}).take(2), verbose=0)
    assert_same_weights(sound, model)  # the two before it, and nothing of its own
    with pytest.raises(ValueError, match=message):
        model.evaluate(dataset(targets), verbose=0)
    with pytest.raises(ValueError, match=message):
        model.predict(dataset({}), verbose=0)


def test_errors_that_are_no_refusals_stay_as_they_are():
    with (
        pytest.raises(tf.errors.InvalidArgumentError, match=r"Matrix size-incompatible|[Ii]ncompatible"),
        as_value_errors(),
    ):
        tf.matmul(tf.zeros((2, 3)), tf.zeros((2, 3)))


@pytest.mark.parametrize(
    ("engine", "words"), [("dense", "assertion failed: [rating: expected"), ("sparse", "ValueError: rating: expected")]
)
def test_tensorflow_still_words_a_refusal_as_the_pattern_expects(likes, engine, words):
    """Another wording would pass the error on as TensorFlow's own, which names no argument."""
    model = RBM(likes.num_items, 3, engine=engine)
    model.compile("sgd")
    batch = {name: tf.constant(array) for name, array in next(likes.batches(5)).items()}
    step = tf.function(model.train_step)
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        step(batch | {"rating": batch["rating"] + 5})
    assert words in raised.value.message
    with pytest.raises(ValueError, match=r"^rating: expected 0 \(dislike\) or 1 \(like\), found"), as_value_errors():
        step(batch | {"rating": batch["rating"] + 5})
