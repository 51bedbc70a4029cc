"""A page shows no single rating of a data set whose licence forbids it, and real ones of others."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib import load
from rbm_lib.analysis import one_user
from rbm_lib.collection.studies import may_be_shown, person_to_show, rows_to_show, withheld
from rbm_lib.datasets.movielens import CITATION


@pytest.fixture(scope="module")
def open_set():
    return load("planted")


@pytest.fixture(scope="module")
def licensed(open_set):
    """Other ratings of the same films, with a publisher."""
    ratings = open_set.ratings.select(open_set.ratings.user_index % 2 == 1)
    return replace(open_set, name="ml-1m", ratings=ratings, citation=CITATION)


def test_ratings_of_an_open_set_are_shown(open_set):
    assert may_be_shown(open_set)
    assert rows_to_show(open_set).equals(open_set.ratings.to_frame().head(3))
    person = person_to_show(open_set, open_set.ratings, 8)
    np.testing.assert_array_equal(person.rating, one_user(open_set.ratings, None).rating)
    assert withheld(open_set, "anything") == ""


def test_ratings_of_a_licensed_set_are_not(open_set, licensed):
    assert not may_be_shown(licensed)
    assert rows_to_show(licensed).equals(open_set.ratings.to_frame().head(3))
    likes = licensed.ratings.binarize(licensed.threshold)
    person = person_to_show(licensed, likes, 8)
    assert person.num_ratings == 8
    assert sorted(person.rating.tolist()) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert person.user_id[0] not in licensed.ratings.user_id
    assert withheld(licensed, "this person is invented") == (
        "The licence of ml-1m allows no ratings on a page: this person is invented."
    )
