"""The figure of the ladder of predictors: a function that draws data into `ax` and returns it."""

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
    """The value of every rung with its interval, one row per rung, coloured by family; a dashed line at the baseline.

    An interval over users only is thin. A constant prediction far below all others, such as an AUC of one half, is
    written at the edge of the axis.

    Args:
        rows: DataFrame of `results.ladder_rows`.
        metric: one of its metrics, such as `auc`.
        ax: axes.
        baseline: key of the rung with the dashed line.
        reported: published values of this metric for the first rung, drawn as diamonds.
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
    """Ends of the axis, from all values and intervals except those of a far lower constant prediction."""
    varying = part[part["low"].astype(float).ne(part["high"].astype(float))]
    kept = varying if len(varying) and part["value"].min() < varying["value"].min() else part
    numbers = kept[["value", "low", "high"]].astype(float).to_numpy().ravel()
    numbers = np.append(numbers[np.isfinite(numbers)], reported)
    low, high = float(numbers.min()), float(numbers.max())
    room = PADDING * max(high - low, 1e-3)
    return low - room, high + room
