"""The figure of the ladder: data and `ax` in, `ax` out; nothing is shown or saved here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREY, METRIC_LABELS, ORANGE, RED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FAMILY_COLOURS = {"Boltzmann machines": BLUE, "base rates": GREY, "rivals": ORANGE}
FAMILY_MARKERS = {"Boltzmann machines": "o", "base rates": "s", "rivals": "^"}
PADDING = 0.12  # of the range of the values, at either end


def plot_ladder(rows: pd.DataFrame, metric: str, ax: Axes, *, baseline: str, reported: Iterable[float] = ()) -> Axes:
    """Every rung's value with its interval, a row a rung, a colour a family, and a dashed line at one rung's value.

    An interval over users alone is drawn thin. A constant answer far below all others, as an AUC of one half, is named
    at the edge, where it leaves the others their room.

    Args:
        rows: DataFrame of `results.ladder_rows`.
        metric: which of its metrics, as `auc`.
        ax: axes.
        baseline: key of the rung at which the line is drawn.
        reported: what others report of the first rung by this metric, drawn as diamonds.
    """
    part = rows[rows["metric"] == metric].reset_index(drop=True)
    if part.empty:
        ax.text(0.5, 0.5, "no notebook has recorded this yet", ha="center", transform=ax.transAxes, color=GREY)
        return ax
    reported = list(reported)
    low, high = _limits(part, reported)
    for place, row in enumerate(part.itertuples()):
        colour, marker = FAMILY_COLOURS[row.family], FAMILY_MARKERS[row.family]
        if row.value < low:
            ax.annotate(
                f"◂ {row.value:.3g}", (low, place), (3, 0), textcoords="offset points", va="center", color=colour
            )
            continue
        if row.low is not None and np.isfinite(row.low):
            width = 3.0 if row.over == "users and films" else 1.2
            ax.plot([row.low, row.high], [place, place], color=colour, lw=width, solid_capstyle="round")
        ax.plot(row.value, place, marker, color=colour, ms=8, label=row.family)
    for value in reported:
        ax.plot(value, 0, "D", mfc="none", mec=RED, ms=8, label="reported by its author")
    for value in part.loc[part["rung"] == baseline, "value"]:
        ax.axvline(value, color=GREY, ls="--", lw=1.2, zorder=1)
    ax.set_yticks(range(len(part)), part["label"])
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlim=(low, high), ylim=(len(part) - 0.5, -0.5), xlabel=METRIC_LABELS.get(metric, metric))
    return ax


def _limits(part: pd.DataFrame, reported: list[float]) -> tuple[float, float]:
    """Ends of the axis: of all values and intervals, but of a constant answer that would take half of it."""
    varying = part[part["low"].astype(float).ne(part["high"].astype(float))]
    kept = varying if len(varying) and part["value"].min() < varying["value"].min() else part
    numbers = kept[["value", "low", "high"]].astype(float).to_numpy().ravel()
    numbers = np.append(numbers[np.isfinite(numbers)], reported)
    low, high = float(numbers.min()), float(numbers.max())
    room = PADDING * max(high - low, 1e-3)
    return low - room, high + room
