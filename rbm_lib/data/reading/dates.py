"""Times of ratings as seconds, from seconds, milliseconds, ISO dates or a format given in the options."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .faults import counted, fault, shown
from .numbers import PLAIN, is_blank
from .options import Reading
from .tables import Coded, RawTable

UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
IN_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
LEAVE_OUT = "dates='ignore' reads the ratings without times"
SMALL = 10**6  # seconds; the 12th of January 1970: years, days of a spreadsheet, and numbers in order are smaller
REAL = 10**8  # seconds; in 1973, before anybody rated on a computer
LATEST = 10**11  # seconds; the year 5138, and in milliseconds the year 1973


def find_times(
    path: Path, table: RawTable, options: Reading, kept: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Times in seconds since 1970.

    Args:
        path: for errors.
        table: `RawTable`.
        options: `Reading`.
        kept: rows that hold ratings, or None for all.
    Returns:
        seconds: int64 `(num_kept,)`, or None if there are none or they are ignored.
        notes: how they were read.
    Raises:
        ValueError: for a row without a time if others have one, and for an invalid time.
    """
    column = table.timestamp
    if column is None:
        return None, []
    if options.dates == "ignore":
        return None, ["times of ratings are ignored"]
    if kept is not None:
        column = column.take(kept) if isinstance(column, Coded) else column[kept]
    if not isinstance(column, Coded):
        return _of_numbers(path, table, column, options, kept)
    texts = [text.strip() for text in column.values]
    present = np.unique(column.codes)
    blank = [place for place in present if is_blank(texts[place])]
    if len(blank) == len(present):
        return None, []
    if blank:
        rows = np.flatnonzero(np.isin(column.codes, blank))
        row = int(rows[0]) if kept is None else int(kept[rows[0]])
        found = f"none, as in {counted(len(rows), 'line')} of {len(column.codes):,}"
        raise fault(path, table.where(row), "a time, as other lines have one", found, LEAVE_OUT)
    numeric = options.dates is None or options.dates in UNITS
    endless = [place for place in present if PLAIN.fullmatch(texts[place]) and len(texts[place]) > 40]
    if numeric and endless:
        row = int(np.flatnonzero(column.codes == endless[0])[0])
        row = row if kept is None else int(kept[row])
        raise fault(path, table.where(row), "a time", shown(texts[endless[0]]), LEAVE_OUT)
    if numeric and all(PLAIN.fullmatch(texts[place]) for place in present):
        number = np.zeros(len(texts))
        number[present] = [float(texts[place]) for place in present]
        return _of_numbers(path, table, number[column.codes], options, kept)
    seconds = np.zeros(len(texts), np.int64)
    seconds[present] = _parsed(path, table, column, present, [texts[place] for place in present], options, kept)
    return seconds[column.codes], []


def _of_numbers(
    path: Path, table: RawTable, column: NDArray[Any], options: Reading, kept: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64] | None, list[str]]:
    if column.dtype.kind == "M":
        missing = np.isnat(column)
    else:
        missing = ~np.isfinite(column) if column.dtype.kind == "f" else np.zeros(1, bool)
    if missing.all() and len(column):
        return None, []
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        row = row if kept is None else int(kept[row])
        found = f"none, as in {counted(int(missing.sum()), 'row')} of {len(column):,}"
        raise fault(path, table.where(row), "a time, as other rows have one", found, LEAVE_OUT)
    if column.dtype.kind == "M":
        return column.astype("datetime64[s]").astype(np.int64), []
    if options.dates is None:
        digits = _of_digits(column)
        if digits is not None:
            return digits
        _refuse_marks(path, table, column, kept)
    unit = options.dates if options.dates in UNITS else _unit(path, column)
    notes = [] if unit == "s" else [f"times are taken for {IN_WORDS[unit]}"]
    if options.dates is None and len(column) and 0 <= column.min() < column.max() < SMALL:
        span = f"times from {column.min():g} to {column.max():g} are taken for seconds since 1970"
        notes = [f"{span}, which keeps their order; as dates they are too small"]
    if unit == "s" and column.dtype.kind == "i":
        return column.astype(np.int64, copy=False), notes
    return np.floor_divide(column, UNITS[unit]).astype(np.int64), notes


def _of_digits(column: NDArray[Any]) -> tuple[NDArray[np.int64], list[str]] | None:
    """Seconds of times such as 20240131 or 20240131180500, and a note; None for other numbers."""
    day, clock = column, None
    if len(column) and column.min() > 19_010_101_000_000 and column.max() < 20_991_231_235_960:
        day, clock = column // 1_000_000, column % 1_000_000
        if not ((clock < 240_000) & (clock // 100 % 100 < 60) & (clock % 100 < 60)).all():
            return None
    if not _are_days(day):
        return None
    distinct, place = np.unique(day.astype(np.int64), return_inverse=True)
    iso = [f"{one // 10_000:04d}-{one // 100 % 100:02d}-{one % 100:02d}" for one in distinct.tolist()]
    seconds = np.array(iso, "datetime64[s]").astype(np.int64)[place]
    if clock is None:
        return seconds, ["times such as 20240131 are taken for days"]
    seconds += (clock // 10_000 * 3600 + clock // 100 % 100 * 60 + clock % 100).astype(np.int64)
    return seconds, ["times such as 20240131180500 are taken for days and hours"]


def _refuse_marks(path: Path, table: RawTable, column: NDArray[Any], kept: NDArray[np.int64] | None) -> None:
    """Raises ValueError where 0 or -1 stands for "no time" among times of today."""
    marked = (column == 0) | (column == -1)
    if not marked.any() or marked.all() or column[~marked].min() < REAL:
        return
    row = int(np.flatnonzero(marked)[0])
    found = f"{column[row]:g}, as in {counted(int(marked.sum()), 'row')} of {len(column):,}"
    row = row if kept is None else int(kept[row])
    way_out = f"dates='s' takes it for a time; {LEAVE_OUT}"
    raise fault(path, table.where(row), "a time, as other rows have one", found, way_out)


def _are_days(column: NDArray[Any]) -> bool:
    """Whether numbers are days in the form 20240131."""
    if len(column) == 0 or column.min() < 19_010_101 or column.max() > 20_991_231:
        return False
    year, month, day = column // 10_000, column // 100 % 100, column % 100
    longest = np.where(month == 2, 29, np.where(np.isin(month, (4, 6, 9, 11)), 30, 31))
    longest = longest - ((month == 2) & (year % 4 != 0))
    within = (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    return bool((within & (column == np.floor(column))).all())


def _unit(path: Path, column: NDArray[Any]) -> str:
    """The unit of times, by their size; one unit for all of them."""
    largest = max(-float(column.min()), float(column.max())) if len(column) else 0.0
    unit = next((name for name, size in UNITS.items() if largest < LATEST * size), None)
    if unit is None:
        raise fault(path, "", "times in seconds, milliseconds, microseconds or nanoseconds", f"{largest:g}", LEAVE_OUT)
    smallest = float(np.abs(column).min()) if len(column) and unit != "s" else 0.0
    if unit != "s" and smallest and smallest < LATEST * UNITS[unit] / 1000:
        found = f"{smallest:.0f} and {largest:.0f}"
        raise fault(path, "", "times in one unit", found, f"dates='s' or dates='ms' says which; {LEAVE_OUT}")
    return unit


def _parsed(
    path: Path, table: RawTable, column: Coded, present: NDArray[Any], texts: list[str], options: Reading,
    kept: NDArray[np.int64] | None,
) -> NDArray[np.int64]:  # fmt: skip
    """Texts as seconds: ISO 8601, or the format in the options."""
    import pandas as pd

    given = options.dates
    try:
        times = pd.to_datetime(pd.Series(texts, dtype=object), format=given or "ISO8601", utc=True, errors="coerce")
    except ValueError:
        raise ValueError(f"dates: expected a format as '%d.%m.%Y', or a unit as 'ms', found {shown(given)}") from None
    if given is None and times.isna().any():
        slashed = pd.Series([text.replace("/", "-").removesuffix(" UTC") for text in texts], dtype=object)
        times = times.fillna(pd.to_datetime(slashed, format="ISO8601", utc=True, errors="coerce"))
    wrong = np.flatnonzero(times.isna().to_numpy())
    if len(wrong):
        row = int(np.flatnonzero(column.codes == present[wrong[0]])[0])
        row = row if kept is None else int(kept[row])
        expected = f"a time as {given}" if given else "a time in seconds or as 2024-01-31 18:05:00"
        example = "'%d/%m/%Y' or dates='%m/%d/%Y'" if "/" in texts[wrong[0]] else "'%d.%m.%Y'"
        way_out = f"dates={example} names the format; {LEAVE_OUT}"
        raise fault(path, table.where(row), expected, shown(texts[wrong[0]]), way_out)
    return times.dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
