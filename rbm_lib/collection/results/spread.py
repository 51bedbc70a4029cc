"""The meaning of the brackets after a figure: an interval, and over what, or the range of several runs."""

from __future__ import annotations

from collections.abc import Iterable

from .reading import Results


def brackets_sentence(results: Iterable[Results]) -> str:
    """The meaning of the brackets after the headlines, from their records; empty if none has any.

    Args:
        results: of the notebooks whose headlines are shown.
    """
    intervals: dict[str, list[str]] = {}
    ranges: dict[str, None] = {}
    for one in results:
        record = one.headline
        if record is None or record["low"] is None:
            continue
        if record["repeats"] is not None:
            ranges[record["over"]] = None
        else:
            intervals.setdefault(record["over"] or "users", []).append(one.notebook[:2])
    said = []
    if len(intervals) == 1:
        said.append(f"95 % intervals over {next(iter(intervals))}")
    elif intervals:
        kinds = [f"over {over} in {' and '.join(numbers)}" for over, numbers in intervals.items()]
        said.append(f"95 % intervals, {', '.join(kinds)}")
    if ranges:
        behind = f"behind a mean over {' or '.join(ranges)} they are " if intervals else ""
        of_them = "them" if intervals else " or ".join(ranges)
        said.append(f"{behind}the lowest and the highest of {of_them}")
    return f"Brackets are {'; '.join(said)}." if said else ""
