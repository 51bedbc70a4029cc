"""Cost of one epoch, from the data's shape alone: floating-point operations, and bytes of weights.

A half sweep uses each rating's film once: it reads that film's row of weights and multiplies and adds along it. CD-k
makes 2k + 1 of them (k + 1 up to the hidden units, k down to the ratings), then the two statistics of the gradient. The
dense engine does the same for every film of every user, rated or not. Adam updates every parameter once a mini-batch.
"""

from typing import NamedTuple

FLOAT = 4  # bytes
# Adam, for each parameter: two running means (3 + 4), their correction, root, quotient and step (5).
ADAM_OPERATIONS = 12
ADAM_FLOATS = 7  # reads parameter, gradient and two means; writes all but the gradient


class Cost(NamedTuple):
    """Cost of an epoch.

    Attributes:
        operations: float, multiplications and additions of float32.
        bytes: float, read and written; bytes in a cache need not come from memory.
    """

    operations: float
    bytes: float

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.operations / self.bytes


def sparse_cost(
    num_ratings: int, num_items: int, num_users: int, num_hidden: int, *, cd_steps: int, batch_size: int
) -> Cost:
    """Cost of CD-k when only rated films count.

    Args:
        num_ratings, num_items, num_users: int, shape of the training part.
        num_hidden, cd_steps, batch_size: int, the model's.
    Returns:
        cost: `Cost` of an epoch with Adam.
    """
    return _cost(num_ratings, num_items, num_users, num_hidden, cd_steps, batch_size)


def dense_cost(num_items: int, num_users: int, num_hidden: int, *, cd_steps: int, batch_size: int) -> Cost:
    """Cost of CD-k when every mini-batch is a matrix of users by films; arguments as `sparse_cost`.

    The bytes are those of the matrix products alone, each operand once: a lower bound.
    """
    pairs = num_users * num_items
    steps = -(-num_users // batch_size)
    dense = _cost(pairs, num_items, num_users, num_hidden, cd_steps, batch_size)
    operands = pairs + steps * num_items * num_hidden + num_users * num_hidden
    moved = FLOAT * (operands * (2 * cd_steps + 3) + ADAM_FLOATS * _parameters(num_items, num_hidden) * steps)
    return Cost(dense.operations, float(moved))


def _cost(num_pairs: int, num_items: int, num_users: int, num_hidden: int, cd_steps: int, batch_size: int) -> Cost:
    half_sweeps = 2 * cd_steps + 1
    steps = -(-num_users // batch_size)
    adam = _parameters(num_items, num_hidden) * steps
    # Each statistic multiplies and adds; each reads the hidden means that it pairs with the rating.
    operations = num_pairs * num_hidden * (2 * half_sweeps + 4) + ADAM_OPERATIONS * adam
    floats = num_pairs * num_hidden * (half_sweeps + 2) + ADAM_FLOATS * adam
    return Cost(float(operations), float(FLOAT * floats))


def _parameters(num_items: int, num_hidden: int) -> int:
    return num_items * num_hidden + num_items + num_hidden
