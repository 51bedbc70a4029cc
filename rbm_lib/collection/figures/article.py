"""Figures on the article's model: functions that draw data into `ax` and return it; nothing is shown or saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from rbm_lib.evaluation import HIGHER_IS_BETTER

from .style import BLUE, GREY, METRIC_LABELS, ORANGE, PREDICTOR_COLOURS, RED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

LOG_COLOURS = {"the log in its README": GREY, "ours, test folder": BLUE, "ours, training folder": ORANGE}


def plot_waterfall(
    steps: pd.DataFrame, metric: str, ax: Axes, *, references: Mapping[str, float] | None = None
) -> Axes:
    """The effect of each repair: a bar from the value before it to the value after it, with the value's interval.

    The bar of an improvement is filled, that of a deterioration is hatched. A value that is not finite (the log loss of
    binary predictions) is written as text, and the step after it has no bar.

    Args:
        steps: DataFrame with columns step, metric, value, low, high; the rows of `metric` are drawn from top to bottom.
        metric: str, a name among `metrics.METRICS`.
        ax: axes.
        references: dict from a predictor's name to its value, drawn as lines, or None.
    Raises:
        ValueError: if the metric is unknown or has no row.
    """
    if metric not in HIGHER_IS_BETTER:
        raise ValueError(f"metric: expected one of {', '.join(HIGHER_IS_BETTER)}, found {metric!r}")
    rows = steps[steps["metric"] == metric].reset_index(drop=True)
    if rows.empty:
        raise ValueError(f"steps: expected rows of {metric!r}, found none")
    before = None
    for place, row in rows.iterrows():
        before = _plot_step(place, row, before, HIGHER_IS_BETTER[metric], ax)
    for name, value in (references or {}).items():
        ax.axvline(value, color=PREDICTOR_COLOURS.get(name, RED), ls="--", lw=1.6, label=name, zorder=1)
    ax.set_yticks(range(len(rows)), rows["step"])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(False, axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.margins(x=0.12)
    ax.set(xlabel=METRIC_LABELS.get(metric, metric))
    if references:
        ax.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=len(references))
    return ax


def _plot_step(place: int, row: Any, before: float | None, higher_is_better: bool, ax: Axes) -> float | None:
    """Draw a bar and its interval; returns the start of the next bar, None for no bar."""
    value = row["value"]
    if not np.isfinite(value):
        ax.text(0.98, place, "infinite", transform=ax.get_yaxis_transform(), ha="right", va="center", color=RED)
        return None
    better = before is None or (value >= before) == higher_is_better
    if before is not None:
        look = {"color": BLUE, "alpha": 0.35} if better else {"fc": "white", "ec": ORANGE, "hatch": "////"}
        ax.barh(place, value - before, left=before, height=0.5, lw=1, zorder=2, **look)
        ax.plot([before, before], [place - 1, place], color=GREY, lw=0.8, zorder=2)
    if np.isfinite([row["low"], row["high"]]).all():
        ax.plot([row["low"], row["high"]], [place, place], color=BLUE if better else ORANGE, lw=2.5, zorder=3)
    ax.plot(value, place, "o", color=BLUE if better else ORANGE, ms=7, zorder=4)
    box = {"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.6}  # keeps the number readable on top of lines
    ax.annotate(
        f"{value:.3f}", (value, place), (0, 9), textcoords="offset points", ha="center", fontsize="small", bbox=box
    )
    return value


def plot_article_log(
    logs: Mapping[str, pd.DataFrame], ax: Axes, *, references: Mapping[str, float] | None = None
) -> Axes:
    """The article's accuracy during training.

    Args:
        logs: dict from the name of a curve to a DataFrame with columns `passes` and `accuracy`.
        ax: axes.
        references: dict from a predictor's name to its accuracy, or None.
    """
    for place, (name, log) in enumerate(logs.items()):
        colour = LOG_COLOURS.get(name, GREY)
        ax.plot(log["passes"], log["accuracy"], "o-", ms=3, lw=1.2, color=colour, label=name, zorder=3 - place)
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, RED), ls="--", lw=1.6, label=name)
    ax.set(xlabel="passes over the users", ylabel="the article's accuracy (share)")
    ax.legend(fontsize="small")
    return ax


def plot_rates(table: pd.DataFrame, ax: Axes) -> Axes:
    """Mean absolute weight against the learning rate, for both update rules.

    Args:
        table: DataFrame with columns `rule`, `learning_rate` and `size`.
        ax: axes.
    """
    marks = zip((ORANGE, BLUE), ("s--", "o-"), table.groupby("rule", sort=False), strict=False)
    for colour, mark, (rule, rows) in marks:
        ax.plot(rows["learning_rate"], rows["size"], mark, color=colour, label=rule)
    ax.set(xlabel="learning rate", ylabel="mean size of the weights (nats)")
    ax.legend(fontsize="small")
    return ax


def plot_combinations(
    worth: NDArray[np.floating], metric: str, ax: Axes, *, references: Mapping[str, float] | None = None
) -> Axes:
    """A metric of all combinations of repairs: one dot each, lines between neighbours, and the waterfall's path.

    Args:
        worth: float `(2, ..., 2)`, value of the metric; one axis per repair in the waterfall's order, index 1 if made.
        metric: str, its name.
        ax: axes.
        references: dict from a predictor's name to its value, drawn as lines, or None.
    """
    places = np.indices(worth.shape).reshape(worth.ndim, -1).T
    spread = {tuple(place): _beside(places, place) for place in places}
    for place in spread:
        for axis in np.flatnonzero(np.array(place) == 0):
            after = (*place[:axis], 1, *place[axis + 1 :])
            ax.plot(
                [spread[place], spread[after]], [worth[place], worth[after]], color=GREY, lw=0.3, alpha=0.35, zorder=1
            )
    ax.plot(list(spread.values()), [worth[place] for place in spread], "o", color=GREY, ms=3.5, alpha=0.8, zorder=2)
    way = [(1,) * made + (0,) * (worth.ndim - made) for made in range(worth.ndim + 1)]
    ax.plot([spread[place] for place in way], [worth[place] for place in way], "o-", color=BLUE, lw=2.2, ms=6,
            label="in the waterfall's order", zorder=4)  # fmt: skip
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, RED), ls="--", lw=1.6, label=name, zorder=3)
    ax.set(xlabel="repairs made", ylabel=METRIC_LABELS.get(metric, metric))
    ax.legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax


def _beside(places: NDArray[np.integer], place: NDArray[np.integer]) -> float:
    """x of a combination: the number of its repairs; combinations with the same number are spread."""
    alike = places[places.sum(axis=1) == place.sum()]
    number = int((alike == place).all(axis=1).argmax())
    return float(place.sum() + 0.7 * ((number + 0.5) / len(alike) - 0.5))


def plot_worths(table: pd.DataFrame, ax: Axes, *, unit: str, factor: float = 1.0) -> Axes:
    """The effect of each repair by its position in the order: marks on a line from the least to the largest effect.

    Args:
        table: DataFrame indexed by repair; columns first, in order, last, share (mean over all orders), least, most.
        ax: axes.
        unit: str, of the values times `factor`.
        factor: float, scales the values.
    """
    rows, place = factor * table, np.arange(len(table))
    ax.hlines(place, rows["least"], rows["most"], color=GREY, lw=5, alpha=0.25, label="any company")
    marks = {"first": ("<", ORANGE), "in order": ("s", BLUE), "last": (">", RED), "share": ("D", "black")}
    names = {
        "first": "made first",
        "in order": "in the waterfall",
        "last": "made last",
        "share": "mean of all orders",
    }
    for column, (mark, colour) in marks.items():
        ax.plot(rows[column], place, mark, color=colour, ms=7 if column == "share" else 6, label=names[column])
    ax.axvline(0, color=GREY, lw=1)
    ax.set_yticks(place, table.index)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set(xlabel=f"what the repair adds ({unit})")
    return ax
