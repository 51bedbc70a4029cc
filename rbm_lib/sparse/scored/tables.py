"""The arrays of a scored machine, in the form of the compiled loops."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._process import refuse_forks

from ..checks import check_rows, check_states, only_read

MOST_TILTS = 2  # Newton's step is solved for one or two


class ScoredTables(NamedTuple):
    """A machine with this energy over the films that a user rated:

    E(v, h) = - sum{ b[v] + a . t(v) } - sum{ (s(v) - m) W (h - n) } - sum{ D h } - sum{ c h }

    Attributes:
        weights: float32 `(num_items, num_scores, num_hidden)`, the weights (couplings) W.
        visible_bias: float32 `(num_items, num_values)`, b.
        hidden_bias: float32 `(num_hidden,)`, c.
        shares: float32 `(num_items, num_values)`, each film's base rates. The user's bias a is inferred from them, and
            their mean score, given a, is m; zeros for a machine that is not centred, whose m is 0.
        rated: float32 `(num_items, num_hidden)`, D; without rows for a machine that is not conditional.
        scores: float32 `(num_values, num_scores)`, s.
        tilts: float32 `(num_values, num_tilts)`, t; without columns for a machine without user biases.
        precision: float32 `(num_tilts,)`, of the normal prior of a, whose mean is 0.
        hidden_offset: float32, n.
        likes: bool, whether the values are dislike and like, which are sampled as Bernoulli units.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import ScoredTables
        >>> scores, shares = np.array([[-1.0], [0.0], [1.0]]), np.full((4, 3), 1 / 3)
        >>> bias, no_rated, precision = np.log(shares), np.zeros((0, 2)), np.ones(1)
        >>> tables = ScoredTables(np.zeros((4, 1, 2)), bias, np.zeros(2), shares, no_rated, scores, scores, precision)
        >>> tables.hidden_offset
        0.0
    """

    weights: NDArray[np.float32]
    visible_bias: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    shares: NDArray[np.float32]
    rated: NDArray[np.float32]
    scores: NDArray[np.float32]
    tilts: NDArray[np.float32]
    precision: NDArray[np.float32]
    hidden_offset: float = 0.0
    likes: bool = False


def check_tables(tables: ScoredTables) -> ScoredTables:
    """The same as contiguous float32 arrays whose shapes agree; ValueError naming one that does not.

    Args:
        tables: `ScoredTables` of arrays, or of values that NumPy converts to arrays.
    Returns:
        tables: `ScoredTables` of contiguous float32 arrays.
    """
    refuse_forks()
    arrays = {
        name: only_read(value) for name, value in tables._asdict().items() if name not in ("hidden_offset", "likes")
    }
    weights, scores, tilts = arrays["weights"], arrays["scores"], arrays["tilts"]
    if weights.ndim != 3 or scores.ndim != 2 or tilts.ndim != 2:
        shapes = f"{weights.shape}, {scores.shape} and {tilts.shape}"
        raise ValueError(f"weights, scores, tilts: expected three, two and two axes, found shapes {shapes}")
    num_items, num_scores, num_hidden = weights.shape
    num_values, num_tilts = len(scores), tilts.shape[1]
    if num_tilts > MOST_TILTS:
        raise ValueError(f"tilts: expected at most {MOST_TILTS} columns, found {num_tilts}")
    expected = {
        "visible_bias": (num_items, num_values),
        "hidden_bias": (num_hidden,),
        "shares": (num_items, num_values),
        "rated": (num_items if len(arrays["rated"]) else 0, num_hidden),
        "scores": (num_values, num_scores),
        "tilts": (num_values, num_tilts),
        "precision": (num_tilts,),
    }
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, found {arrays[name].shape}")
    if num_tilts and not (arrays["precision"] > 0).all():
        raise ValueError(f"precision: expected numbers above 0, found {arrays['precision'].tolist()}")
    # float32, as in the loops: a Python float would make them compute in double
    offset: Any = np.float32(tables.hidden_offset)
    return ScoredTables(**arrays, hidden_offset=offset, likes=bool(tables.likes))


def check_scored_rows(
    row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike, values: ArrayLike, tables: ScoredTables
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
    """(row_splits, item_index, state) as the loops need them, or ValueError naming the argument.

    Args:
        row_splits, item_index, rating: CSR of the ratings.
        values: ascending floats, the possible ratings.
        tables: `ScoredTables`, checked.
    """
    row_splits, item_index = check_rows(row_splits, item_index, len(tables.weights))
    return row_splits, item_index, check_states(rating, values, tables, len(item_index))
