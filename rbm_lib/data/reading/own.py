"""Your own table of ratings, in any supported format, into `Ratings`, titles and notes."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ratings import Ratings
from .dates import find_times
from .ids import IdColumn, clean, find_ids
from .options import Reading, options_for
from .parquets import read_parquet
from .repeats import ordered_columns
from .rows import is_json, read_json, read_workbook
from .scales import find_scale, rounded
from .sources import Source, find_source
from .tables import Coded, RawTable
from .texts import read_text

ME = "me"  # the user of a personal export, unless the options name one


@dataclass(frozen=True, eq=False)
class OwnTable:
    """The content of a table of ratings.

    Attributes:
        ratings: `Ratings`.
        threshold: float, the fewest stars of a like.
        titles: str for each item, in the order of `ratings`, or None if there is no column of titles.
        notes: how the table was read, one sentence each: format, columns, scale, ids that are nearly the same.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib.data import read_own_table
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.csv")
        ...     _ = file.write_text("user,item,title,rating\\nann,7,Alien,5\\nAnn,9,Heat,2\\n")
        ...     table = read_own_table(file)
        >>> table.titles, table.threshold
        (['Alien', 'Heat'], 3.0)
        >>> print(table.notes[-1])
        2 user ids differ from another in case alone, as 'ann' and 'Ann'; merge='case' makes them one
    """

    ratings: Ratings
    threshold: float
    titles: list[str] | None
    notes: tuple[str, ...]


def read_own_table(path: str | os.PathLike[str], **options: Any) -> OwnTable:
    """Reads a table of ratings, with titles and notes.

    Args:
        path: text (separated by commas, semicolons, tabs, `|` or `::`), JSON, Excel or Parquet; compressed or not; a
            folder of Parquet files.
        **options: facts that the file does not contain, see `Reading`; they override those in a file beside it,
            `ratings.csv.toml`.
    Returns:
        table: `OwnTable`.
    Raises:
        ValueError: names the file, the line or row, what was expected, what was found, and what to do.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib.data import read_own_table
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.csv")
        ...     _ = file.write_text("Benutzer;Film;Bewertung\\nann;Alien;9\\nbob;Alien;3\\n")
        ...     table = read_own_table(file)
        >>> table.ratings, table.threshold
        (Ratings(num_users=2, num_items=1, num_ratings=2), 9.0)
    """
    reading = options_for(path, options)
    source = find_source(path, reading.table)
    return _finished(source, _raw(source, reading), reading)


def read_own_ratings(path: str | os.PathLike[str], **options: Any) -> Ratings:
    """Ratings from your own table; `read_own_table` also returns titles and notes on how it was read.

    Args:
        path: as for `read_own_table`.
        **options: as for `read_own_table`.
    Returns:
        ratings: users and rated items ascending by id, `source_row` in the order of the file.
    Raises:
        ValueError: as `read_own_table`.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib.data import read_own_ratings
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.csv")
        ...     _ = file.write_text("user,item,rating\\nann,Alien,5\\nann,Heat,2.5\\nbob,Heat,4\\n")
        ...     ratings = read_own_ratings(file)
        >>> ratings.user_id, ratings.rating
        (array(['ann', 'bob'], dtype='<U3'), array([5. , 2.5, 4. ], dtype=float32))
    """
    return read_own_table(path, **options).ratings


def _raw(source: Source, reading: Reading) -> RawTable:
    if source.kind == "parquet":
        return read_parquet(source, reading)
    if source.kind == "workbook":
        return read_workbook(source, reading)
    if is_json(source):
        return read_json(source, reading)
    return read_text(source, reading)


def _finished(source: Source, table: RawTable, reading: Reading) -> OwnTable:
    """The checks of a raw table in order: unrated rows, users and items, times, and repeats."""
    path = source.path
    scale = find_scale(path, table, reading)
    table.rating = None  # large, and no longer needed
    if table.user is None:
        own = str(reading.user) if reading.user is not None else ME
        table.user = Coded([own], np.zeros(table.num_rows, np.int32))
        table.notes.append(f"all ratings are one person's, called {own!r}")
    users = find_ids(path, table, "user", reading.merge, scale.kept)
    items = find_ids(path, table, "item", reading.merge, scale.kept)
    table.user = None
    times, said = find_times(path, table, reading, scale.kept)
    table.timestamp = None
    kept = scale.kept

    def where(row: int) -> str:
        return table.where(row if kept is None else int(kept[row]))

    arrays, more = ordered_columns(path, users, items, scale.rating, times, reading.repeats, where)
    if reading.repeats == "mean" and scale.steps is not None:
        arrays["rating"] = rounded(arrays["rating"], scale.steps).astype(np.float32)
    if kept is not None:
        arrays["source_row"] = kept[arrays["source_row"]]
    titles = None if table.title is None else _titles(table.title, items, kept)
    notes = (*table.notes, *scale.notes, *users.notes, *items.notes, *said, *more)
    return OwnTable(Ratings(**arrays), scale.threshold, titles, notes)


def _titles(title: Coded, items: IdColumn, kept: NDArray[np.int64] | None) -> list[str]:
    """The title of each item, from the first row with the item; its id if that title is empty."""
    codes = title.codes if kept is None else title.codes[kept]
    first = np.full(len(items.ids), len(codes), np.int64)
    np.minimum.at(first, items.index, np.arange(len(codes)))
    found = [clean(title.values[codes[row]]) for row in first]
    return [text or str(own) for text, own in zip(found, items.ids.tolist(), strict=True)]
