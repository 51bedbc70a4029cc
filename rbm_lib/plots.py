"""One function per figure: data and `ax` in, `ax` out; nothing is shown or saved here."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from rbm_lib.plot_style import (
    BLUE,
    GREEN,
    GREY,
    METRIC_LABELS,
    ORANGE,
    PREDICTOR_COLOURS,
    RED,
    SKY,
)
from rbm_lib.plot_style import (
    new_figure as new_figure,  # a notebook finds all it needs here
)
from rbm_lib.plot_style import (
    use_style as use_style,
)


def plot_stars(ratings, threshold, ax):
    """How many ratings of each star; likes in colour."""
    stars, count = np.unique(ratings.rating, return_counts=True)
    colours = [BLUE if star >= threshold else ORANGE for star in stars]
    bars = ax.bar([f"{star:g}" for star in stars], count / count.sum(), color=colours)
    ax.bar_label(bars, [f"{share:.0%}" for share in count / count.sum()], padding=2)
    ax.set(xlabel="stars", ylabel="share of ratings")
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (ORANGE, BLUE)]
    ax.legend(handles, ["dislike", "like"], loc="upper left")
    return ax


def plot_long_tail(counts, ax, *, noun, colour=BLUE):
    """Number of ratings of each film or user, from most to fewest, on logarithmic axes.

    Args:
        counts: int `(num,)`, ratings of each; zeros are left out.
        ax: axes.
        noun: "films" or "users", for the axis.
        colour: of the line.
    """
    counts = np.sort(counts[counts > 0])[::-1]
    ax.loglog(np.arange(1, len(counts) + 1), counts, color=colour, lw=2)
    half = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2)) + 1
    ax.axvline(half, color=GREY, ls=":", lw=1.5)
    ax.annotate(
        f"the first {half:,} {noun}\nhold half of the ratings", (half, counts[-1]), (-6, 4), ha="right",
        textcoords="offset points", color=GREY, fontsize="small",
    )  # fmt: skip
    ax.set(xlabel=f"{noun}, most rated first (rank)", ylabel="ratings")
    return ax


def plot_mask(ratings, ax, *, num_users=60, num_items=90, seed):
    """A corner of the matrix: like, dislike, and mostly nothing.

    Args:
        ratings: `Ratings` of likes and dislikes.
        ax: axes.
        num_users, num_items: int, size of the sample, at most; films are drawn in proportion to their ratings.
        seed: int, root of the sample.
    """
    rng = np.random.default_rng(seed)
    active = np.flatnonzero(ratings.ratings_per_user)
    users = np.sort(rng.choice(active, min(num_users, len(active)), replace=False))
    weight = ratings.ratings_per_item / ratings.num_ratings
    num_items = min(num_items, np.count_nonzero(weight))
    items = np.sort(rng.choice(ratings.num_items, num_items, replace=False, p=weight))
    visible, observed_mask = ratings.select(np.isin(ratings.user_index, users)).to_dense()
    cells = np.where(observed_mask, visible + 1, 0)[np.ix_(users, items)]
    ax.pcolormesh(cells, cmap=ListedColormap(["#F1F1F1", ORANGE, BLUE]), edgecolors="white", linewidth=0.4)
    ax.set(xlabel="films (a sample)", ylabel="users (a sample)", xticks=[], yticks=[])
    ax.grid(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (BLUE, ORANGE, "#E2E2E2")]
    ax.legend(handles, ["like", "dislike", "unrated"], loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=3)
    return ax


def plot_shares(shares, ax):
    """Share of likes in each part, as bars from one half, where a coin would stand.

    Args:
        shares: dict from the part's name to its share of likes.
        ax: axes.
    """
    names, values = list(shares), np.array(list(shares.values()))
    bars = ax.barh(names, values - 0.5, left=0.5, color=BLUE, height=0.55)
    ax.bar_label(bars, [f"{value:.1%}" for value in values], padding=4)
    ax.set(xlim=(0.5, 1.0), xlabel="share of likes: the accuracy of always answering “like”")
    ax.invert_yaxis()
    return ax


def plot_states(table, ax):
    """Probability of every state of a tiny RBM, before and after learning, beside the data's share.

    Args:
        table: DataFrame indexed by the state's name, one column a series.
        ax: axes.
    """
    colours = dict(zip(table.columns, (GREY, SKY, BLUE), strict=False))
    table.plot.bar(ax=ax, width=0.8, color=colours, rot=0)
    ax.set(xlabel="state of the films (1 like, 0 dislike)", ylabel="probability")
    ax.legend(title=None)
    return ax


def plot_chain(states, ax, *, titles):
    """A Gibbs chain, film by film: one row a sweep, the data on top.

    Args:
        states: float 0/1 `(num_sweeps + 1, num_films)`.
        ax: axes.
        titles: names of the films.
    """
    ax.pcolormesh(states[::-1], cmap=ListedColormap([ORANGE, BLUE]), vmin=0, vmax=1, edgecolors="white", linewidth=1)
    ax.set_xticks(np.arange(len(titles)) + 0.5, titles, rotation=45, ha="right", fontsize="small")
    names = ["data", *(f"sweep {n}" for n in range(1, len(states)))]
    ax.set_yticks(np.arange(len(states)) + 0.5, names[::-1], fontsize="small")
    ax.grid(False)
    ax.tick_params(length=0)
    return ax


def plot_learning_curve(history, metric, ax, *, by, references=None):
    """A validation metric by epoch, a curve for each value of `by`, with base rates as horizontal lines.

    Args:
        history: DataFrame with columns `epoch`, `metric` and `by`; several rows an epoch (seeds) give a band.
        metric: column to draw.
        ax: axes.
        by: column that tells the curves apart; names of predictors keep their colours.
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


def plot_by_k(table, metric, ax, *, references=None):
    """A metric against k: a dot a seed, a line through the means, a band from the least to the largest.

    Args:
        table: DataFrame with columns `cd_steps` and `metric`, a row a seed.
        metric: column to draw.
        ax: axes.
        references: dict from a predictor's name to its value, or None.
    """
    sns.lineplot(table, x="cd_steps", y=metric, ax=ax, color=BLUE, errorbar=("pi", 100))
    ax.plot(table["cd_steps"], table[metric], "o", color=BLUE, ms=4, alpha=0.7)
    for name, value in (references or {}).items():
        ax.axhline(value, color=PREDICTOR_COLOURS.get(name, GREY), ls="--", lw=1.5, label=name)
    ax.set_xscale("log")
    steps = sorted(table["cd_steps"].unique())
    ax.set_xticks(steps, [str(k) for k in steps], minor=False)
    ax.minorticks_off()
    ax.set(xlabel="k, Gibbs sweeps in the negative phase", ylabel=METRIC_LABELS.get(metric, metric))
    if references:
        ax.legend(fontsize="small")
    return ax


def plot_trade(table, ax):
    """Quality against time: one point a k, with its spread over seeds.

    Args:
        table: DataFrame with columns `cd_steps`, `seconds` and `auc`, a row a seed.
        ax: axes.
    """
    groups = table.groupby("cd_steps")
    mean, spread = groups[["seconds", "auc"]].mean(), groups["auc"].agg(lambda auc: (auc.max() - auc.min()) / 2)
    ax.errorbar(mean["seconds"], mean["auc"], spread, fmt="o-", color=BLUE, lw=1, capsize=3)
    for place, (k, row) in enumerate(mean.iterrows()):
        above = 8 if place % 2 else -14  # neighbours on a crowded axis take turns
        ax.annotate(f"k={k}", (row["seconds"], row["auc"]), (5, above), textcoords="offset points", fontsize="small")
    ax.set(xlabel=METRIC_LABELS["seconds"], ylabel=METRIC_LABELS["auc"])
    return ax


def plot_forest(comparison, metric, ax):
    """Every predictor's value with its interval over users; the base rates in grey and muted colours.

    Args:
        comparison: DataFrame with columns predictor, metric, value, low, high.
        metric: rows to draw.
        ax: axes.
    """
    rows = comparison[comparison["metric"] == metric]
    rows = rows[np.isfinite(rows["value"])]
    for place, row in enumerate(rows.itertuples()):
        colour = PREDICTOR_COLOURS.get(row.predictor, GREY)
        if np.isfinite(row.low):
            ax.plot([row.low, row.high], [place, place], color=colour, lw=2.5, solid_capstyle="round")
        ax.plot(row.value, place, "o", color=colour, ms=8)
    ax.set_yticks(range(len(rows)), rows["predictor"])
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel=METRIC_LABELS.get(metric, metric))
    return ax


def plot_calibration(curves, ax):
    """Observed against predicted share of likes, with the diagonal that a calibrated predictor follows.

    Args:
        curves: dict from predictor to a DataFrame with columns `predicted` and `observed`.
        ax: axes.
    """
    ax.plot([0, 1], [0, 1], color=GREY, ls=":", label="calibrated")
    for name, curve in curves.items():
        ax.plot(curve["predicted"], curve["observed"], "o-", label=name, color=PREDICTOR_COLOURS.get(name), ms=4)
    low = min(0.95, *(float(curve.to_numpy().min()) for curve in curves.values()))
    ax.set(xlabel="predicted share of likes", ylabel="observed share of likes", xlim=(low, 1), ylim=(low, 1))
    ax.legend(fontsize="small")
    return ax


def plot_probabilities(rating, probability, ax):
    """How predicted probabilities spread over the films that were liked and over those that were not."""
    bins = np.linspace(0, 1, 41)
    for value, name, colour in ((1, "liked", BLUE), (0, "disliked", ORANGE)):
        chosen = probability[rating == value]
        ax.hist(chosen, bins=bins, weights=np.full(len(chosen), 1 / len(chosen)), alpha=0.6, color=colour, label=name)
    ax.axvline(0.5, color=GREY, ls=":")
    ax.set(xlabel="predicted probability of a like", ylabel="share of the group")
    ax.legend()
    return ax


def plot_agreement(correlation, ax):
    """Correlation of learnt hidden units with planted ones, as a table of colours.

    Args:
        correlation: DataFrame, learnt units by planted units.
        ax: axes.
    """
    cells = correlation.round(1) + 0.0  # no "-0.0" in a cell
    look = {"cmap": "RdBu_r", "center": 0, "vmin": -1, "vmax": 1, "fmt": ".1f", "annot_kws": {"size": 8}}
    sns.heatmap(cells, ax=ax, annot=True, cbar_kws={"label": "correlation over users"}, **look)
    ax.set(xlabel="planted hidden unit", ylabel="learnt hidden unit that follows it best")
    return ax


def plot_repeats(table, metric, ax, *, references):
    """A metric of averaged sampled passes against how many were averaged, with mean-field values as lines.

    Args:
        table: DataFrame with columns `repeats`, `predictor` and `metric`.
        metric: column to draw.
        ax: axes.
        references: dict from a predictor's name to its mean-field value.
    """
    for name, rows in table.groupby("predictor", sort=False):
        ax.plot(
            rows["repeats"], rows[metric], "o-", color=PREDICTOR_COLOURS[f"{name}, sampled"], label=f"{name}, sampled"
        )
        ax.axhline(references[name], color=PREDICTOR_COLOURS[name], ls="--", lw=1.5, label=f"{name}, mean-field")
    ax.set(xscale="log", xlabel="sampled passes averaged", ylabel=METRIC_LABELS[metric])
    repeats = sorted(table["repeats"].unique())
    ax.set_xticks(repeats, [str(number) for number in repeats], minor=False)
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax


def plot_direction_error(table, ax):
    """How far the expected CD-k direction is from the gradient it stands for, by k.

    Args:
        table: DataFrame with columns `cd_steps`, `couplings` and `relative_error`.
        ax: axes.
    """
    for colour, (scale, rows) in zip((GREEN, BLUE, RED), table.groupby("couplings", sort=False), strict=False):
        ax.plot(rows["cd_steps"], rows["relative_error"], "o-", color=colour, label=f"{scale} couplings")
    steps = sorted(table["cd_steps"].unique())
    ax.set(
        xscale="log", xlabel="k, Gibbs sweeps in the negative phase", ylabel="relative error (share of the gradient)"
    )
    ax.set_xticks(steps, [str(k) for k in steps], minor=False)
    ax.minorticks_off()
    ax.legend()
    return ax
