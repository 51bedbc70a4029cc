"""Adam's step on some rows of a parameter, as a compiled loop.

Kingma and Ba (2015), Algorithm 1, in the order of the last lines of its section 2, as Keras computes it. Here g is the
gradient of a row, and t how often the row was listed, this step included:

    m += (1 - beta_1) (g - m)        v += (1 - beta_2) (g^2 - v)
    w -= rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)
"""

import numba
import numpy as np

from rbm_lib._numba import PLAIN

# No operation is reordered or fused, so that a result does not depend on its position in a row.
EXACT = PLAIN | {"error_model": "numpy"}


@numba.njit(**EXACT)
def _move_row(row, gradient, turn, rates, settings, weights, momentum, velocity, moved, first, second):
    """As `move_rows`, for one row."""
    n, width = turn[row], gradient.shape[1]
    if n < 0:
        for j in range(width):
            moved[row, j], first[row, j], second[row, j] = weights[row, j], momentum[row, j], velocity[row, j]
        return
    rate, (new_1, new_2, epsilon) = rates[n], settings
    for j in range(width):
        g = gradient[n, j]
        m = momentum[row, j] + (g - momentum[row, j]) * new_1
        v = velocity[row, j] + (g * g - velocity[row, j]) * new_2
        first[row, j], second[row, j] = m, v
        moved[row, j] = weights[row, j] - m * rate / (np.sqrt(v) + epsilon)


@numba.njit(parallel=True, **EXACT)
def move_rows(gradient, turn, rates, settings, weights, momentum, velocity, moved, first, second):
    """Writes the rows after a step into `moved`, `first` and `second`: weights, momentum and velocity.

    Args:
        gradient: float32 `(num_listed, width)`.
        turn: int32 `(num_rows,)`, the position of each row's gradient, or -1 for a row that does not change.
        rates: float32 `(num_listed,)`, the factor of m before the root, of each gradient.
        settings: float32, 1 - beta_1, 1 - beta_2 and epsilon.
        weights, momentum, velocity: float32 `(num_rows, width)`, before the step.
        moved, first, second: float32 of the same shape, written to.
    """
    for row in numba.prange(len(weights)):
        _move_row(row, gradient, turn, rates, settings, weights, momentum, velocity, moved, first, second)


@numba.njit(**EXACT)
def move_few_rows(gradient, turn, rates, settings, weights, momentum, velocity, moved, first, second):
    """As `move_rows`, on one processor: starting a second takes a while, and much longer on a busy computer."""
    for row in range(len(weights)):
        _move_row(row, gradient, turn, rates, settings, weights, momentum, velocity, moved, first, second)
