"""Figures on training: functions that draw data into `ax` and return it; nothing is shown or saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREEN, GREY, METRIC_LABELS, ORANGE, PREDICTOR_COLOURS, RED, SKY, label_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def plot_states(table: pd.DataFrame, ax: Axes) -> Axes:
    """Probability of every state of a small RBM, before and after training, and its frequency in the data.

    Args:
        table: DataFrame indexed by the name of the state, one column per series.
        ax: axes.
    """
    colours = dict(zip(table.columns, (GREY, SKY, BLUE), strict=False))
    table.plot.bar(ax=ax, width=0.8, color=colours, rot=0)
    ax.set(xlabel="state of the films (1 like, 0 dislike)", ylabel="probability")
    ax.legend(title=None)
    return ax


def plot_chain(states: NDArray[np.floating], ax: Axes, *, titles: Sequence[str]) -> Axes:
    """A Gibbs chain: one column per film, one row per sweep, the data on top.

    Args:
        states: float 0/1 `(num_sweeps + 1, num_films)`.
        ax: axes.
        titles: names of the films.
    """
    ax.pcolormesh(states[::-1], cmap=ListedColormap([ORANGE, BLUE]), vmin=0, vmax=1, edgecolors="white", linewidth=1)
    labels = [label_of(title) for title in titles]
    ax.set_xticks(np.arange(len(titles)) + 0.5, labels, rotation=45, ha="right", fontsize="small")
    names = ["data", *(f"sweep {n}" for n in range(1, len(states)))]
    ax.set_yticks(np.arange(len(states)) + 0.5, names[::-1], fontsize="small")
    ax.grid(False)
    ax.tick_params(length=0)
    return ax


def plot_divergences(table: pd.DataFrame, ax: Axes) -> Axes:
    """Divergence of a model from the data by step: one line per rule, the initial value as a dashed line.

    Args:
        table: DataFrame indexed by step, one column per rule, in nats.
        ax: axes.
    """
    styles = zip(table.columns, (RED, ORANGE, GREEN, BLUE), ("-", "--", "-.", ":"), strict=False)
    for name, colour, dashes in styles:
        ax.plot(table.index, table[name], dashes, color=colour, lw=2.2, label=name)
    ax.axhline(float(table.iloc[0, 0]), color=GREY, lw=1, ls="--", label="at the start")
    ax.set(xlabel="step of learning", ylabel="distance from the people\n(Kullback-Leibler, nats)", ylim=(0, None))
    ax.legend(fontsize="small")
    return ax


def plot_learning_curve(
    history: pd.DataFrame, metric: str, ax: Axes, *, by: str, references: Mapping[str, float] | None = None
) -> Axes:
    """A validation metric by epoch, one curve per value of `by`, with references as horizontal lines.

    Args:
        history: DataFrame with columns `epoch`, `metric` and `by`; several rows per epoch (seeds) give a band.
        metric: column to draw.
        ax: axes.
        by: column that distinguishes the curves; predictors have the colours of `PREDICTOR_COLOURS`.
        references: dict from a predictor's name to its value, or None.
    """
    names = list(history[by].unique())
    if set(names) <= set(PREDICTOR_COLOURS):
        palette = {name: PREDICTOR_COLOURS[name] for name in names}
    else:
        palette = dict(zip(names, sns.color_palette("viridis_r", len(names)), strict=True))
    sns.lineplot(history, x="epoch", y=metric, hue=by, palette=palette, ax=ax, errorbar=("pi", 100), lw=2)
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    ax.legend(fontsize="small", title=None if by == "machine" else by)
    name = metric.removeprefix("val_")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="epoch", ylabel=METRIC_LABELS.get(name, name))
    return ax


def plot_by_k(
    table: pd.DataFrame,
    metric: str,
    ax: Axes,
    *,
    references: Mapping[str, float] | None = None,
    line: tuple[float, float] | None = None,
) -> Axes:
    """A metric against k: one dot per seed, a line through the means, a band from minimum to maximum.

    Args:
        table: DataFrame with columns `cd_steps` and `metric`, one row per seed.
        metric: column to draw.
        ax: axes.
        references: dict from a predictor's name to its value, or None.
        line: (slope, value at 0) of a straight line, drawn instead of the line through the means on a linear axis of
            k; None for a logarithmic axis.
    """
    steps = sorted(table["cd_steps"].unique())
    if line is None:
        sns.lineplot(table, x="cd_steps", y=metric, ax=ax, color=BLUE, errorbar=("pi", 100))
        ax.set_xscale("log")
        ax.set_xticks(steps, [str(k) for k in steps], minor=False)
        ax.minorticks_off()
    else:
        ends = np.array([0, max(steps)])
        ax.plot(ends, line[0] * ends + line[1], color=GREY, ls="--", lw=1.5, label="straight line, least squares")
        ax.set_ylim(bottom=0)
        ax.legend(fontsize="small")
    ax.plot(table["cd_steps"], table[metric], "o", color=BLUE, ms=4, alpha=0.7)
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    ax.set(xlabel="k, Gibbs sweeps in the negative phase", ylabel=METRIC_LABELS.get(metric, metric))
    if references:
        ax.legend(fontsize="small")
    return ax


def plot_trade(table: pd.DataFrame, ax: Axes) -> Axes:
    """AUC against training time: one point per k, with half the range over seeds as error bar.

    Args:
        table: DataFrame with columns `cd_steps`, `seconds` and `auc`, one row per seed.
        ax: axes.
    """
    groups = table.groupby("cd_steps")
    mean, spread = groups[["seconds", "auc"]].mean(), groups["auc"].agg(lambda auc: (auc.max() - auc.min()) / 2)
    ax.errorbar(mean["seconds"], mean["auc"], spread, fmt="o-", color=BLUE, lw=1, capsize=3)
    for place, (k, row) in enumerate(mean.iterrows()):
        above = 8 if place % 2 else -14  # labels alternate above and below
        ax.annotate(f"k={k}", (row["seconds"], row["auc"]), (5, above), textcoords="offset points", fontsize="small")
    ax.set(xlabel=METRIC_LABELS["seconds"], ylabel=METRIC_LABELS["auc"])
    return ax


def plot_agreement(correlation: pd.DataFrame, ax: Axes) -> Axes:
    """Correlation of learnt hidden units with planted ones, as a heat map.

    Args:
        correlation: DataFrame, rows learnt units, columns planted units.
        ax: axes.
    """
    cells = correlation.round(1) + 0.0  # no "-0.0" in a cell
    look = {"cmap": "RdBu_r", "center": 0, "vmin": -1, "vmax": 1, "fmt": ".1f", "annot_kws": {"size": 8}}
    sns.heatmap(cells, ax=ax, annot=True, cbar_kws={"label": "correlation over users"}, **look)
    ax.set(xlabel="planted hidden unit", ylabel="learnt hidden unit that follows it best")
    return ax


def plot_direction_error(table: pd.DataFrame, ax: Axes, *, column: str = "error", floor: float = 1e-6) -> Axes:
    """Relative error of the CD-k direction against the gradient, by k; the bias on a logarithmic axis.

    Args:
        table: DataFrame with columns `cd_steps`, `weights`, `negative` ("sampled" or "expected") and `column`.
        ax: axes.
        column: str, "error" of the mean direction (bias), or "noise" of the direction from one user.
        floor: float, smallest value drawn; smaller ones are rounding errors.
    """
    for colour, (size, rows) in zip((GREEN, BLUE, RED), table.groupby("weights", sort=False), strict=False):
        for negative, mark in (("sampled", "o-"), ("expected", "x:")):
            one = rows[rows["negative"] == negative]
            label = f"{size} weights" if negative == "sampled" else None
            ax.plot(one["cd_steps"], one[column].clip(lower=floor), mark, color=colour, label=label)
    ax.plot([], [], "x:", color=GREY, label="the chain's means")
    steps = sorted(table["cd_steps"].unique())
    said = {"error": "error of the mean direction", "noise": "noise of one user's direction"}[column]
    ax.set(xscale="log", xlabel="k, Gibbs sweeps in the negative phase", ylabel=f"{said} (share)")
    if column == "error":
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    ax.set_xticks(steps, [str(k) for k in steps], minor=False)
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax
