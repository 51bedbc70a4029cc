"""Who competes: every kind answers under its own name, base rates as well, from its first setting on."""

import numpy as np
import pytest

from rbm_lib.collection.studies.contenders import like_contenders, list_contenders, star_contenders
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.protocol import evaluate
from rbm_lib.evaluation.tuning import draw_settings, tune
from rbm_lib.models.recipes import Recipe
from rbm_lib.splits.held_out import first_n

USER = Recipe(num_hidden=3, batch_size=32, epochs=1)
ITEM = Recipe(based="item", num_hidden=3, batch_size=32, epochs=1)


@pytest.fixture
def stars():
    rng = np.random.default_rng(3)
    means = rng.uniform(1.5, 4.5, 19)
    rating = np.clip(np.rint(means + rng.normal(0, 1, (41, 19))), 1, 5).astype(np.float32)
    return Ratings.from_dense(rating, rng.random((41, 19)) < 0.6)


@pytest.mark.parametrize("task", ["stars", "likes", "lists"])
def test_every_kind_is_called_what_its_predictor_is_called(task):
    kinds = {
        "stars": star_contenders(USER, ITEM, sweeps=4, seed=1),
        "likes": like_contenders(USER, ITEM, 4, sweeps=4, seed=1),
        "lists": list_contenders(USER, {"num_hidden": 3}, {"num_hidden": 3}, seed=1),
    }[task]
    for name, (make, space) in kinds.items():
        for settings in draw_settings(space, 2, seed=1):
            assert make(**settings).name == name


@pytest.mark.parametrize("task", ["stars", "likes"])
def test_a_tuned_base_rate_takes_the_place_of_the_untuned(stars, task):
    split, threshold = first_n(stars, n=3, more_than=5), None if task == "stars" else 4
    kinds = (
        star_contenders(USER, ITEM, sweeps=4, seed=1)
        if task == "stars"
        else like_contenders(USER, ITEM, 4, sweeps=4, seed=1)
    )
    kinds = {name: kinds[name] for name in ("item mean", "item+user bias")}
    metric = "rmse" if task == "stars" else "log_loss"
    best, trials = tune(kinds, split.validation(0.2, seed=1), 3, seed=1, metric=metric, threshold=threshold)
    assert trials.groupby("kind").size().to_dict() == {"item mean": 3, "item+user bias": 3}
    strong = {"item mean": {"smoothing": 1e6}, "item+user bias": {"penalty": 1e6}}
    tables = [
        evaluate(
            [make(**chosen[name]) for name, (make, _) in kinds.items()], split, threshold=threshold, seed=1
        ).table()
        for chosen in (best, strong)
    ]
    for table in tables:
        assert list(table.index).count("item mean") == list(table.index).count("item+user bias") == 1
    overall = "overall mean" if task == "stars" else "always-like"
    np.testing.assert_allclose(tables[1].loc["item mean", metric], tables[1].loc[overall, metric], rtol=1e-3)
    assert tables[0].loc["item mean", metric] != tables[1].loc["item mean", metric]
