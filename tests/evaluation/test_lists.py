"""Ranking metrics by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation.lists import COVERAGE, LIST_METRICS, POPULARITY_BIAS, RankingComparison, list_metrics
from rbm_lib.evaluation.resampling import draw_samples
from rbm_lib.splits.split import Split


def test_four_targets_worked_by_hand():
    """User 0 likes 2 and 5 and dislikes 3; user 1 dislikes 4. Found at ranks 2 and 4, the dislike at rank 1."""
    targets = Ratings.from_triples([0, 0, 0, 1], [2, 5, 3, 4], [1, 1, 0, 0], item_ids=np.arange(7))
    found = list_metrics([[3, 2, 6, 5], [4, 1, 0, -1]], [0, 1], targets)
    expected = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert found.index.tolist() == [0]  # user 1 has nothing to be found
    assert found.loc[0].to_dict() == pytest.approx(
        dict.fromkeys(("ndcg@10", "ndcg@100"), expected)
        | {
            "recall@20": 1.0,
            "recall@50": 1.0,
        }
    )


def test_recall_is_divided_by_what_can_be_found():
    """With 23 relevant films, 20 places can hold 20 of them: 7 hits among the first 20 and 11 among 50."""
    films = np.arange(83)
    hits = [*range(7), *range(40, 53), *range(7, 11), *range(53, 79)]  # relevant are films 0 to 22
    targets = Ratings.from_triples(np.zeros(23, int), np.arange(23), np.ones(23), item_ids=films)
    found = list_metrics([hits], [0], targets).loc[0]
    assert found["recall@20"] == pytest.approx(7 / 20)
    assert found["recall@50"] == pytest.approx(11 / 23)
    assert list_metrics([list(range(50))], [0], targets).loc[0].to_dict() == pytest.approx(
        dict.fromkeys(LIST_METRICS, 1)
    )


@pytest.fixture(scope="module")
def drawn():
    """Targets of 31 users among 131 films, and a list of 113 films for each; many users, few likes."""
    rng = np.random.default_rng(13)
    observed_mask = rng.random((31, 131)) < 0.2
    targets = Ratings.from_dense((rng.random((31, 131)) < 0.4).astype(np.float32), observed_mask)
    lists = np.array([rng.permutation(131)[:113] for _ in range(31)])
    return targets, lists


def test_agrees_with_scikit_learn(drawn):
    targets, lists = drawn
    found = list_metrics(lists, np.arange(31), targets)
    visible, observed = targets.to_dense()
    assert len(found) == 31
    for user in range(31):
        scores = np.zeros(131)  # films not listed come last; the cut-offs never reach them
        scores[lists[user]] = np.arange(113, 0, -1)
        relevant = (visible * observed)[user]
        for n in (10, 100):
            expected = ndcg_score(relevant[None], scores[None], k=n)
            assert found.loc[user, f"ndcg@{n}"] == pytest.approx(expected, abs=1e-6)
        for n in (20, 50):
            expected = relevant[lists[user, :n]].sum() / min(n, relevant.sum())
            assert found.loc[user, f"recall@{n}"] == pytest.approx(expected)


def test_order_of_users_and_trailing_padding_do_not_matter(drawn):
    targets, lists = drawn
    order = np.random.default_rng(5).permutation(31)
    padded = np.pad(lists[order], ((0, 0), (0, 3)), constant_values=-1)
    again = list_metrics(padded, order, targets)
    assert again.index.tolist() == order.tolist()
    assert again.sort_index().equals(list_metrics(lists, np.arange(31), targets))


def test_a_list_of_padding_alone_is_worth_nothing():
    targets = Ratings.from_triples([0, 1], [2, 2], [1, 1], item_ids=np.arange(3))
    found = list_metrics([[-1, -1], [2, -1]], [0, 1], targets)
    assert found["ndcg@10"].tolist() == [0.0, 1.0]
    assert found["recall@50"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("lists", "users", "message"),
    [
        ([[1, 1]], [0], "recommended: expected each film once"),
        ([[1, 3]], [0], "recommended: expected item_index up to 2"),
        ([[1, -2]], [0], "recommended: expected item_index up to 2"),
        ([[1.0, 2.0]], [0], "recommended: expected whole numbers"),
        ([[1, 2]], [0, 1], "recommended: expected whole numbers"),
        ([[1], [2]], [0, 0], "user_index: expected every user once"),
        ([[1]], [2], "user_index: expected 0 to 1"),
    ],
)
def test_lists_that_do_not_fit_are_refused(lists, users, message):
    targets = Ratings.from_triples([0, 1], [2, 2], [1, 1], item_ids=np.arange(3))
    with pytest.raises(ValueError, match=message):
        list_metrics(lists, users, targets)


def small_split():
    """Users 0, 1 and 2; film 0 was rated by all three, film 1 by two, film 2 by one, films 3 and 4 by nobody."""
    inputs = Ratings.from_triples([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 2], [1, 1, 0, 1, 0, 1], item_ids=np.arange(5))
    targets = Ratings.from_triples([0, 1, 2], [2, 3, 1], [1, 1, 0], item_ids=np.arange(5))
    return Split(inputs, targets, "by hand", np.array([]))


def test_coverage_and_popularity_bias_worked_by_hand():
    """Relevant are film 2 (a third of the users) for user 0 and film 3 (nobody) for user 1: 1/6 on average."""
    comparison = RankingComparison(small_split(), {"mine": [[2, 3], [2, 4], [1, 3]]}, resamples=50, seed=1)
    assert (comparison.num_users, comparison.num_without_relevant, comparison.num_relevant) == (2, 1, 2)
    value, low, high = comparison.interval("mine", COVERAGE)
    assert value == pytest.approx(3 / 5)  # films 2, 3 and 4; user 2's list does not count
    assert np.isnan([low, high]).all()
    # lists: (1/3 + 0) / 2 for both users, so their mean is 1/6 as well
    assert comparison.interval("mine", POPULARITY_BIAS)[0] == pytest.approx(1.0)
    value, low, high = comparison.interval("mine", "ndcg@10")
    assert value == pytest.approx(0.5)
    assert np.isnan([low, high]).all()  # two users are too few for an interval


def test_the_base_rate_is_added_and_tables_are_complete():
    comparison = RankingComparison(small_split(), {"mine": [[2, 3], [2, 4], [1, 3]]}, resamples=50, seed=1)
    long = comparison.long()
    assert list(long.columns) == ["predictor", "metric", "value", "low", "high"]
    assert set(long["predictor"]) == {"popular films", "mine"}
    assert set(long["metric"]) == {*LIST_METRICS, COVERAGE, POPULARITY_BIAS}
    table = comparison.table()
    assert table.loc["popular films", "ndcg@10"] == pytest.approx((1 + 1 / np.log2(3)) / 2)  # film 2 first, 3 second
    assert table.loc["mine", COVERAGE] == pytest.approx(3 / 5)


def test_gains_are_taken_on_the_same_users_and_have_a_direction():
    rng = np.random.default_rng(3)
    mask = rng.random((47, 29)) < 0.5
    part = rng.random((47, 29)) < 0.5
    ones = np.ones((47, 29))
    split = Split(Ratings.from_dense(ones, mask & part), Ratings.from_dense(ones, mask & ~part), "drawn", np.array([]))
    liked, seen = split.targets.to_dense()[1], split.inputs.to_dense()[1]
    users = np.unique(split.targets.user_index)
    good = np.array(
        [np.flatnonzero(~seen[user])[np.argsort(~liked[user][~seen[user]], kind="stable")][:5] for user in users]
    )
    worse = np.where(np.arange(5) < 4, good, -1)
    comparison = RankingComparison(split, {"good": good, "worse": worse}, resamples=100, seed=7)
    value, low, high = comparison.gain("good", "worse", "recall@20")
    assert 0 < low <= value <= high
    lost = [len(set(g) & set(np.flatnonzero(liked[u]))) == 5 for u, g in zip(users, good, strict=True)]
    relevant = np.minimum(20, split.targets.ratings_per_user[users])
    assert value == pytest.approx(np.mean(lost / relevant), abs=1e-9)
    assert comparison.gain("worse", "good", "recall@20")[0] == -value
    single = comparison.interval("good", "recall@20")
    assert high - low < single[2] - single[1]
    with pytest.raises(ValueError, match="metric: expected one of ndcg@10"):
        comparison.gain("good", "worse", COVERAGE)


def test_intervals_are_those_of_the_bootstrap_over_users(drawn):
    targets, lists = drawn
    nothing = targets.select(np.zeros(targets.num_ratings, bool))
    split = Split(nothing, targets, "drawn", np.array([]))
    with np.errstate(invalid="ignore"):
        comparison = RankingComparison(split, {"mine": lists}, resamples=100, seed=7)
    weights = draw_samples(np.arange(31), resamples=100, seed=7).user_weights
    expected = weights @ list_metrics(lists, np.arange(31), targets)["ndcg@10"].to_numpy() / 31
    np.testing.assert_allclose(comparison.resampled["mine", "ndcg@10"], expected)
    assert comparison.over == "users"


def test_a_film_of_the_inputs_is_refused():
    with pytest.raises(ValueError, match="found item_index 0 for user_index 1 in the lists of 'leaky'"):
        RankingComparison(small_split(), {"leaky": [[2], [0], [1]]}, resamples=2, seed=1)


def test_what_is_learned_from_may_be_other_users():
    """With held-out users the popularity is that among the users learned from."""
    split = small_split()
    train = split.inputs.select(split.inputs.user_index == 2)
    held_out = Split(split.inputs, split.targets, "by hand", np.array([]), train)
    comparison = RankingComparison(held_out, {"mine": [[2], [3], [1]]}, resamples=2, seed=1)
    assert comparison.interval("mine", POPULARITY_BIAS)[0] == pytest.approx(1.0)
    assert comparison.table().loc["popular films", POPULARITY_BIAS] == pytest.approx((1 / 3 + 1 / 3) / 1)
