"""Titles, genres and users of the MovieLens sets, aligned with a `Ratings`."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._files import existing_file
from rbm_lib.data import Ratings

from .movielens import MovieLensSet

if TYPE_CHECKING:
    import pandas as pd


def read_items(folder: Path, entry: MovieLensSet) -> dict[int, tuple[str, str]]:
    """Titles and genres of a MovieLens set.

    Args:
        folder: holds the set's files.
        entry: describes them.
    Returns:
        table: id to (title, genres joined by `|`).
    Raises:
        ValueError: names the file, the line, what was expected and what was found.
    """
    path = existing_file(folder / entry.items_file)
    if path.suffix == ".csv":
        return _read_movies_csv(path)
    if path.name == "u.item":
        return _read_u_item(path, entry.encoding)
    rows = _rows(path, entry.encoding, "::", 3)
    return {_whole_number(path, line, fields[0]): (fields[1], fields[2]) for line, fields in rows}


def read_users(folder: Path, entry: MovieLensSet) -> dict[int, dict[str, str]] | None:
    """Gender, age (group), occupation and postcode of the users of a MovieLens set, as text.

    Args:
        folder: holds the set's files.
        entry: describes them.
    Returns:
        table: id to columns, or None if the set has no file of users.
    Raises:
        ValueError: names the file, the line, what was expected and what was found.
    """
    if entry.users_file is None:
        return None
    path = folder / entry.users_file
    separator, columns = "::", ("gender", "age", "occupation", "postcode")
    if path.name == "u.user":
        separator, columns = "|", ("age", "gender", "occupation", "postcode")
    rows = _rows(path, "latin-1", separator, 1 + len(columns))
    return {_whole_number(path, line, fields[0]): dict(zip(columns, fields[1:], strict=True)) for line, fields in rows}


def _read_movies_csv(path: Path) -> dict[int, tuple[str, str]]:
    """`movieId,title,genres` with a header line and quotes."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        if header != ["movieId", "title", "genres"]:
            raise ValueError(f"{path}, line 1: expected 'movieId,title,genres', found {','.join(header)!r}")
        table = {}
        for fields in reader:
            _check_width(path, reader.line_num, fields, 3, ",")
            table[_whole_number(path, reader.line_num, fields[0])] = (fields[1], fields[2])
    return table


def _read_u_item(path: Path, encoding: str) -> dict[int, tuple[str, str]]:
    """`u.item` of MovieLens-100K: five fields and a flag for each genre that `u.genre` beside it names."""
    genres = [fields[0] for _, fields in _rows(path.parent / "u.genre", encoding, "|", 2)]
    table = {}
    for line, fields in _rows(path, encoding, "|", 5 + len(genres)):
        flagged = [name for name, flag in zip(genres, fields[5:], strict=True) if flag == "1"]
        table[_whole_number(path, line, fields[0])] = (fields[1], "|".join(flagged))
    return table


def items_frame(ratings: Ratings, table: Mapping[Any, tuple[str, str]]) -> "pd.DataFrame":
    """One row for each item of `ratings`, in its order.

    Args:
        ratings: `Ratings` with the items.
        table: id to (title, genres joined by `|`); an item without an entry gets its id as title.
    Returns:
        items: pandas `DataFrame` with item_id, title and genres, indexed by `item_index`.
    """
    import pandas as pd

    ids = ratings.item_id.tolist()
    entries = [table.get(item, (str(item), "")) for item in ids]
    columns = {
        "item_id": ratings.item_id,
        "title": [title for title, _ in entries],
        "genres": [genres for _, genres in entries],
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(ids), name="item_index"))


def users_frame(ratings: Ratings, table: dict[int, dict[str, str]]) -> "pd.DataFrame":
    """One row for each user of `ratings`, in its order: pandas `DataFrame` indexed by `user_index`."""
    import pandas as pd

    rows = [table.get(user, {}) for user in ratings.user_id.tolist()]
    frame = pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="user_index"))
    frame.insert(0, "user_id", ratings.user_id)
    return frame


def _rows(path: Path, encoding: str, separator: str, width: int) -> list[tuple[int, list[str]]]:
    lines = _text(existing_file(path), encoding).split("\n")
    rows = [(number, line.rstrip("\r").split(separator)) for number, line in enumerate(lines, start=1) if line.strip()]
    for number, fields in rows:
        _check_width(path, number, fields, width, separator)
    return rows


def _text(path: Path, encoding: str) -> str:
    """The text of a file, as UTF-8 if it is valid UTF-8, else in the publisher's encoding: files may be saved anew."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(encoding)


def _check_width(path: Path, line: int, fields: list[str], width: int, separator: str) -> None:
    if len(fields) != width:
        found = separator.join(fields)[:80]
        raise ValueError(f"{path}, line {line}: expected {width} values separated by {separator!r}, found {found!r}")


def _whole_number(path: Path, line: int, field: str) -> int:
    if not field.isdecimal():
        raise ValueError(f"{path}, line {line}: expected a whole number, found {field!r}")
    return int(field)
