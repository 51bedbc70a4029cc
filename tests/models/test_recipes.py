"""A recipe makes the model it describes, and the same one every time."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib import ItemBased, random_n
from rbm_lib.data.ratings import Ratings
from rbm_lib.models.recipes import Recipe
from rbm_lib.models.several import compare_recipes


@pytest.fixture
def split():
    rng = np.random.default_rng(7)
    observed_mask = rng.random((13, 7)) < 0.7
    observed_mask[:, :3] = True
    return random_n(Ratings.from_dense(rng.integers(1, 6, (13, 7)), observed_mask), 2, seed=3)


RECIPE = Recipe(num_hidden=3, batch_size=5, epochs=2)


@pytest.mark.parametrize("based", ["user", "item"])
def test_a_recipe_repeats_itself(split, based):
    recipe = replace(RECIPE, based=based)
    (one, history), (two, _) = (recipe.train(split.inputs, validation=split) for _ in range(2))
    np.testing.assert_array_equal(one.predict_ratings(split), two.predict_ratings(split))
    assert isinstance(one, ItemBased) == (based == "item")
    assert len(history.history["val_rmse"]) == 2
    cases = 7 if based == "item" else 13
    model = one.model if based == "item" else one
    assert int(model.optimizer.iterations) == 2 * -(-cases // 5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0, abs=1e-9)  # it has just reached the end
    assert model.num_items == (13 if based == "item" else 7)


def test_recipes_are_compared_epoch_by_epoch(split):
    recipes = {"short": RECIPE, "decayed": replace(RECIPE, weight_decay=0.5)}
    predictors, curves = compare_recipes(recipes, split)
    assert list(predictors) == list(recipes)
    assert curves.groupby("recipe").size().to_dict() == {"decayed": 2, "short": 2}
    last = curves[curves["epoch"] == 2].set_index("recipe")["rmse"]
    error = predictors["short"].predict_ratings(split) - split.targets.rating
    assert last["short"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)


def test_scoring_less_often_changes_nothing_but_the_number_of_rows(split):
    recipes = {"one": replace(RECIPE, epochs=7), "two": replace(RECIPE, epochs=4, based="item")}
    often, seldom = (compare_recipes(recipes, split, every=every) for every in (1, 3))
    epochs = seldom[1].groupby("recipe")["epoch"].apply(list)
    assert epochs.to_dict() == {"one": [3, 6, 7], "two": [3, 4]}
    rows = seldom[1].merge(often[1], on=["recipe", "epoch"])
    np.testing.assert_array_equal(rows["rmse_x"], rows["rmse_y"])
    for name in recipes:
        found, expected = (predictors[name].predict_ratings(split) for predictors in (seldom[0], often[0]))
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="every: expected a whole number of at least 1, found 0"):
        compare_recipes(recipes, split, every=0)


@pytest.mark.parametrize("based", ["user", "item"])
@pytest.mark.parametrize("units", ["ordinal", "softmax"])
def test_half_stars_are_learnt_as_what_they_are(split, based, units):
    halves = tuple(np.arange(1, 11) / 2)
    inputs = Ratings(
        split.inputs.row_splits, split.inputs.item_index, split.inputs.rating - 0.5, np.arange(13), np.arange(7)
    )
    predictor, _ = replace(RECIPE, based=based, units=units, stars=halves).train(inputs)
    model = predictor.model if based == "item" else predictor
    assert (model.units.name, model.units.values) == (units, halves)
    with pytest.raises(ValueError, match="ratings: expected ratings among 1, 2, 3, 4, 5, found"):
        replace(RECIPE, based=based, units=units).train(inputs)


def test_a_recipe_of_nothing_known_is_refused():
    with pytest.raises(ValueError, match="based: expected one of user, item, found 'film'"):
        Recipe(based="film")


def test_settings_are_flat():
    assert all(
        isinstance(value, int | float | str) for value in replace(RECIPE, cd_steps={0: 1, 3: 5}).settings().values()
    )
