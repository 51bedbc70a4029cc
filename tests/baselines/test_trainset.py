"""What scikit-surprise is given is what the ratings say."""

import numpy as np
import pytest

from rbm_lib.baselines.trainset import MARGIN, Scale, as_trainset
from rbm_lib.data.ratings import Ratings


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


def test_stars_are_clipped_to_their_range():
    scale = Scale.of(Ratings.from_triples([1, 2, 3], [10, 10, 10], [4.5, 0.5, 2]))
    assert scale.keep_inside([0.2, 3.3, 7.0]).tolist() == [0.5, 3.3, 4.5]


def test_likes_are_squeezed_smoothly_and_keep_their_order(likes):
    scale, expected = Scale.of(likes), np.linspace(-0.7, 1.7, 2401)
    found = scale.keep_inside(expected)
    assert found.min() > 0
    assert found.max() < 1
    slope = np.diff(found) / np.diff(expected)
    assert slope.min() > 0
    assert slope.max() == pytest.approx(1)
    assert np.abs(np.diff(slope)).max() < 0.05  # no kink
    inner = np.abs(expected - 0.5) <= 0.5 - MARGIN
    np.testing.assert_array_equal(found[inner], expected[inner])
    np.testing.assert_allclose(found + found[::-1], 1)
    assert scale.keep_inside(1.0) == pytest.approx(1 - MARGIN / 2)


def test_no_rating_has_no_range(likes):
    with pytest.raises(ValueError, match="train: expected at least one rating"):
        Scale.of(likes.select(np.zeros(likes.num_ratings, bool)))
