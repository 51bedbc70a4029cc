"""Polynomial units: their polynomials, and the units they have as special cases."""

import numpy as np
import pytest
import tensorflow as tf
from support.family_making import Member, draw_parameters, make_model, random_ratings

from rbm_lib.models.units.gram import gram_polynomials
from rbm_lib.models.units.polynomial import PolynomialSoftmax
from rbm_lib.splits.held_out import random_n

SCALES = {"stars": (1, 2, 3, 4, 5), "halves": np.arange(1, 11) / 2, "uneven": (0.0, 1.0, 10.0), "two": (0, 1)}


@pytest.mark.parametrize("values", SCALES.values(), ids=SCALES)
def test_polynomials_are_orthonormal_and_of_their_degree(values):
    found = gram_polynomials(values, len(values) - 1)
    count = len(values)
    np.testing.assert_allclose(found.T @ found, count * np.eye(count - 1), atol=1e-4)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-6)
    assert (found[-1] > 0).all()
    for degree in range(1, count):
        residuals = np.polyfit(values, found[:, degree - 1], degree, full=True)[1]
        assert residuals.size == 0 or residuals[0] < 1e-6
    slope = (found[-1, 0] - found[0, 0]) / np.ptp(values)
    np.testing.assert_allclose(np.diff(found[:, 0]) / np.diff(values), slope, rtol=1e-6)


def test_the_line_is_the_star_about_the_middle():
    np.testing.assert_allclose(gram_polynomials([1, 2, 3, 4, 5], 1)[:, 0], np.arange(-2, 3) / np.sqrt(2), atol=1e-6)


@pytest.mark.parametrize(("values", "degree"), [((1, 2, 3), 3), ((1, 2, 3), 0), ((1, 2), 1.0)])
def test_a_degree_out_of_range_is_refused(values, degree):
    with pytest.raises(ValueError, match=f"degree: expected a whole number from 1 to {len(values) - 1}"):
        PolynomialSoftmax(values, degree)


def test_the_highest_degree_is_softmax_with_couplings_to_the_rated_films():
    """The same machine in both parametrisations: what the mean over the stars is of W stands in D."""
    softmax = Member("softmax", conditional=True)
    trained = draw_parameters(softmax)
    couplings = trained["interaction_weights"]
    basis = gram_polynomials(softmax.values, 2)
    same = trained | {
        "interaction_weights": np.einsum("sk,isj->ikj", basis, couplings) / 3,
        "rated_weights": trained["rated_weights"] + couplings.mean(axis=1),
    }
    # The constant part of W also stands in the visible bias of nothing: it multiplies h alone.
    polynomial = Member("polynomial", conditional=True, degree=2)
    ratings = random_ratings(softmax)
    split = random_n(ratings, 1, seed=1, more_than=2)
    one, other = make_model(softmax, trained), make_model(polynomial, same)
    told = {"targets_as_rated": True, "inference": "exact", "output": "distribution"}
    np.testing.assert_allclose(one.predict_ratings(split, **told), other.predict_ratings(split, **told), atol=2e-6)
    difference = one.free_energy(ratings) - other.free_energy(ratings)
    np.testing.assert_allclose(difference, 0, atol=2e-5)


def test_the_configuration_makes_the_same_units():
    units = PolynomialSoftmax((0.5, 1.0, 4.0), 2)
    again = PolynomialSoftmax.from_config(units.get_config())
    assert again == units
    assert again != PolynomialSoftmax((0.5, 1.0, 4.0), 1)
    assert units.shape(7) == (7, 3)
    assert units.coupling_shape(7) == (7, 2)


def test_effective_couplings_are_the_polynomial_at_each_star():
    from rbm_lib.models.parameters import RBMParameters

    units = PolynomialSoftmax((1, 2, 3), 2)
    couplings = np.random.default_rng(3).normal(size=(4, 2, 5)).astype(np.float32)
    trained = RBMParameters(tf.constant(couplings), tf.zeros((4, 3)), tf.zeros(5), units=units)
    found = units.effective(trained).interaction_weights.numpy()
    expected = np.sqrt(1.5) * np.array([-1, 0, 1])[:, None] * couplings[:, None, 0]
    expected = expected + np.sqrt(0.5) * np.array([1, -2, 1])[:, None] * couplings[:, None, 1]
    np.testing.assert_allclose(found, expected, atol=1e-6)
