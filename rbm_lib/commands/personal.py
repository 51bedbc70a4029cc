"""One person's ratings from an export, as a row over the items of a trained recommender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.data import OwnTable, Ratings, read_own_table

from .near import find_user
from .titles import Match, match_titles
from .words import counted, plain, span, stars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .trained import Trained

ME = "me"  # the id of the user, if no column names one
ENDS = (1.0, 5.0, 10.0, 20.0, 100.0)  # common ends of scales
ENOUGH = 0.5  # share of numbers that must match titles; below it they are ids, if more ids match


@dataclass(frozen=True, eq=False)
class Personal:
    """A person's ratings among the items of a recommender.

    Attributes:
        row: `Ratings` of one user over the items of the training.
        notes: how the ratings were read, a line each.
        elsewhere: items found under another name or year, a line each.
        missing: items that were not found, a line each.
    """

    row: Ratings
    notes: list[str]
    elsewhere: list[str]
    missing: list[str]


def read_export(path: str, reading: dict[str, Any]) -> OwnTable:
    """The content of a file of one person's ratings; it needs no column of users.

    Args:
        path: a table of any supported kind.
        reading: options of `Reading`.
    """
    return read_own_table(path, **{"user": ME} | reading)


def among_items(
    path: str, table: OwnTable, trained: Trained, *, user: str | None, match: str | None, highest: float | None
) -> Personal:
    """Finds the items of a personal export among those of a recommender.

    Args:
        path: of the export, for errors.
        table: its content.
        trained: the recommender with the items.
        user: the user's id, if the file holds ratings of several; None for one person's.
        match: "title", "id", or None: titles, except for numbers that are more likely ids.
        highest: the highest rating of the person's scale; None takes the smallest scale that fits the ratings.
    Returns:
        personal: `Personal`.
    Raises:
        ValueError: for a file of several people's ratings, or with none of the items.
    """
    row = _one_person(path, table, user)
    names = [table.titles[place] if table.titles else str(row.item_id[place]) for place in row.item_index]
    matches, by_id = _matches(names, row, table, trained, match)
    rating, said = to_scale(row.rating.astype(np.float64), trained.pool.values, highest)
    places = {number: one.place for number, one in enumerate(matches) if one.place is not None}
    found = list(places)
    missing = [f"{plain(one.wanted)}: {plain(one.note)}" for one in matches if one.place is None]
    if not found:
        kind = "ids" if by_id else "titles"
        raise ValueError(f"{path}: expected {kind} of {trained.name}, found none of {counted(len(matches), 'item')}: "
                         f"{'; '.join(missing[:3])}")  # fmt: skip
    elsewhere = [f"{plain(one.wanted)}: {plain(one.note)}" for one in matches if one.place is not None and one.note]
    notes = [*table.notes, *said]
    if by_id:
        notes.append("items are found by their ids (--match title looks for titles)")
    own = Ratings.from_triples(
        [str(row.user_id[0])] * len(found),
        trained.ratings.item_id[list(places.values())],
        rating[found],
        item_ids=trained.ratings.item_id,
    )
    return Personal(own, notes, elsewhere, missing)


def _one_person(path: str, table: OwnTable, user: str | None) -> Ratings:
    ratings = table.ratings
    if user is not None and ratings.user_id.tolist() == [ME]:
        raise ValueError(f"--user: expected none, as {path} says nothing of users, found {plain(user)!r}; leave it out")
    if user is not None:
        return ratings.take_users([find_user(ratings.user_id, user)])
    if ratings.num_users > 1:
        raise ValueError(f"{path}: expected one person's ratings, found those of {ratings.num_users:,} users; "
                         f"--user {plain(ratings.user_id[0])} takes one of them")  # fmt: skip
    return ratings


def _matches(
    names: list[str], row: Ratings, table: OwnTable, trained: Trained, match: str | None
) -> tuple[list[Match], bool]:
    """The match of each item, and whether ids were searched."""
    if match != "id":
        found = match_titles(trained.names, [(name, None) for name in names], trained.ratings.ratings_per_item.tolist())
        numbers = table.titles is None and row.item_id.dtype.kind == "i"
        if match == "title" or not numbers or _share(found) >= ENOUGH:
            return found, False
        by_id = _by_id(row, trained)
        return (by_id, True) if _share(by_id) > _share(found) else (found, False)
    return _by_id(row, trained), True


def _by_id(row: Ratings, trained: Trained) -> list[Match]:
    place_of = {str(own): place for place, own in enumerate(trained.ratings.item_id.tolist())}
    ids = [str(row.item_id[place]) for place in row.item_index]
    return [Match(own, place_of.get(own), "" if own in place_of else "no such id") for own in ids]


def _share(matches: list[Match]) -> float:
    return sum(match.place is not None for match in matches) / max(1, len(matches))


def to_scale(
    rating: NDArray[np.float64], values: NDArray[np.float64], highest: float | None = None
) -> tuple[NDArray[np.float64], list[str]]:
    """Ratings on a person's scale as the nearest ones on a recommender's scale, both from 0 to their ends.

    Args:
        rating: float64 `(num_ratings,)`, the person's.
        values: float64 ascending, those of the recommender.
        highest: the end of the person's scale; None takes the first of `ENDS` that no rating exceeds.
    Returns:
        rating: float64 `(num_ratings,)`, each one of `values`.
        notes: what was changed, in words.
    Raises:
        ValueError: if a rating is above `highest`.
    """
    theirs = _end(values)
    own = _end(rating) if highest is None else highest
    if rating.max() > own:
        raise ValueError(f"--my-highest: expected the highest rating, {rating.max():g} or more, found {own:g}")
    lowest = -own if rating.min() < 0 else 0.0
    bottom = -theirs if values[0] < 0 else 0.0
    moved = bottom + (rating - lowest) / (own - lowest) * (theirs - bottom)
    nearest = values[np.abs(moved[:, None] - values).argmin(axis=1)]
    if np.array_equal(nearest, rating):
        return nearest, []
    said = f"ratings of {span(np.unique(rating).tolist())} on a scale up to {stars(own)}"
    return nearest, [f"{said} become the nearest of {span(values.tolist())}, as {stars(rating[0])} becomes "
                     f"{stars(nearest[0])} (--my-highest says where the scale ends)"]  # fmt: skip


def _end(values: NDArray[np.float64]) -> float:
    """The end of a scale: the first of `ENDS` that no value exceeds."""
    largest = float(np.abs(values).max())
    return next((end for end in ENDS if largest <= end), largest)
