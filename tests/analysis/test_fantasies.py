"""Fantasy users with real masks are draws of the model on those films, and know nothing of what was thought of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from rbm_lib import RBM, Ratings
from rbm_lib.analysis import fantasy_ratings, film_agreement

PEOPLE = 2003
FILMS = (2, 5, 6)


@pytest.fixture(scope="module")
def model():
    model = RBM(7, 3, seed=1)
    couplings = np.zeros((7, 3), np.float32)
    couplings[2, 1], couplings[5, 1], couplings[0, 0] = 4.0, -4.0, 9.0
    model.rbm_layer.interaction_weights.assign(couplings)
    return model


@pytest.fixture(scope="module")
def crowd():
    """Many users of one mask, who all disliked everything; and one who rated another film."""
    visible, masks = np.zeros((PEOPLE + 1, 7)), np.tile(np.isin(np.arange(7), FILMS), (PEOPLE + 1, 1))
    masks[-1] = np.arange(7) == 3
    return Ratings.from_dense(visible, masks)


def test_every_state_is_as_frequent_as_enumeration_says(model, crowd):
    drawn = fantasy_ratings(model, crowd, seed=1)
    np.testing.assert_array_equal(drawn.item_index, crowd.item_index)
    np.testing.assert_array_equal(drawn.row_splits, crowd.row_splits)
    states = np.array(list(itertools.product((0, 1), repeat=3)), np.float32)
    visible = np.zeros((8, 7), np.float32)
    visible[:, FILMS] = states
    log_weight = -model.free_energy(Ratings.from_dense(visible, np.tile(np.isin(np.arange(7), FILMS), (8, 1))))
    share = np.exp(log_weight - np.logaddexp.reduce(log_weight))
    rows = drawn.rating[: 3 * PEOPLE].reshape(PEOPLE, 3)
    found = (rows[:, None] == states).all(axis=2).mean(axis=0)
    assert (np.abs(found - share) < 5 * np.sqrt(share * (1 - share) / PEOPLE)).all()


def test_a_users_draws_depend_on_seed_and_films_alone(model, crowd):
    few = crowd.take_users(range(31))
    drawn = fantasy_ratings(model, few, seed=1)
    opposite = replace(few, rating=1 - few.rating)
    np.testing.assert_array_equal(drawn.rating, fantasy_ratings(model, opposite, seed=1).rating)
    np.testing.assert_array_equal(drawn.rating, fantasy_ratings(model, crowd, seed=1).rating[: drawn.num_ratings])
    assert not np.array_equal(drawn.rating, fantasy_ratings(model, few, seed=2).rating)


def test_pairs_of_films_are_compared_among_those_who_rated_both(crowd):
    values = np.tile([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1]], (3, 1)).astype(np.float32)
    twelve = crowd.take_users(range(12))
    drawn = replace(twelve, rating=values.ravel())
    table = film_agreement(twelve, FILMS, drawn)
    np.testing.assert_allclose(table["fantasies"], [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(table["fantasies"], film_agreement(twelve, FILMS, values)["fantasies"], atol=1e-12)
