"""The machine of whole rows learns what people like and choose, and reads nothing but the inputs."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib.baselines.liked_or_not import LikedOrNot, every_film
from rbm_lib.baselines.lists import PopularFilms
from rbm_lib.data.ratings import Ratings
from rbm_lib.splits.new_users import new_users


@pytest.fixture(scope="module")
def tastes():
    """Two kinds of people: each rates and likes mostly the films of its own half."""
    rng = np.random.default_rng(3)
    own = np.arange(14)[None, :] // 7 == (np.arange(211) % 2)[:, None]
    return Ratings.from_dense(rng.random((211, 14)) < 0.9, rng.random((211, 14)) < np.where(own, 0.6, 0.1))


def test_every_film_is_one_for_a_like_and_zero_for_all_else():
    ratings = Ratings.from_triples([5, 5, 6, 7], ["a", "b", "b", "c"], [1, 0, 1, 1])
    visible, mask = every_film(ratings, [2, 0]).to_dense()
    assert mask.all()
    assert visible.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_new_users_get_films_of_their_kind(split):
    machine = (
        LikedOrNot(3, epochs=100, batch_size=37, learning_rate=0.03, seed=1).fit(split.train).fold_in(split.inputs)
    )
    users = np.unique(split.targets.user_index)
    popular = PopularFilms().fit(split.train).fold_in(split.inputs)
    of_their_kind = [np.mean(one.recommend(users, 1)[:, 0] // 7 == users % 2) for one in (machine, popular)]
    assert of_their_kind[0] > 0.8 > of_their_kind[1]


def lists_of(split, seed=1):
    """Five films for every new user, from a machine that was made anew and has learned tastes."""
    users = np.unique(split.targets.user_index)
    machine = LikedOrNot(3, epochs=40, batch_size=37, learning_rate=0.03, seed=seed).fit(split.train)
    return machine.fold_in(split.inputs).recommend(users, 5)


@pytest.fixture(scope="module")
def split(tastes):
    return new_users(tastes, 0.3, seed=1, fold_in=0.5)


@pytest.fixture(scope="module")
def lists(split):
    return lists_of(split)


def opposite(ratings, part):
    """The same ratings, but those of `part` are the other way round."""
    changed = np.isin(ratings.source_row, part.source_row)
    return replace(ratings, rating=np.where(changed, 1 - ratings.rating, ratings.rating))


def test_the_same_seed_gives_the_same_lists_and_another_gives_others(split, lists):
    np.testing.assert_array_equal(lists_of(split), lists)
    assert not np.array_equal(lists_of(split, seed=2), lists)


def test_lists_follow_from_the_inputs_and_never_from_the_targets(tastes, split, lists):
    of_targets = new_users(opposite(tastes, split.targets), 0.3, seed=1, fold_in=0.5)
    of_inputs = new_users(opposite(tastes, split.inputs), 0.3, seed=1, fold_in=0.5)
    for other in (of_targets, of_inputs):
        np.testing.assert_array_equal(other.targets.source_row, split.targets.source_row)
        np.testing.assert_array_equal(other.train.rating, split.train.rating)
    np.testing.assert_array_equal(of_targets.targets.rating, 1 - split.targets.rating)
    np.testing.assert_array_equal(lists_of(of_targets), lists)
    assert not np.array_equal(lists_of(of_inputs), lists)


def test_no_list_holds_a_film_of_the_inputs(split, lists):
    users, (_, mask) = np.unique(split.targets.user_index), split.inputs.to_dense()
    assert mask[users].any()
    assert (lists >= 0).all()
    assert not mask[users[:, None], lists].any()
