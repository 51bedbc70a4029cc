"""Item neighbours: against scikit-surprise's own predictions, one pair at a time, and by hand."""

import numpy as np
import pytest

from rbm_lib.baselines.neighbours import ItemNeighbours
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.loading import load


@pytest.fixture(scope="module")
def stars():
    """17 users, 11 films; the last film and the last user have no rating."""
    rng = np.random.default_rng(7)
    observed_mask = rng.random((17, 11)) < 0.6
    observed_mask[-1] = observed_mask[:, -1] = False
    taste = rng.normal(size=(17, 2)) @ rng.normal(size=(2, 11))
    return Ratings.from_dense(np.clip(np.round(3 + taste), 1, 5), observed_mask)


def every_pair(ratings):
    user, item = np.indices((ratings.num_users, ratings.num_items)).reshape(2, -1)
    order = np.random.default_rng(3).permutation(len(user))
    return user[order], item[order]


@pytest.mark.parametrize("num_neighbours", [1, 3, 40])
def test_agrees_with_the_library_for_every_pair(stars, num_neighbours):
    model = ItemNeighbours(num_neighbours, shrinkage=2.0).fit(stars)
    user, item = every_pair(stars)
    expected = [model.algorithm.predict(u, i, clip=True).est for u, i in zip(user.tolist(), item.tolist(), strict=True)]
    found = model.predict(user, item)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    biases = np.clip(model.mean + model.user_bias[user] + model.item_bias[item], 1, 5)
    assert np.abs(found - biases).max() > 0.1  # the neighbours have a say


def test_finds_the_neighbours_published_for_the_library():
    """Ten nearest films of Toy Story on MovieLens-100K, from scikit-surprise's own documentation."""
    try:
        data = load("ml-100k", download=False)
    except (OSError, ValueError):
        pytest.skip("MovieLens-100K is not here")
    titles = data.items["title"].to_numpy()
    similarity = ItemNeighbours().fit(data.ratings).similarity[np.flatnonzero(titles == "Toy Story (1995)")[0]]
    nearest = [title for title in titles[np.argsort(-similarity, kind="stable")] if title != "Toy Story (1995)"][:10]
    assert nearest == [
        "Beauty and the Beast (1991)", "Raiders of the Lost Ark (1981)", "That Thing You Do! (1996)",
        "Lion King, The (1994)", "Craft, The (1996)", "Liar Liar (1997)", "Aladdin (1992)", "Cool Hand Luke (1967)",
        "Winnie the Pooh and the Blustery Day (1968)", "Indiana Jones and the Last Crusade (1989)",
    ]  # fmt: skip


def test_one_neighbour_worked_by_hand():
    """With one neighbour the weighted mean is that film's rating beyond its biases, whatever the similarity."""
    ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3, 4], [10, 11, 10, 11, 10, 11, 10], [5, 5, 1, 1, 4, 5, 1])
    model = ItemNeighbours(1, shrinkage=0.0).fit(ratings)
    assert model.similarity[0, 1] > 0.5
    beyond = 1 - (model.mean + model.user_bias[3] + model.item_bias[0])
    expected = model.mean + model.user_bias[3] + model.item_bias[1] + beyond
    assert beyond < -0.5
    np.testing.assert_allclose(model.predict([3], [1]), max(expected, 1.0))


def test_folding_in_what_it_was_fitted_on_changes_nothing(stars):
    model = ItemNeighbours(3).fit(stars)
    np.testing.assert_allclose(model.user_bias, model.algorithm.bu, atol=1e-12)


def test_a_new_user_is_predicted_from_what_is_folded_in(stars):
    """A user fitted on and a new one with the same ratings differ only through what the films learned."""
    new = stars.user_index == 5
    model = ItemNeighbours(3).fit(stars.select(~new))
    before = model.predict(np.full(11, 5), np.arange(11))
    np.testing.assert_allclose(before, np.clip(model.mean + model.item_bias, 1, 5))  # nothing known: the film's mean
    model.fold_in(stars.select(new))
    after = model.predict(np.full(11, 5), np.arange(11))
    assert np.abs(after - before).max() > 0.05
    assert model.seen.num_ratings == (~new).sum()  # what it was fitted on


def test_likes_give_probabilities_strictly_inside(likes):
    found = ItemNeighbours(3, shrinkage=0.0).fit(likes).predict(*every_pair(likes))
    assert found.min() > 0
    assert found.max() < 1
    assert len(np.unique(found)) > 20


def test_held_out_ratings_do_not_move_predictions(stars):
    held_out = np.arange(stars.num_ratings) % 5 == 0
    model = ItemNeighbours(3).fit(stars.select(~held_out))
    other = stars.rating.copy()
    other[held_out] = 6 - other[held_out]
    changed = Ratings.from_triples(stars.user_index, stars.item_index, other, item_ids=np.arange(11))
    again = ItemNeighbours(3).fit(changed.select(~held_out))
    where = stars.user_index[held_out], stars.item_index[held_out]
    assert np.array_equal(model.predict(*where), again.predict(*where))


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_neighbours", 0), ("num_neighbours", 2.5), ("shrinkage", -1), ("user_penalty", 0), ("item_penalty", np.nan)],
)
def test_settings_are_checked(name, value):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        ItemNeighbours(**{name: value})


def test_no_rating_is_refused(stars):
    with pytest.raises(ValueError, match="train: expected at least one rating"):
        ItemNeighbours().fit(stars.select(np.zeros(stars.num_ratings, bool)))
