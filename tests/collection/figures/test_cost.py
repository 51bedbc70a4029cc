"""Figures of costs show the numbers they are given: what stands on the axes is read back."""

import pandas as pd
import pytest

from rbm_lib.collection.bench.rows import row
from rbm_lib.collection.figures import cost as cost_plots
from rbm_lib.collection.figures.style import GREEN, RED
from rbm_lib.collection.results.wording import short_number


def curve():
    rows = [("dense", 7, 3.0), ("dense", 14, 6.5), ("sparse", 14, 2.0), ("sparse", 7, 1.0)]
    return pd.DataFrame(rows, columns=["series", "x", "value"])


def test_growth_has_a_line_an_engine_in_the_order_of_x(ax):
    cost_plots.plot_growth(curve(), ax, xlabel="ratings")
    lines = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert list(lines["sparse"].get_xdata()) == [7, 14]
    assert list(lines["sparse"].get_ydata()) == [1.0, 2.0]
    dotted = [line for line in ax.lines if line.get_linestyle() == ":" and len(line.get_xdata())]
    assert [list(line.get_ydata()) for line in dotted] == [[3.0, 6.0], [1.0, 2.0]]


@pytest.mark.parametrize("draw", [
    lambda ax: cost_plots.plot_growth(curve()[:0], ax, xlabel="ratings"),
    lambda ax: cost_plots.plot_sources([], ax, names={}, xlabel="s"),
])  # fmt: skip
def test_what_was_not_measured_is_said(ax, draw):
    draw(ax)
    assert ["make bench" in text.get_text() for text in ax.texts] == [True]


def test_a_roofline_bends_where_arithmetic_takes_over(ax):
    points = pd.DataFrame(
        {"series": ["dense"], "label": ["k=1"], "operations": [30.0], "bytes": [2.0], "seconds": [3.0]}
    )
    cost_plots.plot_roofline(points, ax, bandwidth=5.0, peak=20.0)
    roof, dense = ax.lines
    x, y = roof.get_data()
    assert y.max() == 20.0
    assert y[0] == pytest.approx(5.0 * x[0])
    assert (dense.get_xdata()[0], dense.get_ydata()[0]) == (15.0, 10.0)


def test_bars_lie_right_of_one_where_they_hold(ax):
    rows = [row("a", 3, at_least=6), row("b", 2, "s", at_most=4), row("c", 1)]
    cost_plots.plot_bars(rows, ax)
    dots = [line for line in ax.lines if line.get_marker() in ("o", "X")]
    assert [line.get_xdata()[0] for line in dots] == [0.5, 2.0]
    assert [line.get_color() for line in dots] == [RED, GREEN]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a  (>= 6)", "b  (<= 4 s)"]


def test_sources_show_their_limit(ax):
    rows = [row("a", 1.4, "GB", x="memory", at_most=3), row("b", 0.7, "GB", x="nothing")]
    cost_plots.plot_sources(rows, ax, names={"nothing": "imports"}, xlabel="GB")
    assert [bar.get_width() for bar in ax.patches] == [1.4, 0.7]
    assert [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata())] == [[3.0, 3.0]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["memory", "imports"]


def test_engines_are_bars_of_their_seconds(ax):
    cost_plots.plot_engines({"dense": 3.0, "sparse": 1.0}, ax)
    assert [bar.get_width() for bar in ax.patches] == [3.0, 1.0]


@pytest.mark.parametrize(("value", "text"), [(400, "400"), (3706, "3,706"), (29_648, "29.6k"), (1_950_000, "1.95M")])
def test_counts_are_short_on_an_axis(value, text):
    assert short_number(value) == text
