"""Splits: hand-worked protocols, properties of every protocol, the article's counts on MovieLens-1M."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rbm_lib.data.ratings import Ratings
from rbm_lib.splits.held_out import first_n, random_fraction, random_n
from rbm_lib.splits.split import Split


@st.composite
def rows(draw):
    """Distinct (user, item, stars) rows in which every user has at least three ratings."""
    counts = draw(st.lists(st.integers(3, 7), min_size=1, max_size=5))
    items = [draw(st.permutations(range(7)))[:count] for count in counts]
    return [(user, item, 1 + (user + item) % 5) for user, own in enumerate(items) for item in own]


def from_rows(some_rows) -> Ratings:
    return Ratings.from_triples(*zip(*some_rows, strict=True))


def pairs(ratings: Ratings) -> set:
    return set(
        zip(ratings.user_id[ratings.user_index].tolist(), ratings.item_id[ratings.item_index].tolist(), strict=True)
    )


def fractions_split(ratings, seed):
    return random_fraction(ratings, 0.3, seed=seed)


def two_random(ratings, seed):
    return random_n(ratings, 2, seed=seed)


def first_two(ratings, seed):
    assume(ratings.ratings_per_user.max() > 3)  # else nobody is left, and that is an error of its own
    return first_n(ratings, 2, more_than=3)


def many_ratings(num_users=101, num_items=47) -> Ratings:
    rng = np.random.default_rng(11)
    return Ratings.from_dense(rng.integers(1, 6, (num_users, num_items)), rng.random((num_users, num_items)) < 0.7)


@pytest.mark.parametrize("protocol", [fractions_split, two_random, first_two])
@given(some_rows=rows(), seed=st.integers(0, 2**64 - 1))
@settings(max_examples=40, deadline=None)
def test_parts_are_disjoint_and_complete(protocol, some_rows, seed):
    ratings = from_rows(some_rows)
    if protocol is first_two and ratings.ratings_per_user.max() <= 3:
        with pytest.raises(ValueError, match="a median of"):  # it would leave nobody
            protocol(ratings, seed)
        return
    split = protocol(ratings, seed)
    kept = {(user, item) for user, item in pairs(ratings) if user not in split.dropped_users}
    assert pairs(split.inputs) | pairs(split.targets) == kept
    assert not pairs(split.inputs) & pairs(split.targets)
    with_targets = split.targets.ratings_per_user > 0
    assert (split.inputs.ratings_per_user[with_targets] > 0).all()


@pytest.mark.parametrize("protocol", [fractions_split, two_random])
@given(some_rows=rows(), seed=st.integers(0, 2**32), random=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_random_protocols_ignore_the_order_of_the_triples(protocol, some_rows, seed, random):
    shuffled = list(some_rows)
    random.shuffle(shuffled)
    one, other = protocol(from_rows(some_rows), seed), protocol(from_rows(shuffled), seed)
    assert one.inputs.checksum() == other.inputs.checksum()
    assert one.targets.checksum() == other.targets.checksum()


@pytest.mark.parametrize("protocol", [fractions_split, two_random])
def test_random_protocols_follow_the_seed(protocol):
    ratings = many_ratings()
    assert pairs(protocol(ratings, 3).targets) == pairs(protocol(ratings, 3).targets)
    assert pairs(protocol(ratings, 3).targets) != pairs(protocol(ratings, 4).targets)


def test_random_draw_of_a_rating_does_not_depend_on_the_other_ratings():
    ratings = many_ratings()
    part = ratings.select(np.arange(ratings.num_ratings) % 3 > 0)
    whole_targets, part_targets = (pairs(random_fraction(some, 0.3, seed=5).targets) for some in (ratings, part))
    assert part_targets == whole_targets & pairs(part)


def test_first_n_takes_the_first_rows_of_the_file():
    users = [2, 1, 2, 1, 2, 1, 3, 3]
    films = [9, 9, 7, 5, 5, 7, 5, 7]
    split = first_n(Ratings.from_triples(users, films, [1, 2, 3, 4, 5, 1, 2, 3]), n=2, more_than=2)
    assert pairs(split.targets) == {(2, 9), (2, 7), (1, 9), (1, 5)}
    assert pairs(split.inputs) == {(2, 5), (1, 7)}
    assert split.dropped_users.tolist() == [3]
    assert split.protocol == "first_n(n=2, more_than=2)"


def test_first_n_drops_users_with_exactly_more_than_ratings():
    films = list(range(5)) + list(range(6))
    split = first_n(Ratings.from_triples([1] * 5 + [2] * 6, films, [3] * 11), n=2, more_than=5)
    assert split.dropped_users.tolist() == [1]
    assert split.inputs.ratings_per_user.tolist() == [0, 4]


def test_first_n_needs_the_order_of_the_file():
    ratings = many_ratings()
    bare = Ratings(ratings.row_splits, ratings.item_index, ratings.rating, ratings.user_id, ratings.item_id)
    with pytest.raises(ValueError, match="ratings: expected source_row"):
        first_n(bare)


def test_first_n_ten_of_more_than_twenty_on_movielens_1m():
    folder = os.environ.get("RBM_DATA_DIR")
    if not folder or not Path(folder, "ml-1m", "ratings.dat").is_file():
        pytest.skip("RBM_DATA_DIR names no folder that holds ml-1m")
    from rbm_lib.datasets.loading import load

    split = first_n(load("ml-1m", download=False).ratings.binarize(), n=10, more_than=20)
    assert (split.targets.ratings_per_user > 0).sum() == 5_954
    assert split.targets.num_ratings == 59_540
    assert split.inputs.num_ratings == 938_949
    assert len(split.dropped_users) == 86


def test_random_n_gives_every_user_n_targets():
    split = random_n(many_ratings(), 7, seed=1)
    assert set(split.targets.ratings_per_user.tolist()) == {7}


def test_random_n_is_uniform_over_a_users_ratings():
    num_users, num_items, n = 4001, 11, 3
    ratings = Ratings.from_dense(np.ones((num_users, num_items)), np.ones((num_users, num_items), bool))
    share = random_n(ratings, n, seed=2).targets.ratings_per_item / num_users
    standard_error = np.sqrt(n / num_items * (1 - n / num_items) / num_users)
    assert np.abs(share - n / num_items).max() < 4 * standard_error


def test_random_fraction_takes_its_share():
    ratings = many_ratings(211, 97)
    share = random_fraction(ratings, 0.1, seed=3).targets.num_ratings / ratings.num_ratings
    assert abs(share - 0.1) < 4 * np.sqrt(0.1 * 0.9 / ratings.num_ratings)


def test_random_fraction_leaves_nobody_without_inputs():
    ratings = Ratings.from_triples(range(997), [1] * 997, [3] * 997)  # one rating each
    split = random_fraction(ratings, 0.5, seed=1)
    assert split.targets.num_ratings == 0
    assert split.inputs.num_ratings == 997


def test_user_left_without_training_ratings_is_named():
    ratings = Ratings.from_triples([7, 7, 7, 8, 8], [1, 2, 3, 1, 2], [1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match=r"user 8: expected more than n=2 ratings, .* found 2 \(1 such users"):
        random_n(ratings, 2, seed=1)
    with pytest.raises(ValueError, match=r"user 8: expected more than n=2 ratings"):
        first_n(ratings, 2, more_than=1)
    assert random_n(ratings, 2, seed=1, more_than=2).dropped_users.tolist() == [8]


def test_validation_divides_the_inputs_only():
    split = random_fraction(many_ratings(), 0.3, seed=5)
    tuning = split.validation(0.2, seed=5)
    assert pairs(tuning.inputs) | pairs(tuning.targets) == pairs(split.inputs)
    assert not pairs(tuning.targets) & pairs(split.targets)


def test_validation_with_the_seed_of_the_split_still_draws_its_share():
    split = random_fraction(many_ratings(), 0.3, seed=5)
    tuning = split.validation(0.3, seed=5)  # shared random numbers would leave nothing to draw
    share = tuning.targets.num_ratings / split.inputs.num_ratings
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / split.inputs.num_ratings)


def test_split_refuses_an_overlap():
    ratings = Ratings.from_triples([1, 1, 2], [5, 6, 5], [1, 2, 3])
    inputs, targets = ratings.select(np.array([True, True, False])), ratings.select(np.array([False, True, True]))
    with pytest.raises(ValueError, match=r"found 1, the first of user 1 for item 6"):
        Split(inputs, targets, "by hand", ratings.user_id[:0])


def test_split_refuses_different_vocabularies():
    one, other = Ratings.from_triples([1], [5], [1]), Ratings.from_triples([1], [6], [1])
    with pytest.raises(ValueError, match=r"item_id: expected the same ids in inputs and targets"):
        Split(one, other, "by hand", one.user_id[:0])


def test_a_transposed_split_holds_the_same_ratings_on_their_side():
    ratings = Ratings.from_triples([1, 1, 2, 2, 3], [10, 11, 10, 12, 11], [1, 2, 3, 4, 5])
    split = random_n(ratings, 1, seed=3, more_than=1)
    turned = split.transpose()
    for mine, theirs in ((split.inputs, turned.inputs), (split.targets, turned.targets)):
        pairs = set(zip(mine.user_index, mine.item_index, mine.rating, strict=True))
        assert pairs == set(zip(theirs.item_index, theirs.user_index, theirs.rating, strict=True))
    assert turned.inputs.num_users == split.inputs.num_items


def test_split_binarizes_both_parts():
    split = random_fraction(many_ratings(), 0.3, seed=5)
    likes = split.binarize(4)
    np.testing.assert_array_equal(likes.targets.rating, split.targets.rating >= 4)
    np.testing.assert_array_equal(likes.inputs.rating, split.inputs.rating >= 4)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match="fraction: expected a number between 0 and 1"):
        random_fraction(many_ratings(), fraction, seed=1)


def test_seed_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"seed: expected a whole number from 0"):
        random_fraction(many_ratings(), 0.1, seed=-1)


def test_n_below_one_is_refused():
    with pytest.raises(ValueError, match="n: expected a whole number of at least 1"):
        random_n(many_ratings(), 0, seed=1)


def test_text_ids_are_drawn_as_well():
    ratings = Ratings.from_triples(["a"] * 4 + ["b"] * 4, list("wxyz") * 2, [1] * 8)
    split = random_n(ratings, 2, seed=9)
    assert split.targets.ratings_per_user.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ([3] * 53, r"53 users with a median of 3 ratings and 3 at most; n=1, more_than=2 keeps 53 of them"),
        (
            [19, 20, 12, 5, 3],
            r"5 users with a median of 12 ratings and 20 at most; n=6, more_than=11 keeps 3 of them",
        ),
        ([1, 1, 1], r"3 users with a median of 1 ratings and 1 at most; .*random_fraction splits"),
        ([2, 1, 1], r"3 users with a median of 1 ratings and 2 at most; n=1, more_than=1 keeps 1 of them"),
    ],
)
def test_a_split_that_leaves_nobody_names_the_median_and_numbers_that_leave_some(counts, found):
    users = np.repeat(np.arange(len(counts)), counts)
    films = np.concatenate([np.arange(count) for count in counts])
    ratings = Ratings.from_triples(users, films, np.ones(len(users)))
    with pytest.raises(
        ValueError, match=r"more_than: expected users with more than 20 ratings, found " + found
    ) as refused:
        first_n(ratings, 10)
    offer = re.search(r"n=(\d+), more_than=(\d+) keeps (\d+)", str(refused.value))
    if offer:
        split = first_n(ratings, int(offer[1]), more_than=int(offer[2]))
        assert np.count_nonzero(split.targets.ratings_per_user) == int(offer[3]) > 0
