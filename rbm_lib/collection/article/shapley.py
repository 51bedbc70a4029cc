"""The contributions of several changes to a metric, if they depend on each other: Shapley values and interactions.

References:
    Shapley (1953), "A Value for n-Person Games", Contributions to the Theory of Games II.
    Grabisch and Roubens (1999), "An Axiomatic Approach to the Concept of Interaction among Players in Cooperative
        Games", International Journal of Game Theory 28, equation 7.
"""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray


def shapley_values(worth: ArrayLike) -> NDArray[np.float64]:
    """The Shapley value of each change: its marginal contribution, averaged over all orders.

    share_i = sum over sets S without i { |S|! (n - |S| - 1)! / n! * (worth(S and i) - worth(S)) }

    Args:
        worth: float `(2, ..., 2)`, value of the metric; one axis per change, index 1 if it is made.
    Returns:
        shares: float64 `(n,)`; their sum is worth(all) - worth(none).
    Raises:
        ValueError: if there is no axis, or one whose length is not 2.
    """
    worth = _checked(worth)
    count = worth.ndim
    weight = _weights(count - 1, factorial(count))
    added = [np.diff(worth, axis=axis).squeeze(axis) for axis in range(count)]
    return np.array([(weight * one).sum() for one in added])


def shapley_interactions(worth: ArrayLike) -> NDArray[np.float64]:
    """The interaction of each pair of changes: the second difference, averaged over the sets of other changes.

    interaction_ij = sum over S without i, j { |S|! (n - |S| - 2)! / (n - 1)! * second difference of worth at S }

    Args:
        worth: as in `shapley_values`.
    Returns:
        interactions: float64 `(n, n)`, symmetric, 0 on the diagonal. If positive, each change increases the
            contribution of the other.
    Raises:
        ValueError: as in `shapley_values`.
    """
    worth = _checked(worth)
    count = worth.ndim
    found = np.zeros((count, count))
    for one in range(count):
        for other in range(one + 1, count):
            both = np.diff(np.diff(worth, axis=one), axis=other).squeeze((one, other))
            found[one, other] = found[other, one] = (_weights(count - 2, factorial(count - 1)) * both).sum()
    return found


def _weights(others: int, orders: int) -> NDArray[np.float64]:
    """For each set of other changes, the share of orders in which exactly these come first: `(2,) * others`."""
    made = np.indices((2,) * others).sum(axis=0) if others else np.array(0)
    by_size = [factorial(size) * factorial(others - size) / orders for size in range(others + 1)]
    return np.array(by_size)[made]


def _checked(worth: ArrayLike) -> NDArray[np.float64]:
    found = np.asarray(worth, np.float64)
    if found.ndim == 0 or set(found.shape) != {2}:
        raise ValueError(f"worth: expected an axis of length 2 for each change, found shape {found.shape}")
    return found
