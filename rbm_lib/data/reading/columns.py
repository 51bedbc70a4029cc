"""Which column is which: by the common spellings, in any case, and by the options."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .faults import fault, listed, shown
from .names import COUNTS, NAMES, YEARS

INDEX = re.compile(r"(unnamed: ?\d+|index|level_0|__index_level_0__|#)?", re.IGNORECASE)  # pandas' names of its index
IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
AFTER = re.compile(
    r"(?:\s*(?:/|out of)\s*\d+|:(?:token|float)(?:_seq)?)\s*$", re.IGNORECASE
)  # `rating /5`, RecBole's types
NEEDED = "a user, an item and a rating"


def plain_name(name: str) -> str:
    """A column's name in lower case, only letters and digits, without its unit: `Rating (1-5)`, `rating /5`."""
    bare = AFTER.sub("", IN_BRACKETS.sub("", name)) or name
    text = unicodedata.normalize("NFKD", bare).casefold().replace("ı", "i")
    return "".join(one for one in text if one.isalnum())


def roles_of(names: Sequence[str]) -> dict[str, list[int]]:
    """For each role the columns of the earliest group of `NAMES` that the table has."""
    plain = [plain_name(name.rpartition(".")[2]) for name in names]
    found: dict[str, list[int]] = {}
    for role, groups in NAMES.items():
        for group in groups:
            known = _known(group)
            places = [place for place, name in enumerate(plain) if name in known]
            if places:
                found[role] = places
                break
    return found


@cache
def _known(group: str) -> frozenset[str]:
    return frozenset(map(plain_name, group.split()))


def choose_columns(
    names: Sequence[str], chosen: Any, path: Path | str, where: str, personal: bool, complete: bool = False
) -> dict[str, int]:
    """The column of each role.

    Args:
        names: of the columns in the file.
        chosen: a dict from role to name or number, as `Reading.columns`, or None.
        path, where: for errors.
        personal: whether a table without users is accepted.
        complete: whether `chosen` names all columns that matter, as for a known export.
    Returns:
        place: from role to the column's position, counted from 0; without "title" if titles are the items.
    Raises:
        ValueError: if a role has no column, or several candidates.
    """
    chosen = dict(chosen or {})
    place = {role: _place(column, names, role, path, where) for role, column in chosen.items()}
    taken = set(place.values())
    for role, places in ({} if complete else roles_of(names)).items():
        free = [one for one in places if one not in taken]
        if role in place or not free:
            continue
        if len(free) > 1 and role != "title":
            said = listed([names[one] for one in free])
            example = names[free[0]] if len({names[one] for one in free}) > 1 else free[0] + 1
            way_out = f"say which: columns={{{role!r}: {example!r}}}"
            raise fault(path, where, f"one column of the {role}", said, way_out)
        place[role] = free[0]
    if "item" not in place and "title" in place:
        place["item"] = place.pop("title")
    missing = [role for role in ("user", "item", "rating") if role not in place and not (role == "user" and personal)]
    if missing:
        raise _missing(missing, names, path, where)
    return place


def year_of_titles(names: Sequence[str], place: dict[str, int]) -> int | None:
    """The position of the one column of years that belong to titles, or None; for a person's own list of titles."""
    by_title = place.get("title", place["item"]) in roles_of(names).get("title", [])
    years = [at for at, name in enumerate(names) if plain_name(name) in YEARS and at not in place.values()]
    return years[0] if by_title and len(years) == 1 else None


def is_count(name: str) -> bool:
    """Whether a column's name says that it holds counts, not opinions."""
    return plain_name(name) in COUNTS


def ignored(names: Sequence[str], place: dict[str, int]) -> list[str]:
    """A note on columns that are not read, except an index of pandas and columns without a name."""
    others = [name for at, name in enumerate(names) if at not in place.values() and not INDEX.fullmatch(name.strip())]
    return [f"columns that are not read: {listed(others)}"] if others else []


def _place(column: Any, names: Sequence[str], role: str, path: Path | str, where: str) -> int:
    if isinstance(column, int):
        if column > len(names):
            raise fault(path, where, f"a column {column} for the {role}", f"{len(names)} columns")
        return column - 1
    exact = [place for place, name in enumerate(names) if name.strip() == column.strip()]
    alike = [place for place, name in enumerate(names) if plain_name(name) == plain_name(column)]
    found = exact or alike
    if len(found) != 1:
        raise fault(path, where, f"one column {shown(column)} for the {role}", f"the columns {listed(list(names), 12)}")
    return found[0]


def _missing(missing: list[str], names: Sequence[str], path: Path | str, where: str) -> ValueError:
    known = roles_of(names)
    free = [
        name for at, name in enumerate(names) if not any(at in places for places in known.values()) and name.strip()
    ]
    example = ", ".join(f"{role!r}: {name!r}" for role, name in zip(missing, [*free, *["..."] * 3], strict=False))
    way_out = f"say which is which: columns={{{example}}}"
    if missing == ["rating"] and not free:
        way_out = "add a column of ratings; who took what alone does not say what was liked"
    if missing == ["user"]:
        way_out += "; or, where all ratings are one person's, user='me'"
    found = f"the columns {listed(list(names), 12)}"
    return fault(path, where, f"columns of {NEEDED}, the {' and the '.join(missing)} among them", found, way_out)
