"""The clock divides: hand-worked parts, order of the file without influence, ties, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib.data.ratings import Ratings
from rbm_lib.splits.by_time import global_time, user_last


@st.composite
def rows(draw):
    """Distinct (user, item, stars, second) rows; every user has four ratings or more, seconds often collide."""
    counts = draw(st.lists(st.integers(4, 7), min_size=2, max_size=5))
    items = [draw(st.permutations(range(7)))[:count] for count in counts]
    return [(user, item, 3.0, draw(st.integers(0, 5))) for user, own in enumerate(items) for item in own]


def pairs(ratings):
    user, item = ratings.user_id[ratings.user_index], ratings.item_id[ratings.item_index]
    return list(zip(user.tolist(), item.tolist(), ratings.timestamp.tolist(), strict=True))


def test_user_last_by_hand():
    ratings = Ratings.from_triples([1, 1, 1, 2, 2, 2], [7, 8, 9, 7, 8, 9], [1, 2, 3, 4, 5, 1], [30, 10, 20, 1, 3, 2])
    split = user_last(ratings, n=1, more_than=2)
    assert pairs(split.targets) == [(1, 7, 30), (2, 8, 3)]
    assert split.protocol == "user_last(n=1, more_than=2)"


def test_global_time_by_hand():
    ratings = Ratings.from_triples([1, 1, 2, 2, 3], [7, 8, 7, 8, 9], [1, 2, 3, 4, 5], [10, 20, 30, 40, 50])
    split = global_time(ratings, 0.4)
    assert pairs(split.targets) == [(2, 8, 40), (3, 9, 50)]
    assert split.inputs.num_ratings == 3
    assert split.inputs.ratings_per_user[2] == 0  # who came later has no inputs


def test_a_moment_is_never_divided():
    ratings = Ratings.from_triples([1, 1, 2, 2, 3], [7, 8, 7, 8, 9], [1, 2, 3, 4, 5], [10, 20, 20, 20, 20])
    split = global_time(ratings, 0.2)
    assert split.inputs.timestamp.tolist() == [10]


@pytest.mark.parametrize("protocol", [lambda r: user_last(r, 2, more_than=3), lambda r: global_time(r, 0.3)])
@given(some_rows=rows(), random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_parts_are_disjoint_complete_and_follow_no_file_order(protocol, some_rows, random):
    if len({row[3] for row in some_rows}) < 2:
        return
    shuffled = list(some_rows)
    random.shuffle(shuffled)
    one, other = (protocol(Ratings.from_triples(*zip(*r, strict=True))) for r in (some_rows, shuffled))
    assert pairs(one.targets) == pairs(other.targets)
    assert sorted(pairs(one.inputs) + pairs(one.targets)) == sorted(
        (user, item, second) for user, item, _, second in some_rows
    )


@given(some_rows=rows())
@settings(max_examples=60, deadline=None)
def test_no_input_is_later_than_a_target(some_rows):
    ratings = Ratings.from_triples(*zip(*some_rows, strict=True))
    split = user_last(ratings, 2, more_than=3)
    for user in range(ratings.num_users):
        seconds = [part.timestamp[part.user_index == user] for part in (split.inputs, split.targets)]
        assert seconds[0].max() <= seconds[1].min()
    if len(np.unique(ratings.timestamp)) > 1:
        split = global_time(ratings, 0.3)
        assert split.inputs.timestamp.max() < split.targets.timestamp.min()


def test_ties_are_not_given_to_the_first_films():
    num_users, num_items = 211, 13
    user, item = np.divmod(np.arange(num_users * num_items), num_items)
    ratings = Ratings.from_triples(user, item, np.full(len(user), 3.0), np.zeros(len(user), int))
    share = user_last(ratings, 1, more_than=3).targets.ratings_per_item / num_users
    assert np.abs(share - 1 / num_items).max() < 4 * np.sqrt(1 / num_items / num_users)


@pytest.mark.parametrize("protocol", [user_last, global_time])
def test_times_are_needed(protocol):
    with pytest.raises(ValueError, match="timestamp"):
        protocol(Ratings.from_triples([1, 2], [3, 4], [5, 5]))


def test_one_moment_cannot_be_divided():
    with pytest.raises(ValueError, match="two moments"):
        global_time(Ratings.from_triples([1, 2], [3, 4], [5, 5], [9, 9]))


@pytest.mark.parametrize("fraction", [0, 1, -0.1, float("nan")])
def test_a_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match="fraction"):
        global_time(Ratings.from_triples([1, 2], [3, 4], [5, 5], [8, 9]), fraction)
