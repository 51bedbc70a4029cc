"""Measurements in rows: name, value, unit, and the requirement (bar) if there is one; from `reports/bench`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._files import read_json

from .. import places

LARGEST = 1e300  # limit of a number in the file

if TYPE_CHECKING:
    import pandas as pd


Row = dict[str, Any]  # from `row`


def row(
    name: str,
    value: float,
    unit: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    **place: Any,
) -> Row:
    """One measured number, and whether it meets its target.

    Args:
        name: str, unique among the rows.
        value: float.
        unit: str, empty for a ratio.
        at_least, at_most: float, the target; one of them or neither.
        **place: `group`, `series` and `x`: the curve that the number belongs to, and its position on it.
    Returns:
        row: dict of name, value, unit, bar (the target as text), holds (bool, or None without a target) and `place`.
    Raises:
        ValueError: for two targets.
    """
    if at_least is not None and at_most is not None:
        raise ValueError(f"at_least, at_most: expected one bar, found {at_least!r} and {at_most!r}")
    bar, holds = "", None
    if at_least is not None:
        bar, holds = f">= {at_least:g}", bool(value >= at_least)
    if at_most is not None:
        bar, holds = f"<= {at_most:g}", bool(value <= at_most)
    return {"name": name, "value": float(value), "unit": unit, "bar": bar, "holds": holds} | place


@dataclass(frozen=True)
class Bench:
    """The measurements of `make bench`.

    Attributes:
        rows: list of dicts from `row`.
    """

    rows: list[Row]

    def __contains__(self, name: object) -> bool:
        return any(row["name"] == name for row in self.rows)

    def value(self, name: str) -> float:
        """The value of the row of that name.

        Raises:
            ValueError: naming the existing rows, if there is no such row.
        """
        for one in self.rows:
            if one["name"] == name:
                return one["value"]
        known = "; ".join(one["name"] for one in self.rows) or "none"
        raise ValueError(f"name: expected the name of a measured row, found {name!r}; there are: {known}")

    def group(self, group: str) -> list[Row]:
        """The rows of a group, in the order of measurement."""
        return [one for one in self.rows if one.get("group") == group]

    def curve(self, group: str) -> pd.DataFrame:
        """A group as a DataFrame with columns series, x and value; empty if it was not measured."""
        import pandas as pd

        rows = [[one["series"], one["x"], one["value"]] for one in self.group(group)]
        return pd.DataFrame(rows, columns=["series", "x", "value"])

    def points(self, cd_steps: Sequence[int]) -> pd.DataFrame:
        """Operations (GFLOP), bytes (GB) and seconds of both engines for some k, for `cost.plot_roofline`."""
        columns = {"operations": "operations", "bytes": "bytes", "k": "seconds"}
        first, *others = (self.curve(group).rename(columns={"value": name}) for group, name in columns.items())
        for other in others:
            first = first.merge(other, on=["series", "x"])
        first = first[first["x"].isin(cd_steps)]
        return first.assign(label=[f"k={k}" for k in first["x"]])

    @property
    def barred(self) -> list[Row]:
        """The rows with a target."""
        return [one for one in self.rows if one["bar"]]


def read_bench(path: str | Path | None = None) -> Bench:
    """Read the file of `make bench`.

    Args:
        path: of a results file; None takes `bench/results.json` of the report folder, else the committed one.
    Returns:
        bench: `Bench`.
    Raises:
        ValueError: if there is no such file, or it has other content.
    """
    path = Path(path) if path else places.bench_results()
    try:
        rows = read_json(path)
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise ValueError("no list of rows")
    except (OSError, ValueError) as error:
        command = "make bench" if places.REPOSITORY else "python -m rbm_lib.collection.bench"
        raise ValueError(f"{path}: expected the rows that `{command}` writes, found {error}") from error
    return Bench(rows)


def _is_row(one: Any) -> bool:
    """True for a valid row."""
    if not isinstance(one, dict) or not {"name", "value", "unit", "bar", "holds"} <= one.keys():
        return False
    texts = [one["name"], one["unit"], one["bar"], one.get("group", ""), one.get("series", "")]
    place = one.get("x", "")
    return (
        all(isinstance(text, str) for text in texts)
        and re.fullmatch(r"([<>]= [-+.\de]+)?", one["bar"]) is not None
        and _is_number(one["value"])
        and (isinstance(place, str) or _is_number(place))
        and one["holds"] in (True, False, None)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
