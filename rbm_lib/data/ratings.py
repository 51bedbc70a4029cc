"""The container of ratings: compressed sparse rows, one row for each user, without unrated films."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_number

from . import checks
from .batches import batches_as_dataset, iterate_batches
from .ids import Ids, clean_ids
from .ordering import digest_of_arrays, ordered_rows, splits_from_counts

if TYPE_CHECKING:
    import pandas as pd
    import tensorflow as tf


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of users for items, sorted by user and then by item; unrated pairs are not stored.

    Attributes:
        row_splits: int64 `(num_users + 1,)`; the ratings of user u are `row_splits[u]:row_splits[u + 1]`.
        item_index: int32 `(num_ratings,)`, strictly ascending within a user.
        rating: float32 `(num_ratings,)`, in stars, or 0 and 1 after `binarize`.
        user_id: int64 or str `(num_users,)`, the ids of the source; Python's texts (object) if one is very long.
        item_id: as `user_id`, `(num_items,)`.
        source_row: int64 `(num_ratings,)`, 0-based data row in the source, or None. `first_n` splits need it.
        timestamp: int64 `(num_ratings,)`, in seconds, or None.
    Raises:
        ValueError: if an array has another type, shape or order.
    Example:
        >>> from rbm_lib import Ratings
        >>> ratings = Ratings.from_triples(user_id=[7, 7, 9], item_id=["Alien", "Heat", "Heat"], rating=[5, 2, 4])
        >>> ratings.to_dense()[0]
        array([[5., 2.],
               [0., 4.]], dtype=float32)
        >>> ratings.binarize(threshold=3).rating
        array([1., 0., 1.], dtype=float32)
    """

    row_splits: NDArray[np.int64]
    item_index: NDArray[np.int32]
    rating: NDArray[np.float32]
    user_id: Ids
    item_id: Ids
    source_row: NDArray[np.int64] | None = None
    timestamp: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        checks.check_ratings(self)

    def __repr__(self) -> str:
        return f"Ratings(num_users={self.num_users}, num_items={self.num_items}, num_ratings={self.num_ratings})"

    @property
    def num_users(self) -> int:
        return len(self.user_id)

    @property
    def num_items(self) -> int:
        return len(self.item_id)

    @property
    def num_ratings(self) -> int:
        return len(self.item_index)

    @cached_property
    def user_index(self) -> NDArray[np.int32]:
        """User of each rating, int32 `(num_ratings,)`."""
        return np.repeat(np.arange(self.num_users, dtype=np.int32), self.ratings_per_user)

    @property
    def pair_index(self) -> NDArray[np.int64]:
        """A number for each rating's user and item, int64 `(num_ratings,)`, ascending."""
        return self.user_index.astype(np.int64) * self.num_items + self.item_index

    @property
    def density(self) -> float:
        """Share of all (user, item) pairs that are rated."""
        return self.num_ratings / max(1, self.num_users * self.num_items)

    @property
    def ratings_per_user(self) -> NDArray[np.int64]:
        """Number of ratings of each user, int64 `(num_users,)`."""
        return np.diff(self.row_splits)

    @property
    def ratings_per_item(self) -> NDArray[np.int64]:
        """Number of ratings of each item, int64 `(num_items,)`."""
        return np.bincount(self.item_index, minlength=self.num_items)

    @classmethod
    def from_counts(cls, counts: ArrayLike, **arrays: Any) -> "Ratings":
        """Ratings that are already ordered by user, from the number of ratings of each user.

        Args:
            counts: integers `(num_users,)`, ratings of each user.
            **arrays: the attributes of `Ratings` other than `row_splits`.
        Raises:
            ValueError: as `Ratings` itself.
        """
        return cls(row_splits=splits_from_counts(counts), **arrays)

    @classmethod
    def from_triples(
        cls,
        user_id: ArrayLike,
        item_id: ArrayLike,
        rating: ArrayLike,
        timestamp: ArrayLike | None = None,
        *,
        source: str = "<arrays>",
        item_ids: ArrayLike | None = None,
    ) -> "Ratings":
        """Ratings from one row for each rating, in any order.

        Args:
            user_id, item_id: integers or strings `(num_ratings,)`.
            rating: finite numbers `(num_ratings,)`, in stars.
            timestamp: integers `(num_ratings,)`, in seconds, or None.
            source: name of the source, for error messages.
            item_ids: the vocabulary `(num_items,)`, in its order; None takes the rated items, ascending.
        Returns:
            ratings: users ascending by id; `source_row` holds each row's position in the arguments.
        Raises:
            ValueError: if the arrays disagree in length, a value is missing or not finite, a pair of user and item
                occurs twice (`DuplicateRatingError`, with both rows), or an item is not in `item_ids`.
        """
        columns = checks.clean_triples(user_id, item_id, rating, timestamp, source)
        return cls(**ordered_rows(columns, item_ids, source))

    @classmethod
    def from_dense(
        cls,
        visible: ArrayLike,
        observed_mask: ArrayLike,
        *,
        user_id: ArrayLike | None = None,
        item_id: ArrayLike | None = None,
    ) -> "Ratings":
        """Ratings from a matrix and its mask; values outside the mask are never read.

        Args:
            visible: numbers `(num_users, num_items)`.
            observed_mask: bool `(num_users, num_items)`.
            user_id, item_id: ids `(num_users,)` and `(num_items,)`; None numbers them from 0.
        Returns:
            ratings: `source_row` counts the observed cells row by row.
        Raises:
            ValueError: if the shapes disagree or an observed value is not finite.
        """
        visible, observed_mask = checks.clean_dense(visible, observed_mask)
        num_users, num_items = visible.shape
        user_index, item_index = np.nonzero(observed_mask)
        return cls.from_counts(
            np.bincount(user_index, minlength=num_users),
            item_index=item_index.astype(np.int32),
            rating=visible[user_index, item_index].astype(np.float32),
            user_id=clean_ids(np.arange(num_users) if user_id is None else user_id, "user_id"),
            item_id=clean_ids(np.arange(num_items) if item_id is None else item_id, "item_id"),
            source_row=np.arange(len(item_index), dtype=np.int64),
        )

    @classmethod
    def from_sentinel(
        cls,
        matrix: ArrayLike,
        unrated: float = -1,
        *,
        user_id: ArrayLike | None = None,
        item_id: ArrayLike | None = None,
    ) -> "Ratings":
        """Ratings from a matrix in which one value means "unrated"; that value is not stored.

        Args:
            matrix: numbers `(num_users, num_items)`.
            unrated: the value of unrated cells.
            user_id, item_id: ids `(num_users,)` and `(num_items,)`; None numbers them from 0.
        Returns:
            ratings: every cell other than `unrated`.
        Raises:
            ValueError: if the matrix is not two-dimensional or a rated cell is not finite.
        """
        matrix, unrated = np.asarray(matrix), check_number(unrated, "unrated")
        return cls.from_dense(matrix, matrix != unrated, user_id=user_id, item_id=item_id)

    def to_dense(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A dense matrix and its mask, for small data.

        Returns:
            visible: float32 `(num_users, num_items)`, 0 where unrated.
            observed_mask: bool `(num_users, num_items)`.
        """
        visible = np.zeros((self.num_users, self.num_items), dtype=np.float32)
        observed_mask = np.zeros((self.num_users, self.num_items), dtype=bool)
        visible[self.user_index, self.item_index] = self.rating
        observed_mask[self.user_index, self.item_index] = True
        return visible, observed_mask

    def to_frame(self) -> "pd.DataFrame":
        """One row for each rating: pandas `DataFrame` with user_id, item_id, rating and, if known, timestamp."""
        import pandas as pd

        ids = {"user_id": (self.user_id, self.user_index), "item_id": (self.item_id, self.item_index)}
        # A Series stores each text at its own length; a NumPy array would be as wide as the longest text in each row.
        columns: dict[str, Any] = {name: pd.Series(own).take(index).array for name, (own, index) in ids.items()}
        columns["rating"] = self.rating
        if self.timestamp is not None:
            columns["timestamp"] = self.timestamp
        return pd.DataFrame(columns)

    def binarize(self, threshold: float = 3) -> "Ratings":
        """Likes and dislikes: 1 for `threshold` stars and more, else 0.

        Args:
            threshold: the fewest stars of a like.
        Returns:
            ratings: the same ratings with values 0 and 1.
        Raises:
            ValueError: if `threshold` is not a finite number.
        """
        check_number(threshold, "threshold")
        return replace(self, rating=(self.rating >= threshold).astype(np.float32))

    def transpose(self) -> "Ratings":
        """Items become users and users become items; `source_row` and `timestamp` stay with their ratings."""
        order = np.argsort(self.item_index, kind="stable")
        return Ratings.from_counts(
            self.ratings_per_item,
            item_index=self.user_index[order],
            user_id=self.item_id,
            item_id=self.user_id,
            **self._of_ratings(order),
        )

    def take_users(self, user_index: ArrayLike) -> "Ratings":
        """The ratings of some users, over the same items.

        Args:
            user_index: integers `(num_taken,)`, in any order; a user may be taken more than once.
        Returns:
            ratings: of `num_taken` users, in that order; `source_row` and `timestamp` stay with their ratings.
        Raises:
            ValueError: if a user is out of range.
        """
        user_index = checks.clean_index(user_index, self.num_users, "user_index")
        counts = self.ratings_per_user[user_index]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        taken = np.repeat(self.row_splits[user_index], counts) + within
        users = {"user_id": self.user_id[user_index], "item_id": self.item_id}
        return Ratings.from_counts(counts, item_index=self.item_index[taken], **users, **self._of_ratings(taken))

    def select(self, mask: ArrayLike) -> "Ratings":
        """Some of the ratings, over the same users and items.

        Args:
            mask: bool `(num_ratings,)`, True to keep.
        Returns:
            ratings: with both vocabularies unchanged, so users may have no ratings left.
        Raises:
            ValueError: if `mask` has another type or shape.
        """
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (self.num_ratings,):
            raise ValueError(f"mask: expected bool ({self.num_ratings},), found {mask.dtype} {mask.shape}")
        row_splits = splits_from_counts(np.bincount(self.user_index[mask], minlength=self.num_users))
        return replace(self, row_splits=row_splits, item_index=self.item_index[mask], **self._of_ratings(mask))

    def _of_ratings(self, chosen: NDArray[Any]) -> dict[str, Any]:
        """The attributes of single ratings, except their positions, for an index or a mask."""
        arrays = {name: getattr(self, name) for name in ("rating", "source_row", "timestamp")}
        return {name: None if array is None else array[chosen] for name, array in arrays.items()}

    def checksum(self) -> str:
        """SHA-256 of users, items and ratings, hexadecimal; independent of file order and timestamps."""
        return digest_of_arrays(self.row_splits, self.item_index, self.rating, self.user_id, self.item_id)

    def batches(
        self, batch_size: int, *, seed: int | None = None, epoch: int = 0, targets: "Ratings | None" = None
    ) -> Iterator[dict[str, NDArray[Any]]]:
        """Batches of users as NumPy arrays; see `rbm_lib.data.batches.iterate_batches`."""
        return iterate_batches(self, batch_size, seed=seed, epoch=epoch, targets=targets)

    def to_dataset(
        self,
        batch_size: int,
        *,
        seed: int | None = None,
        targets: "Ratings | None" = None,
        epoch: Callable[[], int] = lambda: 0,
    ) -> "tf.data.Dataset[Any]":
        """Batches of users as a `tf.data.Dataset`; see `rbm_lib.data.batches.batches_as_dataset`."""
        return batches_as_dataset(self, batch_size, seed=seed, targets=targets, epoch=epoch)
