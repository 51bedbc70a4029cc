"""Random search: every trial comes from the space, none twice, all of them kept."""

import numpy as np
import pytest

from rbm_lib import random_n
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.search import draw_recipes, effect_of_settings, run_trials
from rbm_lib.models.recipes import Recipe

START = Recipe(num_hidden=3, batch_size=5, epochs=2)
SPACE = {"num_hidden": [3, 5], "weight_decay": [0.0, 0.1, 1.0]}


def test_trials_come_from_the_space_and_never_twice():
    recipes = draw_recipes(START, SPACE, 100, seed=7)
    assert len(recipes) == len(set(recipes)) == 6
    assert (recipes[0].num_hidden, recipes[0].weight_decay) == (3, 0.0)
    assert {(r.num_hidden, r.weight_decay) for r in recipes} == {(h, d) for h in (3, 5) for d in (0.0, 0.1, 1.0)}
    few = draw_recipes(START, SPACE, 2, seed=7)
    assert len(few) == 3
    assert few == draw_recipes(START, SPACE, 2, seed=7)
    assert {tuple(draw_recipes(START, SPACE, 2, seed=s)) for s in range(7)} != {tuple(few)}


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="weight_decay: expected at least one value"):
        draw_recipes(START, {"weight_decay": []}, 1, seed=7)


def test_every_trial_is_kept_and_their_means_are_right():
    rng = np.random.default_rng(7)
    observed_mask = rng.random((13, 7)) < 0.7
    observed_mask[:, :3] = True
    split = random_n(Ratings.from_dense(rng.integers(1, 6, (13, 7)), observed_mask), 2, seed=3)
    trials = run_trials(draw_recipes(START, SPACE, 3, seed=7), split)
    assert len(trials) == 4 * 2
    assert {"trial", "epoch", "rmse", "mae", "log_loss", "based", "num_hidden", "weight_decay"} <= set(trials)
    last = trials[trials["epoch"] == 2]
    effects = effect_of_settings(last, ["num_hidden"]).set_index("value")
    assert effects["trials"].sum() == 4
    three = last[last["num_hidden"] == 3]["rmse"].mean()
    assert effects.loc["3", "mean"] == pytest.approx(three)
