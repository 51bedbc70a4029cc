"""Figures of the ratings themselves: stars, the long tail, the mask, shares of likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from .style import BLUE, GREY, ORANGE, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings


def plot_stars(ratings: Ratings, threshold: float, ax: Axes) -> Axes:
    """How many ratings of each star; likes in colour."""
    stars, count = np.unique(ratings.rating, return_counts=True)
    colours = [BLUE if star >= threshold else ORANGE for star in stars]
    bars = ax.bar([f"{star:g}" for star in stars], count / count.sum(), color=colours)
    ax.bar_label(bars, [f"{share:.0%}" for share in count / count.sum()], padding=2)
    ax.set(xlabel="stars", ylabel="share of ratings")
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (ORANGE, BLUE)]
    ax.legend(handles, ["dislike", "like"], loc="upper left")
    return ax


def plot_long_tail(counts: NDArray[np.integer], ax: Axes, *, noun: str, colour: str = BLUE) -> Axes:
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


def plot_target_films(
    inputs: Ratings, targets: Ratings, titles: Sequence[str], ax: Axes, *, num_films: int = 12
) -> Axes:
    """The films that most targets are of: how many of each one's ratings are held out, and how many are left.

    Args:
        inputs, targets: the two parts of a split.
        titles: str `(num_items,)`.
        ax: axes.
        num_films: int, how many films, at most.
    """
    asked, left = targets.ratings_per_item, inputs.ratings_per_item
    films = [film for film in np.argsort(-asked, kind="stable")[:num_films] if asked[film]]
    place = np.arange(len(films))
    ax.barh(place, asked[films], color=BLUE, height=0.7, label="targets")
    ax.barh(place, left[films], left=asked[films], color="#D5D5D5", height=0.7, label="inputs")
    for row, film in enumerate(films):
        share = asked[film] / (asked[film] + left[film])
        ax.annotate(f"{share:.0%}", (asked[film] + left[film], row), (4, 0), textcoords="offset points", va="center")
    ax.set_yticks(place, [label_of(titles[film], 34) for film in films])
    ax.invert_yaxis()
    ax.margins(x=0.1)
    ax.grid(False, axis="y")
    ax.set(xlabel="ratings of the film; beside the bar, the share that are targets")
    ax.legend(loc="lower right")
    return ax


def plot_mask(ratings: Ratings, ax: Axes, *, num_users: int = 60, num_items: int = 90, seed: int) -> Axes:
    """A corner of the matrix of ratings: likes, dislikes, and mostly unrated pairs.

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
    num_items = min(num_items, int(np.count_nonzero(weight)))
    items = np.sort(rng.choice(ratings.num_items, num_items, replace=False, p=weight))
    visible, observed_mask = ratings.select(np.isin(ratings.user_index, users)).to_dense()
    cells = np.where(observed_mask, visible + 1, 0)[np.ix_(users, items)]
    ax.pcolormesh(cells, cmap=ListedColormap(["#F1F1F1", ORANGE, BLUE]), edgecolors="white", linewidth=0.4)
    drawn, all_pairs = (cells > 0).mean(), ratings.num_ratings / (ratings.num_users * ratings.num_items)
    films = (
        f"films, the well-known more often: {drawn:.0%} of this sample is rated, {all_pairs:.0%} of the whole matrix"
    )
    ax.set(xlabel=films, ylabel="users (a sample)", xticks=[], yticks=[])
    ax.grid(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (BLUE, ORANGE, "#E2E2E2")]
    ax.legend(handles, ["like", "dislike", "unrated"], loc="upper center", bbox_to_anchor=(0.5, 1.11), ncols=3)
    return ax


def plot_shares(shares: Mapping[str, float], ax: Axes) -> Axes:
    """Share of likes in each part, as bars from one half, the share of a coin; from zero if a part has fewer.

    Args:
        shares: dict from the part's name to its share of likes.
        ax: axes.
    """
    names, values = list(shares), np.array(list(shares.values()))
    start = 0.5 if values.min() >= 0.5 else 0.0
    bars = ax.barh(names, values - start, left=start, color=BLUE, height=0.55)
    ax.bar_label(bars, [f"{value:.1%}" for value in values], padding=4)
    ax.set(xlim=(start, 1.0), xlabel="share of likes: the accuracy of always answering “like”")
    ax.invert_yaxis()
    return ax
