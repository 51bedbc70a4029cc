"""Bernoulli units and the visible biases' start."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.ratings import Ratings
from rbm_lib.units import Bernoulli, base_rate_logits


def test_a_draw_below_the_probability_is_a_like():
    sample = Bernoulli.sample(tf.constant([0.3, 0.3, 1.0, 0.0]), tf.constant([0.29, 0.3, 0.999, 0.0]))
    np.testing.assert_array_equal(sample, [1.0, 0.0, 1.0, 0.0])


def test_the_normaliser_sums_both_values():
    activation = np.array([-2.0, 0.0, 3.0])
    expected = np.log(np.exp(0 * activation) + np.exp(1 * activation))
    np.testing.assert_allclose(Bernoulli.log_normaliser(activation), expected, rtol=1e-12)


@pytest.mark.parametrize("value", [2.0, 0.5, -1.0, np.nan])
def test_ratings_other_than_likes_are_refused(value):
    with pytest.raises(ValueError, match="ratings: expected ratings 0"):
        Bernoulli.check(np.array([0.0, value, 1.0]), "ratings")


def test_base_rates_worked_by_hand():
    # film 0: two likes of two; film 1: one of three; overall (3 + 0.5) / (5 + 1) with its half like
    ratings = Ratings.from_triples([1, 2, 1, 2, 3], [10, 10, 11, 11, 11], [1, 1, 0, 1, 0])
    overall = 3.5 / 6
    share = np.array([(2 + 2 * overall) / 4, (1 + 2 * overall) / 5])
    np.testing.assert_allclose(base_rate_logits(ratings, smoothing=2.0), np.log(share / (1 - share)), rtol=1e-6)


def test_a_film_that_everybody_likes_keeps_a_finite_bias():
    ratings = Ratings.from_triples([1, 2], [10, 10], [1, 1])
    assert np.isfinite(base_rate_logits(ratings)).all()


@pytest.mark.parametrize("smoothing", [0, -1, np.nan])
def test_smoothing_must_be_positive(likes, smoothing):
    with pytest.raises(ValueError, match="smoothing: expected"):
        base_rate_logits(likes, smoothing)
