"""The shapes of ratings in JSON (objects in a list, columns, users with their items), all as objects in a list."""

from collections.abc import Iterator
from typing import Any

from .columns import roles_of


def entries_in(content: Any) -> list[Any] | None:
    """The ratings of a JSON document, one object each.

    Args:
        content: what `json.loads` returns.
    Returns:
        entries: of a list of objects; of the only such list inside an object; of rows below their names; of columns, as
            pandas writes them; of users, each with a number for each item. None for anything else.
    """
    if isinstance(content, list):
        return _below_names(content[0], content[1:]) if _is_row_of_names(content) else content
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("columns"), list) and isinstance(content.get("data"), list):
        return _below_names(content["columns"], content["data"])
    lists = [one for one in content.values() if isinstance(one, list) and one and isinstance(one[0], dict)]
    if len(lists) == 1:
        return list(lists[0])
    if len(roles_of(list(content))) >= 2:
        return _of_columns(content)
    return list(_of_users(content)) if _are_users(content) else None


def _is_row_of_names(rows: list[Any]) -> bool:
    """Whether a list holds lists, and the first of them names at least two known columns."""
    first = rows[0] if rows else None
    return isinstance(first, list) and all(isinstance(name, str) for name in first) and len(roles_of(first)) >= 2


def _below_names(names: list[Any], rows: list[Any]) -> list[Any]:
    found = []
    for row in rows:
        fits = isinstance(row, list) and len(row) == len(names)
        found.append(dict(zip(map(str, names), row, strict=True)) if fits else row)
    return found


def _of_columns(content: dict[str, Any]) -> list[Any] | None:
    """Columns of one length, as lists or as objects with the same keys."""
    columns = list(content.values())
    if all(isinstance(one, list) and len(one) == len(columns[0]) for one in columns):
        return [dict(zip(content, row, strict=True)) for row in zip(*columns, strict=True)]
    if all(isinstance(one, dict) and one.keys() == columns[0].keys() for one in columns):
        return [{name: content[name][key] for name in content} for key in columns[0]]
    return None


def _are_users(content: dict[str, Any]) -> bool:
    """Whether each value is an object of numbers: a user's ratings by item."""
    users = list(content.values())
    if not users or not all(isinstance(one, dict) and one for one in users):
        return False
    return all(isinstance(value, int | float) for one in users for value in one.values())


def _of_users(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for user, ratings in content.items():
        for item, rating in ratings.items():
            yield {"user": user, "item": item, "rating": rating}


def lifted(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of Trakt's export, whose item is an object named by its type, with the item's title beside the rating.

    Args:
        entry: an object; any other than Trakt's comes back as it is.
    Returns:
        entry: a film's or a show's title; of a season or an episode the show's, followed by its number as "S01E02".
    """
    kind = entry.get("type")
    own = entry.get(kind) if isinstance(kind, str) else None
    if "rated_at" not in entry or not isinstance(own, dict):
        return entry
    show, rest = entry.get("show"), {name: value for name, value in entry.items() if name not in (kind, "show")}
    if kind in ("season", "episode") and isinstance(show, dict):
        season, episode = (own.get("number"), None) if kind == "season" else (own.get("season"), own.get("number"))
        place = f"S{season:0>2}" + ("" if episode is None else f"E{episode:0>2}")
        own = show | {"title": f"{show.get('title')} {place}"}
    return own | rest
