"""A second rating of an item by the same user: refused, or reduced to one of the two or to their mean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ordering import order_and_repeats, splits_from_counts
from .faults import counted, fault
from .ids import IdColumn

WAY_OUT = "repeats='last' keeps the last one, repeats='mean' takes their mean"
NAMED = 3  # further lines that the error names


def ordered_columns(
    path: Path,
    users: IdColumn,
    items: IdColumn,
    rating: NDArray[np.float32],
    timestamp: NDArray[np.int64] | None,
    repeats: str,
    where: Callable[[int], str],
) -> tuple[dict[str, Any], list[str]]:
    """The arrays of a `Ratings` from columns in any order.

    Args:
        path: for errors.
        users, items: `IdColumn`.
        rating: float32 `(num_rows,)`.
        timestamp: int64 `(num_rows,)`, or None.
        repeats: as `Reading.repeats`.
        where: from a row to its place in words.
    Returns:
        arrays: by the names of the attributes of `Ratings`.
        notes: what was done with repeats.
    Raises:
        ValueError: for repeats with "refuse", naming the first few lines.
    """
    pair = users.index.astype(np.int64)
    pair *= len(items.ids)
    pair += items.index
    order, again = order_and_repeats(pair)
    notes: list[str] = []
    if again.any():
        if repeats == "refuse":
            raise _refusal(path, users, items, order, np.flatnonzero(again), where)
        order, rating, notes = one_of_each(order, again, rating, timestamp, repeats)
    return {
        "row_splits": splits_from_counts(np.bincount(users.index[order], minlength=len(users.ids))),
        "item_index": items.index[order],
        "rating": rating[order],
        "user_id": users.ids,
        "item_id": items.ids,
        "source_row": order.astype(np.int64, copy=False),
        "timestamp": None if timestamp is None else timestamp[order],
    }, notes


def _refusal(
    path: Path,
    users: IdColumn,
    items: IdColumn,
    order: NDArray[np.int64],
    again: NDArray[np.int64],
    where: Callable[[int], str],
) -> ValueError:
    second = order[again + 1]
    by_line = np.argsort(second)
    first, second = order[again[by_line]], second[by_line]
    user, item = users.ids[users.index[second[0]]], items.ids[items.index[second[0]]]
    others = [where(int(row)) for row in second[1 : 1 + NAMED]]
    more = (
        f", and {len(second) - 1:,} more such lines ({', '.join(others)}{', ...' if len(second) > 1 + NAMED else ''})"
    )
    found = f"a second one of user {_shown(user)} for item {_shown(item)}; the first is on {where(int(first[0]))}"
    return fault(
        path, where(int(second[0])), "one rating for each user and item", found + (more if others else ""), WAY_OUT
    )


def _shown(identity: Any) -> str:
    from .faults import shown

    return shown(identity) if isinstance(identity, str) else str(identity)


def one_of_each(
    order: NDArray[np.int64],
    again: NDArray[np.bool_],
    rating: NDArray[np.float32],
    timestamp: NDArray[np.int64] | None,
    repeats: str,
) -> tuple[NDArray[np.int64], NDArray[np.float32], list[str]]:
    """Of each run of repeats one row: the last by time, then by the file's order; with the mean of all if asked.

    Args:
        order, again: as `order_and_repeats` returns them.
        rating, timestamp: in the file's order.
        repeats: "last" or "mean".
    Returns:
        order: without the rows that are left out.
        rating: in the file's order.
        notes: what was done.
    """
    group = np.concatenate([[0], np.cumsum(~again)])
    if timestamp is not None:
        order = order[np.lexsort((timestamp[order], group))]  # stable: equal times stay in the file's order
    is_last = np.concatenate([~again, [True]])
    said = f"{counted(int(again.sum()), 'repeated rating')}: "
    if repeats == "last":
        return order[is_last], rating, [said + "the last of each user and item is kept"]
    mean = np.bincount(group, rating[order]) / np.bincount(group)
    rating = rating.copy()
    rating[order[is_last]] = mean
    return order[is_last], rating, [said + "their mean is taken"]
