"""Adam's step on some rows of a parameter, where each row has its own number of steps."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .memory import Memory
from .moving import move_few_rows, move_rows

FEW = 2**20  # numbers; one processor updates them in half a millisecond


class RowMoments(NamedTuple):
    """The state of Adam for some rows of a parameter, and the rows.

    Attributes:
        weights, momentum, velocity: float32 `(num_rows, ...)`, the parameter, and the means of its gradient and of the
            gradient's square.
        steps: int32 `(num_rows,)`, how often each row was listed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import RowMoments
        >>> zeros = np.zeros((2, 3), np.float32)
        >>> RowMoments(zeros, zeros, zeros, np.zeros(2, np.int32)).steps
        array([0, 0], dtype=int32)
    """

    weights: NDArray[np.float32]
    momentum: NDArray[np.float32]
    velocity: NDArray[np.float32]
    steps: NDArray[np.int32]


def moved_rows(
    gradient: NDArray[np.float32],
    listed: NDArray[np.int32] | None,
    rows: RowMoments,
    settings: tuple[float, float, float, float],
    memory: Memory | None = None,
) -> RowMoments:
    """Rows after one step of Adam on the listed ones; the arguments are not changed.

    Args:
        gradient: float32 `(num_listed, ...)`, of the function to minimise.
        listed: int32 `(num_listed,)`, the rows of these gradients, strictly ascending; None for all rows, in order.
        rows: `RowMoments` of rows of the same shape.
        settings: the learning rate; beta_1 and beta_2, between 0 and 1, the decay rates of the two means; and epsilon,
            above 0, which is added to the root of the second mean.
        memory: `Memory` for the results, or None for new memory.
    Returns:
        rows: `RowMoments`, with one more step for each listed row.
    Raises:
        ValueError: if `listed` does not ascend within the rows, or a shape is not as expected.
    References:
        Kingma and Ba (2015), "Adam: a method for stochastic optimization", Algorithm 1 and the last lines of section 2.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import RowMoments, moved_rows
        >>> zeros, listed = np.zeros((3, 2), np.float32), np.array([1], np.int32)
        >>> rows = RowMoments(zeros, zeros, zeros, np.zeros(3, np.int32))
        >>> moved = moved_rows(np.array([[3.0, -5.0]], np.float32), listed, rows, (0.5, 0.9, 0.999, 1e-7))
        >>> moved.weights.round(3).tolist(), moved.steps.tolist()  # the first step is as long as the rate
        ([[0.0, 0.0], [-0.5, 0.5], [0.0, 0.0]], [0, 1, 0])
    """
    memory, shape = memory or Memory(kept=3), rows.weights.shape
    listed = _checked(gradient, listed, rows)
    turn = np.full(len(rows.steps), -1, np.int32)
    turn[listed] = np.arange(len(listed), dtype=np.int32)
    moved = RowMoments(memory.empty(shape), memory.empty(shape), memory.empty(shape), rows.steps + (turn >= 0))
    before, after = ([_flat(part) for part in parts[:3]] for parts in (rows, moved))
    move = move_few_rows if rows.weights.size < FEW else move_rows
    rate, beta_1, beta_2, epsilon = settings
    rates = _rates(moved.steps[listed], rate, beta_1, beta_2)
    kept = np.float32(1 - beta_1), np.float32(1 - beta_2), np.float32(epsilon)
    move(_flat(gradient), turn, rates, kept, *before, *after)
    return moved


def _rates(steps: NDArray[np.int32], rate: float, beta_1: float, beta_2: float) -> NDArray[np.float32]:
    """rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) for numbers of steps t."""
    young_1, young_2 = -np.expm1(steps * np.log(beta_1)), -np.expm1(steps * np.log(beta_2))
    return (rate * np.sqrt(young_2) / young_1).astype(np.float32)


def _flat(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same with one axis after that of rows."""
    return np.ascontiguousarray(array).reshape(len(array), int(np.prod(array.shape[1:], dtype=np.int64)))


def _checked(gradient: NDArray[np.float32], listed: NDArray[np.int32] | None, rows: RowMoments) -> NDArray[np.int32]:
    """The listed rows; ValueError if the gradients do not match them."""
    num_rows = len(rows.steps)
    listed = np.arange(num_rows, dtype=np.int32) if listed is None else listed
    if gradient.shape != (len(listed), *rows.weights.shape[1:]):
        expected = (len(listed), *rows.weights.shape[1:])
        raise ValueError(f"gradient: expected shape {expected}, as rows are listed, found {gradient.shape}")
    if len(listed) and (listed[0] < 0 or listed[-1] >= num_rows or (np.diff(listed) <= 0).any()):
        found = f"{listed[:8].tolist()} to {listed[-1]}"
        raise ValueError(f"listed: expected rows from 0 to {num_rows - 1}, each once, ascending, found {found}")
    return listed
