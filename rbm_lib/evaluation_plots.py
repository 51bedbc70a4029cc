"""Figures of the full comparison: data and `ax` in, `ax` out; nothing is shown or saved here."""

import numpy as np

from rbm_lib.plot_style import BLUE, GREY, METRIC_LABELS, PREDICTOR_COLOURS, RED

SPREAD = 0.5  # of the space between two groups, taken by the points of one


def plot_quality_by_group(quality, ax, *, noun):
    """One metric on each group of targets, a line a predictor, with intervals.

    Args:
        quality: DataFrame of `slices.quality_by_group`.
        ax: axes.
        noun: what the groups are made of, for the axis.
    """
    groups, predictors = list(dict.fromkeys(quality["group"])), list(dict.fromkeys(quality["predictor"]))
    for place, predictor in enumerate(predictors):
        part = quality[quality["predictor"] == predictor].set_index("group").reindex(groups)
        shift = SPREAD * ((place + 0.5) / len(predictors) - 0.5)
        x, colour = np.arange(len(groups)) + shift, PREDICTOR_COLOURS.get(predictor, GREY)
        ax.vlines(x, part["low"], part["high"], color=colour, lw=1.2)
        ax.plot(x, part["value"], "o-", color=colour, ms=5, lw=1, label=predictor)
    ax.set_xticks(range(len(groups)), [wrap(group) for group in groups], fontsize=8)
    ax.set(xlabel=noun, ylabel=METRIC_LABELS.get(quality["metric"].iloc[0], quality["metric"].iloc[0]))
    ax.legend(fontsize=8)
    return ax


def plot_gains(gains, ax, *, xlabel):
    """What one predictor gains over another on each group; red where the interval is below zero, blue above.

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
    ax.set_yticks(place, [f"{row.group} ({row.num_ratings:,})" for row in gains.itertuples()])
    ax.invert_yaxis()
    ax.set(xlabel=xlabel)
    return ax


def plot_protocols(table, metric, ax):
    """One metric under several protocols, a line a predictor.

    Args:
        table: DataFrame with columns protocol, predictor, value, low, high.
        metric: its name.
        ax: axes.
    """
    renamed = table.rename(columns={"protocol": "group"}).assign(metric=metric)
    plot_quality_by_group(renamed, ax, noun="how the targets were chosen")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8)
    return ax


def plot_list_quality(comparison, metric, ax):
    """A metric of recommended lists, a row a predictor, best on top, with intervals.

    Args:
        comparison: DataFrame of `RankingComparison.long`.
        metric: its name, as `ndcg@100`.
        ax: axes.
    """
    part = comparison[comparison["metric"] == metric].sort_values("value", ascending=False).reset_index(drop=True)
    colours = [PREDICTOR_COLOURS.get(name, GREY) for name in part["predictor"]]
    if part["low"].notna().all():
        ax.hlines(part.index, part["low"], part["high"], color=colours, lw=2)
    ax.scatter(part["value"], part.index, color=colours, s=36, zorder=3)
    ax.set_yticks(part.index, part["predictor"])
    ax.invert_yaxis()
    ax.set(xlabel=metric)
    return ax


def wrap(label):
    """A label on two lines, broken at the space nearest its middle."""
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) < 12 or not spaces:
        return label
    middle = min(spaces, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:middle]}\n{label[middle + 1 :]}"
