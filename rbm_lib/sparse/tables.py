"""Parameters and rows in the form of the compiled loops."""

from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import P, Parameters, check_parameters, check_rows, check_states, only_read
from .gradients import centre_of, running_sums
from .memory import Memory


def summed(parameters: P, memory: Memory) -> P:
    """The weights and biases of each value, from increments up to it."""
    couplings = memory.empty(parameters.interaction_weights.shape)
    running_sums(parameters.interaction_weights, couplings)
    bias = parameters.visible_bias.cumsum(axis=1)
    return parameters._replace(interaction_weights=only_read(couplings), visible_bias=only_read(bias))


def checked(
    row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike, parameters: P, values: ArrayLike
) -> tuple[P, NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
    """(parameters, row_splits, item_index, state), each as the kernels need it, or ValueError."""
    parameters = check_parameters(parameters)
    row_splits, item_index = check_rows(row_splits, item_index, len(parameters.visible_bias))
    return parameters, row_splits, item_index, check_states(rating, values, parameters, len(item_index))


def by_value(parameters: Parameters) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(weights, visible_bias) with an axis of values, one if Bernoulli."""
    bias = parameters.visible_bias.reshape(len(parameters.visible_bias), prod(parameters.visible_bias.shape[1:]))
    return parameters.interaction_weights.reshape(*bias.shape, len(parameters.hidden_bias)), bias


def as_tables(
    parameters: Parameters,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """(weights, visible_bias, hidden_bias, offset, rated) for the kernels: with an axis of values, one if Bernoulli."""
    weights, bias = by_value(parameters)
    offset = parameters.visible_offset.reshape(bias.shape)
    rated = parameters.rated_weights
    if weights.shape[1] > 1 and offset.any():  # with offsets in the loop over ratings, too many rows would be read
        rated = centre_of(weights, offset, rated)
    return weights, bias, parameters.hidden_bias, only_read(offset[:, 0]), only_read(rated)
