"""Item-based models and averages: the same numbers as doing by hand what they stand for."""

import keras
import numpy as np
import pytest

from rbm_lib import RBM, Average, ItemBased, random_n
from rbm_lib.data.ratings import Ratings


@pytest.fixture
def split():
    rng = np.random.default_rng(7)
    observed_mask = rng.random((11, 7)) < 0.7
    observed_mask[:, :3] = True
    return random_n(Ratings.from_dense(rng.integers(1, 6, (11, 7)), observed_mask), 2, seed=3)


@pytest.fixture
def item_based(split):
    model = ItemBased(
        RBM(11, 3, units="softmax", seed=5, interaction_initializer=keras.initializers.RandomNormal(0, 1, 3))
    )
    model.initialize_from_base_rates(split.inputs)
    return model


def test_an_item_based_model_sees_films_as_cases(split, item_based):
    found = item_based.predict_ratings(split)
    every = item_based.model.predict(split.inputs.transpose(), verbose=0)  # films by users
    np.testing.assert_allclose(found, every[split.targets.item_index, split.targets.user_index], rtol=1e-5)
    assert found.std() > 0.1
    distribution = item_based.predict_ratings(split, output="distribution")
    np.testing.assert_allclose(distribution @ np.arange(1.0, 6.0), found, rtol=1e-5)


def test_an_item_based_model_trains_on_the_transpose(split, item_based):
    other = RBM(11, 3, units="softmax", seed=5)
    other.set_weights(item_based.model.get_weights())
    for model, ratings, validation in (
        (item_based, split.inputs, split), (other, split.inputs.transpose(), split.transpose()),
    ):  # fmt: skip
        model.compile(keras.optimizers.Adam(0.1))
        history = model.fit(ratings, validation_data=validation, epochs=3, batch_size=3, verbose=0)
        assert len(history.history["val_rmse"]) == 3
    for mine, theirs in zip(item_based.model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_an_average_is_the_weighted_mean(split, item_based):
    user_based = RBM(7, 3, units="softmax", seed=5)
    one, two = user_based.predict_ratings(split), item_based.predict_ratings(split)
    found = Average([user_based, item_based], weights=[3, 1]).predict_ratings(split)
    np.testing.assert_allclose(found, 0.75 * one + 0.25 * two, rtol=1e-6)
    equal = Average([user_based, item_based]).predict_ratings(split, output="like", threshold=4)
    parts = [m.predict_ratings(split, output="like", threshold=4) for m in (user_based, item_based)]
    np.testing.assert_allclose(equal, np.mean(parts, axis=0), rtol=1e-6)


def test_averages_that_make_no_sense_are_refused(split, item_based):
    with pytest.raises(ValueError, match="predictors: expected at least one"):
        Average([])
    for weights in ([1.0], [-1.0, 2.0], [0.0, 0.0], [np.nan, 1.0]):
        with pytest.raises(ValueError, match="weights: expected 2 numbers"):
            Average([item_based, item_based], weights)
    with pytest.raises(ValueError, match="output: expected one that can be averaged"):
        Average([item_based]).predict_ratings(split, output="mode")
