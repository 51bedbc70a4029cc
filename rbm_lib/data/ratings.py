"""The one container of ratings: compressed sparse rows, one row a user, unrated films absent."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from . import checks


def rows(ratings, user_index):
    """The ratings of some users, in their order, as a `Ratings` of those users alone."""
    user_index = np.asarray(user_index)
    counts = ratings.ratings_per_user[user_index]
    splits = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    taken = np.arange(splits[-1]) + np.repeat(ratings.row_splits[user_index] - splits[:-1], counts)
    return Ratings(
        row_splits=splits,
        item_index=ratings.item_index[taken],
        rating=ratings.rating[taken],
        user_id=ratings.user_id[user_index],
        item_id=ratings.item_id,
    )


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of users for items, sorted by user and then by item; what was not rated is not there.

    Attributes:
        row_splits: int64 `(num_users + 1,)`; the ratings of user u are `row_splits[u]:row_splits[u + 1]`.
        item_index: int32 `(num_ratings,)`, strictly ascending within a user.
        rating: float32 `(num_ratings,)`, in stars, or 0 and 1 after `binarize`.
        user_id: int64 or str `(num_users,)`, the ids of the source.
        item_id: int64 or str `(num_items,)`, the ids of the source.
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

    row_splits: np.ndarray
    item_index: np.ndarray
    rating: np.ndarray
    user_id: np.ndarray
    item_id: np.ndarray
    source_row: np.ndarray | None = None
    timestamp: np.ndarray | None = None

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
    def user_index(self) -> np.ndarray:
        """User of each rating, int32 `(num_ratings,)`."""
        return np.repeat(np.arange(self.num_users, dtype=np.int32), self.ratings_per_user)

    @property
    def density(self) -> float:
        """Share of all (user, item) pairs that are rated."""
        pairs = self.num_users * self.num_items
        return self.num_ratings / pairs if pairs else 0.0

    @property
    def ratings_per_user(self) -> np.ndarray:
        """Number of ratings of each user, int64 `(num_users,)`."""
        return np.diff(self.row_splits)

    @property
    def ratings_per_item(self) -> np.ndarray:
        """Number of ratings of each item, int64 `(num_items,)`."""
        return np.bincount(self.item_index, minlength=self.num_items)

    @classmethod
    def from_triples(
        cls, user_id, item_id, rating, timestamp=None, *, source: str = "<arrays>", item_ids=None
    ) -> "Ratings":
        """Ratings from one row a rating, in any order.

        Args:
            user_id: integers or strings `(num_ratings,)`.
            item_id: integers or strings `(num_ratings,)`.
            rating: finite numbers `(num_ratings,)`, in stars.
            timestamp: integers `(num_ratings,)`, in seconds, or None.
            source: where the rows come from, for error messages.
            item_ids: the vocabulary `(num_items,)`, in its order; None takes the rated items, ascending.
        Returns:
            ratings: users ascending by id; `source_row` holds each row's position in the arguments.
        Raises:
            ValueError: if the arrays disagree in length, a value is missing or not finite, a pair of user and item
                occurs twice (`DuplicateRatingError`, with both rows), or an item is not in `item_ids`.
        """
        columns = checks.clean_triples(user_id, item_id, rating, timestamp, source)
        users, user_index = _vocabulary(columns.user_id)
        if item_ids is None:
            items, item_index = _vocabulary(columns.item_id)
        else:
            items, item_index = checks.positions_in(columns.item_id, item_ids, source)
        pair = user_index.astype(np.int64) * len(items) + item_index
        order = _stable_order(pair)
        checks.check_no_duplicates(pair, order, columns, source)
        return cls(
            row_splits=_splits_from_counts(np.bincount(user_index, minlength=len(users))),
            item_index=item_index[order].astype(np.int32),
            rating=columns.rating[order],
            user_id=users,
            item_id=items,
            source_row=order.astype(np.int64),
            timestamp=None if columns.timestamp is None else columns.timestamp[order],
        )

    @classmethod
    def from_dense(cls, visible, observed_mask, *, user_id=None, item_id=None) -> "Ratings":
        """Ratings from a matrix and its mask; values outside the mask are never read.

        Args:
            visible: numbers `(num_users, num_items)`.
            observed_mask: bool `(num_users, num_items)`.
            user_id: ids `(num_users,)`; None numbers the rows from 0.
            item_id: ids `(num_items,)`; None numbers the columns from 0.
        Returns:
            ratings: `source_row` counts the observed cells row by row.
        Raises:
            ValueError: if the shapes disagree or an observed value is not finite.
        """
        visible, observed_mask = checks.clean_dense(visible, observed_mask)
        num_users, num_items = visible.shape
        user_index, item_index = np.nonzero(observed_mask)
        return cls(
            row_splits=_splits_from_counts(np.bincount(user_index, minlength=num_users)),
            item_index=item_index.astype(np.int32),
            rating=visible[user_index, item_index].astype(np.float32),
            user_id=checks.clean_ids(np.arange(num_users) if user_id is None else user_id, "user_id"),
            item_id=checks.clean_ids(np.arange(num_items) if item_id is None else item_id, "item_id"),
            source_row=np.arange(len(item_index), dtype=np.int64),
        )

    @classmethod
    def from_sentinel(cls, matrix, unrated: float = -1, *, user_id=None, item_id=None) -> "Ratings":
        """Ratings from a matrix in which one value stands for "unrated"; from here on that value is gone.

        Args:
            matrix: numbers `(num_users, num_items)`.
            unrated: the value of unrated cells.
            user_id: ids `(num_users,)`; None numbers the rows from 0.
            item_id: ids `(num_items,)`; None numbers the columns from 0.
        Returns:
            ratings: every cell other than `unrated`.
        Raises:
            ValueError: if the matrix is not two-dimensional or a rated cell is not finite.
        """
        matrix = np.asarray(matrix)
        return cls.from_dense(matrix, matrix != unrated, user_id=user_id, item_id=item_id)

    def to_dense(self) -> tuple[np.ndarray, np.ndarray]:
        """The readable form, for small data.

        Returns:
            visible: float32 `(num_users, num_items)`, 0 where unrated.
            observed_mask: bool `(num_users, num_items)`.
        """
        visible = np.zeros((self.num_users, self.num_items), dtype=np.float32)
        observed_mask = np.zeros((self.num_users, self.num_items), dtype=bool)
        visible[self.user_index, self.item_index] = self.rating
        observed_mask[self.user_index, self.item_index] = True
        return visible, observed_mask

    def to_frame(self):
        """One row a rating: pandas `DataFrame` with user_id, item_id, rating and, where known, timestamp."""
        import pandas as pd

        columns = {
            "user_id": self.user_id[self.user_index],
            "item_id": self.item_id[self.item_index],
            "rating": self.rating,
        }
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
        if not np.isfinite(threshold):
            raise ValueError(f"threshold: expected a finite number of stars, found {threshold!r}")
        return replace(self, rating=(self.rating >= threshold).astype(np.float32))

    def transpose(self) -> "Ratings":
        """Items become users and users become items; `source_row` and `timestamp` travel with their ratings."""
        order = np.argsort(self.item_index, kind="stable")
        return Ratings(
            row_splits=_splits_from_counts(self.ratings_per_item),
            item_index=self.user_index[order],
            rating=self.rating[order],
            user_id=self.item_id,
            item_id=self.user_id,
            source_row=None if self.source_row is None else self.source_row[order],
            timestamp=None if self.timestamp is None else self.timestamp[order],
        )

    def select(self, mask) -> "Ratings":
        """Some of the ratings, over the same users and items.

        Args:
            mask: bool `(num_ratings,)`, True to keep.
        Returns:
            ratings: both vocabularies kept, hence users may have no ratings left.
        Raises:
            ValueError: if `mask` has another type or shape.
        """
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (self.num_ratings,):
            raise ValueError(f"mask: expected bool ({self.num_ratings},), found {mask.dtype} {mask.shape}")
        return replace(
            self,
            row_splits=_splits_from_counts(np.bincount(self.user_index[mask], minlength=self.num_users)),
            item_index=self.item_index[mask],
            rating=self.rating[mask],
            source_row=None if self.source_row is None else self.source_row[mask],
            timestamp=None if self.timestamp is None else self.timestamp[mask],
        )

    def checksum(self) -> str:
        """SHA-256 of who rated what how, hexadecimal; file order and timestamps are no part of it."""
        digest = hashlib.sha256()
        for array in (self.row_splits, self.item_index, self.rating, self.user_id, self.item_id):
            kind = "U" if array.dtype.kind == "U" else array.dtype.str
            # A string array's width follows its longest entry, so its text is hashed instead of its bytes.
            content = "\0".join(array).encode() if kind == "U" else np.ascontiguousarray(array).tobytes()
            digest.update(f"{kind}:{len(array)}:".encode() + content)
        return digest.hexdigest()

    def batches(
        self, batch_size: int, *, seed: int | None = None, epoch: int = 0, targets: "Ratings | None" = None
    ) -> Iterator[dict[str, np.ndarray]]:
        """Batches of users as NumPy arrays; see `rbm_lib.data.batches.iterate_batches`."""
        from .batches import iterate_batches

        return iterate_batches(self, batch_size, seed=seed, epoch=epoch, targets=targets)

    def to_dataset(
        self,
        batch_size: int,
        *,
        seed: int | None = None,
        targets: "Ratings | None" = None,
        epoch: Callable[[], int] = lambda: 0,
    ):
        """Batches of users as a `tf.data.Dataset`; see `rbm_lib.data.batches.batches_as_dataset`."""
        from .batches import batches_as_dataset

        return batches_as_dataset(self, batch_size, seed=seed, targets=targets, epoch=epoch)


def _splits_from_counts(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _stable_order(keys: np.ndarray) -> np.ndarray:
    """`np.argsort(keys, kind="stable")` for keys that are not negative, five times faster where they leave room."""
    row_bits = max(len(keys) - 1, 1).bit_length()
    if len(keys) == 0 or int(keys.max()).bit_length() + row_bits > 62:
        return np.argsort(keys, kind="stable")
    # Key and row in one number: NumPy sorts plain numbers with vector instructions, but not stably.
    return np.sort((keys << row_bits) | np.arange(len(keys))) & ((1 << row_bits) - 1)


def _vocabulary(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ids, ascending, and the position of each given id among them."""
    small_integers = ids.dtype.kind == "i" and len(ids) and ids.min() >= 0 and ids.max() < 8 * len(ids) + 1024
    if not small_integers:
        distinct, position = np.unique(ids, return_inverse=True)
        return distinct, position.reshape(-1)
    # Counting instead of sorting: ten times faster for the millions of small ids of the MovieLens files.
    present = np.bincount(ids) > 0
    return np.flatnonzero(present).astype(np.int64), (np.cumsum(present) - 1)[ids]
