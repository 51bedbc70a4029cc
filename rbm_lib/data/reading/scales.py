"""Ratings as numbers, and their scale: which rows are unrated, which end is best, what counts as a like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .faults import counted, fault, listed, shown
from .numbers import EITHER_COMMA, fraction_of, has_fraction, is_blank, number_in, without_thousands
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
        steps: the values that ratings were rounded to, ascending, or None.
    """

    rating: NDArray[np.float32]
    kept: NDArray[np.int64] | None
    threshold: float
    notes: list[str] = field(default_factory=list)
    steps: NDArray[np.float64] | None = None


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
    is_count = options.scale == "counts" or (options.scale is None and table.counts)
    if isinstance(table.rating, Coded):
        texts, said = _in_one_notation(table.rating.values, is_count)
        notes += said
        number = _numbers_of_texts(path, table, texts, markers)
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
    if not is_count and np.abs(number).max() > LARGEST:
        row = int(np.flatnonzero(np.abs(number) > LARGEST)[0])
        expected, found = f"ratings from {-LARGEST:g} to {LARGEST:g}", f"{number[row]:.15g}"
        way_out = "say which column is which, as columns='user,item,timestamp,rating'"
        raise fault(path, table.where(_row(row, kept)), expected, found, way_out)
    if is_count:
        number, rule = _from_counts(path, table, number, kept)
        notes.append(rule)
    elif options.scale is None:
        _check_scale(path, number, options, markers, times if kept is None or times is None else times[kept])
    number, steps, said = _turned_and_rounded(number, options)
    rating = number.astype(np.float32)
    values = _distinct(rating)
    threshold = options.threshold if options.threshold is not None else middle(values)
    if np.float32(threshold) > values[-1]:
        expected = f"a threshold of at most {values[-1]:g}, the highest rating"
        raise fault(path, "", expected, f"{threshold:g}", "threshold= names another")
    return Scale(rating, kept, threshold, notes + said + _said(values, threshold), steps)


def _row(row: int, kept: NDArray[np.int64] | None) -> int:
    return row if kept is None else int(kept[row])


def _has_blank(markers: Sequence[float | str]) -> bool:
    return any(isinstance(one, str) and is_blank(one) for one in markers)


def _in_one_notation(texts: list[str], is_count: bool) -> tuple[list[str], list[str]]:
    """Ratings without marks between thousands, if they are counts, and with decimal points for decimal commas."""
    if is_count:
        plain = [without_thousands(text) for text in texts]
        changed = sum(old.strip() != new for old, new in zip(texts, plain, strict=True))
        return plain, [f"marks between thousands left out of {counted(changed, 'count')}"] if changed else []
    if any(has_fraction(text) for text in texts):
        texts = [text.replace(",", ".") if EITHER_COMMA.fullmatch(text.strip()) else text for text in texts]
    return texts, []


def _numbers_of_texts(
    path: Path | str, table: RawTable, texts: list[str], markers: Sequence[float | str]
) -> NDArray[np.float64]:
    """Texts as numbers, NaN for what marks that nothing was rated."""
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
            raise fault(path, table.where(row), "a rating, as a number", shown(text), _way_out_of(text))
        else:
            values[place] = number
            wholes.setdefault(fraction_of(text), text)
    if len(wholes) > 1 and any(whole is not None for whole in wholes):
        raise fault(
            path, "", "ratings on one scale", listed(list(wholes.values())), "write all of them as numbers of one"
        )
    return values[table.rating.codes]


def _way_out_of(text: str) -> str:
    """What to do about a text that is no rating."""
    if EITHER_COMMA.fullmatch(text.strip()):
        return "its comma may be a decimal one or stand before thousands: write a point, or none"
    leaves_out = f"unrated={shown(text.strip())} leaves out such lines"
    return leaves_out if is_blank(text) else f"{leaves_out}; like and dislike, stars and 4/5 are numbers too"


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


def rounded(number: NDArray[Any], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each number as the nearest of values at equal distances, halves upwards."""
    step = steps[1] - steps[0]
    place = np.clip(np.floor((number - steps[0]) / step + 0.5), 0, len(steps) - 1)
    return np.asarray(steps[place.astype(int)])


def _from_counts(
    path: Path | str, table: RawTable, number: NDArray[np.float64], kept: NDArray[np.int64] | None
) -> tuple[NDArray[np.float64], str]:
    wrong = (number < 1) | (number != np.round(number))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        way_out = "unrated=0 leaves out lines of 0" if number[row] == 0 else "write counts without a point"
        raise fault(
            path, table.where(_row(row, kept)), "a count, a whole number from 1 on", f"{number[row]:g}", way_out
        )
    stars = np.minimum(1 + np.floor(np.log2(number)), MOST_COUNT)
    return stars, f"counts: 1 + log2 of each, rounded down, at most {MOST_COUNT} stars"


def _turned_and_rounded(
    number: NDArray[np.float64], options: Reading
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, list[str]]:
    notes, steps = [], None
    if options.num_values is not None:
        low, high = _ends(number)
        steps = np.linspace(low, high, options.num_values)
        step = steps[1] - steps[0]
        number = rounded(number, steps)
        notes.append(f"ratings rounded to {options.num_values} values from {low:g} to {high:g}, {step:g} apart")
    if options.best == "low":
        low, high = number.min(), number.max()
        number = low + high - number
        steps = None if steps is None else np.sort(low + high - steps)
        notes.append(f"{low:g} is best: the scale is turned round, {low:g} becomes {high:g}")
    return number, steps, notes


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
