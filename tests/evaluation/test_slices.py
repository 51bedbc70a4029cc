"""Groups by hand, and quality on a group equal to quality of the group."""

import numpy as np
import pandas as pd
import pytest

from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.comparison import WITHIN_USERS, Comparison
from rbm_lib.evaluation.slices import by_count, by_genre, gains_by_group, quality_by_group
from rbm_lib.evaluation.verdicts import VERDICTS, holm
from rbm_lib.splits.held_out import random_n


@pytest.fixture(scope="module")
def comparison():
    rng = np.random.default_rng(3)
    visible = (rng.random((61, 13)) < np.linspace(0.2, 0.9, 13)).astype(float)
    split = random_n(Ratings.from_dense(visible, rng.random((61, 13)) < 0.8), 3, seed=1, more_than=4)
    noise = np.random.default_rng(1).uniform(0.2, 0.8, split.targets.num_ratings)
    truth = np.where(split.targets.rating == 1, 0.9, 0.1)
    return Comparison(split, {"noise": noise, "oracle": truth}, resamples=20, seed=1)


def test_counts_by_hand():
    groups = by_count([0, 1, 5, 6, 100], [0, 5], "ratings")
    assert {label: mask.nonzero()[0].tolist() for label, mask in groups.items()} == {
        "0 ratings": [0], "1 to 5 ratings": [1, 2], "6 and more ratings": [3, 4],
    }  # fmt: skip


def test_groups_are_disjoint_and_complete():
    counts = np.random.default_rng(1).integers(0, 50, 307)
    assert (np.sum(list(by_count(counts, [0, 3, 10, 30]).values()), axis=0) == 1).all()


def test_a_group_nobody_is_in_is_left_out():
    assert list(by_count([7, 8], [0, 5])) == ["6 and more ratings"]


@pytest.mark.parametrize("edges", [[], [5, 5], [5, 3], [-1, 3]])
def test_edges_must_ascend(edges):
    with pytest.raises(ValueError, match="edges"):
        by_count([1], edges)


def test_genres_by_hand():
    items = pd.DataFrame({"genres": ["Drama|War", "Comedy", None, "Drama"]})
    groups = by_genre(items, np.array([0, 1, 2, 3, 3]), fewest=1)
    assert list(groups) == ["Drama", "Comedy", "War"]
    assert groups["Drama"].tolist() == [True, False, False, True, True]
    assert by_genre(items, np.array([0, 1, 2, 3, 3]), fewest=3).keys() == {"Drama"}
    assert by_genre(items.drop(columns="genres"), np.array([0])) == {}


def test_quality_of_a_group_by_hand(comparison):
    mask = comparison.split.targets.item_index < 5
    table = quality_by_group(comparison, {"low": mask, "high": ~mask}, "accuracy", ["noise", "item mean"])
    row = table.set_index(["group", "predictor"]).loc[("low", "noise")]
    right = (comparison.probabilities["noise"] > 0.5) == comparison.split.targets.rating
    assert row["value"] == pytest.approx(right[mask].mean())
    assert row["low"] <= row["value"] <= row["high"]
    assert row["num_ratings"] == mask.sum()


def test_gains_of_a_group_point_to_the_better(comparison):
    mask = comparison.split.targets.item_index < 5
    gains = gains_by_group(comparison, {"low": mask, "high": ~mask}, "log_loss", "oracle", "noise")
    assert (gains["low"] > 0).all()


def test_verdicts_on_groups_are_corrected_for_their_number(comparison):
    film = comparison.split.targets.item_index
    groups = {"low": film < 6, "high": film >= 6}
    gains = gains_by_group(comparison, groups, "log_loss", "noise", "item mean")
    alone = [
        gains_by_group(comparison, {label: mask}, "log_loss", "noise", "item mean") for label, mask in groups.items()
    ]
    np.testing.assert_array_equal(gains["p_value"], holm([one["p_value"][0] for one in alone]))
    np.testing.assert_array_equal(gains["low"], [one["low"][0] for one in alone])
    assert set(gains["verdict"]) <= set(VERDICTS)
    better = gains_by_group(comparison, groups, "log_loss", "oracle", "noise")
    assert better["verdict"].tolist() == ["better than"] * 2


def test_a_group_of_one_user_is_left_out(comparison):
    targets = comparison.split.targets
    user = targets.user_index == targets.user_index[0]
    assert quality_by_group(comparison, {"one": user}, "accuracy", ["noise"]).empty
    assert gains_by_group(comparison, {"one": user}, "accuracy", "noise", "oracle").empty
    assert not quality_by_group(comparison, {"others": ~user}, "accuracy", ["noise"]).empty


@pytest.mark.parametrize("judge", [
    lambda comparison, groups, metric: quality_by_group(comparison, groups, metric, ["noise"]),
    lambda comparison, groups, metric: gains_by_group(comparison, groups, metric, "noise", "oracle"),
])  # fmt: skip
def test_only_groups_that_cannot_be_judged_are_left_out_and_any_other_fault_is_raised(comparison, judge, monkeypatch):
    """A row that is missing for a fault would be read as a group without enough users."""
    low = comparison.split.targets.item_index < 5
    beyond = comparison.predictions | {"noise": comparison.predictions["noise"] + 1}
    with monkeypatch.context() as patch:
        patch.setattr(comparison, "predictions", beyond)
        with pytest.raises(ValueError, match="probability: expected numbers from 0 to 1"):
            judge(comparison, {"low": low}, "brier")
    for wrong in (low[:-1], low.astype(int), low.nonzero()[0]):
        with pytest.raises(ValueError, match=r"groups: expected a bool for each of .* targets, found .* for .low."):
            judge(comparison, {"low": wrong}, "brier")
    assert len(judge(comparison, {"low": low, "nobody": low & ~low}, "brier")) == 1


def test_within_users_a_group_needs_users_with_likes_and_dislikes(comparison):
    """Of each user a single target: both ratings are there, and no user has both."""
    targets = comparison.split.targets
    single = np.zeros(targets.num_ratings, bool)
    single[np.unique(targets.user_index, return_index=True)[1]] = True
    assert 0 < targets.rating[single].mean() < 1
    for groups, rows in (({"single": single}, 0), ({"all": ~(single & False)}, 1)):
        assert len(quality_by_group(comparison, groups, WITHIN_USERS, ["noise"])) == rows
        assert len(gains_by_group(comparison, groups, WITHIN_USERS, "oracle", "noise")) == rows
    assert len(quality_by_group(comparison, {"single": single}, "auc", ["noise"])) == 1


def test_a_group_of_likes_alone_is_left_out(comparison):
    likes = comparison.split.targets.rating == 1
    assert quality_by_group(comparison, {"likes": likes}, "auc", ["noise"]).empty
    assert gains_by_group(comparison, {"likes": likes}, "auc", "noise", "oracle").empty
