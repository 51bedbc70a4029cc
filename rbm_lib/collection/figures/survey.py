"""Figures of a survey: data and `ax` in, `ax` out; nothing is shown or saved here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREY, METRIC_LABELS, PREDICTOR_COLOURS, RED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_leaders(rows: pd.DataFrame, metric: str, ax: Axes, reported: pd.DataFrame | None = None) -> Axes:
    """The best predictors of each comparison with their intervals, base rates in grey, reported figures as diamonds.

    A reported figure that is not credible is marked as such; `literature.published` has the reason.

    Args:
        rows: DataFrame of `results.leaders`.
        metric: name of the metric, for the axis.
        ax: axes.
        reported: DataFrame of `literature.published`, or None.
    """
    place, labels, colours = 0, {}, {}
    for (notebook, group), part in rows.groupby(["notebook", "group"], sort=False):
        labels[place], colours[place] = f"notebook {notebook[:2]}{', ' * bool(group)}{group}", "black"
        for row in part.itertuples():
            place += 1
            colour = GREY if row.is_base else PREDICTOR_COLOURS.get(row.predictor, BLUE)
            if row.low is not None and np.isfinite(row.low):
                ax.plot([row.low, row.high], [place, place], color=colour, lw=2.5, solid_capstyle="round")
            ax.plot(row.value, place, "s" if row.is_base else "o", color=colour, ms=7)
            labels[place], colours[place] = row.predictor, GREY if row.is_base else "black"
        place += 1
    if reported is not None and len(reported):
        labels[place], colours[place] = "reported by others", "black"
        for row in reported.itertuples():
            place += 1
            ax.plot(row.reported, place, "D", mfc="none", mec=RED, ms=7)
            labels[place], colours[place] = row.model + " (not credible)" * (not row.credible), RED
    if not labels:
        ax.text(0.5, 0.5, "no notebook has recorded this yet", ha="center", transform=ax.transAxes, color=GREY)
    ax.set_yticks(list(labels), list(labels.values()))
    for text, colour in zip(ax.get_yticklabels(), colours.values(), strict=True):
        text.set_color(colour)
        text.set_fontweight("bold" if text.get_text().startswith(("notebook ", "reported by")) else "normal")
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel=METRIC_LABELS.get(metric.replace(" ", "_"), metric))
    return ax


def height_of(rows: pd.DataFrame, reported: pd.DataFrame | None = None) -> float:
    """Height of the figure of `plot_leaders`, in inches: a line each, and one above each comparison."""
    groups = rows.groupby(["notebook", "group"]).ngroups if len(rows) else 0
    return 1.2 + 0.27 * (len(rows) + 2 * groups + (0 if reported is None or reported.empty else len(reported) + 1))
