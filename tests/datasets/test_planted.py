"""The planted data set against its own truth: exact enumeration, Monte-Carlo error, calibration, the ceiling."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.planted.drawing import draw_hidden_states, draw_planted, draw_stars
from rbm_lib.datasets.planted.files import film_genres
from rbm_lib.datasets.planted.truth import PlantedSettings, PlantedTruth
from rbm_lib.splits.held_out import first_n

SMALL = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=5, seed=3, min_ratings=7)


def as_ratings(draw) -> Ratings:
    return Ratings.from_triples(draw.user_index + 1, draw.item_index + 1, draw.stars)


@pytest.fixture(scope="module")
def default():
    """The default draw, its ratings, and the article's split of them."""
    draw = draw_planted(PlantedSettings())
    ratings = as_ratings(draw)
    return draw, ratings, first_n(ratings)


def random_truth(num_items=5, num_hidden=3) -> PlantedTruth:
    rng = np.random.default_rng(8)
    return PlantedTruth(
        interaction_weights=rng.normal(0, 1, (num_items, 5, num_hidden)),
        visible_bias=rng.normal(0, 1, (num_items, 5)),
        hidden_bias=rng.normal(0, 1, num_hidden),
        popularity=np.full(num_items, 1 / num_items),
        item_id=np.arange(10, 10 + num_items),
        hidden_names=np.array(["Romance"] * num_hidden),
        hidden=np.zeros((1, num_hidden), np.uint8),
    )


def joint_by_enumeration(truth, films):
    """P(stars of `films`, hidden) of the RBM masked to `films`: a dictionary over every pair of states."""
    weights = {}
    for stars in itertools.product(range(5), repeat=len(films)):
        for hidden in itertools.product((0, 1), repeat=len(truth.hidden_bias)):
            energy = -truth.hidden_bias @ hidden
            for film, star in zip(films, stars, strict=True):
                energy -= truth.visible_bias[film, star] + truth.interaction_weights[film, star] @ hidden
            weights[stars, hidden] = np.exp(-energy)
    total = sum(weights.values())
    return {state: weight / total for state, weight in weights.items()}


def test_prediction_equals_brute_force_over_the_joint():
    truth = random_truth()
    films, num_inputs, seen = [0, 3, 1, 4], 2, (3, 1)  # stars 4 and 2 for the first two films, film 2 unrated
    joint = joint_by_enumeration(truth, films)
    expected = np.zeros((2, 5))
    for (stars, _), probability in joint.items():
        if stars[:num_inputs] == seen:
            expected[0, stars[2]] += probability
            expected[1, stars[3]] += probability
    expected /= expected.sum(axis=1, keepdims=True)
    items = np.array(films) + 10
    whole = Ratings.from_triples([1] * 4, items, [4, 2, 1, 1], item_ids=truth.item_id)
    is_input = np.isin(whole.item_id[whole.item_index], items[:num_inputs])
    inputs, targets = whole.select(is_input), whole.select(~is_input)
    found = truth.predict_stars(inputs, targets)
    np.testing.assert_allclose(found, expected, rtol=1e-10)  # targets 11 and 14, ascending like films 1 and 4
    np.testing.assert_allclose(truth.predict_like(inputs, targets), expected[:, 2:].sum(axis=1), rtol=1e-10)
    np.testing.assert_allclose(truth.predict_like(inputs, targets, 4), expected[:, 3:].sum(axis=1), rtol=1e-10)


def test_prediction_never_reads_the_targets_stars(default):
    draw, _, split = default
    targets = split.targets
    turned = Ratings(targets.row_splits, targets.item_index, 6 - targets.rating, targets.user_id, targets.item_id)
    one, other = (draw.truth.predict_like(split.inputs, part) for part in (targets, turned))
    np.testing.assert_array_equal(one, other)


def test_prediction_refuses_likes_and_unknown_items(default):
    draw, _, split = default
    with pytest.raises(ValueError, match=r"inputs: expected whole stars from 1 to 5, not likes, found 0"):
        draw.truth.predict_like(split.inputs.binarize(), split.targets)
    foreign = Ratings.from_triples([1, 1], [1, 9999], [3, 3])
    with pytest.raises(ValueError, match=r"expected items of the planted data set, found 9999"):
        draw.truth.predict_like(foreign.select(np.array([True, False])), foreign.select(np.array([False, True])))


def test_hidden_states_are_drawn_from_their_exact_marginal():
    truth, films, num_users = random_truth(), [0, 3, 4], 20_011
    joint = joint_by_enumeration(truth, films)
    expected = np.array(
        [
            sum(probability for (_, hidden), probability in joint.items() if hidden == tuple(state))
            for state in truth.hidden_states.astype(int)
        ]
    )
    settings = PlantedSettings(num_users, 5, num_users * 3, 3, min_ratings=3)
    users, items = np.repeat(np.arange(num_users), 3), np.tile(films, num_users)
    state = draw_hidden_states(truth, settings, users, items)
    found = np.bincount(state, minlength=8) / num_users
    assert (np.abs(found - expected) < 4.5 * np.sqrt(expected * (1 - expected) / num_users)).all()


def test_stars_are_drawn_from_their_probabilities_given_the_hidden_state():
    truth, num_draws = random_truth(), 20_011
    for film, state in ((0, 0), (3, 5), (4, 7)):
        log_weights = truth.visible_bias[film] + truth.interaction_weights[film] @ truth.hidden_states[state]
        expected = np.exp(log_weights) / np.exp(log_weights).sum()
        stars = draw_stars(truth, film + 17, np.full(num_draws, state), np.full(num_draws, film))
        found = np.bincount(stars, minlength=6)[1:] / num_draws
        assert (np.abs(found - expected) < 4.5 * np.sqrt(expected * (1 - expected) / num_draws)).all()


def test_the_whole_draw_has_the_star_counts_its_truth_expects(default):
    draw, _, _ = default
    truth = draw.truth
    log_weights = truth.visible_bias[draw.item_index] + np.einsum(
        "nkj,nj->nk", truth.interaction_weights[draw.item_index], truth.hidden[draw.user_index]
    )
    probabilities = np.exp(log_weights - np.logaddexp.reduce(log_weights, axis=1, keepdims=True))
    found = np.bincount(draw.stars, minlength=6)[1:]
    standard_error = np.sqrt((probabilities * (1 - probabilities)).sum(axis=0))
    assert (np.abs(found - probabilities.sum(axis=0)) < 4 * standard_error).all()


def test_the_best_prediction_is_calibrated(default):
    draw, _, split = default
    probability, like = draw.truth.predict_like(split.inputs, split.targets), split.targets.rating >= 3
    order = np.argsort(probability)
    for part in np.array_split(order, 7):
        standard_error = np.sqrt((probability[part] * (1 - probability[part])).sum()) / len(part)
        assert abs(like[part].mean() - probability[part].mean()) < 4 * standard_error


def test_the_ceiling_is_well_above_item_means(default):
    draw, _, split = default
    like, inputs = split.targets.rating >= 3, split.inputs.binarize()
    likes_per_item = np.bincount(inputs.item_index, inputs.rating, inputs.num_items)
    item_mean = (likes_per_item + 0.8) / (inputs.ratings_per_item + 1)
    ceiling = roc_auc_score(like, draw.truth.predict_like(split.inputs, split.targets))
    baseline = roc_auc_score(like, item_mean[split.targets.item_index])
    assert 0.65 < baseline < ceiling - 0.08


def test_default_has_the_shape_of_movielens(default):
    draw, ratings, _ = default
    assert (ratings.num_users, ratings.num_items, ratings.num_ratings) == (943, 1682, 100_000)
    assert ratings.ratings_per_user.min() == 20
    assert ratings.ratings_per_user.max() > 5 * np.median(ratings.ratings_per_user)
    assert ratings.ratings_per_item.min() >= 1
    assert ratings.ratings_per_item.max() > 10 * np.median(ratings.ratings_per_item)
    assert 0.80 < np.mean(draw.stars >= 3) < 0.86
    assert 3.4 < draw.stars.mean() < 3.8
    popular = ratings.ratings_per_item > 50
    mean_stars = np.bincount(ratings.item_index, ratings.rating) / ratings.ratings_per_item
    assert np.corrcoef(np.log(ratings.ratings_per_item[popular]), mean_stars[popular])[0, 1] > 0.15


def test_every_hidden_unit_is_on_for_some_users_and_off_for_others(default):
    draw, _, _ = default
    share = draw.truth.hidden.mean(axis=0)
    assert (share > 0.2).all()
    assert (share < 0.8).all()


def test_first_rows_of_a_user_are_no_special_films(default):
    _, ratings, split = default
    # In the order of item ids, the first ten would all have small ids.
    assert abs(split.targets.item_index.mean() - ratings.item_index.mean()) < 0.05 * ratings.num_items


def test_same_seed_same_draw_and_another_seed_another_draw():
    one, again = draw_planted(SMALL), draw_planted(SMALL)
    other = draw_planted(PlantedSettings(**(SMALL.__dict__ | {"seed": 4})))
    np.testing.assert_array_equal(one.stars, again.stars)
    np.testing.assert_array_equal(one.item_index, again.item_index)
    assert not np.array_equal(one.item_index, other.item_index)


@pytest.mark.parametrize("num_hidden", [1, 2, 7])
def test_other_sizes_are_met_exactly(num_hidden):
    settings = PlantedSettings(13, 5, 41, num_hidden, seed=1, min_ratings=2)
    draw = draw_planted(settings)
    ratings = as_ratings(draw)
    assert (ratings.num_users, ratings.num_items, ratings.num_ratings) == (13, 5, 41)
    assert ratings.ratings_per_user.min() >= 2
    assert draw.truth.interaction_weights.shape == (5, 5, num_hidden)
    assert len(draw.truth.hidden_names) == num_hidden


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_ratings": 100}, r"num_ratings: expected a whole number from 707 to 5353, found 100"),
        ({"num_ratings": 5354}, r"num_ratings: expected a whole number from 707 to 5353, found 5354"),
        ({"num_hidden": 13}, r"num_hidden: expected a whole number from 1 to 12, found 13"),
        ({"min_ratings": 54}, r"min_ratings: expected a whole number from 1 to 53, found 54"),
        ({"num_users": 10.5}, r"num_users: expected a whole number"),
        ({"seed": -1}, r"seed: expected a whole number from 0"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        PlantedSettings(**(SMALL.__dict__ | change))


def test_genres_are_the_tastes_that_like_the_film(default):
    draw, _, _ = default
    truth = draw.truth
    genres, names = film_genres(truth), truth.hidden_names.tolist()
    for film in (0, 1, 2, 3, 5, 7):
        rise = truth.interaction_weights[film, 4] - truth.interaction_weights[film, 0]
        for name, change in zip(names, rise, strict=True):
            assert (name in genres[film]) == (change >= 1 and "mood" not in name)
