"""Ids of users and items: without surrounding blanks, whole numbers as numbers, and notes on nearly equal ids."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..ids import Ids, text_ids
from .faults import counted, fault, shown
from .folds import BETWEEN, alike, merged
from .tables import Coded, RawTable

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f"))  # joiners stay: emoji and Persian need them
BLANKS = {ord(one): " " for one in "\x85\u2028\u2029\u00a0\u2007\u202f\u2009\u200a\u2002\u2003\u3000"}
CONTROLS = {one: None for one in (*range(9), 11, 12, *range(14, 32), *range(127, 160)) if one != 0x85}
WHOLE = re.compile(r"-?[0-9]+")
WHOLE_FLOAT = re.compile(r"(-?[0-9]+)\.0+")
_NUMBER = r"(?:0|-?[1-9][0-9]{0,17})"
PLAIN_NUMBERS = re.compile(rf"{_NUMBER}(?:\n{_NUMBER})*+")
HIGHEST = 2**63
LONGEST = 20  # characters of a whole number that int64 may hold; Python refuses to count digits by the thousands
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2}")


@dataclass
class IdColumn:
    """Ids of a column.

    Attributes:
        ids: the distinct ids, ascending: int64, or str.
        index: int32 `(num_rows,)`, the position of each row's id.
        notes: how they were read.
    """

    ids: Ids
    index: NDArray[np.int32]
    notes: list[str] = field(default_factory=list)


def find_ids(
    path: Path | str, table: RawTable, role: str, merge: Sequence[str], kept: NDArray[np.int64] | None
) -> IdColumn:
    """The ids of a column.

    Args:
        path: for errors.
        table: `RawTable`.
        role: "user" or "item".
        merge: kinds of `FOLDS` whose ids are merged.
        kept: rows that hold ratings, or None for all.
    Returns:
        column: `IdColumn`.
    Raises:
        ValueError: for a row without an id.
    """
    coded: Coded = getattr(table, role)
    coded = coded if kept is None else coded.take(kept)
    if not isinstance(coded.values, np.ndarray) and _are_plain_numbers(coded.values):
        coded = Coded(np.fromiter(map(int, coded.values), np.int64, len(coded.values)), coded.codes)
    if isinstance(coded.values, np.ndarray):
        return _of_numbers(coded)
    texts, notes = cleaned(coded.values, role)
    texts, said = merged(texts, merge, role)
    index = _first_places(texts)[coded.codes]
    present = np.flatnonzero(np.bincount(index, minlength=len(texts)))
    for place in present:
        if not texts[place]:
            row = int(np.flatnonzero(index == place)[0])
            row = row if kept is None else int(kept[row])
            raise fault(path, table.where(row), f"an id of {_an(role)}", shown(coded.values[place]))
    distinct = [texts[place] for place in present]
    new_place = np.zeros(len(texts), np.int32)
    new_place[present] = np.arange(len(present), dtype=np.int32)
    ids, order, more = _as_ids(distinct, role)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    column = IdColumn(ids, rank[new_place][index], notes + said + more)
    if ids.dtype.kind != "i":
        column.notes += alike(distinct, role, merge)
    return column


def _are_plain_numbers(texts: Sequence[str]) -> bool:
    """Whether all are whole numbers of up to 18 digits, in Python's notation; tested for all at once."""
    joined = "\n".join(texts)
    return joined.count("\n") == len(texts) - 1 and PLAIN_NUMBERS.fullmatch(joined) is not None


def are_whole(texts: Sequence[str]) -> bool:
    """Whether all are whole numbers that int64 holds, written as Python writes them."""
    if _are_plain_numbers(texts):
        return True
    numbers = map(_whole, texts)
    return all(
        -HIGHEST <= number < HIGHEST and str(number) == text for number, text in zip(numbers, texts, strict=False)
    )


def _whole(text: str) -> int:
    """A text as a whole number; `HIGHEST` for one that is none, or of too many digits."""
    return int(text) if len(text) <= LONGEST and WHOLE.fullmatch(text) else HIGHEST


def _of_numbers(coded: Coded) -> IdColumn:
    present = np.flatnonzero(np.bincount(coded.codes, minlength=len(coded.values)))
    ids, place = np.unique(coded.values[present], return_inverse=True)
    rank = np.zeros(len(coded.values), np.int32)
    rank[present] = place
    return IdColumn(ids.astype(np.int64), rank[coded.codes])


def clean(text: str) -> str:
    """A text without surrounding blanks, invisible characters and controls, in composed form (NFC).

    Excel's notation for a number as text, `="0306400000"`, is removed too.
    """
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.translate(CONTROLS).translate(INVISIBLE).translate(BLANKS)
    return unicodedata.normalize("NFC", text).strip()


def cleaned(values: Sequence[str], role: str) -> tuple[list[str], list[str]]:
    """Texts as `clean` makes them, and what was changed, in words."""
    if _are_clean(values):
        return list(values), []
    texts = [clean(text) for text in values]
    changed = [place for place, (old, new) in enumerate(zip(values, texts, strict=True)) if old != new]
    joined = len(set(values)) - len(set(texts))
    if not changed:
        return texts, []
    end = f"; {joined:,} became one with another" if joined else ""
    said = f"{counted(len(changed), f'{role} id')} with blanks around or invisible characters"
    return texts, [f"{said}, as {shown(values[changed[0]])}, cleaned{end}"]


def _are_clean(values: Sequence[str]) -> bool:
    """Whether all are plain ASCII without surrounding blanks; tested for all at once."""
    joined = BETWEEN.join(values)
    if '="' in joined:
        return False
    plain = joined.isascii() and joined.count(BETWEEN) == len(values) - 1 and joined.replace(BETWEEN, "").isprintable()
    return (
        plain and " " not in (joined[:1], joined[-1:]) and f" {BETWEEN}" not in joined and f"{BETWEEN} " not in joined
    )


def _first_places(texts: list[str]) -> NDArray[np.int32]:
    """For each text the position of its first occurrence."""
    first: dict[str, int] = {}
    return np.fromiter((first.setdefault(text, place) for place, text in enumerate(texts)), np.int32, len(texts))


def _as_ids(texts: list[str], role: str) -> tuple[Ids, NDArray[np.intp], list[str]]:
    """Ids ascending, as whole numbers if no information is lost, the position of each among `texts`, and a note."""
    notes = []
    wholes = texts if all(WHOLE.fullmatch(text) for text in texts) else None
    if wholes is None and all(WHOLE.fullmatch(text) or WHOLE_FLOAT.fullmatch(text) for text in texts):
        wholes = [text.partition(".")[0] for text in texts]
        if len(set(wholes)) == len(wholes):
            notes = [f"{role} ids such as {shown(next(text for text in texts if '.' in text))} read as whole numbers"]
        else:
            wholes = None
    if wholes is not None:
        numbers = [_whole(text) for text in wholes]
        within = all(-HIGHEST <= number < HIGHEST for number in numbers)
        if within and all(str(number) == text for number, text in zip(numbers, wholes, strict=True)):
            order = np.argsort(np.array(numbers, np.int64), kind="stable")
            return np.array(numbers, np.int64)[order], order, notes
        notes = [f"{role} ids beyond 2**63 are kept as text"] if not within else []
    cut = [text for text in texts if SCIENTIFIC.fullmatch(text)]
    if cut:
        said = f"{counted(len(cut), f'{role} id')} in a spreadsheet's short form, as {shown(cut[0])}"
        notes.append(f"{said}: their last digits are lost, and different ids may have become one")
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.intp)
    return text_ids([texts[place] for place in order]), order, notes


def _an(role: str) -> str:
    return "an item" if role == "item" else f"a {role}"
