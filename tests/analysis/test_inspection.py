"""Looking into a machine whose couplings we wrote ourselves."""

import itertools

import numpy as np
import pytest

from rbm_lib.analysis import inspection
from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM

TITLES = np.array(["Alien", "Amélie", "Brazil", "Casablanca", "Dune", "Emma", "Fargo"])


@pytest.fixture
def model():
    """Hidden unit 1 favours film 2 and disfavours film 5; unit 0 and unit 2 hardly differ between users."""
    model = RBM(7, 3, seed=1)
    couplings = np.zeros((7, 3), np.float32)
    couplings[2, 1], couplings[5, 1] = 4.0, -4.0
    model.rbm_layer.interaction_weights.assign(couplings)
    return model


def test_the_films_that_move_a_unit_are_named(model, likes):
    table = inspection.films_of_hidden_units(model, likes, TITLES, num_units=1, num_films=1, min_ratings=1)
    rows = list(table.itertuples(index=False, name=None))
    assert rows == [(1, "favours", "Brazil"), (1, "disfavours", "Emma")]


def test_films_with_few_ratings_are_not_named(model, likes):
    count = likes.ratings_per_item[2]
    table = inspection.films_of_hidden_units(model, likes, TITLES, num_units=1, num_films=2, min_ratings=count + 1)
    assert "Brazil" not in " ".join(table["films"])


def test_what_all_units_share_drops_out(model, likes):
    """A film that every unit favours alike says nothing about any one of them."""
    couplings = model.parameters.interaction_weights.numpy()
    couplings[0] = 9.0
    model.rbm_layer.interaction_weights.assign(couplings)
    table = inspection.films_of_hidden_units(model, likes, TITLES, num_units=3, num_films=1, min_ratings=1)
    favoured = table[(table["hidden_unit"] == 1) & (table["end"] == "favours")]["films"].item()
    assert favoured == "Brazil"


def test_hidden_means_are_the_layers(model, likes):
    visible, observed_mask = likes.to_dense()
    expected = 1 / (1 + np.exp(-(visible * observed_mask) @ model.parameters.interaction_weights.numpy()))
    np.testing.assert_allclose(inspection.hidden_means(model, likes), expected, rtol=1e-5)


def test_planted_units_find_their_followers():
    rng = np.random.default_rng(2)
    planted = rng.integers(0, 2, (101, 3)).astype(float)
    noise = rng.random((101, 2))
    learnt = np.column_stack([noise[:, 0], 1 - planted[:, 2], planted[:, 0], noise[:, 1], 0.5 + 0.1 * planted[:, 1]])
    table = inspection.match_hidden_units(learnt, planted, ["a", "b", "c"])
    assert list(table.index) == ["unit 2", "unit 4", "unit 1"]
    np.testing.assert_allclose(np.diag(table), [1.0, 1.0, -1.0])


def test_a_unit_that_never_changes_follows_nobody():
    planted = np.array([[0.0], [1.0], [1.0]])
    table = inspection.match_hidden_units(np.column_stack([np.ones(3), [0.2, 0.9, 0.9]]), planted, ["a"])
    assert list(table.index) == ["unit 1"]


def test_a_chain_starts_at_the_data_and_stays_on_the_rated_films(model, likes):
    states, films = inspection.chain_of_user(model, likes, 4, gibbs_steps=5, seed=3)
    own = slice(likes.row_splits[4], likes.row_splits[5])
    np.testing.assert_array_equal(films, likes.item_index[own])
    np.testing.assert_array_equal(states[0], likes.rating[own])
    assert states.shape == (6, len(films))
    assert len(np.unique(states[1:], axis=0)) > 1  # it moves
    again, _ = inspection.chain_of_user(model, likes, 4, gibbs_steps=5, seed=3)
    other, _ = inspection.chain_of_user(model, likes, 4, gibbs_steps=5, seed=5)
    np.testing.assert_array_equal(states, again)
    assert not np.array_equal(states, other)


def test_a_hidden_unit_tells_its_friends_from_its_foes(model):
    ratings = Ratings.from_dense(np.eye(7), np.ones((7, 7), bool))  # user n likes film n and nothing else
    means = inspection.hidden_means(model, ratings)
    assert means[2, 1] > 0.9
    assert means[5, 1] < 0.1
    np.testing.assert_allclose(means[:, 0], 0.5)


def test_dreamt_people_are_draws_from_the_model(model):
    """Shares of every state of three films, against enumeration; and how probable the hidden units are then."""
    states = np.array(list(itertools.product((0, 1), repeat=3)), np.float32)
    ratings, hidden = inspection.fantasy_users(model, [2, 5, 6], num_people=6007, seed=1)
    visible = np.zeros((8, 7), np.float32)
    visible[:, [2, 5, 6]] = states
    masks = np.tile(np.isin(np.arange(7), [2, 5, 6]), (8, 1))
    log_weight = -model.free_energy(Ratings.from_dense(visible, masks))
    share = np.exp(log_weight - np.logaddexp.reduce(log_weight))
    found = (ratings[:, None] == states).all(axis=2).mean(axis=0)
    assert (np.abs(found - share) < 5 * np.sqrt(share * (1 - share) / 6007)).all()
    expected = 1 / (1 + np.exp(-(4 * ratings[:, 0] - 4 * ratings[:, 1])))
    np.testing.assert_allclose(hidden[:, 1], expected, rtol=1e-5)


def test_dreams_repeat_with_their_seed_and_refuse_unknown_films(model):
    first, second, other = (inspection.fantasy_users(model, [0, 2], num_people=31, seed=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    for films in ([0, 7], [2, 2]):
        with pytest.raises(ValueError, match="item_index: expected films from 0 to 6, each once"):
            inspection.fantasy_users(model, films, num_people=3, seed=0)


def test_agreement_of_films_is_the_correlation_among_those_who_rated_both():
    ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3, 4, 5], [10, 11, 10, 11, 10, 11, 10, 11], [1, 2, 3, 4, 5, 3, 5, 1])
    table = inspection.film_agreement(ratings, [1, 0], np.array([[1.0, 2], [2, 4], [3, 6]]))
    row = table.iloc[0]
    assert (len(table), row["raters"]) == (1, 3)
    assert row["people"] == pytest.approx(np.corrcoef([1, 3, 5], [2, 4, 3])[0, 1])
    assert row["fantasies"] == pytest.approx(1)
    assert len(inspection.film_agreement(ratings, [1], np.array([[1.0], [2], [3]]))) == 0  # one film has no pair
