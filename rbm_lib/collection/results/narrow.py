"""The layout of a figure for a phone: panels in one column, legible text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

WIDTH = 3.6  # inches; 360 pixels, about the width of a phone's page
SMALLEST, LARGEST = 8.4, 9.6  # points, 11.7 and 13.3 pixels
SHRUNK = 0.72  # factor of heights and font sizes, within these bounds
LOWEST = 2.3  # inches, minimum height of a panel, unless the figure is lower
LONGEST = 17  # characters of a label on one line
MOST_WRAPPED = 11  # labels of a panel with room for a second line
EXPONENT = 0.7  # font size of an exponent, relative to its base
MOST_TICKS = 5  # of a numeric axis


def make_narrow(figure: Figure) -> None:
    """Change a figure's layout for a phone, in place: save the wide figure before.

    Args:
        figure: matplotlib figure of one row of panels, as `new_figure` makes it.
    """
    height = figure.get_size_inches()[1]
    panels = [ax for ax in figure.axes if ax.get_subplotspec() is not None and not hasattr(ax, "_colorbar")]
    lowest = min(LOWEST, height)
    figure.set_size_inches(WIDTH, max(lowest, SHRUNK * height) * max(1, len(panels)))
    if len(panels) > 1:
        grid = figure.add_gridspec(len(panels), 1)
        for place, panel in enumerate(panels):
            panel.set_subplotspec(grid[place])
    for ax in figure.axes:
        _narrow_labels(ax)
        legend = ax.get_legend()
        if legend is not None:
            _move_legend(ax, legend)
    ticks = {text for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for text in axis.get_ticklabels(which="both")}
    for text in _texts(figure) - ticks:
        text.set_fontsize(_size(text.get_fontsize()))


def _size(points: float) -> float:
    return min(max(SHRUNK * points, SMALLEST), LARGEST)


def _texts(figure: Figure) -> set[Any]:
    from matplotlib.text import Text

    return set(figure.findobj(Text))


def _narrow_labels(ax: Axes) -> None:
    """Wrap long labels of ticks and axes; repeat tick labels that panels shared."""
    from matplotlib.ticker import LogFormatterMathtext, MaxNLocator

    for axis in (ax.xaxis, ax.yaxis):
        size = SMALLEST / EXPONENT if isinstance(axis.get_major_formatter(), LogFormatterMathtext) else SMALLEST
        axis.set_tick_params(which="both", labelsize=size)
        axis.label.set_text(textwrap.fill(axis.label.get_text(), 44 if axis is ax.xaxis else 30))
        locator = axis.get_major_locator()
        if isinstance(locator, MaxNLocator):
            locator.set_params(nbins=MOST_TICKS)
    names = [label.get_text() for label in ax.get_yticklabels()]
    are_names = ax.get_yscale() == "linear" and not any(name.startswith("$") for name in names)  # no powers of ten
    if are_names and max(map(len, names), default=0) > LONGEST and len(names) <= MOST_WRAPPED:
        ax.set_yticks(ax.get_yticks(), [textwrap.fill(name, LONGEST) for name in names])
    if ax.get_shared_y_axes().get_siblings(ax)[1:]:
        ax.yaxis.set_tick_params(which="both", labelleft=True)
    ax.set_title(textwrap.fill(ax.get_title(loc="left"), 40), loc="left")


def _move_legend(ax: Axes, legend: Legend) -> None:
    """Move the legend above its panel: inside it would hide data, and there is no room beside it."""
    from matplotlib.transforms import blended_transform_factory

    labels = [textwrap.fill(text.get_text(), 42) for text in legend.get_texts()]
    columns = 1 if max(map(len, labels), default=0) > 22 else 2 if max(map(len, labels), default=0) > 9 else 3
    above = 1.14 if ax.get_title(loc="left") else 1.01
    handles: list[Any] = legend.legend_handles
    title = legend.get_title().get_text()
    look: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.01, above), "borderaxespad": 0.0}
    look["bbox_transform"] = blended_transform_factory(ax.figure.transFigure, ax.transAxes)
    look |= {"ncols": columns, "columnspacing": 1.0, "handlelength": 1.4, "frameon": False}
    ax.legend(handles, labels, title=title or None, **look)
