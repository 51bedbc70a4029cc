"""Shards from ratings that do not fit in memory, in three passes; only one block or bucket is in memory at a time.

1. The source is read once, block by block. Rows are appended to buckets on disk by user; items and ratings are coded as
   numbers.
2. Each bucket is sorted, once all items are known; repeated ratings of an item by a user are found here.
3. Each shard is written, from one bucket or several.
"""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_count

from .buckets import Buckets, OrderedFiles, distinct_users
from .ids import plain_id
from .ordering import order_and_repeats, splits_from_counts
from .ratings import Ratings
from .reading.faults import counted, fault, shown
from .reading.large import ROWS, Items, LargeTable, Scales, Users, times_of_block
from .reading.repeats import WAY_OUT, one_of_each
from .reading.scales import rounded
from .tfrecords import write_parts

RATINGS_A_BUCKET = 1 << 20  # approximately; a bucket is in memory as a whole
MOST_BUCKETS = 512  # files open at the same time


class OutOfCore:
    """Writes the shards of a table, step by step.

    Args:
        table: `LargeTable`.
        folder: of the shards; it must exist and be empty.
        num_shards: int >= 1.
    Raises:
        ValueError: in its steps, for invalid rows of the table.
    """

    def __init__(self, table: LargeTable, folder: Path, num_shards: int) -> None:
        self._table, self._folder, self._num_shards = table, folder, num_shards
        self._staging = folder / "staging"
        self._staging.mkdir()
        needed = -(-table.num_rows // RATINGS_A_BUCKET)
        self._each = max(1, min(-(-needed // num_shards), MOST_BUCKETS // num_shards))  # buckets a shard
        self._buckets = Buckets(self._staging, self._each * num_shards)
        self._users, self._items, self._scales = Users(table), Items(table), Scales(table)
        self._blocks: Iterator[Any] = iter(())
        self._rows_read = self._repeats = self._written = 0
        self._example = ""

    def steps(self) -> list[Callable[[], None]]:
        """The steps, in order."""
        num_buckets = self._buckets.number
        return [
            *[self._read] * -(-self._table.num_rows // ROWS),
            self._end_of_reading,
            *(partial(self._order, place) for place in range(num_buckets)),
            self._end_of_ordering,
            *(partial(self._write, shard) for shard in range(self._num_shards)),
            self._clear,
        ]

    def close(self) -> None:
        """Closes open files; to be called after success and after an error."""
        self._buckets.close()

    def _read(self) -> None:
        """Appends a block of rows to the buckets."""
        if not self._rows_read:
            self._blocks = self._table.blocks()
        block = next(self._blocks, None)
        if block is None:  # fewer blocks than steps, because the source's own blocks are longer than ROWS
            return
        column, first = self._table.column, self._rows_read
        users, mixed = self._users.of_block(block[column["user"]], first)
        rows: dict[str, Any] = {"user": users}
        rows["item"] = self._items.of_block(block[column["item"]], first)
        rows["rating"] = self._scales.of_block(block[column["rating"]], first)
        if "timestamp" in column:
            rows["time"] = times_of_block(self._table, block[column["timestamp"]])
        self._buckets.add(mixed % np.uint64(self._buckets.number), rows)
        self._rows_read += block.num_rows

    def _end_of_reading(self) -> None:
        self._buckets.close()
        if self._rows_read != self._table.num_rows or next(self._blocks, None) is not None:
            expected = f"{self._table.num_rows:,} rows, as were counted"
            raise fault(self._table.name, "", expected, "another number", "does anything else write there?")
        self._item = self._items.finish()
        self._rating, scale = self._scales.finish()
        self._steps = scale.steps if self._table.reading.repeats == "mean" else None
        self._ordered = OrderedFiles(self._staging, self._item.ids)

    def _order(self, place: int) -> None:
        """Sorts a bucket's rows by user."""
        rows = self._buckets.take(place)
        rating = self._rating[rows["rating"]]
        kept = np.flatnonzero(~np.isnan(rating))
        rating, item = rating[kept], self._item.index[rows["item"][kept]]
        time = rows["time"][kept] if "time" in rows else None
        users, user = distinct_users(rows.pop("user"), self._users.are_numbers)
        user = user[kept]
        order, again = order_and_repeats(user * len(self._item.ids) + item)
        if again.any():
            if self._table.reading.repeats == "refuse":
                self._note_repeats(users[user[order[1:][again]]], item[order[1:][again]])
                return
            order, rating, _ = one_of_each(order, again, rating, time, self._table.reading.repeats)
            rating = rating if self._steps is None else rounded(rating, self._steps).astype(np.float32)
        counts = np.bincount(user[order], minlength=len(users))
        given = counts > 0  # a user without ratings is left out
        arrays = {"item_index": item[order], "rating": rating[order], "item_id": self._item.ids}
        self._ordered.save(place, Ratings(splits_from_counts(counts[given]), user_id=users[given], **arrays))

    def _note_repeats(self, users: NDArray[Any], items: NDArray[np.int32]) -> None:
        user, item = plain_id(users[0]), plain_id(self._item.ids[items[0]])
        self._example = self._example or f"as of user {_said(user)} for item {_said(item)}"
        self._repeats += len(users)

    def _end_of_ordering(self) -> None:
        if self._repeats:
            found = f"{counted(self._repeats, 'repeated one')}, {self._example}"
            raise fault(self._table.name, "", "one rating for each user and item", found, WAY_OUT)
        check_count(self._num_shards, "num_shards", most=sum(self._ordered.num_users.values()))

    def _write(self, shard: int) -> None:
        """Writes a shard from its buckets, unless they have no users."""
        places = range(shard * self._each, (shard + 1) * self._each)
        users, ratings = (
            [number[place] for place in places] for number in (self._ordered.num_users, self._ordered.num_ratings)
        )
        if not sum(users):
            return
        parts = (self._ordered.take(place) for place, number in zip(places, users, strict=True) if number)
        path = self._folder / f"{self._written:05d}.tfrecord"
        write_parts(parts, path, num_users=sum(users), num_ratings=sum(ratings))
        self._written += 1

    def _clear(self) -> None:
        shutil.rmtree(self._staging)


def _said(identity: Any) -> str:
    return shown(identity) if isinstance(identity, str) else str(identity)
