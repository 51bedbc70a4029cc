"""Figures of what an epoch costs: data and `ax` in, `ax` out; nothing is shown or saved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import LogLocator

from rbm_lib.collection.results import short_number

from .style import BLUE, ENGINE_COLOURS, GREEN, GREY, RED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MARKERS = {"dense": "s", "sparse": "o", "scikit-learn": "^"}


def plot_growth(curve: pd.DataFrame, ax: Axes, *, xlabel: str, proportional: bool = True) -> Axes:
    """Seconds of an epoch along one axis, a line for each engine, on logarithmic axes.

    Args:
        curve: DataFrame with columns series (an engine), x and value (seconds).
        ax: axes.
        xlabel: str.
        proportional: bool, whether a dotted line shows growth in proportion.
    """
    if not len(curve):
        return _say_absent(ax)
    for engine, rows in curve.groupby("series", sort=True):
        rows = rows.sort_values("x")
        colour = ENGINE_COLOURS.get(engine, GREY)
        ax.plot(rows["x"], rows["value"], marker=MARKERS.get(engine, "o"), color=colour, lw=2, label=engine)
        if proportional:
            ends = rows["x"].iloc[[0, -1]].to_numpy(float)
            ax.plot(ends, rows["value"].iloc[0] * ends / ends[0], color=colour, ls=":", lw=1.5)
    if proportional:
        ax.plot([], [], color=GREY, ls=":", lw=1.5, label="in proportion")
    places = sorted(curve["x"].unique())
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel="time per epoch (s)")
    ax.set_xticks(places, [short_number(x) for x in places], minor=False)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax


def plot_roofline(points: pd.DataFrame, ax: Axes, *, bandwidth: float, peak: float) -> Axes:
    """The measured rates against operations per byte, under the two limits of the computer.

    Args:
        points: DataFrame with columns series, label, operations (GFLOP), bytes (GB) and seconds.
        ax: axes.
        bandwidth: float, GB/s of memory.
        peak: float, GFLOP/s of float32.
    """
    intensity, rate = points["operations"] / points["bytes"], points["operations"] / points["seconds"]
    ends = np.array([min(intensity.min(), 1) / 4, peak / bandwidth, max(intensity.max(), peak / bandwidth) * 40])
    ax.plot(ends, np.minimum(peak, bandwidth * ends), color=GREY, lw=2)
    said: dict[str, Any] = {"textcoords": "offset points", "fontsize": "small"}
    where = (ends[0], bandwidth * ends[0])
    ax.annotate(f"memory: {bandwidth:.0f} GB/s", where, (16, 4), ha="left", color=GREY, **said)
    ax.annotate(f"arithmetic: {peak:.0f} GFLOP/s", (ends[-1], peak), (0, 6), ha="right", color=GREY, **said)
    for engine, rows in points.assign(intensity=intensity, rate=rate).groupby("series"):
        look: dict[str, Any] = {
            "marker": MARKERS.get(engine, "o"),
            "ls": "",
            "ms": 8,
            "color": ENGINE_COLOURS.get(engine, GREY),
        }
        ax.plot(rows["intensity"], rows["rate"], label=engine, **look)
        for place, side, offset in ((0, "right", -10), (-1, "left", 10)):  # the first and the last; others lie between
            row = rows.iloc[place]
            background = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
            spot = (row["intensity"], row["rate"])
            ax.annotate(row["label"], spot, (offset, -4), ha=side, bbox=background, **said)
    ax.set(xscale="log", yscale="log", xlabel="operations per byte", ylabel="operations per second (GFLOP/s)")
    ax.legend(fontsize="small", loc="lower right")
    return ax


def plot_engines(seconds: Mapping[str, float], ax: Axes) -> Axes:
    """Seconds of an epoch of each engine, as bars.

    Args:
        seconds: dict from an engine to its seconds.
        ax: axes.
    """
    names, values = list(seconds), list(seconds.values())
    bars = ax.barh(names, values, color=[ENGINE_COLOURS.get(name, GREY) for name in names], height=0.55)
    ax.bar_label(bars, [f"{value:.3g} s" for value in values], padding=4)
    ax.margins(x=0.15)
    ax.set(xlabel="time per epoch (s)")
    ax.invert_yaxis()
    return ax


def plot_bars(rows: Sequence[Mapping[str, Any]], ax: Axes) -> Axes:
    """The margin of each measured number to its target: right of one the target is met, left of one it is missed.

    Args:
        rows: list of dicts from `rows.row`, each with a target (`bar`).
        ax: axes.
    """
    rows = [row for row in rows if row["bar"]]
    for place, row in enumerate(rows):
        margin = margin_of(row)
        colour = GREEN if row["holds"] else RED
        ax.plot([1, margin], [place, place], color=colour, lw=3, solid_capstyle="butt")
        ax.plot(margin, place, "o" if row["holds"] else "X", color=colour, ms=8)
        text = f"{row['value']:.3g} {row['unit']}".strip()
        ahead = margin >= 1
        ax.annotate(
            text, (margin, place), (9 if ahead else -9, 0), textcoords="offset points", va="center",
            ha="left" if ahead else "right", fontsize="small",
        )  # fmt: skip
    ax.axvline(1, color=GREY, lw=1.5)
    ax.set_yticks(range(len(rows)), [f"{row['name']}  ({row['bar']} {row['unit']})".replace(" )", ")") for row in rows])
    ax.tick_params(axis="y", labelsize="small")
    margins = [margin_of(row) for row in rows] or [1]
    ax.set(xscale="log", xlim=(min(0.4, *margins, 1) / 1.6, max(2.5, *margins, 1) * 1.6))
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlabel="times within its requirement (right of the line: met; left: missed)")
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10) if ax.get_xlim()[0] < tick < ax.get_xlim()[1]]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    ax.minorticks_off()
    return ax


def margin_of(row: Mapping[str, Any]) -> float:
    """The ratio of a number and its target: 2 is twice as good as the target, 0.5 half as good."""
    sign, bar = row["bar"].split()
    value = max(row["value"], 1e-12)
    return value / float(bar) if sign == ">=" else float(bar) / value


def plot_sources(rows: Sequence[Mapping[str, Any]], ax: Axes, *, names: Mapping[str, str], xlabel: str) -> Axes:
    """A number for each source of the ratings, as bars, with the limit set for it if there is one.

    Args:
        rows: list of dicts from `rows.row`; `x` is the source.
        ax: axes.
        names: dict from a source to its name in the figure.
        xlabel: str.
    """
    if not rows:
        return _say_absent(ax)
    for place, row in enumerate(rows):
        ax.barh(place, row["value"], color=GREY if row["x"] == "nothing" else BLUE, height=0.55)
        where: dict[str, Any] = {"textcoords": "offset points", "va": "center", "ha": "right"}
        ax.annotate(f"{row['value']:.3g}", (row["value"], place), (-6, 0), color="white", fontsize="small", **where)
        if row["bar"]:
            limit = float(row["bar"].split()[1])
            ax.plot([limit, limit], [place - 0.38, place + 0.38], color=RED, lw=2.5)
    if any(row["bar"] for row in rows):
        ax.plot([], [], color=RED, lw=2.5, label="limit")
        ax.legend(fontsize="small", loc="lower right")
    ax.set_yticks(range(len(rows)), [names.get(row["x"], row["x"]) for row in rows])
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set(xlabel=xlabel)
    return ax


def _say_absent(ax: Axes) -> Axes:
    ax.set_axis_off()
    ax.text(0.5, 0.5, "not measured yet: `make bench`", ha="center", color=GREY, transform=ax.transAxes)
    return ax
