"""Ratings as numbers, and their scale: which rows are unrated, which end is best, what counts as a like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .faults import counted, fault, listed, shown
from .numbers import fraction_of, is_blank, number_in
from .options import Reading
from .tables import Coded, RawTable

FIVE_STARS = 3.0  # the article's like, on a scale of five stars
MOST_VALUES = 20  # of a scale with a list of values
MOST_COUNT = 5  # the largest value of converted counts
MARKS = (-9, -99, -999, -9999, 77, 88, 98, 99, 255, 999, 9999)  # common marks of "not rated"
LARGEST = 1e6  # limit of a rating, within the precision of float32
AS_IS = "scale='as is' takes the numbers as they are"


@dataclass
class Scale:
    """Ratings on their scale.

    Attributes:
        rating: float32 `(num_kept,)`.
        kept: the rows that hold a rating, or None for all of them.
        threshold: the fewest stars of a like.
        notes: how they were read.
    """

    rating: NDArray[np.float32]
    kept: NDArray[np.int64] | None
    threshold: float
    notes: list[str] = field(default_factory=list)


def find_scale(path: Path | str, table: RawTable, options: Reading, times: NDArray[np.int64] | None = None) -> Scale:
    """Ratings of a table as numbers.

    Args:
        path: for errors.
        table: `RawTable`.
        options: what the reader says.
        times: int64 `(num_rows,)`, how often each row's rating occurs; None for once.
    Returns:
        scale: `Scale`.
    Raises:
        ValueError: for text that is not a number, undeclared marks of "not rated", and numbers that are no scale.
    """
    markers = table.unrated if options.unrated is None else options.unrated
    notes: list[str] = []
    if isinstance(table.rating, Coded):
        number = _numbers_of_texts(path, table, markers)
    else:
        number = np.asarray(table.rating, np.float64)
        is_marker = np.isin(number, [float(one) for one in markers if not isinstance(one, str)])
        if _has_blank(markers):
            is_marker |= np.isnan(number)
        number = np.where(is_marker, np.nan, number) if is_marker.any() else number
        _check_numbers(path, table, number, is_marker)
    kept = np.flatnonzero(~np.isnan(number)) if np.isnan(number).any() else None
    if kept is not None:
        notes.append(f"{counted(len(number) - len(kept), 'line')} without a rating left out")
        number = number[kept]
    if len(number) == 0:
        raise fault(path, "", "ratings", "none")
    if np.abs(number).max() > LARGEST:
        row = int(np.flatnonzero(np.abs(number) > LARGEST)[0])
        expected, found = f"ratings from {-LARGEST:g} to {LARGEST:g}", f"{number[row]:.15g}"
        way_out = "say which column is which, as columns='user,item,timestamp,rating'"
        raise fault(path, table.where(_row(row, kept)), expected, found, way_out)
    if options.scale == "counts" or (options.scale is None and table.counts):
        number, rule = _from_counts(path, table, number, kept)
        notes.append(rule)
    elif options.scale is None:
        _check_scale(path, number, options, markers, times if kept is None or times is None else times[kept])
    number, said = _turned_and_rounded(number, options)
    rating = number.astype(np.float32)
    values = _distinct(rating)
    threshold = options.threshold if options.threshold is not None else middle(values)
    return Scale(rating, kept, threshold, notes + said + _said(values, threshold))


def _row(row: int, kept: NDArray[np.int64] | None) -> int:
    return row if kept is None else int(kept[row])


def _has_blank(markers: Sequence[float | str]) -> bool:
    return any(isinstance(one, str) and is_blank(one) for one in markers)


def _numbers_of_texts(path: Path | str, table: RawTable, markers: Sequence[float | str]) -> NDArray[np.float64]:
    """Texts as numbers, NaN for what marks that nothing was rated."""
    texts = table.rating.values
    used = np.zeros(len(texts), bool)
    used[np.unique(table.rating.codes)] = True
    words = {str(one).strip().casefold() for one in markers if isinstance(one, str)}
    words |= {"nan"} if _has_blank(markers) else set()
    numbers = {float(one) for one in markers if not isinstance(one, str)}
    values = np.zeros(len(texts))
    wholes: dict[float | None, str] = {}
    for place, text in enumerate(texts):
        number = number_in(text)
        marked = text.strip().casefold() in words or (number is not None and number in numbers)
        if marked or (_has_blank(markers) and is_blank(text)):
            values[place] = np.nan
        elif not used[place]:
            continue
        elif number is None:
            row = int(np.flatnonzero(table.rating.codes == place)[0])
            way_out = f"unrated={text.strip()!r} leaves out such lines" if is_blank(text) else ""
            raise fault(path, table.where(row), "a rating, as a number", shown(text), way_out)
        else:
            values[place] = number
            wholes.setdefault(fraction_of(text), text)
    if len(wholes) > 1 and any(whole is not None for whole in wholes):
        raise fault(path, "", "ratings on one scale", listed(list(wholes.values())))
    return values[table.rating.codes]


def _check_numbers(path: Path | str, table: RawTable, number: NDArray[np.float64], marked: NDArray[np.bool_]) -> None:
    wrong = ~np.isfinite(number) & ~marked
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found = "none" if np.isnan(number[row]) else f"{number[row]}"
        raise fault(
            path, table.where(row), "a rating, as a number", found, "unrated='' leaves out rows without a rating"
        )


def _check_scale(
    path: Path | str,
    number: NDArray[np.float64],
    options: Reading,
    markers: Sequence[float | str],
    times: NDArray[np.int64] | None,
) -> None:
    """Refuse what looks like marks of "not rated" among the ratings, and what looks like counts."""
    values = np.unique(number)
    if options.unrated is None and len(values) > 2:
        suspect = _stands_apart(values)
        if suspect is not None:
            others = values[values != suspect]
            marked = number == suspect
            count = counted(int(marked.sum() if times is None else times[marked].sum()), "time")
            raise fault(
                path, "", f"ratings on one scale, as from {others[0]:g} to {others[-1]:g}", f"{suspect:g}, {count}",
                f"unrated={suspect:g} leaves those lines out if it marks what was not rated; {AS_IS}",
            )  # fmt: skip
    whole = (values == np.round(values)).all()
    if whole and values[0] >= 0 and values[-1] > 100 and len(values) > MOST_VALUES:
        low = f"whole numbers from {values[0]:g} to {values[-1]:g}"
        raise fault(
            path, "", "ratings on a scale", f"{low}, like counts",
            f"scale='counts' takes 1 + log2 of them, at most {MOST_COUNT} stars; {AS_IS}",
        )  # fmt: skip


def _stands_apart(values: NDArray[np.float64]) -> float | None:
    """A value that may be no rating: -1, 99 and the like far from the others, or 0 beside 1 to 5 or 1 to 10."""
    low, high = values[0], values[-1]
    below, above = high - values[1], values[-2] - low  # the scale's width without its lowest, highest value
    if low == -1 and values[1] >= 0 and (values == np.round(values)).all():
        return float(low)
    if values[1] - low > max(below, 1) * (1 if low in MARKS else 3) and low <= -9:
        return float(low) if low in MARKS or low < -20 else None
    if high - values[-2] > max(above, 1) * (1 if high in MARKS else 3) and high > 20:
        return float(high)
    is_list = len(values) <= MOST_VALUES + 1
    return 0.0 if low == 0 and high in (5, 10) and is_list and values[1] >= 0.5 else None


def _from_counts(
    path: Path | str, table: RawTable, number: NDArray[np.float64], kept: NDArray[np.int64] | None
) -> tuple[NDArray[np.float64], str]:
    wrong = (number < 1) | (number != np.round(number))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        way_out = "unrated=0 leaves out lines of 0" if number[row] == 0 else ""
        raise fault(
            path, table.where(_row(row, kept)), "a count, a whole number from 1 on", f"{number[row]:g}", way_out
        )
    stars = np.minimum(1 + np.floor(np.log2(number)), MOST_COUNT)
    return stars, f"counts: 1 + log2 of each, rounded down, at most {MOST_COUNT} stars"


def _turned_and_rounded(number: NDArray[np.float64], options: Reading) -> tuple[NDArray[np.float64], list[str]]:
    notes = []
    if options.num_values is not None:
        low, high = _ends(number)
        values = np.linspace(low, high, options.num_values)
        step = values[1] - values[0]
        number = values[np.clip(np.floor((number - low) / step + 0.5), 0, len(values) - 1).astype(int)]
        notes.append(f"ratings rounded to {options.num_values} values from {low:g} to {high:g}, {step:g} apart")
    if options.best == "low":
        low, high = number.min(), number.max()
        number = low + high - number
        notes.append(f"{low:g} is best: the scale is turned round, {low:g} becomes {high:g}")
    return number, notes


def _ends(number: NDArray[np.float64]) -> tuple[float, float]:
    """The ends of a scale: whole numbers around the ratings, if it is wider than one."""
    low, high = float(number.min()), float(number.max())
    return (float(np.floor(low)), float(np.ceil(high))) if high - low > 1 else (low, high if high > low else low + 1)


def _distinct(rating: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.unique(rating)


def middle(values: NDArray[Any]) -> float:
    """The fewest stars of a like: 3 of five, else the lowest value from the middle of the scale on.

    Args:
        values: the distinct ratings, ascending.
    Returns:
        threshold: float.
    """
    low, high = float(values[0]), float(values[-1])
    if len(values) > MOST_VALUES:
        low, high = _ends(np.asarray(values, np.float64))
        return FIVE_STARS if low >= 0.5 and 4 < high <= 5 else (low + high) / 2
    halves = np.asarray(values, np.float64) * 2
    if low >= 0.5 and 4 < high <= 5 and (halves == np.round(halves)).all():
        return FIVE_STARS
    return float(values[np.searchsorted(values, (low + high) / 2 - 1e-6)])


def _said(values: NDArray[np.float32], threshold: float) -> list[str]:
    if len(values) == 1:
        return [f"every rating is {values[0]:g}: nothing tells what is liked from what is not"]
    shown_values = ", ".join(f"{value:g}" for value in values) if len(values) <= MOST_VALUES else "any number"
    span = f"from {values[0]:g} to {values[-1]:g}: " if len(values) > MOST_VALUES else ""
    notes = [f"ratings are {span}{shown_values}; a like is {threshold:g} and more (threshold= says otherwise)"]
    if values[0] == 0 and len(values) > 2:
        notes.append("0 is taken for a rating; unrated=0 leaves it out")
    return notes
