"""Verdicts from intervals (better, worse, or not distinguishable), and the correction for many verdicts at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_number

# The words for an interval below zero, around zero and above zero.
VERDICTS = ("worse than", "not distinguishable from", "better than")


def compare(low: float, high: float, words: tuple[str, str, str] = VERDICTS, *, lower_is_better: bool = False) -> str:
    """Choose a verdict by the interval of a paired difference.

    Args:
        low, high: ends of the interval of (ours - theirs).
        words: verdicts for an interval below zero, around zero and above zero.
        lower_is_better: True for errors and losses, where a negative difference is the good one.
    Returns:
        verdict: one of `words`; the middle one if the interval contains zero, or does not exist: both ends are NaN, as
            `interval` returns them for too few users.
    Raises:
        ValueError: if only one end is NaN, an end is infinite, or the ends are swapped.
    Example:
        >>> from rbm_lib.evaluation import compare
        >>> compare(-0.01, 0.02)
        'not distinguishable from'
        >>> compare(-0.03, -0.01, lower_is_better=True)
        'better than'
    """
    if len(words) != 3:
        raise ValueError(f"words: expected three verdicts, found {len(words)}")
    if low != low and high != high:
        return words[1]
    check_number(low, "low, high")
    check_number(high, "low, high")
    if low > high:
        raise ValueError(f"low, high: expected low <= high, found {low!r} > {high!r}")
    if lower_is_better:
        low, high = -high, -low
    if low > 0:
        return words[2]
    return words[0] if high < 0 else words[1]


@dataclass(frozen=True)
class Verdict:
    """A paired difference with its interval and its verdict in words.

    Args:
        mean: the difference (ours - theirs).
        low, high: its interval.
        words, lower_is_better: as in `compare`.
    Example:
        >>> from rbm_lib.evaluation import Verdict
        >>> Verdict(mean=0.02, low=0.01, high=0.03).verdict
        'better than'
    """

    mean: float
    low: float
    high: float
    words: tuple[str, str, str] = VERDICTS
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        compare(self.low, self.high, self.words)

    @property
    def verdict(self) -> str:
        """The verdict that the interval chooses."""
        return compare(self.low, self.high, self.words, lower_is_better=self.lower_is_better)

    def __str__(self) -> str:
        return self.verdict


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """p-values of several tests, adjusted so that all verdicts at a level together err no more often than one would.

    In ascending order, the k-th smallest of m p-values is multiplied by m - k + 1, and is at least as large as the
    smaller ones after adjustment. The tests may depend on each other in any way.

    Args:
        p_values: float `(num_tests,)`, from 0 to 1; NaN for a test that could not be made, which does not count.
    Returns:
        adjusted: float64 `(num_tests,)`, NaN where they were.
    Raises:
        ValueError: if a p-value is below 0 or above 1.
    References:
        Holm (1979), "A simple sequentially rejective multiple test procedure".
    Example:
        >>> from rbm_lib.evaluation import holm
        >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
        [0.03, 0.06, 0.06]
    """
    adjusted = np.array(p_values, np.float64)
    made = np.flatnonzero(~np.isnan(adjusted))
    if not ((adjusted[made] >= 0) & (adjusted[made] <= 1)).all():
        raise ValueError(f"p_values: expected numbers from 0 to 1, found {adjusted.min()} to {adjusted.max()}")
    order = made[np.argsort(adjusted[made], kind="stable")]
    times = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(times * adjusted[order]), 1.0)
    return adjusted
