"""The threshold of a like, and of a list: the scale's own, or a parameter's."""

import numpy as np
import pytest

from rbm_lib import Ratings
from rbm_lib.baselines import AlwaysLike
from rbm_lib.collection.studies import constant_answer, like_in_words, relevant_from, with_threshold
from rbm_lib.data.reading.scales import middle
from rbm_lib.datasets import Dataset


def rated(*values, threshold=None):
    """Two users, who share the given ratings."""
    ratings = Ratings.from_triples(np.arange(len(values)) % 2, np.arange(len(values)), values)
    given = middle(np.unique(ratings.rating)) if threshold is None else threshold
    return Dataset("made", ratings, items=None, users=None, checksum="", threshold=given)


@pytest.mark.parametrize(
    ("values", "like", "relevant"),
    [
        ((1, 2, 3, 4, 5), 3, 4),
        ((0.5, 1, 2, 3.5, 4, 5), 3, 4),
        ((0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0), 2.5, 3.5),
        (tuple(range(1, 11)), 6, 8),
        (tuple(range(1, 71)), 35.5, 53),
        ((0, 1), 1, 1),
        ((4, 4), 4, 4),
        ((1, 9), 9, 9),
    ],
)
def test_the_defaults_fit_the_scale(values, like, relevant):
    data = rated(*values)
    assert (data.threshold, relevant_from(data, None)) == (like, relevant)
    assert with_threshold(data, None) is data
    assert f"A like is a rating of {like:g} or more" in like_in_words(data)


def test_a_parameter_goes_before_the_default():
    data = with_threshold(rated(1, 2, 3, 4, 5), 4.5)
    assert data.threshold == 4.5
    assert like_in_words(data) == "A like is a rating of 4.5 or more; the ratings are from 1 to 5."
    assert relevant_from(data, 2) == 2
    assert relevant_from(data, None) == 5  # no lower than a like


@pytest.mark.parametrize("threshold", [1, 5.5, -3, float("nan")])
def test_a_threshold_that_leaves_one_class_is_refused(threshold):
    with pytest.raises(ValueError, match="THRESHOLD: expected"):
        with_threshold(rated(1, 2, 3, 4, 5), threshold)


def test_a_list_of_nothing_is_refused():
    with pytest.raises(ValueError, match="RELEVANT: expected"):
        relevant_from(rated(1, 2, 3), 4)


@pytest.mark.parametrize(("likes", "answer"), [([1, 1, 0], "like"), ([1, 0, 0], "dislike"), ([1, 0], "dislike")])
def test_the_constant_answer_is_what_always_like_predicts(likes, answer):
    """Where likes are the minority, "always-like" says dislike, and a sentence about it must not say otherwise."""
    ratings = Ratings.from_triples(np.arange(len(likes)), np.zeros(len(likes), int), likes)
    predicted = AlwaysLike().fit(ratings).predict(np.array([0]), np.array([0]))[0] > 0.5
    assert constant_answer(ratings) == answer == ("like" if predicted else "dislike")
