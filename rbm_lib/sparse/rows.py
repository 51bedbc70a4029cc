"""Checks of CSR rows as compiled loops."""

from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._numba import PLAIN


@numba.njit(**PLAIN)
def rows_hold(row_splits, item_index, num_items):
    """Whether the rows follow each other and list films of the model, strictly ascending within a row."""
    if len(row_splits) == 0 or row_splits[0] != 0 or row_splits[-1] != len(item_index):
        return False
    for row in range(len(row_splits) - 1):
        if row_splits[row] > row_splits[row + 1]:
            return False
    wrong = 0  # counted to the end: only a loop without an early exit is vectorised
    for row in range(len(row_splits) - 1):
        items = item_index[row_splits[row] : row_splits[row + 1]]
        if len(items):
            wrong += items[0] < 0 or items[-1] >= num_items
            for n in range(len(items) - 1):
                wrong += items[n] >= items[n + 1]
    return wrong == 0


@numba.njit(**PLAIN)
def states_of(rating, values):
    """The index of each rating among the ascending `values`: int8 `(num_observed,)`; -1 for a number not among them."""
    states = np.full(len(rating), -1, np.int8)
    for s in range(len(values)):
        for n in range(len(rating)):
            states[n] = s if rating[n] == values[s] else states[n]
    return states


@numba.njit(**PLAIN)
def order_by_item(row_splits, item_index, num_items):
    """The batch's ratings grouped by film, by counting.

    Returns:
        item_splits: int64 `(num_items + 1,)`, where each film's ratings are in the two arrays below.
        row: int32 `(num_observed,)`, the batch row of each, ascending within a film.
        position: int64 `(num_observed,)`, its index in `item_index`.
    """
    splits = np.zeros(num_items + 2, np.int64)  # shifted by one: filling a film moves its start to the next film's
    for item in item_index:
        splits[item + 2] += 1
    for item in range(num_items):
        splits[item + 2] += splits[item + 1]
    row, position = np.empty(len(item_index), np.int32), np.empty(len(item_index), np.int64)
    for r in range(len(row_splits) - 1):
        for n in range(row_splits[r], row_splits[r + 1]):
            place = splits[item_index[n] + 1]
            row[place], position[place] = r, n
            splits[item_index[n] + 1] = place + 1
    return splits[:-1], row, position


@numba.njit(**PLAIN)
def films_and_places(item_index, num_items):
    """As `catalogue.rated_films`, for checked arguments."""
    place = np.full(num_items, -1, np.int32)
    for item in item_index:
        place[item] = 0
    count = 0
    for item in range(num_items):
        if place[item] == 0:
            place[item] = count
            count += 1
    films, places = np.empty(count, np.int32), np.empty(len(item_index), np.int32)
    for n in range(len(item_index)):
        places[n] = place[item_index[n]]
        films[places[n]] = item_index[n]
    return films, places


def gather_rows(
    row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike, users: ArrayLike
) -> tuple[NDArray[Any], ...]:
    """The ratings of the chosen users, one user after another.

    Args:
        row_splits, item_index, rating: CSR of all users, int64 `(num_users + 1,)`, int32 and float32 `(num_ratings,)`.
        users: ints `(num_chosen,)`, in any order, each from 0 to num_users - 1.
    Returns:
        splits: int64 `(num_chosen + 1,)`.
        items: int32 `(num_gathered,)`; values: float32 of the same shape.
    Raises:
        ValueError: for a user, or a row, that is outside the arrays.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import gather_rows
        >>> row_splits, item_index = np.array([0, 2, 3]), np.array([0, 4, 1], np.int32)
        >>> rating = np.array([1, 0, 1], np.float32)
        >>> gather_rows(row_splits, item_index, rating, np.array([1, 0]))
        (array([0, 1, 3]), array([1, 0, 4], dtype=int32), array([1., 1., 0.], dtype=float32))
    """
    row_splits, item_index, rating, users = map(np.asarray, (row_splits, item_index, rating, users))
    users = users if len(users) else users.astype(np.int64)
    if len(users) and not 0 <= users.min() <= users.max() < len(row_splits) - 1:
        found = f"{users.min()} to {users.max()}"
        raise ValueError(f"users: expected numbers from 0 to {len(row_splits) - 2}, found {found}")
    starts, ends = row_splits[users], row_splits[users + 1]
    room = min(len(item_index), len(rating))
    if len(users) and not (starts.min() >= 0 and (starts <= ends).all() and ends.max() <= room):
        raise ValueError(
            f"row_splits: expected ascending numbers from 0 to {room}, the length of item_index and rating, found rows "
            f"from {starts.min()} to {ends.max()} ({len(item_index)} films, {len(rating)} ratings)"
        )
    gathered: tuple[NDArray[Any], ...] = _gather(row_splits, item_index, rating, users)
    return gathered


@numba.njit(**PLAIN)
def _gather(row_splits, item_index, rating, users):
    """As `gather_rows`, for checked arguments."""
    splits = np.zeros(len(users) + 1, np.int64)
    for row in range(len(users)):
        splits[row + 1] = splits[row] + row_splits[users[row] + 1] - row_splits[users[row]]
    items, values = np.empty(splits[-1], np.int32), np.empty(splits[-1], np.float32)
    for row in range(len(users)):
        source = row_splits[users[row]]
        for n in range(splits[row + 1] - splits[row]):
            items[splits[row] + n] = item_index[source + n]
            values[splits[row] + n] = rating[source + n]
    return splits, items, values
