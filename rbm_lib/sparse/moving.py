"""Adam's step on some rows of a parameter, as a compiled loop.

Kingma and Ba (2015), Algorithm 1, in the order of the last lines of its section 2, as Keras computes it: with g the
gradient of a row, and t how often the row was listed, this step included,

    m += (1 - beta_1) (g - m)        v += (1 - beta_2) (g^2 - v)
    w -= rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)
"""

import numba
import numpy as np

from rbm_lib._numba import PLAIN

# Nothing is reordered or fused, so that a number does not depend on where in a row it stands.
EXACT = PLAIN | {"error_model": "numpy"}


@numba.njit(parallel=True, **EXACT)
def move_rows(gradient, turn, steps, settings, weights, momentum, velocity, moved, first, second):
    """Writes the rows after a step into `moved`, `first` and `second`: weights, momentum and velocity.

    Args:
        gradient: float32 `(num_listed, width)`.
        turn: int32 `(num_rows,)`, the place of each row's gradient, or -1 for a row that stays as it is.
        steps: int32 `(num_rows,)`, how often each row was listed, this step included.
        settings: floats, the learning rate, beta_1, beta_2 and epsilon.
        weights, momentum, velocity: float32 `(num_rows, width)`, before the step.
        moved, first, second: float32 of the same shape, written to.
    """
    learning_rate, beta_1, beta_2, small = settings
    new_1, new_2, epsilon = np.float32(1.0 - beta_1), np.float32(1.0 - beta_2), np.float32(small)
    for row in numba.prange(len(weights)):
        n = turn[row]
        if n < 0:
            moved[row], first[row], second[row] = weights[row], momentum[row], velocity[row]
        else:
            rate = np.float32(learning_rate * np.sqrt(1.0 - beta_2 ** steps[row]) / (1.0 - beta_1 ** steps[row]))
            for j in range(gradient.shape[1]):
                g = gradient[n, j]
                m = momentum[row, j] + (g - momentum[row, j]) * new_1
                v = velocity[row, j] + (g * g - velocity[row, j]) * new_2
                first[row, j], second[row, j] = m, v
                moved[row, j] = weights[row, j] - m * rate / (np.sqrt(v) + epsilon)
