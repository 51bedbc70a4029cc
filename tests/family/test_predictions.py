"""Every member's predictions against listed states: exact inference, mean field where it is close, the best films."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from support.family_making import (
    ENGINES,
    NUM_ITEMS,
    NUM_USERS,
    RATED,
    Oracle,
    draw_parameters,
    make_model,
    random_ratings,
)

from rbm_lib.data.ratings import Ratings

FILM = 5  # the one asked about; the others of RATED are the inputs


def listed(member, trained):
    """P(value of FILM | ratings of RATED) in the model whose mask is both, `(num_states, num_values)`."""
    both = Oracle(member, trained, (*RATED, FILM))
    joint = both.visible.reshape(-1, len(member.values))
    return joint / joint.sum(axis=1, keepdims=True)


def unheard(trained):
    """The same parameters, but that FILM was rated tells the hidden units nothing."""
    if "rated_weights" not in trained:
        return trained
    rated_weights = trained["rated_weights"].copy()
    rated_weights[FILM] = 0.0
    return trained | {"rated_weights": rated_weights}


def predicted(model, member, trained, inference, told):
    inputs = Oracle(member, trained)
    batch = inputs.batch(np.arange(len(inputs.states)))
    users = len(batch["user_index"])
    batch |= {"target_row_splits": np.arange(users + 1), "target_item_index": np.full(users, FILM, np.int32)}
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    found = model.engine_in_use.targets(model, tensors, inference, 0, told).numpy()
    return np.stack([1 - found, found], axis=1) if found.ndim == 1 else found


@pytest.mark.parametrize("told", [False, True])
def test_exact_inference_is_exact(member, engine, told):
    trained = draw_parameters(member)
    model = make_model(member, trained, engine)
    found = predicted(model, member, trained, "exact", told)
    np.testing.assert_allclose(found, listed(member, trained if told else unheard(trained)), atol=2e-6)
    other = listed(member, unheard(trained) if told else trained)
    assert (np.abs(found - other).max() > 1e-2) == member.conditional


def test_mean_field_differs_by_the_square_of_weak_couplings(member, engine):
    """Half the couplings, a quarter of the difference: what is left out is of second order."""
    differences = []
    for scale in (0.2, 0.1):
        trained = draw_parameters(member, scale=scale)
        model = make_model(member, trained, engine)
        # Mean field is told nothing of FILM: neither what its rating would add, nor the share of it in the offset.
        exact = listed(member, unheard(trained))
        differences.append(np.abs(predicted(model, member, trained, "mean_field", False) - exact).max())
    assert differences[0] < 0.2**2
    assert differences[0] > 3 * differences[1] > 1e-5  # well above what float32 rounds off


def brute_force(model, ratings, n):
    """The n best unrated films of each user, by a stable sort of what `predict` gives."""
    scores = model.predict(ratings, verbose=0)
    scores[ratings.user_index, ratings.item_index] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best = np.take_along_axis(scores, order, axis=1)
    films = np.where(np.isfinite(best), order, -1)
    missing = n - order.shape[1]
    return (
        np.pad(films, ((0, 0), (0, missing)), constant_values=-1),
        np.pad(best, ((0, 0), (0, missing)), constant_values=-np.inf),
    )


@pytest.mark.parametrize("n", [1, 3, 7, 11])
def test_recommendations_are_the_best_of_all_predictions(member, n):
    """User 3 rated everything, user 4 nothing; nobody has eleven unrated films."""
    ratings = random_ratings(member)
    ratings = ratings.select(ratings.user_index != 4)
    for engine in ENGINES:
        model = make_model(member, draw_parameters(member), engine)
        films, scores = model.recommend_positions(ratings, n, batch_size=4)
        expected_films, expected_scores = brute_force(model, ratings, n)
        np.testing.assert_array_equal(films, expected_films)
        np.testing.assert_allclose(scores, expected_scores, atol=2e-6)
        assert (films.dtype, scores.dtype, films.shape) == (np.int32, np.float32, (NUM_USERS, n))
        assert (films[3] == -1).all()
        assert (films[4] >= 0).sum() == min(n, NUM_ITEMS)


def test_recommendations_are_ids_and_none_is_made_up(member):
    """User 3 rated everything; the last film of the catalogue, at position -1, is not what that user is offered."""
    ratings = random_ratings(member)
    ratings = replace(ratings, user_id=ratings.user_id + 500, item_id=ratings.item_id * 10 + 7)
    ratings = ratings.select(ratings.user_index != 4)
    items = pd.DataFrame({"item_id": ratings.item_id, "title": [f"film {item}" for item in ratings.item_id]})
    model = make_model(member, draw_parameters(member))
    films, scores = model.recommend_positions(ratings, 5)
    for table in (model.recommend(ratings, 5, batch_size=4), model.recommend(ratings, 5, items=items)):
        assert ratings.user_id[3] not in table["user_id"].to_numpy()
        for user in range(NUM_USERS):
            own = table[table["user_id"] == ratings.user_id[user]]
            known = films[user] >= 0
            np.testing.assert_array_equal(own["item_id"], ratings.item_id[films[user][known]])
            np.testing.assert_array_equal(own["rank"], np.arange(1, 1 + known.sum()))
            np.testing.assert_array_equal(own["score"], scores[user][known])
    assert (table["title"] == "film " + table["item_id"].astype(str)).all()
    with pytest.raises(ValueError, match="items: expected the ids of the ratings in their order, found others"):
        model.recommend(ratings, 5, items=items[::-1])
    with pytest.raises(ValueError, match="items: expected the columns item_id and title, found item_id"):
        model.recommend(ratings, 5, items=items[["item_id"]])


def test_of_films_that_tie_the_first_is_recommended(member):
    """Films 1, 3 and 5 are one film under three names, the best there is."""
    trained = draw_parameters(member)
    for name in set(trained) - {"hidden_bias"}:
        trained[name][[1, 3, 5]] = trained[name][1]
    trained["interaction_weights"][[1, 3, 5]] = 0.0
    best = 9.0 if member.kind == "bernoulli" else [0.0, 0.0, 9.0]
    trained["visible_bias"][[1, 3, 5]] = best
    ratings = Ratings.from_triples([1, 2], [0, 3], member.values[:2], item_ids=np.arange(NUM_ITEMS))
    films, scores = make_model(member, trained).recommend_positions(ratings, 2)
    np.testing.assert_array_equal(films, [[1, 3], [1, 5]])
    np.testing.assert_array_equal(scores[:, 0], scores[:, 1])


def test_fewer_than_one_recommendation_is_refused(member):
    with pytest.raises(ValueError, match="n: expected a whole number of at least 1, found 0"):
        make_model(member).recommend(random_ratings(member), 0)
    with pytest.raises(ValueError, match="n: expected a whole number of at least 1, found 0"):
        make_model(member).recommend_positions(random_ratings(member), 0)
