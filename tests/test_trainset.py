"""What scikit-surprise is given is what the ratings say."""

import numpy as np
import pytest

from rbm_lib.ratings import Ratings
from rbm_lib.trainset import CLOSEST, Scale, as_trainset


def test_every_rating_arrives_under_its_own_numbers():
    """Three ratings of two users; film 1 has none and stays unknown."""
    ratings = Ratings.from_triples([7, 7, 9], [30, 10, 30], [2.5, 4, 5], item_ids=[10, 20, 30])
    trainset = as_trainset(ratings)
    assert sorted(trainset.all_ratings()) == [(0, 0, 4.0), (0, 2, 2.5), (1, 2, 5.0)]
    assert dict(trainset.ir) == {0: [(0, 4.0)], 2: [(0, 2.5), (1, 5.0)]}
    assert (trainset.n_users, trainset.n_items, trainset.n_ratings) == (2, 3, 3)
    assert trainset.global_mean == pytest.approx(11.5 / 3)
    assert trainset.rating_scale == (2.5, 5.0)
    assert not trainset.knows_item(1)


def test_stars_keep_their_range_and_likes_stay_inside(likes):
    stars = Ratings.from_triples([1, 2, 3], [10, 10, 10], [4.5, 0.5, 2])
    assert Scale.of(stars) == (0.5, 4.5)
    assert Scale.of(likes) == (CLOSEST, 1 - CLOSEST)
    np.testing.assert_array_equal(Scale(1.0, 5.0).clip([0.2, 3.3, 7.0]), [1.0, 3.3, 5.0])
