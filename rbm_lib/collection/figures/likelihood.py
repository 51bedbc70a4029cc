"""Figures of likelihoods and of fantasy particles; one function per figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from .style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, label_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


LIKELIHOOD_COLOURS = {
    "the RBM": BLUE,
    "film and user biases": PURPLE,
    "film base rates": ORANGE,
    "uniform": GREY,
    "the planted truth": RED,
}


def plot_brackets(table: pd.DataFrame, ax: Axes) -> Axes:
    """Distance of both AIS bounds from the exact log Z, by number of temperatures, on logarithmic axes.

    A dotted line falls as 1 / sqrt(number of temperatures), the rate of sampling errors.

    Args:
        table: DataFrame with columns num_temperatures, side ("AIS" or "reverse AIS") and error (estimate - exact log Z,
            nats per rating), one row per user.
        ax: axes.
    """
    distance = table.assign(error=table["error"].abs())
    for (side, rows), colour in zip(distance.groupby("side", sort=False), (BLUE, PURPLE), strict=False):
        groups = rows.groupby("num_temperatures")["error"]
        steps, middle = np.array(list(groups.groups)), groups.mean()
        ax.plot(steps, middle, "o-", color=colour, label=f"{side}, mean over users")
        ax.fill_between(steps, groups.quantile(0.1), groups.quantile(0.9), color=colour, alpha=0.2, lw=0)
    start = distance.loc[distance["num_temperatures"] == steps[0], "error"].mean()
    ax.plot(steps, start * np.sqrt(steps[0] / steps), color=GREY, ls=":", label="as 1 / square root of temperatures")
    ax.set(xscale="log", yscale="log", xlabel="temperatures", ylabel="distance from exact log Z (nats a rating)")
    ax.set_xticks(steps, [str(number) for number in steps], minor=False)
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax


def plot_likelihood_by_epoch(table: pd.DataFrame, ax: Axes, *, references: Mapping[str, float]) -> Axes:
    """Mean log-likelihood per rating of two groups of users by epoch, lower to upper bound, with references as lines.

    Args:
        table: DataFrame with columns epoch, group, low, high.
        ax: axes.
        references: dict from a predictor's name to its value.
    """
    for (group, rows), colour in zip(table.groupby("group", sort=False), (GREEN, BLUE), strict=False):
        ax.fill_between(rows["epoch"], rows["low"], rows["high"], color=colour, alpha=0.35, lw=0)
        ax.plot(rows["epoch"], (rows["low"] + rows["high"]) / 2, "o-", color=colour, ms=4, label=group)
    for name, value in references.items():
        ax.axhline(value, color=LIKELIHOOD_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    _epoch_axis(ax, table)
    ax.set(ylabel="log-likelihood (nats a rating)")
    ax.legend(fontsize="small")
    return ax


def plot_gap_by_epoch(table: pd.DataFrame, ax: Axes, *, start: float) -> Axes:
    """The free-energy gap by epoch, with its interval over users.

    Args:
        table: DataFrame with columns epoch, gap, low, high.
        ax: axes.
        start: the gap before training.
    """
    ax.axhline(start, color=GREY, ls="--", lw=1.5, label="before training: base rates alone")
    ax.fill_between(table["epoch"], table["low"], table["high"], color=ORANGE, alpha=0.25, lw=0, label="95 % interval")
    ax.plot(table["epoch"], table["gap"], "o-", color=ORANGE, ms=4, label="gap")
    ax.axhline(0, color=GREY, ls=":")
    _epoch_axis(ax, table)
    ax.set(ylabel="free-energy gap (nats a rating)")
    ax.legend(fontsize="small", loc="upper left")
    return ax


def plot_likelihoods(likelihoods: Mapping[str, Any], ax: Axes) -> Axes:
    """Mean log-likelihood per rating of several models on the same users, with 95 % intervals.

    A dashed line marks the model of film and user biases, if it is included.

    Args:
        likelihoods: dict from the name of a model to its `UserLikelihoods`.
        ax: axes.
    """
    for place, (name, found) in enumerate(likelihoods.items()):
        colour = LIKELIHOOD_COLOURS.get(name, GREY)
        ax.plot(found.interval, [place, place], color=colour, lw=2.5, solid_capstyle="round")
        ax.plot(found.middle, place, "o", color=colour, ms=8)
    if "film and user biases" in likelihoods:
        baseline = likelihoods["film and user biases"].middle
        ax.axvline(baseline, color=LIKELIHOOD_COLOURS["film and user biases"], ls="--", lw=1.5, zorder=0)
    ax.set_yticks(range(len(likelihoods)), list(likelihoods))
    ax.set(ylim=(len(likelihoods) - 0.5, -0.5), xlabel="log-likelihood (nats a rating)")
    return ax


def plot_fantasies(ratings: NDArray[np.floating], values: Sequence[float], titles: Sequence[str], ax: Axes) -> Axes:
    """Ratings of fantasy particles as a heat map, one row per particle, one column per film.

    Args:
        ratings: float `(num_particles, num_films)`.
        values: possible ratings, ascending.
        titles: names of the films.
        ax: axes.
    """
    state = np.searchsorted(values, ratings)
    palette = plt.get_cmap("RdYlBu", len(values))
    ax.pcolormesh(state[::-1], cmap=palette, vmin=-0.5, vmax=len(values) - 0.5, edgecolors="white", linewidth=1)
    for (row, column), place in np.ndenumerate(state[::-1]):
        dark = abs(place - (len(values) - 1) / 2) > 0.4 * (len(values) - 1)
        text: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "color": "white" if dark else "#333333"}
        ax.text(column + 0.5, row + 0.5, f"{values[int(place)]:g}", **text)
    labels = [label_of(title) for title in titles]
    ax.set_xticks(np.arange(len(titles)) + 0.5, labels, rotation=45, ha="right", fontsize="x-small")
    names = [f"sample {n + 1}" for n in range(len(ratings))]
    ax.set_yticks(np.arange(len(ratings)) + 0.5, names[::-1], fontsize="small")
    ax.grid(False)
    ax.tick_params(length=0)
    return ax


def plot_film_agreement(table: pd.DataFrame, ax: Axes) -> Axes:
    """Correlation of pairs of films among fantasy particles against that among users.

    Args:
        table: result of `film_agreement`.
        ax: axes.
    """
    sns.scatterplot(table, x="people", y="fantasies", color=BLUE, s=22, alpha=0.6, ax=ax)
    ends = [table[["people", "fantasies"]].min().min(), table[["people", "fantasies"]].max().max()]
    ax.plot(ends, ends, color=GREY, ls=":", label="as among users")
    ax.axhline(0, color=ORANGE, ls="--", lw=1.5, label="independent films")
    ax.set(xlabel="correlation of two films among users", ylabel="among samples")
    ax.legend(fontsize="small")
    return ax


def _epoch_axis(ax: Axes, table: pd.DataFrame) -> None:
    ax.set(xscale="log", xlabel="epoch")
    epochs = sorted(table["epoch"].unique())
    ax.set_xticks(epochs, [str(epoch) for epoch in epochs], minor=False)
    ax.minorticks_off()
