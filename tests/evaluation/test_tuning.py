"""Tuning: as many trials for each kind, on the validation part alone, and the best of them found."""

from functools import partial

import numpy as np
import pytest

from rbm_lib.baselines.base_rates import ItemMean
from rbm_lib.baselines.ease import Ease
from rbm_lib.baselines.star_base_rates import StarItemMean
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.lists import list_metrics
from rbm_lib.evaluation.tuning import draw_settings, score, tune
from rbm_lib.splits.held_out import random_n
from rbm_lib.splits.split import Split

SPACE = {"smoothing": [5.0, 0.1, 1.0, 50.0, 500.0], "unused": [1]}


class Constant:
    """Answers with one number, and remembers what it was shown."""

    name = "constant"

    def __init__(self, answer, shown=None):
        self.answer, self.shown = answer, [] if shown is None else shown

    def fit(self, train):
        self.seen = train
        self.shown.append(train)
        return self

    def predict(self, user_index, item_index):
        return np.full(len(item_index), self.answer)


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(7)
    observed_mask = rng.random((31, 11)) < 0.7
    observed_mask[:, :3] = True
    return random_n(Ratings.from_dense(rng.integers(1, 6, (31, 11)), observed_mask), 2, seed=3)


def test_settings_start_with_the_first_values_and_never_repeat():
    space = {"a": [3, 1, 2], "b": ["x", "y"]}
    every = draw_settings(space, 100, seed=1)
    assert every[0] == {"a": 3, "b": "x"}
    assert len(every) == len({tuple(settings.values()) for settings in every}) == 6
    assert draw_settings(space, 2, seed=1) == draw_settings(space, 2, seed=1) == draw_settings(space, 2, seed=1)[:3]
    assert draw_settings({}, 5, seed=1) == [{}]
    with pytest.raises(ValueError, match="a: expected at least one value"):
        draw_settings({"a": []}, 1, seed=1)


def test_a_value_that_is_listed_twice_is_tried_once():
    """A repeat would take the place of a trial, in a comparison of as many trials each."""
    space = {"a": [3, 1, 3, 2, 1], "b": [[1, 2], [1, 2], None]}
    every = draw_settings(space, 100, seed=1)
    assert len(every) == len({str(settings) for settings in every}) == 6
    assert every == draw_settings({"a": [3, 1, 2], "b": [[1, 2], None]}, 100, seed=1)


def test_every_kind_gets_the_same_number_of_trials_and_the_best_is_kept(split):
    def smoothed(smoothing, unused):
        return StarItemMean(smoothing)

    answers = {"answer": [1.0, 3.0, 5.0, 30.0]}
    best, trials = tune({"mean": (smoothed, SPACE), "one": (Constant, answers)}, split, 4, seed=1, metric="rmse")
    assert trials.groupby("kind").size().to_dict() == {"mean": 4, "one": 4}
    assert list(trials.columns) == ["kind", "trial", "settings", "rmse", "seconds"]
    assert best["one"]["answer"] == 3.0
    error = {answer: np.sqrt(np.mean((split.targets.rating - answer) ** 2)) for answer in answers["answer"]}
    assert trials.loc[trials["kind"] == "one", "rmse"].tolist() == pytest.approx(
        [error[float(text.split("=")[1])] for text in trials.loc[trials["kind"] == "one", "settings"]]
    )
    mean = trials[trials["kind"] == "mean"]
    winner = mean.loc[mean["rmse"].idxmin(), "settings"]
    assert winner == f"smoothing={best['mean']['smoothing']}, unused=1"
    assert mean.iloc[0]["settings"] == "smoothing=5.0, unused=1"
    assert (trials["seconds"] > 0).all()


def test_higher_is_better_where_it_is(split):
    likes = split.binarize(3)
    share = likes.targets.rating.mean()
    right = float(share > 0.5)
    kinds = {"one": (Constant, {"answer": [1 - right, right]})}
    assert tune(kinds, likes, 2, seed=1, metric="accuracy")[0]["one"]["answer"] == right
    kinds = {"one": (Constant, {"answer": [0.01, float(share), 0.99]})}
    assert tune(kinds, likes, 3, seed=1, metric="log_loss")[0]["one"]["answer"] == float(share)


def test_targets_are_never_shown(split):
    shown = []
    tune({"one": (partial(Constant, shown=shown), {"answer": [3.0]})}, split, 1, seed=1, metric="mae")
    assert shown == [split.inputs]


def test_of_stars_asked_for_likes_each_learns_what_it_reads(split):
    shown = {"stars": [], "likes": []}
    share = float(split.binarize(3).targets.rating.mean())

    class Reader(Constant):
        reads_stars = True

    kinds = {"stars": (partial(Reader, shown=shown["stars"]), {"answer": [share]})}
    kinds["likes"] = (partial(Constant, shown=shown["likes"]), {"answer": [share]})
    _, trials = tune(kinds, split, 1, seed=1, metric="brier", threshold=3)
    assert trials["brier"].tolist() == pytest.approx([share * (1 - share)] * 2)
    assert shown["stars"] == [split.inputs]
    assert set(shown["likes"][0].rating) == {0, 1}


def test_a_predictor_that_saw_a_target_is_refused(split):
    class Leaky(Constant):
        def fit(self, train):
            self.seen = split.targets
            return self

    with pytest.raises(ValueError, match="targets"):
        tune({"leaky": (Leaky, {"answer": [3.0]})}, split, 1, seed=1, metric="rmse")


def test_held_out_users_are_folded_in_and_lists_are_scored(likes):
    train, inputs, targets = (
        likes.select(mask)
        for mask in (
            likes.user_index < 7,
            (likes.user_index >= 7) & (likes.item_index < 3),
            (likes.user_index >= 7) & (likes.item_index >= 3),
        )
    )
    held_out = Split(inputs, targets, "by hand", np.array([]), train)
    found = score(Ease(2.0), held_out, "ndcg@10")
    users = np.unique(targets.user_index)
    lists = Ease(2.0).fit(train).fold_in(inputs).recommend(users, 7)
    assert found == list_metrics(lists, users, targets)["ndcg@10"].mean()
    best, trials = tune({"EASE": (Ease, {"penalty": [1.0, 10.0]})}, held_out, 5, seed=1, metric="recall@20")
    assert len(trials) == 2
    assert best["EASE"]["penalty"] in (1.0, 10.0)


def test_a_failing_trial_names_its_settings(split):
    with pytest.raises(ValueError, match="smoothing: expected") as failure:
        tune({"mean": (StarItemMean, {"smoothing": [-1.0]})}, split, 1, seed=1, metric="rmse")
    assert failure.value.__notes__ == ["tune: trial 0 of 'mean' with smoothing=-1.0"]
    with pytest.raises(ValueError, match="rmse: expected a finite number") as failure:
        tune({"one": (Constant, {"answer": [np.nan]})}, split, 1, seed=1, metric="rmse")
    assert "trial 0 of 'one' with answer=nan" in failure.value.__notes__[0]


@pytest.mark.parametrize("trials", [0, 1.5, True])
def test_the_number_of_trials_is_checked(split, trials):
    with pytest.raises(ValueError, match="trials: expected a whole number"):
        tune({}, split, trials, seed=1, metric="rmse")


def test_an_unknown_metric_is_refused(split):
    with pytest.raises(ValueError, match="metric: expected one of accuracy"):
        tune({"mean": (ItemMean, {})}, split, 1, seed=1, metric="r2")


def test_a_split_of_a_test_part_is_the_callers_choice_alone(split):
    """`Split.validation` leaves the targets out: what tuning sees holds none of them."""
    assert isinstance(split, Split)
    inner = split.validation(0.2, seed=5)
    both = np.concatenate([part.user_index * 100 + part.item_index for part in (inner.inputs, inner.targets)])
    assert not np.isin(split.targets.user_index * 100 + split.targets.item_index, both).any()
