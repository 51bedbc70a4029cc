"""The sparse engine: contrastive divergence and prediction on CSR batches, at a cost that follows the ratings.

Public functions check every argument, then run compiled loops (`rbm_lib.sparse_kernels`). They take the same parameters
and make the same draws as the dense engine, so that both give the same numbers up to float rounding.

Shapes: `row_splits` int64 `(batch + 1,)`, `item_index` int32 and `rating` float32 `(num_observed,)`, `user_index` int32
`(batch,)`; `item_index` strictly ascending within a row.
"""

from typing import NamedTuple

import numpy as np

from rbm_lib import sparse_kernels as kernels
from rbm_lib.draw_layout import HIDDEN, PREDICTION, VISIBLE


class SparseDirection(NamedTuple):
    """The CD-k estimate of the gradient of a mini-batch; what is not listed is zero.

    Attributes:
        items: int32 `(num_touched,)`, ascending: the films rated in the batch.
        interaction_weights: float32 `(num_touched, num_hidden)`.
        visible_bias: float32 `(num_touched,)`.
        hidden_bias: float32 `(num_hidden,)`.
        agreement: bool `(num_observed,)`, whether the end of the chain equals the rating.
    """

    items: np.ndarray
    interaction_weights: np.ndarray
    visible_bias: np.ndarray
    hidden_bias: np.ndarray
    agreement: np.ndarray


def ascent_direction(row_splits, item_index, rating, user_index, parameters, *, cd_steps, step, seed):
    """CD-k on a CSR batch; the sparse twin of `contrastive_divergence.ascent_direction`.

    Args:
        row_splits, item_index, rating, user_index: the batch, see the module's docstring; ratings 0 or 1.
        parameters: `RBMParameters` of NumPy arrays, float32.
        cd_steps: int >= 1.
        step: int >= 0, `optimizer.iterations`.
        seed: int, root of the draws.
    Returns:
        direction: `SparseDirection`, means over the batch, in nats per unit of each parameter.
    Raises:
        ValueError: naming the argument, before anything is computed.
    """
    parameters = check_parameters(parameters)
    row_splits, item_index = check_rows(row_splits, item_index, len(parameters.visible_bias))
    rating = check_values(rating, "rating", np.float32, len(item_index))
    user_index = check_values(user_index, "user_index", np.int32, len(row_splits) - 1)
    if cd_steps < 1:
        raise ValueError(f"cd_steps: expected a whole number of at least 1, found {cd_steps!r}")
    weights, visible_bias, hidden_bias, offset = parameters
    start, end, reconstruction = kernels.chains(
        row_splits, item_index, rating, user_index, weights, visible_bias, hidden_bias, offset, cd_steps, step, seed
    )
    by_item = kernels.order_by_item(row_splits, item_index, len(visible_bias))
    couplings, bias = kernels.film_gradients(*by_item, rating, reconstruction, start, end, offset)
    batch = np.float32(max(1, len(user_index)))
    hidden = (start - end).sum(axis=0)
    return SparseDirection(by_item[0], couplings / batch, bias / batch, hidden / batch, reconstruction == rating)


def hidden_probabilities(row_splits, item_index, rating, parameters):
    """P(hidden unit on | ratings), float32 `(batch, num_hidden)`; see the module's docstring for the arguments."""
    parameters = check_parameters(parameters)
    row_splits, item_index = check_rows(row_splits, item_index, len(parameters.visible_bias))
    rating = check_values(rating, "rating", np.float32, len(item_index))
    weights, _, hidden_bias, offset = parameters
    return kernels.hidden_means(row_splits, item_index, rating, weights, hidden_bias, offset)


def predict_pairs(row_splits, item_index, rating, target_row_splits, target_item_index, parameters, sampling=None):
    """P(like) of listed films given each row's ratings.

    Args:
        row_splits, item_index, rating: the inputs, see the module's docstring.
        target_row_splits, target_item_index: CSR of the films asked about, over the same rows.
        parameters: `RBMParameters` of NumPy arrays, float32.
        sampling: None for mean field, or `(user_index, repeat, seed)` for one sampled pass up and down.
    Returns:
        probability: float32 `(num_targets,)`; bits when sampling.
    Raises:
        ValueError: naming the argument, before anything is computed.
    """
    parameters = check_parameters(parameters)
    num_items, num_hidden = parameters.interaction_weights.shape
    hidden = hidden_probabilities(row_splits, item_index, rating, parameters)
    target_row_splits, target_item_index = check_rows(
        target_row_splits, target_item_index, num_items, ("target_row_splits", "target_item_index")
    )
    if len(target_row_splits) != len(row_splits):
        raise ValueError(f"target_row_splits: expected {len(row_splits)} numbers, found {len(target_row_splits)}")
    if sampling is not None:
        user_index, repeat, seed = sampling
        user_index = check_values(user_index, "user_index", np.int32, len(row_splits) - 1)
        units = np.tile(np.arange(num_hidden, dtype=np.int32), len(user_index))
        unit_splits = np.arange(len(user_index) + 1, dtype=np.int64) * num_hidden
        address = (user_index, repeat)
        states = kernels.draw_rows(hidden.ravel(), unit_splits, units, *address, HIDDEN, seed, PREDICTION)
        hidden = states.reshape(hidden.shape)
    mean = kernels.visible_means(
        target_row_splits, target_item_index, hidden, parameters.interaction_weights, parameters.visible_bias
    )
    if sampling is None:
        return mean
    return kernels.draw_rows(mean, target_row_splits, target_item_index, *address, VISIBLE, seed, PREDICTION)


def check_rows(row_splits, item_index, num_items, names=("row_splits", "item_index")):
    """CSR structure as the kernels need it, or ValueError naming the argument.

    Args:
        row_splits, item_index: integers, one-dimensional.
        num_items: int, films of the model.
        names: what to call the two in an error.
    Returns:
        row_splits: int64, contiguous; item_index: int32, contiguous.
    """
    row_splits, item_index = _integers(row_splits, names[0], np.int64), _integers(item_index, names[1], np.int32)
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
    if falls.any():
        place = int(np.flatnonzero(falls)[0])
        pair = f"{item_index[place]} before {item_index[place + 1]}"
        raise ValueError(f"{names[1]}: expected strictly ascending films within a row, found {pair} at {place}")
    return row_splits, item_index


def check_parameters(parameters):
    """`RBMParameters` of contiguous float32 arrays whose shapes agree, or ValueError naming the parameter."""
    arrays = [np.asarray(value, np.float32) for value in parameters]
    if arrays[0].ndim != 2:
        raise ValueError(f"interaction_weights: expected (num_items, num_hidden), found shape {arrays[0].shape}")
    num_items, num_hidden = arrays[0].shape
    if arrays[3].ndim == 0:
        arrays[3] = np.full(num_items, arrays[3])
    for name, array, size in zip(parameters._fields[1:], arrays[1:], (num_items, num_hidden, num_items), strict=True):
        if array.shape != (size,):
            raise ValueError(f"{name}: expected shape ({size},), found {array.shape}")
    return parameters._replace(**dict(zip(parameters._fields, map(np.ascontiguousarray, arrays), strict=True)))


def check_values(values, argument, dtype, length):
    """A contiguous one-dimensional array of `length` values, or ValueError naming the argument."""
    values = _integers(values, argument, dtype) if np.dtype(dtype).kind == "i" else np.asarray(values)
    if values.shape != (length,):
        raise ValueError(f"{argument}: expected shape ({length},), found {values.shape}")
    if np.dtype(dtype).kind == "f" and (values.dtype.kind not in "fiub" or not np.isin(values, (0, 1)).all()):
        raise ValueError(f"{argument}: expected 0 (dislike) or 1 (like), found other values")
    if argument == "user_index" and length and values.min() < 0:
        raise ValueError(f"user_index: expected numbers of at least 0, found {values.min()}")
    return np.ascontiguousarray(values, dtype)


def _integers(values, argument, dtype):
    values = np.asarray(values)
    if values.ndim != 1 or (values.dtype.kind not in "iu" and values.size):
        raise ValueError(f"{argument}: expected integers, one-dimensional, found {values.dtype} {values.shape}")
    info = np.iinfo(dtype)
    if values.size and not (info.min <= values.min() and values.max() <= info.max):
        raise ValueError(
            f"{argument}: expected numbers that fit {np.dtype(dtype)}, found {values.min()} to {values.max()}"
        )
    return np.ascontiguousarray(values, dtype)


def _ends(values):
    return "none" if len(values) == 0 else f"{values[0]} to {values[-1]} over {len(values)} numbers"
