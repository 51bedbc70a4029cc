"""What the three comparisons share is written once, and means the same in each."""

import numpy as np
import pytest

from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation import metrics
from rbm_lib.evaluation.compared import BootstrapComparison
from rbm_lib.evaluation.comparison import Comparison
from rbm_lib.evaluation.lists import COVERAGE, RankingComparison, list_metrics
from rbm_lib.evaluation.slices import gains_by_group, quality_by_group
from rbm_lib.evaluation.stars import StarComparison
from rbm_lib.splits.held_out import random_n

DRAWING = {"resamples": 31, "seed": 7}
KINDS = ["likes", "stars", "lists"]


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(3)
    observed = rng.random((47, 29)) < 0.6
    observed[:, :11] = True
    return random_n(Ratings.from_dense(rng.integers(1, 6, (47, 29)), observed), 7, seed=2)


@pytest.fixture(scope="module")
def comparisons(split):
    """Of each kind one comparison, with a predictor that is good in every respect and one that is poor."""
    likes, rng = split.binarize(4), np.random.default_rng(5)
    share = np.clip(likes.targets.rating * 0.8 + 0.1 + rng.normal(0, 0.05, likes.targets.num_ratings), 0.01, 0.99)
    stars = split.targets.rating + rng.normal(0, 0.1, split.targets.num_ratings)
    users = np.unique(likes.targets.user_index)
    liked, seen = likes.targets.to_dense()[1] * likes.targets.to_dense()[0], likes.inputs.to_dense()[1]
    best = np.argsort(np.where(seen, 2, -liked)[users], axis=1, kind="stable")[:, :7]
    return {
        "likes": Comparison(likes, {"good": share, "poor": 1 - share}, **DRAWING),
        "stars": StarComparison(split, {"good": _with_shares(stars), "poor": _with_shares(6 - stars)}, **DRAWING),
        "lists": RankingComparison(likes, {"good": best, "poor": best[:, ::-1][:, :2]}, **DRAWING),
    }


def _with_shares(expected):
    """P(star), highest at the star that is expected."""
    shares = np.exp(-((expected[:, None] - np.arange(1, 6)) ** 2))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_with_a_direction_says_which_is_better(comparisons, kind):
    """A sign that is wrong for one metric would call the worse predictor the better one."""
    comparison = comparisons[kind]
    asked = {metric for metric in comparison.METRICS if metric in metrics.HIGHER_IS_BETTER}
    assert asked
    for metric in asked | ({metrics.WITHIN_USERS} if kind == "likes" else set()):
        value, low, high = comparison.gain("good", "poor", metric)
        assert 0 < low <= value <= high, metric
        assert comparison.gain("poor", "good", metric) == pytest.approx((-value, -high, -low)), metric
        difference = comparison.interval("good", metric)[0] - comparison.interval("poor", metric)[0]
        assert value == pytest.approx(difference if metrics.HIGHER_IS_BETTER[metric] else -difference)


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_metric_without_a_direction_there_is_no_gain(comparisons, kind):
    with pytest.raises(ValueError, match=f"metric: expected one of {comparisons[kind].METRICS[0]}, .*{COVERAGE}"):
        comparisons[kind].gain("good", "poor", COVERAGE)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_hold_what_the_intervals_say(comparisons, kind):
    comparison = comparisons[kind]
    long, wide = comparison.long(), comparison.table(intervals=True)
    assert list(comparison.table(intervals=False)) == list(comparison.METRICS)
    assert list(wide.index) == list(comparison.predictions)
    for row in long.itertuples():
        expected = comparison.interval(row.predictor, row.metric)
        np.testing.assert_array_equal([row.value, row.low, row.high], expected)
        beside = [f"{row.metric}{end}" for end in ("", "_low", "_high")]
        np.testing.assert_array_equal(wide.loc[row.predictor, beside].to_numpy(float), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_judged_on_its_own_users_and_is_of_the_same_kind(comparisons, kind):
    comparison = comparisons[kind]
    mask = comparison.split.targets.user_index < 23
    part = comparison.where(mask)
    assert type(part) is type(comparison)
    assert part.num_ratings == mask.sum()
    assert part.num_users < comparison.num_users
    assert list(part.predictions) == list(comparison.predictions)
    assert part.split.protocol == f"part of {comparison.split.protocol}"
    whole = comparison.where(np.ones(comparison.num_ratings, bool))
    assert whole.long().equals(comparison.long())


def test_a_part_of_the_targets_of_lists_keeps_the_lists(comparisons):
    """Recall of the liked films with a low number alone, and of users who have such a film."""
    lists = comparisons["lists"]
    mask = lists.split.targets.item_index < 17
    users = np.unique(lists.split.targets.user_index)
    expected = list_metrics(lists.predictions["poor"], users, lists.split.targets.select(mask))["recall@20"]
    found = quality_by_group(lists, {"low": mask}, "recall@20", ["poor", "good"])
    assert found["value"][0] == pytest.approx(expected.mean())
    assert gains_by_group(lists, {"low": mask}, "recall@20", "good", "poor")["low"][0] > 0
    disliked = lists.split.targets.rating == 0
    assert quality_by_group(lists, {"disliked": disliked}, "recall@20", ["good"]).empty


def test_what_is_shared_is_written_once():
    for kind in (Comparison, StarComparison, RankingComparison):
        assert issubclass(kind, BootstrapComparison)
        assert not {"interval", "gain", "long", "where"} & set(vars(kind))
