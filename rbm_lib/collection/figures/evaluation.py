"""Figures of the full comparison: data and `ax` in, `ax` out; nothing is shown or saved here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from rbm_lib.collection.results import spoken

from .style import BLUE, GREY, METRIC_LABELS, ORANGE, PREDICTOR_COLOURS, RED, colour_of, family_colour, label_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

SPREAD = 0.5  # of the space between two groups, taken by the points of one


def plot_quality_by_group(quality: pd.DataFrame, ax: Axes, *, noun: str) -> Axes:
    """One metric on each group of targets, a line for each predictor, with intervals.

    Args:
        quality: DataFrame from `slices.quality_by_group`; if it is empty, the axes say so.
        ax: axes.
        noun: what the groups are made of, for the axis.
    """
    if quality.empty:
        ax.text(0.5, 0.5, "no group is large enough to be judged", transform=ax.transAxes, ha="center", va="center")
        ax.set(xlabel=noun, xticks=[], yticks=[])
        return ax
    groups, predictors = list(dict.fromkeys(quality["group"])), list(dict.fromkeys(quality["predictor"]))
    for place, predictor in enumerate(predictors):
        part = quality[quality["predictor"] == predictor].set_index("group").reindex(groups)
        shift = SPREAD * ((place + 0.5) / len(predictors) - 0.5)
        x, colour = np.arange(len(groups)) + shift, colour_of(predictor)
        ax.vlines(x, part["low"], part["high"], color=colour, lw=1.2)
        ax.plot(x, part["value"], "o-", color=colour, ms=5, lw=1, label=predictor)
    ax.set_xticks(range(len(groups)), [wrap(group) for group in groups], fontsize=8)
    ax.set(xlabel=noun, ylabel=METRIC_LABELS.get(quality["metric"].iloc[0], quality["metric"].iloc[0]))
    ax.legend(fontsize=8)
    return ax


def plot_gains(gains: pd.DataFrame, ax: Axes, *, xlabel: str) -> Axes:
    """The gain of one predictor over another on each group; red if the interval is below zero, blue if above.

    Args:
        gains: DataFrame of `slices.gains_by_group`.
        ax: axes.
        xlabel: what is gained, with its unit.
    """
    place = np.arange(len(gains))
    colours = np.select([gains["low"] > 0, gains["high"] < 0], [BLUE, RED], GREY)
    ax.hlines(place, gains["low"], gains["high"], color=colours, lw=2)
    ax.scatter(gains["gain"], place, color=colours, s=30, zorder=3)
    ax.axvline(0, color=GREY, lw=1)
    ax.set_yticks(place, [f"{label_of(row.group)} ({row.num_ratings:,})" for row in gains.itertuples()])
    ax.invert_yaxis()
    ax.set(xlabel=xlabel)
    return ax


def plot_protocols(table: pd.DataFrame, metric: str, ax: Axes) -> Axes:
    """One metric under several protocols, a line for each predictor.

    Args:
        table: DataFrame with columns protocol, predictor, value, low, high.
        metric: its name.
        ax: axes.
    """
    renamed = table.rename(columns={"protocol": "group"}).assign(metric=metric)
    plot_quality_by_group(renamed, ax, noun="how the targets were chosen")
    if len(table):
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8)
    return ax


def plot_list_quality(comparison: pd.DataFrame, metric: str, ax: Axes) -> Axes:
    """A metric of recommended lists with intervals, one row per predictor, the best on top.

    A dashed line stands at popular films; for the popularity bias, at lists as well known as what people like.

    Args:
        comparison: DataFrame of `RankingComparison.long`.
        metric: its name, as `ndcg@100`.
        ax: axes.
    """
    part = comparison[comparison["metric"] == metric].sort_values("value", ascending=False).reset_index(drop=True)
    colours = [family_colour(name) for name in part["predictor"]]
    fame = part.loc[part["predictor"] == "popular films", "value"]
    for value in [1.0] if metric.startswith("popularity bias") else fame:
        ax.axvline(value, color=GREY, ls="--", lw=1.2, zorder=1)
    if part["low"].notna().all():
        ax.hlines(part.index, part["low"], part["high"], color=colours, lw=2)
    ax.scatter(part["value"], part.index, color=colours, s=36, zorder=3)
    ax.set_yticks(part.index, part["predictor"])
    ax.invert_yaxis()
    ax.set(xlabel=spoken(metric))
    return ax


def wrap(label: str) -> str:
    """A label on two lines, broken at the space nearest its middle."""
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) < 12 or not spaces:
        return label
    middle = min(spaces, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:middle]}\n{label[middle + 1 :]}"


def plot_forest(
    comparison: pd.DataFrame, metric: str, ax: Axes, colour: str | None = None, *, baseline: str | None = None
) -> Axes:
    """Every predictor's value with its interval, coloured by family.

    A constant, whose AUC is one half whatever it is asked, is written out: on the axis it would squeeze all others.

    Args:
        comparison: DataFrame with columns predictor, metric, value, low, high.
        metric: rows to draw.
        ax: axes.
        colour: of every row, where the rows are variants of one predictor; None gives each predictor its family's.
        baseline: the predictor at whose value a dashed line is drawn, or None.
    """
    rows = comparison[comparison["metric"] == metric]
    rows = rows[np.isfinite(rows["value"])]
    for value in rows.loc[rows["predictor"] == baseline, "value"]:
        ax.axvline(value, color=GREY, ls="--", lw=1.2, zorder=1)
    for place, row in enumerate(rows.itertuples()):
        drawn_in = colour or family_colour(row.predictor)
        if metric == "auc" and row.low == row.high == 0.5:
            where: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": "small"}
            ax.text(0.01, place, "0.5, as a coin", color=drawn_in, **where)
            continue
        if np.isfinite(row.low):
            ax.plot([row.low, row.high], [place, place], color=drawn_in, lw=2.5, solid_capstyle="round")
        ax.plot(row.value, place, "o", color=drawn_in, ms=8)
    ax.set_yticks(range(len(rows)), rows["predictor"])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel=METRIC_LABELS.get(metric, metric))
    return ax


def plot_precisions(trials: pd.DataFrame, ax: Axes, *, baseline: float) -> Axes:
    """RMSE on a validation part by the precision of the weights' prior, one line per base, the chosen ones ringed.

    Args:
        trials: DataFrame of `AutomaticMachine.trials`.
        ax: axes.
        baseline: RMSE of film and user biases on the same part, drawn as a dashed line.
    """
    for based, part in trials.groupby("based", sort=False):
        part, colour = part.sort_values("prior_precision"), colour_of(f"{based}-based RBM")
        ax.plot(part["prior_precision"], part["rmse"], "o-", color=colour, label=f"{based}-based RBM")
        best = part[part["chosen"].astype(bool)]
        ax.plot(best["prior_precision"], best["rmse"], "o", ms=13, mfc="none", mec=colour)
    ax.axhline(baseline, color=PREDICTOR_COLOURS["item+user bias"], ls="--", lw=1.5, label="item+user bias")
    steps = sorted(trials["prior_precision"].unique())
    ax.set(xscale="log", xlabel="precision of the weights' prior", ylabel=METRIC_LABELS["rmse"])
    ax.set_xticks(steps, [f"{step:g}" for step in steps], minor=False)
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax


def plot_calibration(curves: Mapping[str, pd.DataFrame], ax: Axes) -> Axes:
    """Observed against predicted share of likes, with the diagonal that a calibrated predictor follows.

    Args:
        curves: dict from predictor to a DataFrame with columns `predicted` and `observed`.
        ax: axes.
    """
    ax.plot([0, 1], [0, 1], color=GREY, ls=":", label="calibrated")
    for name, curve in curves.items():
        ax.plot(curve["predicted"], curve["observed"], "o-", label=name, color=colour_of(name), ms=4)
    low = min(0.95, *(float(curve.to_numpy().min()) for curve in curves.values()))
    ax.set(xlabel="predicted share of likes", ylabel="observed share of likes", xlim=(low, 1), ylim=(low, 1))
    ax.legend(fontsize="small")
    return ax


def plot_probabilities(rating: NDArray[np.floating], probability: NDArray[np.floating], ax: Axes) -> Axes:
    """How predicted probabilities spread over the films that were liked and over those that were not."""
    bins = np.linspace(0, 1, 41).tolist()
    for value, name, colour in ((1, "liked", BLUE), (0, "disliked", ORANGE)):
        chosen = probability[rating == value]
        ax.hist(chosen, bins=bins, weights=np.full(len(chosen), 1 / len(chosen)), alpha=0.6, color=colour, label=name)
    ax.axvline(0.5, color=GREY, ls=":")
    ax.set(xlabel="predicted probability of a like", ylabel="share of the group")
    ax.legend()
    return ax
