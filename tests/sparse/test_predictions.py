"""The compiled sum of softplus terms against float64, where it folds products and where exp would overflow."""

import numba
import numpy as np
import pytest

from rbm_lib.sparse import predictions


def test_the_series_is_exp_and_never_more_than_one():
    @numba.vectorize
    def series(value):
        return predictions.exp_of_negative(value)

    values = np.linspace(-87, 0, 100_003, dtype=np.float32)
    np.testing.assert_allclose(series(values), np.exp(np.float64(values)), rtol=5e-7)
    assert series(np.float32(0)) == 1
    assert 0 <= series(np.float32(-np.inf)) < 1e-37


@pytest.mark.parametrize("num_hidden", [1, 61, 64, 67, 131, 401])  # around one product's length, and many products
@pytest.mark.parametrize("size", [1e-3, 1.0, 7.0, 1000.0])
def test_the_sum_of_softplus_terms_is_right(num_hidden, size):
    rng = np.random.default_rng(num_hidden)
    given, row = (rng.normal(0, size, num_hidden).astype(np.float32) for _ in range(2))
    expected = np.logaddexp(0, np.float64(given + row)).sum()
    assert predictions._softplus_sum(given, row) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_neither_many_large_factors_nor_infinities_nor_small_terms_are_lost():
    total, zeros = predictions._softplus_sum, np.zeros(1201, np.float32)
    assert total(zeros, zeros) == pytest.approx(1201 * np.log(2), rel=1e-6)  # a product of 2^1201 overflows
    assert total(zeros, zeros + 800) == pytest.approx(1201 * 800, rel=1e-6)
    assert total(zeros, zeros - 9) == pytest.approx(1201 * np.log1p(np.exp(-9)), rel=1e-3)
    assert total(zeros, zeros + np.inf) == np.inf
    assert np.isnan(total(zeros, np.where(np.arange(1201) == 77, np.nan, zeros).astype(np.float32)))
