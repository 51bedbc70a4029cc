"""Figures of predicted stars: data and `ax` in, `ax` out; nothing is shown or saved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import seaborn as sns
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREY, METRIC_LABELS, PREDICTOR_COLOURS, RED, label_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def plot_star_shares(
    shares: NDArray[np.floating],
    given: NDArray[np.floating],
    values: Sequence[float],
    ax: Axes,
    *,
    labels: Sequence[str],
) -> Axes:
    """Predicted distributions over the stars, a bar for each rating, the given star ringed.

    Args:
        shares: float `(num_ratings, num_values)`, rows sum to 1.
        given: float `(num_ratings,)`, the stars that were given.
        values: ascending floats, the possible ratings.
        ax: axes.
        labels: str `(num_ratings,)`, the label of each bar.
    """
    colours = sns.color_palette("cividis", len(values))
    ends = np.cumsum(shares, axis=1)
    for place, value in enumerate(values):
        ax.barh(range(len(shares)), shares[:, place], left=ends[:, place] - shares[:, place], color=colours[place],
                height=0.7, label=f"{value:g}")  # fmt: skip
    state = np.searchsorted(values, given)
    rows = np.arange(len(shares))
    middle = ends[rows, state] - shares[rows, state] / 2
    ax.plot(middle, rows, "o", mfc="none", mec="white", mew=2.5, ms=13)
    ax.plot(middle, rows, "o", mfc="none", mec=RED, mew=1.5, ms=13)
    ax.set_yticks(rows, [label_of(label, 34) for label in labels])
    ax.invert_yaxis()
    ax.grid(False)
    ax.set(xlim=(0, 1), xlabel="predicted share of each star; ring: the star that was given")
    ax.legend(title="stars", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


BASED = {"user": "user-based", "item": "item-based"}


def plot_trials(
    trials: pd.DataFrame, ax: Axes, metric: str = "rmse", *, references: Mapping[str, float] | None = None
) -> Axes:
    """Validation error by epoch, one line per trial; the one with the lowest final error is highlighted.

    Args:
        trials: DataFrame with columns trial, epoch, the metric and based, of one kind of machine.
        metric: column to draw.
        ax: axes.
        references: dict from a predictor's name to its value, drawn as dashed lines, or None.
    """
    ends = trials.sort_values("epoch").groupby("trial")[metric].last()
    best = ends.idxmin()
    for trial, curve in trials.groupby("trial"):
        style: dict[str, Any] = (
            {"color": BLUE, "lw": 2.5, "zorder": 3} if trial == best else {"color": GREY, "lw": 1, "alpha": 0.6}
        )
        ax.plot(curve["epoch"], curve[metric], **style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    if references:
        ax.legend(fontsize="small")
    based = BASED[trials["based"].iloc[0]]
    ax.set(xlabel="epoch", ylabel=METRIC_LABELS[metric], title=f"{based} machines; blue: the best trial")
    return ax


def plot_setting_effects(effects: pd.DataFrame, ax: Axes, *, references: Mapping[str, float] | None = None) -> Axes:
    """Mean error for each value of each setting, as dots in one row a setting.

    Args:
        effects: DataFrame of `search.effect_of_settings`, of one kind of machine.
        ax: axes.
        references: dict from a predictor's name to its error, drawn as dashed lines, or None.
    """
    names = list(dict.fromkeys(effects["setting"]))
    for place, name in enumerate(names):
        part = effects[effects["setting"] == name]
        ax.plot([part["mean"].min(), part["mean"].max()], [place, place], color=GREY, lw=1)
        ax.plot(part["mean"], [place] * len(part), "o", color=BLUE, ms=6)
        for number, row in enumerate(part.sort_values("mean").itertuples()):  # above and below in turn: means may touch
            where: dict[str, Any] = (
                {"xytext": (0, -7), "va": "top"} if number % 2 else {"xytext": (0, 7), "va": "bottom"}
            )
            ax.annotate(row.value, (row.mean, place), textcoords="offset points", ha="center", fontsize=8, **where)
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.invert_yaxis()
    ax.margins(x=0.12, y=0.1)
    for name, value in (references or {}).items():
        ax.axvline(value, color=PREDICTOR_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    if references:
        ax.legend(fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 1.0))
    title = f"{BASED[effects['based'].iloc[0]]} machines"
    ax.set(xlabel="mean RMSE of the trials with that value (stars)", title=title)
    return ax
