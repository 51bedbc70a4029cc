"""Orthonormal polynomials of the stars."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_count


def gram_polynomials(values: ArrayLike, degree: int) -> NDArray[np.float32]:
    """Polynomials of degree 1, 2 and so on that are orthonormal under equal weights of the values (Gram polynomials).

    Each has mean 0 and mean square 1 over the values, so that a coupling means the same on every scale of stars.

    Args:
        values: ascending floats `(num_values,)`.
        degree: int, 1 <= degree < num_values.
    Returns:
        polynomials: float32 `(num_values, degree)`, each positive at the highest value.
    Raises:
        ValueError: if `degree` is out of range.
    Example:
        >>> from rbm_lib.models import gram_polynomials
        >>> gram_polynomials([1, 2, 3], 2).round(3).tolist()
        [[-1.225000023841858, 0.7070000171661377], [0.0, -1.4140000343322754], [1.225000023841858, 0.7070000171661377]]
    """
    values = np.asarray(values, np.float64)
    degree = check_count(degree, "degree", most=len(values) - 1)
    spread = (values - values.mean()) / np.ptp(values)  # powers of numbers near 1 stay distinct
    basis = np.linalg.qr(np.vander(spread, degree + 1, increasing=True))[0][:, 1:] * np.sqrt(len(values))
    exact_zeros = (basis * np.sign(basis[-1])).round(12) + 0.0  # at the middle of an even scale
    return exact_zeros.astype(np.float32)
