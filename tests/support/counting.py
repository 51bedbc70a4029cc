"""Counts of draws against the probabilities that they should have."""

import numpy as np
from scipy import stats


def assert_same_counts(counts, probability, least=1e-5):
    """Chi-square of counts against probabilities; cells that expect fewer than five are taken together."""
    order = np.argsort(probability)
    counts, expected = counts[order], probability[order] * counts.sum()
    starts = [0, *range(np.searchsorted(expected.cumsum(), 5) + 1, len(expected))]
    counts, expected = np.add.reduceat(counts, starts), np.add.reduceat(expected, starts)
    assert stats.chisquare(counts, expected).pvalue > least
