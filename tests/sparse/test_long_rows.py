"""Sums over very many ratings keep their digits."""

import numpy as np
import pytest

from rbm_lib import sparse
from rbm_lib.models import gram_polynomials
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.sparse import long_rows

RATINGS, HIDDEN = 400_003, 5


@pytest.mark.parametrize("kind", ["likes", "centred", "conditional stars"])
def test_the_free_energy_of_a_user_with_very_many_ratings(kind):
    """Against float64; float32 alone was several nats off. Couplings with a mean, as heavy users have them."""
    rng = np.random.default_rng(3)
    shape = (RATINGS, 3) if "stars" in kind else (RATINGS,)
    weights = rng.normal(0.3, 0.1, (*shape, HIDDEN)).astype(np.float32)
    bias = rng.normal(0.5, 1, shape).astype(np.float32)
    hidden_bias = rng.normal(0, 1, HIDDEN).astype(np.float32)
    offset = rng.uniform(0, 1, shape).astype(np.float32) if kind != "likes" else 0.0
    rated = rng.normal(0, 0.1, (RATINGS, HIDDEN)).astype(np.float32) if "stars" in kind else 0.0
    values = (1.0, 2.0, 3.0) if "stars" in kind else (0.0, 1.0)
    state = rng.integers(0, len(values), RATINGS)
    rating = np.float32(values)[state]
    indicator = np.eye(3)[state] if "stars" in kind else rating.astype(np.float64)
    surprise = (indicator - np.asarray(offset, np.float64)).reshape(-1)
    activation = hidden_bias + surprise @ weights.reshape(-1, HIDDEN).astype(np.float64)
    activation += np.asarray(rated, np.float64).sum(axis=0)
    expected = -(indicator * bias.astype(np.float64)).sum() - np.logaddexp(0, activation).sum()
    parameters = RBMParameters(weights, bias, hidden_bias, offset, rated)
    rows = np.array([0, RATINGS]), np.arange(RATINGS, dtype=np.int32), rating
    found = sparse.free_energy(*rows, parameters, values=values)[0]
    assert abs(found - expected) < 4 * np.spacing(np.float32(abs(expected)))  # all that float32 can hold


def test_rows_of_one_block_are_summed_as_everywhere():
    """So that nothing that was measured on them moves."""
    rng = np.random.default_rng(5)
    tables = [rng.normal(0, 1, shape).astype(np.float32) for shape in ((31, 1, 3), (31, 1), (3,), (31,), (31, 3))]
    row_splits, item_index = np.array([0, 0, 17, 31 + 17]), np.r_[0:17, 0:31].astype(np.int32)
    state = rng.integers(0, 2, 48).astype(np.int8)
    expected = sparse.activations_of_rows(row_splits, item_index, state, tuple(tables))
    found = long_rows.activations_in_blocks(row_splits, item_index, state, tuple(tables))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.astype(np.float32), expected)
    np.testing.assert_array_equal(found[0], tables[2])


def test_the_free_energy_of_a_scored_machine():
    """Conditional, of stars whose couplings are a polynomial of the star; the user has no bias."""
    rng, scores = np.random.default_rng(3), gram_polynomials([1, 2, 3], 2)
    weights = rng.normal(0.3, 0.1, (RATINGS, 2, HIDDEN)).astype(np.float32)
    bias = rng.normal(0.5, 1, (RATINGS, 3)).astype(np.float32)
    hidden_bias = rng.normal(0, 1, HIDDEN).astype(np.float32)
    rated = rng.normal(0.1, 0.1, (RATINGS, HIDDEN)).astype(np.float32)
    shares = rng.dirichlet([1, 1, 1], RATINGS).astype(np.float32)
    parts = weights, bias, hidden_bias, shares, rated, scores, np.zeros((3, 0)), np.zeros(0)
    tables = sparse.ScoredTables(*parts, hidden_offset=0.5)
    state = rng.integers(0, 3, RATINGS)
    moments = np.float64(scores[state]) - np.float64(shares) @ np.float64(scores)
    flat, told = np.float64(weights.reshape(-1, HIDDEN)), rated.sum(axis=0, dtype=np.float64)
    activation = hidden_bias + moments.reshape(-1) @ flat + told
    terms = np.float64(bias[np.arange(RATINGS), state]).sum()
    terms -= 0.5 * (np.float64(scores[state]).reshape(-1) @ flat).sum()
    expected = -terms - np.logaddexp(0, activation).sum()
    rows = np.array([0, RATINGS]), np.arange(RATINGS, dtype=np.int32), np.float32([1, 2, 3])[state]
    found = sparse.scored_free_energy(*rows, tables, values=(1, 2, 3))[0]
    assert abs(found - expected) < 4 * np.spacing(np.float32(abs(expected)))
