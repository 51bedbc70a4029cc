"""Recommendations as a table of text on the terminal, or as a CSV file that keeps ids and titles unchanged."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any

from rbm_lib._files import atomic_file

from .trained import Best, Trained
from .words import counted, plain, table

COLUMNS = ("user", "rank", "item", "title", "score")
FORMULAS = ("=", "+", "-", "@", "\t")  # a text that begins so is a formula to a spreadsheet, quotes or not


def write(path: str | os.PathLike[str], found: Iterable[Best], trained: Trained) -> tuple[int, int, str]:
    """Writes lists as CSV: UTF-8, texts in quotes, numbers without; an id "007" or a film "NA" stays a text.

    Args:
        path: of the file, which is complete or absent.
        found: `Best` of each user.
        trained: the recommender of these items.
    Returns:
        users, rows: how many were written.
        warning: a sentence about texts that a spreadsheet would run as formulas; "" if there are none.
    """
    users = rows = 0
    written: set[Any] = set()
    names, ids = trained.names, trained.ratings.item_id.tolist()
    with atomic_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(COLUMNS)
        for best in found:
            users += 1
            for rank, (item, score) in enumerate(zip(best.item_index.tolist(), best.score.tolist(), strict=True), 1):
                texts = (best.user_id, ids[item], names[item])
                written.update(texts)
                writer.writerow([texts[0], rank, *texts[1:], round(score, 4)])
                rows += 1
    return users, rows, _warning(sorted(one for one in written if isinstance(one, str) and one.startswith(FORMULAS)))


def _warning(formulas: list[str]) -> str:
    if not formulas:
        return ""
    said = f"{counted(len(formulas), 'text')} would be read as a formula by a spreadsheet, as {plain(formulas[0])!r}"
    return f"{said}: import the columns user, item and title as text"


def in_words(best: Best, trained: Trained, n: int, row: Any, fewest: int) -> str:
    """A user's list as a table, with a sentence if it is shorter than requested.

    Args:
        best: `Best`.
        trained: the recommender of these items.
        n: the number of items requested.
        row: `Ratings` of the user.
        fewest: the number of ratings that an item had to have.
    """
    names, ids, counts = trained.names, trained.ratings.item_id.tolist(), trained.ratings.ratings_per_item
    with_ids = trained.titles is not None
    header = ["rank", *(["item"] if with_ids else []), "title" if with_ids else "item", "expected", "ratings"]
    rows = [
        [rank, *([ids[item]] if with_ids else []), names[item], f"{score:.2f}", f"{counts[item]:,}"]
        for rank, (item, score) in enumerate(zip(best.item_index.tolist(), best.score.tolist(), strict=True), 1)
    ]
    right = (0, len(header) - 2, len(header) - 1)
    lines = [f"{plain(best.user_id)}, {counted(row.num_ratings, 'rating')}"]
    lines += [table(header, rows, right)] if rows else []
    if len(rows) < n:
        lines.append(_why_short(len(rows), trained.ratings.num_items - row.num_ratings, trained, fewest))
    return "\n".join(lines)


def _why_short(shown: int, unrated: int, trained: Trained, fewest: int) -> str:
    of = f"of {counted(trained.ratings.num_items, 'item')} {unrated:,} {'is' if unrated == 1 else 'are'} unrated"
    if unrated == 0:
        return f"all {counted(trained.ratings.num_items, 'item')} are rated: nothing is left to recommend"
    if shown < unrated:
        return f"{of}, {shown:,} of them with {counted(fewest, 'rating')} or more; --fewest 1 shows all"
    return f"{of}: there are no more"
