"""Lists hold the best unseen films, and nothing else."""

import numpy as np
import pytest

from rbm_lib.baselines.lists import CHUNK, PopularFilms, best_unseen
from rbm_lib.data.ratings import Ratings


@pytest.fixture
def seen():
    """Users 0 to 2 have seen films {0, 1}, {0, 1, 2, 3, 4} and {1}: film 1 is the most rated, then film 0."""
    return Ratings.from_dense(
        np.ones((3, 5)), np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1], [0, 1, 0, 0, 0]], dtype=bool)
    )


def test_best_first_ties_by_number_and_padding(seen):
    score = np.array([[9, 9, 1, 3, 1], [5, 5, 5, 5, 5], [2, 9, 2, 1, 7]])
    found = best_unseen(lambda users: score[users], seen, [2, 0, 1], 4)
    assert found.dtype == np.int32
    assert found.tolist() == [[4, 0, 2, 3], [3, 2, 4, -1], [-1, -1, -1, -1]]


def test_scores_are_not_changed_and_a_longer_list_than_there_are_films_is_padded(seen):
    score = np.arange(15.0).reshape(3, 5)
    assert best_unseen(lambda users: score[users], seen, [0], 7).tolist() == [[4, 3, 2, -1, -1, -1, -1]]
    assert np.array_equal(score, np.arange(15.0).reshape(3, 5))


def test_users_of_later_chunks_get_their_own_lists():
    num_users = CHUNK + 3
    visible = np.zeros((num_users, 5))
    mask = np.arange(5)[None] == np.arange(num_users)[:, None] % 5  # user u has seen film u % 5
    seen = Ratings.from_dense(visible, mask, item_id=np.arange(5))
    users = np.arange(num_users)[::-1]
    found = best_unseen(lambda chunk: -np.abs(np.arange(5)[None] - chunk[:, None] % 5), seen, users, 4)
    assert (found != users[:, None] % 5).all()
    assert (np.sort(found, axis=1)[:, 1:] > np.sort(found, axis=1)[:, :-1]).all()


def test_popular_films_are_the_most_rated_unseen_ones(seen):
    popular = PopularFilms().fit(seen)
    assert popular.seen is seen
    assert popular.recommend([0, 2], 3).tolist() == [[2, 3, 4], [0, 2, 3]]


def test_after_fold_in_the_counts_stay_and_what_was_seen_changes(seen):
    other = seen.select(seen.user_index == 2)
    popular = PopularFilms().fit(seen).fold_in(other)
    assert popular.recommend([0, 1], 2).tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_the_length_of_a_list_is_a_whole_number(seen, n):
    with pytest.raises(ValueError, match="n: expected a whole number"):
        PopularFilms().fit(seen).recommend([0], n)


@pytest.mark.parametrize("users", [[3], [-1], [0.5], [[0]]])
def test_users_out_of_range_are_refused(seen, users):
    with pytest.raises(ValueError, match="user_index: expected"):
        PopularFilms().fit(seen).recommend(users, 1)


def test_a_score_that_is_no_number_is_refused(seen):
    with pytest.raises(ValueError, match="score: expected numbers, found 1"):
        best_unseen(lambda users: np.array([[0, 0, np.nan, 1, 2]]), seen, [0], 1)


def test_another_vocabulary_is_refused(seen):
    other = Ratings.from_dense(np.ones((3, 4)), np.ones((3, 4), bool))
    with pytest.raises(ValueError, match="item_id: expected the same ids in train and inputs"):
        PopularFilms().fit(seen).fold_in(other)
