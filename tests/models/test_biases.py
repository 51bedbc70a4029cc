"""Biases of films and users, fitted by themselves: what was planted is found, and their variances too."""

import numpy as np
import pytest
from scipy.special import softmax

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.biases import fit_biases, start_from_biases
from rbm_lib.models.model import RBM
from rbm_lib.models.recipes import Recipe
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.polynomial import PolynomialSoftmax
from rbm_lib.sparse import infer_user_biases

STARS = (1, 2, 3, 4, 5)


def planted(num_users=400, num_items=150, density=0.35, spreads=(0.8, 0.4), values=STARS, degree=1, seed=2):
    """Ratings drawn from biases alone; and the biases of users."""
    rng = np.random.default_rng(seed)
    units = PolynomialSoftmax(values) if len(values) > 2 else Bernoulli()
    tilts = units.tilts(degree)
    film, user = (rng.normal(0, s, (n, degree)) for s, n in zip(spreads, (num_items, num_users), strict=True))
    logits = np.linspace(-0.5, 0.5, len(values)) + (film[None] + user[:, None]) @ tilts.T
    uniform = rng.random((num_users, num_items, 1))
    state = (softmax(logits, axis=2).cumsum(axis=2)[..., :-1] < uniform).sum(axis=2)
    mask = rng.random((num_users, num_items)) < density
    return Ratings.from_dense(np.asarray(values, np.float32)[state], mask), units, film, user


@pytest.mark.parametrize(("values", "degree"), [(STARS, 1), (STARS, 2), ((0, 1), 1)])
def test_planted_biases_and_their_variances_are_found(values, degree):
    ratings, units, film, user = planted(values=values, degree=degree)
    found = fit_biases(ratings, units, degree)
    np.testing.assert_allclose(np.sqrt(found.film_variance), 0.8, rtol=0.2)
    np.testing.assert_allclose(np.sqrt(found.user_variance), 0.4, rtol=0.2)
    for part, truth in ((found.film, film), (found.user, user)):
        for p in range(degree):
            assert np.corrcoef(part[:, p], truth[:, p])[0, 1] > 0.75


def test_noise_alone_leaves_no_bias():
    """Where nobody differs, variances come out small, and with them every bias."""
    ratings, units, *_ = planted(spreads=(0.0, 0.0))
    found = fit_biases(ratings, units)
    assert found.film_variance[0] < 0.01
    assert found.user_variance[0] < 0.01
    assert max(np.abs(found.film).max(), np.abs(found.user).max()) < 0.1


def test_the_fitted_shares_are_those_of_the_ratings():
    """beta: over all ratings, each star is expected as often as it was given."""
    ratings, units, *_ = planted()
    found = fit_biases(ratings, units)
    tilt = (found.film[ratings.item_index] + found.user[ratings.user_index]) @ found.tilts.T
    expected = softmax(found.overall + tilt, axis=1).mean(axis=0)
    np.testing.assert_allclose(expected, np.bincount(ratings.rating.astype(int) - 1) / ratings.num_ratings, atol=2e-3)


def test_films_and_users_without_ratings_have_no_bias():
    ratings, units, *_ = planted()
    ratings = ratings.select((ratings.user_index != 3) & (ratings.item_index != 7))
    found = fit_biases(ratings, units, 2)
    assert (found.user[3] == 0).all()
    assert (found.film[7] == 0).all()


def test_a_machine_starts_at_them():
    """Base rates in the visible bias and in the offset, the estimated precision in the prior of its users."""
    ratings, units, *_ = planted()
    found = fit_biases(ratings, units, 1)
    layer = RBM(ratings.num_items, 2, units=units, user_bias=1).rbm_layer
    start_from_biases(layer, found)
    expected = softmax(found.film_logits(), axis=1)
    np.testing.assert_allclose(layer.visible_offset, expected, rtol=1e-5)
    np.testing.assert_allclose(softmax(layer.visible_bias.numpy(), axis=1), expected, rtol=1e-5)
    np.testing.assert_allclose(layer.user_precision, 1 / found.user_variance, rtol=1e-6)


@pytest.mark.parametrize("based", ["user", "item"])
def test_biases_that_are_fitted_already_change_nothing(based):
    ratings, units, *_ = planted(num_users=60, num_items=40)
    recipe = Recipe.for_ratings(ratings, based=based, num_hidden=2)
    fitted, given = recipe.make(ratings), recipe.make(ratings, fit_biases(ratings, units))
    for one, other in zip(*(getattr(made, "model", made).get_weights() for made in (fitted, given)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_biases_of_others_are_refused():
    ratings, units, *_ = planted(num_users=60, num_items=40)
    biases = fit_biases(ratings, units)
    recipe = Recipe.for_ratings(ratings, based="user", num_hidden=2)
    with pytest.raises(ValueError, match="biases: expected those of 40 films, found 60; None fits them"):
        recipe.make(ratings, biases.transpose())
    with pytest.raises(ValueError, match=r"biases: expected polynomials .* of the value, found"):
        recipe.make(ratings, fit_biases(ratings, units, 2))


@pytest.mark.parametrize("degree", [1, 2])
def test_a_start_near_the_answer_changes_nothing_but_the_steps(degree):
    """Newton's method ends at the mode from wherever it begins."""
    ratings, units, *_ = planted(degree=degree)
    biases = fit_biases(ratings, units, degree)
    rows = ratings.row_splits, ratings.item_index, ratings.rating
    prior = softmax(biases.film_logits(), axis=1), biases.tilts, 1 / biases.user_variance
    from_zero = infer_user_biases(*rows, *prior, values=units.values)
    near = infer_user_biases(*rows, *prior, values=units.values, start=biases.user + 0.1)
    for one, other in zip(from_zero, near, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="start: expected finite numbers of shape"):
        infer_user_biases(*rows, *prior, values=units.values, start=biases.user[:-1])
