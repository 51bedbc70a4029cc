"""New users: nobody of them in the training part, both parts for each, the same draw in any order of the file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib.data.ratings import Ratings
from rbm_lib.splits.new_users import new_users
from rbm_lib.splits.split import Split, check_disjoint


@st.composite
def rows(draw):
    counts = draw(st.lists(st.integers(1, 7), min_size=7, max_size=17))
    items = [draw(st.permutations(range(7)))[:count] for count in counts]
    return [(user, item, 1 + (user + item) % 5, 7) for user, own in enumerate(items) for item in own]


def pairs(ratings):
    return set(zip(ratings.user_index.tolist(), ratings.item_index.tolist(), ratings.rating.tolist(), strict=True))


@given(some_rows=rows(), seed=st.integers(0, 2**64 - 1), random=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_three_parts_disjoint_complete_and_drawn_without_regard_to_the_file(some_rows, seed, random):
    ratings = Ratings.from_triples(*zip(*some_rows, strict=True))
    if round(0.3 * (ratings.ratings_per_user >= 2).sum()) == 0:
        return
    split = new_users(ratings, 0.3, seed=seed, fold_in=0.6)
    parts = [pairs(part) for part in (split.train, split.inputs, split.targets)]
    assert set.union(*parts) == pairs(ratings)
    assert sum(map(len, parts)) == ratings.num_ratings
    new = split.targets.ratings_per_user > 0
    assert (split.inputs.ratings_per_user > 0).tolist() == new.tolist()
    assert not (split.train.ratings_per_user[new] > 0).any()
    assert new.sum() == round(0.3 * (ratings.ratings_per_user >= 2).sum())
    random.shuffle(some_rows)
    again = new_users(Ratings.from_triples(*zip(*some_rows, strict=True)), 0.3, seed=seed, fold_in=0.6)
    assert again.targets.checksum() == split.targets.checksum()
    np.testing.assert_array_equal(again.targets.timestamp, split.targets.timestamp)


def many():
    rng = np.random.default_rng(5)
    return Ratings.from_dense(
        rng.integers(1, 6, (503, 41)), rng.random((503, 41)) < np.linspace(0.2, 0.9, 503)[:, None]
    )


def test_who_is_new_has_nothing_to_do_with_how_much_they_rated():
    ratings = many()
    new = [new_users(ratings, 0.2, seed=seed).targets.ratings_per_user > 0 for seed in range(20)]
    assert all(one.sum() == 101 for one in new)
    share_of_busy = np.mean([one[252:].sum() / 101 for one in new])
    assert abs(share_of_busy - 251 / 503) < 4 * np.sqrt(0.25 / 101 / 20)


def test_the_fold_in_part_has_its_share():
    split = new_users(many(), 0.5, seed=3, fold_in=0.7)
    total = split.inputs.num_ratings + split.targets.num_ratings
    assert abs(split.inputs.num_ratings / total - 0.7) < 4 * np.sqrt(0.21 / total)


def test_likes_and_dislikes_of_all_three_parts():
    split = new_users(many(), 0.5, seed=3).binarize(4)
    assert set(np.unique(split.train.rating)) == set(np.unique(split.inputs.rating)) == {0.0, 1.0}


@pytest.mark.parametrize("method", [lambda s: s.transpose(), lambda s: s.validation(0.1, seed=1)])
def test_what_makes_no_sense_for_new_users_is_refused(method):
    with pytest.raises(ValueError, match="new_users"):
        method(new_users(many(), 0.5, seed=3))


def test_a_training_part_with_a_target_in_it_is_refused():
    ratings = many()
    split = new_users(ratings, 0.5, seed=3)
    with pytest.raises(ValueError, match="targets: expected no rating that is also in train, found"):
        Split(split.inputs, split.targets, "by hand", ratings.user_id[:0], ratings)


def test_check_disjoint_names_the_first_overlap():
    ratings = Ratings.from_triples(["ann", "bo"], ["x", "y"], [1, 2])
    with pytest.raises(
        ValueError, match=r"answers: .* in what was shown, found 2, the first of user 'ann' for item 'x'"
    ):
        check_disjoint(ratings, ratings, ("what was shown", "answers"))


@pytest.mark.parametrize("arguments", [{"fraction": 0}, {"fraction": 1}, {"fold_in": 1.0}, {"fraction": 1e-9}])
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        new_users(many(), **{"seed": 1} | arguments)
