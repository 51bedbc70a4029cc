"""A drawing of the machine: two layers of units, and the weights (couplings) that one user's ratings use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from .style import BLUE, GREY, ORANGE, label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

UNIT_SIZE = 420.0  # of a unit, in square points
WIDTH = 60  # of a title, in characters
WIDEST = 3.5  # line of the strongest weight, in points
SHADES = LinearSegmentedColormap.from_list("shares", [ORANGE, "#F4F4F4", BLUE])  # dislike, undecided, like
LIGHTS = LinearSegmentedColormap.from_list("hidden", ["#FFFFFF", "#333333"])  # off, on


def plot_machine(
    ratings: ArrayLike,
    hidden: ArrayLike,
    couplings: ArrayLike,
    ax: Axes,
    *,
    titles: Sequence[str],
    expected: ArrayLike | None = None,
) -> Axes:
    """One user's machine: rated films lit below, hidden units above, a line for each weight in use.

    Args:
        ratings: float `(num_items,)`, 1 a like, 0 a dislike, NaN not rated: such a film has no lines.
        hidden: float `(num_hidden,)`, P(on) of each hidden unit; likelier ones are darker.
        couplings: float `(num_items, num_hidden)`, the weights; blue lines are positive, orange negative, wide ones
            strong.
        ax: axes.
        titles: of the films.
        expected: float `(num_items,)`, P(like), drawn inside the unrated films; None leaves them empty.
    """
    ratings, hidden, couplings = (np.asarray(part, float) for part in (ratings, hidden, couplings))
    rated, (num_items, num_hidden) = ~np.isnan(ratings), couplings.shape
    x_film = np.arange(num_items, dtype=float)
    x_hidden = (np.arange(num_hidden) + 0.5) * num_items / num_hidden - 0.5
    used = couplings * rated[:, None]
    strongest = max(float(np.abs(used).max()), 1e-9)
    pairs = [(i, j) for i in np.flatnonzero(rated) for j in range(num_hidden)]
    lines = LineCollection(
        [[(x_film[i], 0.0), (x_hidden[j], 1.0)] for i, j in pairs],
        colors=[BLUE if couplings[i, j] > 0 else ORANGE for i, j in pairs],
        linewidths=[WIDEST * abs(couplings[i, j]) / strongest for i, j in pairs],
        alpha=0.7,
        zorder=1,
    )
    ax.add_collection(lines)
    ax.scatter(x_hidden, np.ones(num_hidden), s=UNIT_SIZE, c=hidden, cmap=LIGHTS, vmin=0, vmax=1, edgecolors=GREY)
    for x, share in zip(x_hidden, hidden, strict=True):
        ax.annotate(f"{share:.0%}", (x, 1), (0, 14), textcoords="offset points", ha="center", fontsize=8)
    ax.scatter(x_film[rated], 0 * x_film[rated], s=UNIT_SIZE, c=ratings[rated], cmap=SHADES, vmin=0, vmax=1)
    inside = {} if expected is None else {"c": np.asarray(expected)[~rated], "cmap": SHADES, "vmin": 0, "vmax": 1}
    absent = inside or {"facecolors": "none"}
    ax.scatter(x_film[~rated], 0 * x_film[~rated], s=UNIT_SIZE, edgecolors=GREY, linestyles="dotted", **absent)
    for x, title in zip(x_film, titles, strict=True):
        label = label_of(title, WIDTH)
        ax.annotate(label, (x, 0), (0, -16), textcoords="offset points", ha="right", va="top", rotation=35, fontsize=8)
    ax.set(xlim=(-0.8, num_items - 0.2), ylim=(-0.2, 1.25), xticks=[], yticks=[0, 1])
    ax.set_yticklabels(["films", "hidden units"])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    circles = [plt.Line2D([], [], marker="o", ls="", ms=9, color=colour) for colour in (BLUE, ORANGE)]
    empty = plt.Line2D([], [], marker="o", ls="", ms=9, mfc="none", mec=GREY)
    ax.legend([*circles, empty], ["like", "dislike", "not rated"], loc="upper right", bbox_to_anchor=(1, 1.12), ncols=3)
    return ax
