"""The conditions on a `Ratings`, and the errors when they do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._states import LIKES

from .ids import Ids, clean_ids, plain_id

if TYPE_CHECKING:
    from .ratings import Ratings


def check_same_vocabulary(first: Ratings, second: Ratings, names: tuple[str, str]) -> None:
    """Raises ValueError unless two `Ratings` number users and items in the same way.

    Args:
        first, second: `Ratings`.
        names: what to call the two in the error.
    Raises:
        ValueError: if ids of users or items differ.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import check_same_vocabulary
        >>> train, inputs = Ratings.from_triples([1], [10], [1]), Ratings.from_triples([2], [10], [1])
        >>> check_same_vocabulary(train, inputs, ("train", "inputs"))
        Traceback (most recent call last):
        ValueError: user_id: expected the same ids in train and inputs, found different ones (1 and 1 ids)
    """
    for kind in ("user_id", "item_id"):
        if not np.array_equal(getattr(first, kind), getattr(second, kind)):
            sizes = f"{len(getattr(first, kind))} and {len(getattr(second, kind))} ids"
            raise ValueError(
                f"{kind}: expected the same ids in {names[0]} and {names[1]}, found different ones ({sizes})"
            )


class DuplicateRatingError(ValueError):
    """A pair of user and item is rated twice.

    Args:
        message: the text of the error.
        rows: the two 0-based positions, kept as `rows`.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import DuplicateRatingError
        >>> try:
        ...     Ratings.from_triples([1, 2, 1], [10, 10, 10], [1, 0, 1])
        ... except DuplicateRatingError as error:
        ...     print(error.rows)
        (0, 2)
    """

    def __init__(self, message: str, rows: tuple[int, int]) -> None:
        super().__init__(message)
        self.rows = rows


@dataclass(frozen=True)
class Triples:
    """Columns of equal length, cleaned: ids int64 or str, rating float32, timestamp int64 or None."""

    user_id: Ids
    item_id: Ids
    rating: NDArray[np.float32]
    timestamp: NDArray[np.int64] | None


def clean_triples(
    user_id: ArrayLike, item_id: ArrayLike, rating: ArrayLike, timestamp: ArrayLike | None, source: str
) -> Triples:
    """The columns of `Ratings.from_triples`, converted and checked row by row."""
    users = clean_ids(user_id, "user_id", source)
    items = clean_ids(item_id, "item_id", source)
    stars = _clean_numbers(rating, "rating", source)
    times = None if timestamp is None else _clean_timestamps(timestamp, source)
    for name, column in (("item_id", items), ("rating", stars), ("timestamp", times)):
        if column is not None and len(column) != len(users):
            raise ValueError(f"{source}: {name}: expected {len(users)} rows like user_id, found {len(column)}")
    return Triples(users, items, stars, times)


def _clean_numbers(values: ArrayLike, name: str, source: str) -> NDArray[np.float32]:
    array = np.asarray(values)
    if array.ndim != 1 or (array.dtype.kind not in "biuf" and len(array)):
        raise ValueError(f"{source}: {name}: expected numbers (n,), found {array.dtype} {array.shape}")
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{source}: {name}, row {row}: expected a finite number, found {array[row]}")
    return array


def _clean_timestamps(values: ArrayLike, source: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and len(array)):
        raise ValueError(f"{source}: timestamp: expected integers (n,), found {array.dtype} {array.shape}")
    return array.astype(np.int64)


def clean_dense(visible: ArrayLike, observed_mask: ArrayLike) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A matrix and its mask of the same two-dimensional shape."""
    visible, observed_mask = np.asarray(visible), np.asarray(observed_mask)
    if visible.ndim != 2:
        raise ValueError(f"visible: expected (num_users, num_items), found shape {visible.shape}")
    if observed_mask.dtype != bool or observed_mask.shape != visible.shape:
        found = f"{observed_mask.dtype} {observed_mask.shape}"
        raise ValueError(f"observed_mask: expected bool {visible.shape} like visible, found {found}")
    return visible, observed_mask


def clean_index(index: ArrayLike, size: int, name: str) -> NDArray[np.int64]:
    """Positions as an int64 array `(n,)`, or `ValueError` unless each lies in 0 to `size` - 1."""
    array = np.asarray(index)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"{name}: expected whole numbers in one axis, found {array.dtype} {array.shape}")
    if array.size and not (array.min() >= 0 and array.max() < size):
        raise ValueError(f"{name}: expected 0 to {size - 1}, found {array.min()} to {array.max()}")
    return array.astype(np.int64)


def positions_in(ids: Ids, vocabulary: ArrayLike, source: str) -> tuple[Ids, NDArray[np.int64]]:
    """The vocabulary as an array, and the position of each id in it."""
    vocabulary = clean_ids(vocabulary, "item_ids")
    order = np.argsort(vocabulary, kind="stable")
    ascending = vocabulary[order]
    if len(ascending) > 1 and (ascending[1:] == ascending[:-1]).any():
        twice = ascending[1:][ascending[1:] == ascending[:-1]][0]
        raise ValueError(f"item_ids: expected every id once, found {plain_id(twice)!r} twice")
    if len(vocabulary) and (vocabulary.dtype.kind == "i") != (ids.dtype.kind == "i"):
        raise ValueError(f"item_ids: expected {ids.dtype} like the item ids of {source}, found {vocabulary.dtype}")
    place = np.minimum(np.searchsorted(ascending, ids), max(len(vocabulary) - 1, 0))
    known = ascending[place] == ids if len(vocabulary) else np.zeros(len(ids), dtype=bool)
    if not known.all():
        row = int(np.flatnonzero(~known)[0])
        expected = f"an item of the vocabulary of {len(vocabulary)} items"
        raise ValueError(f"{source}: item_id, row {row}: expected {expected}, found {plain_id(ids[row])!r}")
    return vocabulary, order[place]


def check_no_duplicates(pair: NDArray[np.int64], order: NDArray[np.int64], columns: Triples, source: str) -> None:
    """Refuse a second rating of the same item by the same user; `order` sorts `pair` stably."""
    ascending = pair[order]
    again = np.flatnonzero(ascending[1:] == ascending[:-1])
    if len(again) == 0:
        return
    second_rows = order[again + 1]
    place = again[np.argmin(second_rows)]  # the first duplicate in the order of the file
    first, second = int(order[place]), int(order[place + 1])
    user, item = plain_id(columns.user_id[second]), plain_id(columns.item_id[second])
    raise DuplicateRatingError(
        f"{source}: expected one rating for each user and item, found a second one of user {user!r} "
        f"for item {item!r} in row {second}; the first is in row {first}",
        rows=(first, second),
    )


def check_ratings(ratings: Ratings) -> None:
    """Raise `ValueError` unless every array of a `Ratings` has the type, shape and order it promises."""
    num_users, num_items, num_ratings = len(ratings.user_id), len(ratings.item_id), len(ratings.item_index)
    _check_array(ratings.row_splits, "row_splits", np.int64, num_users + 1)
    _check_array(ratings.item_index, "item_index", np.int32, num_ratings)
    _check_array(ratings.rating, "rating", np.float32, num_ratings)
    for name in ("source_row", "timestamp"):
        if getattr(ratings, name) is not None:
            _check_array(getattr(ratings, name), name, np.int64, num_ratings)
    for name in ("user_id", "item_id"):
        ids = getattr(ratings, name)
        if ids.ndim != 1 or not (ids.dtype == np.int64 or ids.dtype.kind in "UO"):
            raise ValueError(f"{name}: expected int64 or str (n,), found {ids.dtype} {ids.shape}")
    _check_order(ratings.row_splits, ratings.item_index, num_items)
    if not np.isfinite(ratings.rating).all():
        row = int(np.flatnonzero(~np.isfinite(ratings.rating))[0])
        raise ValueError(f"rating, position {row}: expected a finite number, found {ratings.rating[row]}")


def _check_array(array: NDArray[Any], name: str, dtype: type, length: int) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != (length,):
        found = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{name}: expected {np.dtype(dtype)} ({length},), found {found}")


def _check_order(row_splits: NDArray[np.int64], item_index: NDArray[np.int32], num_items: int) -> None:
    num_ratings = len(item_index)
    if row_splits[0] != 0 or row_splits[-1] != num_ratings or (np.diff(row_splits) < 0).any():
        raise ValueError(f"row_splits: expected to ascend from 0 to {num_ratings}, the number of ratings")
    if num_ratings == 0:
        return
    if item_index.min() < 0 or item_index.max() >= num_items:
        outside = int(item_index.min() if item_index.min() < 0 else item_index.max())
        raise ValueError(f"item_index: expected values from 0 to {num_items - 1}, found {outside}")
    descends = np.diff(item_index) <= 0
    starts = row_splits[1:-1]
    descends[starts[(starts > 0) & (starts < num_ratings)] - 1] = False  # a new user may start with any item
    if descends.any():
        place = int(np.flatnonzero(descends)[0])
        user = int(np.searchsorted(row_splits, place, side="right")) - 1
        found = f"{item_index[place]} before {item_index[place + 1]}"
        raise ValueError(f"item_index: expected to ascend within user_index {user}, found {found}")


def check_values(rating: NDArray[Any], values: ArrayLike, argument: str, expected: str, hint: str) -> None:
    """Raises ValueError unless every rating is among `values`.

    Args:
        rating: numbers of any shape.
        values: floats `(num_values,)`, the possible ratings.
        argument: the name of the ratings in the error.
        expected: the values in words, for the error.
        hint: what to do, for the end of the error.
    Raises:
        ValueError: for the first rating that is not among them.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.data import check_values
        >>> check_values(np.array([1.0, 2.5]), [1, 2, 3], "stars", "of 1, 2 or 3 stars", "; are they half stars?")
        Traceback (most recent call last):
        ValueError: stars: expected ratings of 1, 2 or 3 stars, found 2.5 and 0 more out of range; are they half stars?
    """
    wrong = ~np.isin(rating, np.asarray(values, np.float32))
    if wrong.any():
        first = np.asarray(rating)[wrong].flat[0]
        raise ValueError(
            f"{argument}: expected ratings {expected}, found {first} and {int(wrong.sum()) - 1} more out of range{hint}"
        )


LIKES_IN_WORDS = "0 (dislike) or 1 (like)"  # for errors that expect likes
# What to do, for the end of such an error.
TO_LIKES = "; `ratings.binarize(threshold=3)` turns stars into likes"


def check_likes(rating: NDArray[Any], argument: str) -> None:
    """Raises ValueError unless every rating is 0 (dislike) or 1 (like).

    Args:
        rating: numbers of any shape.
        argument: the name of the ratings in the error.
    Raises:
        ValueError: for the first rating that is neither.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.data import check_likes
        >>> check_likes(np.array([0.0, 1.0]), "train")
        >>> check_likes(np.array([0.0, 3.5]), "train")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: train: expected ratings 0 (dislike) or 1 (like), found 3.5 and 0 more out of range...
    """
    check_values(rating, LIKES, argument, LIKES_IN_WORDS, TO_LIKES)
