"""Sentences on benchmark results; each says so if its measurements are missing."""

from collections.abc import Sequence

from rbm_lib.collection.results import short_number

from .computer import BUSY, LOAD, PROCESSORS, was_busy
from .rows import Bench, Row

ABSENT = "is not in the benchmark's file; `make bench` measures it."


def load_sentence(bench: Bench) -> str:
    """Whether the computer was busy at the start of the benchmark; empty if the load was not recorded."""
    busy = was_busy(bench)
    if busy is None:
        return ""
    load = f"{bench.value(LOAD):.2f} waiting processes for each of {bench.value(PROCESSORS):.0f} processors"
    if busy:
        return f"**The computer was busy before the start** ({load}, more than {BUSY:g}): read ratios, not seconds."
    return f"The computer had little else to do before the start ({load})."


def growth_sentence(bench: Bench, group: str) -> str:
    """The growth of the epoch's duration from the first to the last point of a curve.

    Args:
        bench: `Bench`.
        group: name of the curve, the quantity on its x axis.
    """
    curve = bench.curve(group)
    if not len(curve):
        return f"How an epoch grows with {group} {ABSENT}"
    grown: list[str] = []
    for engine, rows in curve.groupby("series", sort=True):
        rows = rows.sort_values("x")
        grown.append(
            f"the {engine} epoch {'' if grown else 'grows '}{rows['value'].iloc[-1] / rows['value'].iloc[0]:.1f}-fold"
        )
    first, last = curve["x"].min(), curve["x"].max()
    unit, times = ("", "as long a chain") if group == "k" else (f" {group}", "as many")
    ends = f"{'k of ' if group == 'k' else ''}{short_number(first)} to {short_number(last)}{unit}"
    return f"From {ends}, {last / first:.3g} times {times}, {join(grown)}."


def large_sentence(bench: Bench) -> str:
    """Duration and memory of an epoch on the large data set, from memory and from shards."""
    seconds = {row["x"]: row for row in bench.group("large seconds")}
    memory = {row["x"]: row for row in bench.group("large memory")}
    if not {"memory", "shards"} <= seconds.keys() & memory.keys():
        return f"An epoch at the size of MovieLens-32M {ABSENT}"
    parts = [
        f"{seconds[x]['value']:.1f} s from {x}, with a peak of {limit_words(memory[x])}," for x in ("memory", "shards")
    ]
    number = short_number(bench.group("large shape")[0]["value"]) if bench.group("large shape") else "these"
    alone = (
        f"; TensorFlow and the library alone take {memory['nothing']['value']:.2f} GB" if "nothing" in memory else ""
    )
    return f"An epoch over {number} ratings takes {parts[0]} and {parts[1][:-1]}{alone}."


def bars_count(bench: Bench) -> str:
    """The number of requirements that are met."""
    total, held = len(bench.barred), sum(bool(row["holds"]) for row in bench.barred)
    return (
        f"Of {total} requirements set beforehand {'all' if held == total else held} {'is' if held == 1 else 'are'} met."
    )


def bars_sentence(bench: Bench) -> str:
    """The number of requirements that are met, and the measured values of those that are not."""
    missed = [row for row in bench.barred if not row["holds"]]
    said = "; ".join(f"{row['name']} ({limit_words(row)})" for row in missed)
    return bars_count(bench) + (f" Missed: {said}." if missed else "")


def readers_sentence(bench: Bench) -> str:
    """The speed of the sparse engine in one line, for the README; empty if the benchmark is incomplete."""
    seconds = {row["name"]: row["value"] for row in bench.rows}
    sparse, dense = (seconds.get(f"{engine} epoch, k=1") for engine in ("sparse", "dense"))
    large, memory = ({row["x"]: row["value"] for row in bench.group(f"large {what}")} for what in ("seconds", "memory"))
    shape = {row["name"]: row["value"] for row in bench.group("shape")}
    whole = "ratings" in shape and "shards" in large.keys() & memory.keys() and bench.group("large shape")
    if sparse is None or dense is None or not whole:
        return ""
    ratings, many = short_number(shape["ratings"]), short_number(bench.group("large shape")[0]["value"])
    busy = " The computer was busy before the start: read ratios, not seconds." if was_busy(bench) else ""
    return (
        f"On {seconds[PROCESSORS]:.0f} processors an epoch over {ratings} ratings takes {sparse:.2f} s rating by "
        f"rating, {dense:.2f} s as matrices, {dense / sparse:.1f} times as long; one over {many} ratings "
        f"{large['shards']:.1f} s from shards, within {memory['shards']:.1f} GB of memory.{busy}"
    )


def limit_words(row: Row) -> str:
    """A value and its requirement: `2.09 where at least 6 is asked`, `1.4 GB where at most 3 GB is asked`."""
    sign, bar = row["bar"].split()
    asked = f"{'at least' if sign == '>=' else 'at most'} {bar} {row['unit']}".strip()
    return f"{row['value']:.3g} {row['unit']}".strip() + f" where {asked} is asked"


def join(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
