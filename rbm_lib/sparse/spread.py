"""A mini-batch over several processes: each runs the chains of some rows, and gets the ends of all.

The draws of a row depend on its user and the step, so the ends are the same whoever runs the chain. What follows, the
films' gradients, is summed from the ends of all rows in one order. So every process has the bits of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .chains import chains
from .left_out import losses


class Ranks(Protocol):
    """The processes of one training, such as `rbm_lib.workers.Ranks`."""

    rank: int
    size: int

    def gathered(self, parts: Sequence[NDArray[Any]], where: str) -> list[NDArray[Any]]:
        """All ranks' arrays, each joined along its first axis in the order of the ranks."""
        ...


class Rows(NamedTuple):
    """A batch as the compiled loops take it, or some of its rows."""

    row_splits: NDArray[np.int64]
    item_index: NDArray[np.int32]
    places: NDArray[np.int32]
    state: NDArray[np.int8]
    user_index: NDArray[np.int32]
    persistent: NDArray[np.uint8]

    def part(self, first: int, last: int) -> Rows:
        """The rows from `first` to before `last`."""
        splits = self.row_splits[first : last + 1]
        ratings, rows = slice(splits[0], splits[-1]), slice(first, last)
        by_rating = self.item_index[ratings], self.places[ratings], self.state[ratings]
        return Rows(splits - splits[0], *by_rating, self.user_index[rows], self.persistent[rows])


def bounds_of(row_splits: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where each rank's rows begin, and the last one's end: about equal numbers of ratings, a row counting as one more.

    Args:
        row_splits: int64 `(batch + 1,)`.
        size: int, ranks.
    Returns:
        bounds: int64 `(size + 1,)`, from 0 to `batch`. Ranks may have no rows.
    """
    work = row_splits + np.arange(len(row_splits))
    return np.searchsorted(work, work[-1] * np.arange(size + 1) // size)


def spread(compute: Callable[[Rows], Sequence[Any]], rows: Rows, step: int, ranks: Ranks | None) -> Sequence[Any]:
    """`compute(rows)`, arrays with an entry for each row or rating, of which each rank computes its share.

    Args:
        compute: of some rows; arrays by row or by rating, or empty ones.
        rows: `Rows`, the same on every rank.
        step: int, the step of training, for errors.
        ranks: `Ranks`, or None for one process.
    Returns:
        arrays: of all rows, the same on every rank.
    """
    if ranks is None:
        return compute(rows)
    bounds = bounds_of(rows.row_splits, ranks.size)
    own = rows.part(bounds[ranks.rank], bounds[ranks.rank + 1])
    return ranks.gathered(compute(own), f"in step {step + 1} of all")


def chains_and_losses(rows: Rows, tables: Any, cd_steps: int, step: int, seed: int) -> tuple[Any, ...]:
    """The results of `chains.chains`, and those of `left_out.losses`."""
    *batch, persistent = rows
    start, *ends = chains(*batch, tables, persistent, cd_steps, step, seed)
    return start, *ends, losses(*batch[:2], rows.state, rows.user_index, start, *tables[:2])
