"""Checks of the sparse engine's arguments: every argument is checked here before a compiled loop reads it."""

from typing import Any, NoReturn, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_count, check_seed
from rbm_lib._process import refuse_forks
from rbm_lib.draws import NOT_STARTED

from .rows import rows_hold, states_of


class Biased(Protocol):
    """Anything with a visible bias for each value."""

    @property
    def visible_bias(self) -> Any: ...


class Parameters(Biased, Protocol):
    """The fields of `rbm_lib.models.RBMParameters`, which is in a wing above this one."""

    @property
    def interaction_weights(self) -> Any: ...
    @property
    def hidden_bias(self) -> Any: ...
    @property
    def visible_offset(self) -> Any: ...
    @property
    def rated_weights(self) -> Any: ...
    @property
    def _replace(self) -> Any: ...


P = TypeVar("P", bound=Parameters)
ARRAYS = ("interaction_weights", "visible_bias", "hidden_bias", "visible_offset", "rated_weights")


def check_rows(
    row_splits: ArrayLike, item_index: ArrayLike, num_items: int, names: tuple[str, str] = ("row_splits", "item_index")
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """CSR structure as the kernels need it, or ValueError naming the argument.

    Args:
        row_splits, item_index: integers, one-dimensional.
        num_items: int, films of the model.
        names: what to call the two in an error.
    Returns:
        row_splits: int64, contiguous; item_index: int32, contiguous.
    """
    row_splits, item_index = (
        check_integers(row_splits, names[0], np.int64),
        check_integers(item_index, names[1], np.int32),
    )
    if not rows_hold(row_splits, item_index, num_items):
        _refuse_rows(row_splits, item_index, num_items, names)
    return row_splits, item_index


def _refuse_rows(
    row_splits: NDArray[np.int64], item_index: NDArray[np.int32], num_items: int, names: tuple[str, str]
) -> NoReturn:
    """Raises ValueError with the fault of the rows."""
    if (
        len(row_splits) == 0
        or row_splits[0] != 0
        or row_splits[-1] != len(item_index)
        or (np.diff(row_splits) < 0).any()
    ):
        raise ValueError(
            f"{names[0]}: expected ascending numbers from 0 to {len(item_index)}, the length of {names[1]}, "
            f"found {_ends(row_splits)}"
        )
    if len(item_index) and not (item_index.min() >= 0 and item_index.max() < num_items):
        found = f"{item_index.min()} to {item_index.max()}"
        raise ValueError(f"{names[1]}: expected numbers from 0 to {num_items - 1}, found {found}")
    falls = np.diff(item_index) <= 0
    starts = row_splits[1:-1]
    falls[starts[(starts > 0) & (starts < len(item_index))] - 1] = False  # a new row may start anywhere
    place = int(np.flatnonzero(falls)[0])
    pair = f"{item_index[place]} before {item_index[place + 1]}"
    raise ValueError(f"{names[1]}: expected strictly ascending films within a row, found {pair} at {place}")


def only_read(array: ArrayLike) -> NDArray[np.float32]:
    """A contiguous float32 array that cannot be written to, as every compiled loop takes its parameters.

    Views of tensors cannot be written to, other arrays can, and numba compiles a loop again for each such combination
    of its arguments.

    Args:
        array: numbers of any shape.
    Returns:
        array: float32, the same numbers; a view if they are contiguous float32 already.
    """
    view = np.ascontiguousarray(array, np.float32).view()
    view.flags.writeable = False
    return view


def check_parameters(parameters: P) -> P:
    """Parameters in the form of the compiled loops: contiguous float32 arrays to read only, whose shapes agree.

    A `visible_offset` of 0 becomes zeros; `rated_weights` of 0 become an array without rows.

    Args:
        parameters: `RBMParameters` of arrays or tensors, of likes or of stars.
    Returns:
        parameters: `RBMParameters` of contiguous float32 arrays, with the same units.
    Raises:
        ValueError: naming the parameter whose shape does not agree with the weights (couplings).
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import RBMParameters
        >>> from rbm_lib.sparse import check_parameters
        >>> parameters = check_parameters(RBMParameters(np.zeros((4, 3)), np.zeros(4), np.zeros(3)))
        >>> parameters.visible_offset.shape, parameters.rated_weights.shape
        ((4,), (0, 3))
    """
    refuse_forks()
    arrays = [np.asarray(getattr(parameters, name), np.float32) for name in ARRAYS]
    couplings = arrays[0].shape
    if len(couplings) not in (2, 3):
        raise ValueError(f"interaction_weights: expected (num_items[, num_stars], num_hidden), found shape {couplings}")
    num_items, num_hidden = couplings[0], couplings[-1]
    if arrays[3].ndim == 0:
        arrays[3] = np.full(couplings[:-1], arrays[3])
    if arrays[4].ndim == 0:
        arrays[4] = np.zeros((0, num_hidden), np.float32)
    conditional = (num_items, num_hidden) if len(arrays[4]) else (0, num_hidden)
    expected = (couplings[:-1], (num_hidden,), couplings[:-1], conditional)
    for name, array, shape in zip(ARRAYS[1:], arrays[1:], expected, strict=True):
        if array.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, found {array.shape}")
    return parameters._replace(**dict(zip(ARRAYS, map(only_read, arrays), strict=True)))


def check_states(rating: ArrayLike, values: ArrayLike, parameters: Biased, length: int) -> NDArray[np.int8]:
    """The index of each rating among the possible values.

    Args:
        rating: numbers `(length,)`.
        values: ascending floats `(num_values,)`, the possible ratings.
        parameters: `RBMParameters`, whose visible biases determine the number of values.
        length: int, the expected number of ratings.
    Returns:
        states: int8 `(length,)`.
    Raises:
        ValueError: if a rating is none of the values, or a shape is not as expected.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import RBMParameters
        >>> from rbm_lib.sparse import check_states
        >>> parameters = RBMParameters(np.zeros((4, 3, 2)), np.zeros((4, 3)), np.zeros(2))
        >>> check_states([3.0, 1.0], [1, 2, 3], parameters, length=2).tolist()
        [2, 0]
    """
    rating = np.asarray(rating)
    if rating.shape != (length,):
        raise ValueError(f"rating: expected shape ({length},), found {rating.shape}")
    if rating.dtype.kind not in "fiub":
        raise ValueError(f"rating: expected numbers, found {rating.dtype}")
    values, bias = np.asarray(values, np.float32), parameters.visible_bias
    num_values = bias.shape[1] if bias.ndim == 2 else 2
    if values.shape != (num_values,):
        raise ValueError(f"values: expected {num_values} numbers, as the visible biases have, found {values.size}")
    states = states_of(np.ascontiguousarray(rating, np.float32), values)
    if (states < 0).any():
        names = [f"{value:g}" for value in values] if bias.ndim == 2 else ["0 (dislike)", "1 (like)"]
        raise ValueError(f"rating: expected {', '.join(names[:-1])} or {names[-1]}, found {rating[states < 0][0]}")
    return states


def check_targets(
    target_row_splits: ArrayLike, target_item_index: ArrayLike, num_items: int, num_splits: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """CSR of the requested films, over as many rows as the inputs have, or ValueError naming the argument."""
    targets = check_rows(target_row_splits, target_item_index, num_items, ("target_row_splits", "target_item_index"))
    if len(targets[0]) != num_splits:
        raise ValueError(f"target_row_splits: expected {num_splits} numbers, found {len(targets[0])}")
    return targets


def check_sampling(
    inference: str, sampling: tuple[ArrayLike, int, int] | None, length: int
) -> tuple[NDArray[np.int32], int, int] | None:
    """`(user_index, repeat, seed)` of sampled inference, or ValueError; None for any other inference."""
    if inference != "sampled":
        return None
    if sampling is None:
        raise ValueError("sampling: expected (user_index, repeat, seed) for sampled inference, found None")
    user_index, repeat, seed = sampling
    return check_users(user_index, length), check_count(repeat, "repeat", least=0), check_seed(seed)


def check_users(user_index: ArrayLike, length: int) -> NDArray[np.int32]:
    """int32 `(length,)`, none negative, or ValueError."""
    user_index = check_integers(user_index, "user_index", np.int32)
    if user_index.shape != (length,):
        raise ValueError(f"user_index: expected shape ({length},), found {user_index.shape}")
    if length and user_index.min() < 0:
        raise ValueError(f"user_index: expected numbers of at least 0, found {user_index.min()}")
    return user_index


def check_persistent(persistent: ArrayLike | None, batch: int, num_hidden: int) -> NDArray[np.uint8]:
    """uint8 `(batch, num_hidden)`, or without rows for None; ValueError for another shape or type."""
    if persistent is None:
        return np.empty((0, num_hidden), np.uint8)
    persistent = np.asarray(persistent)
    if persistent.shape != (batch, num_hidden) or persistent.dtype != np.uint8:
        found = f"{persistent.dtype} {persistent.shape}"
        raise ValueError(f"persistent: expected uint8 of shape ({batch}, {num_hidden}), found {found}")
    wrong = ~((persistent <= 1).all(axis=1) | (persistent == NOT_STARTED).all(axis=1))
    if wrong.any():
        found = persistent[wrong][0].tolist()
        raise ValueError(f"persistent: expected rows of 0 and 1, or of {NOT_STARTED} alone, found {found}")
    return np.ascontiguousarray(persistent)


def check_integers(values: ArrayLike, argument: str, dtype: type[np.integer]) -> NDArray[Any]:
    """Integers as a contiguous array of one axis and this type, or ValueError naming the argument."""
    values = np.asarray(values)
    if values.ndim != 1 or (values.dtype.kind not in "iu" and values.size):
        raise ValueError(f"{argument}: expected integers, one-dimensional, found {values.dtype} {values.shape}")
    info = np.iinfo(dtype)
    if values.dtype != dtype and values.size and not (info.min <= values.min() and values.max() <= info.max):
        raise ValueError(
            f"{argument}: expected numbers that fit {np.dtype(dtype)}, found {values.min()} to {values.max()}"
        )
    return np.ascontiguousarray(values, dtype)


def _ends(values: NDArray[Any]) -> str:
    return "none" if len(values) == 0 else f"{values[0]} to {values[-1]} over {len(values)} numbers"
