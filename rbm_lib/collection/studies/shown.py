"""Single ratings on a page: those of the data set, or invented ones where its licence forbids passing them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbm_lib.datasets import load

if TYPE_CHECKING:
    import pandas as pd

    from rbm_lib.datasets import Dataset


def may_be_shown(data: Dataset) -> bool:
    """Whether pages, which are published, may contain single ratings: not of MovieLens, whose licence forbids it."""
    return data.citation is None


def rows_to_show(data: Dataset, count: int = 3) -> pd.DataFrame:
    """The first ratings as a table.

    Args:
        data: `Dataset`.
        count: int, rows.
    Returns:
        rows: DataFrame of `Ratings.to_frame`; of the embedded set where those of `data` may not be shown.
    """
    return (data if may_be_shown(data) else load("planted")).ratings.to_frame().head(count)


def withheld(data: Dataset, instead: str) -> str:
    """A sentence that says what stands in place of single ratings; empty where they may be shown."""
    return "" if may_be_shown(data) else f"The licence of {data.name} allows no ratings on a page: {instead}."
