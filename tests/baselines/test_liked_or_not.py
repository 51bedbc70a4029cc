"""The machine of whole rows learns what people like and choose, and reads nothing but the inputs."""

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


def test_new_users_get_films_of_their_kind(tastes):
    split = new_users(tastes, 0.3, seed=1, fold_in=0.5)
    machine = (
        LikedOrNot(3, epochs=100, batch_size=37, learning_rate=0.03, seed=1).fit(split.train).fold_in(split.inputs)
    )
    users = np.unique(split.targets.user_index)
    popular = PopularFilms().fit(split.train).fold_in(split.inputs)
    of_their_kind = [np.mean(one.recommend(users, 1)[:, 0] // 7 == users % 2) for one in (machine, popular)]
    assert of_their_kind[0] > 0.8 > of_their_kind[1]


def test_the_same_seed_gives_the_same_lists_and_targets_have_no_influence(tastes):
    split = new_users(tastes, 0.3, seed=1, fold_in=0.5)
    users = np.unique(split.targets.user_index)
    one, other = (LikedOrNot(3, epochs=2, seed=1).fit(split.train).fold_in(split.inputs) for _ in range(2))
    np.testing.assert_array_equal(one.recommend(users, 5), other.recommend(users, 5))
    _, mask = split.inputs.to_dense()
    assert not mask[users[:, None], one.recommend(users, 5)].any()
