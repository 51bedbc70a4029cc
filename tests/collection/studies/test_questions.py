"""Which questions ratings can answer: the article's split for people who rate less, and reasons in a sentence."""

import numpy as np
import pytest

from rbm_lib import Ratings, first_n, random_fraction
from rbm_lib.collection.studies import (
    correlation,
    held_out_rule,
    why_no_likes,
    why_no_split,
    why_no_stars,
    why_no_time,
    why_none_hidden,
    why_too_few_users,
)


def rated(*counts, stars=(1, 5)):
    """A user for each count, who rated so many films; the stars take turns."""
    user = np.repeat(np.arange(len(counts)), counts)
    film = np.concatenate([np.arange(count) for count in counts])
    return Ratings.from_triples(user, film, np.resize(stars, len(user)))


@pytest.mark.parametrize(
    ("counts", "n", "more_than"),
    [
        ([21] * 11, 10, 20),  # the article's
        ([21] * 100 + [3] * 1000, 10, 20),  # and where enough users pass it
        ([21] * 11 + [3] * 13, 1, 2),
        ([3] * 2003, 1, 2),  # a shop
        ([2] * 2003, 1, 1),
        ([12] * 31, 3, 6),
        ([1] * 97 + [2] * 7, 1, 1),
    ],
)
def test_what_is_held_out_fits_the_ratings(counts, n, more_than):
    ratings = rated(*counts)
    assert why_no_split(ratings) == ""
    rule = held_out_rule(ratings)
    assert rule[:2] == (n, more_than)
    assert (rule.note == "") == (n == 10)
    split = first_n(ratings, n=rule.n, more_than=rule.more_than)
    assert np.count_nonzero(split.targets.ratings_per_user) >= 5


def test_a_first_n_that_leaves_nothing_names_the_median_and_a_way_out():
    with pytest.raises(ValueError, match="a median of 3 ratings and 5 at most; n=1, more_than=2 keeps 3 of them"):
        first_n(rated(3, 3, 5), n=10, more_than=20)
    assert first_n(rated(3, 3, 5), n=1, more_than=1).targets.num_ratings == 3
    with pytest.raises(ValueError, match=r"a median of 1 ratings and 1 at most; .*random_fraction"):
        first_n(rated(1, 1, 1), n=10, more_than=20)


def test_each_reason_is_given_where_it_holds_and_nowhere_else():
    assert why_no_split(rated(*[1] * 50, 2, 2)).startswith("Only 2 of 52 users have two ratings")
    assert why_no_stars(rated(3, 3, stars=[4])) == "Every rating is 4: there is nothing to tell apart."
    assert why_no_stars(rated(3, 3)) == ""
    assert why_no_stars(rated(20, 20, stars=range(20))) == ""
    assert why_no_stars(rated(21, 21, stars=range(21))).startswith("There are 21 different ratings, too many")
    assert why_too_few_users(rated(*[3] * 24)).startswith("Of 24 users none")
    assert why_too_few_users(rated(*[3] * 25)) == ""
    both = first_n(rated(*[4] * 7).binarize(3), n=2, more_than=3)
    assert why_no_likes(both) == ""
    likes = first_n(rated(*[3] * 7, stars=[5]).binarize(3), n=1, more_than=2)
    assert "All 14 inputs (first_n(n=1, more_than=2)) are likes" in why_no_likes(both, likes)
    late = first_n(rated(*[3] * 7, stars=[1, 5, 1]).binarize(3), n=1, more_than=2)
    assert "All 7 targets (first_n(n=1, more_than=2)) are dislikes" in why_no_likes(late)


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        (None, "do not say when"),
        ([7], "bear the same moment"),
        ([*[7] * 99, 8], "so few moments that 1.0% of them"),
        ([7, 8], "so few moments that 50.0% of them"),
        (range(100), ""),
        ([*[7] * 89, *[8] * 11], ""),
    ],
)
def test_time_divides_only_where_there_are_moments_to_divide_at(moments, said):
    user, film = np.divmod(np.arange(100), 10)
    time = None if moments is None else np.resize(moments, 100)
    reason = why_no_time(Ratings.from_triples(user, film, np.resize([1, 5], 100), time))
    assert said in reason
    assert bool(reason) == bool(said)


def test_a_correlation_of_constants_is_no_number_and_no_warning(recwarn):
    assert np.isnan(correlation([1, 1, 1], [1, 2, 3]))
    assert np.isnan(correlation([1, np.nan], [1, 2]))
    assert correlation([1, 2, np.nan, 4], [2, 4, 0, 8]) == pytest.approx(1)
    assert not recwarn.list


@pytest.mark.parametrize(("counts", "users"), [([1] * 30, 0), ([1] * 30 + [40] * 3, 3), ([40] * 11, 11)])
def test_where_held_out_users_have_one_rating_each_none_can_be_hidden(counts, users):
    """A mean over no rating was a warning, and a warning is an error on a page."""
    split = random_fraction(rated(*counts), 0.2, seed=5)
    assert len(np.unique(split.targets.user_index)) == users
    reason = why_none_hidden(split)
    assert reason == "" if users >= 5 else reason.startswith(f"Of the held-out users {users} have rated enough")
