"""Figures of the article taken apart show the numbers they are given: what stands on the axes is read back."""

import numpy as np
import pandas as pd
import pytest

from rbm_lib.collection.figures import article as article_plots
from rbm_lib.collection.figures.style import BLUE, ORANGE


def steps(metric="accuracy", values=(0.77, 0.85, 0.80, 0.88)):
    names = ["as published", "mean field", "unrated absent", "biases"][: len(values)]
    frame = pd.DataFrame({"step": names, "metric": metric, "value": values})
    return frame.assign(low=frame["value"] - 0.01, high=frame["value"] + 0.02)


def bars(ax):
    return [(bar.get_x(), bar.get_width(), bar.get_hatch()) for bar in ax.patches]


def dots(ax):
    return [(float(line.get_xdata()[0]), line.get_color()) for line in ax.lines if line.get_marker() == "o"]


def test_bars_go_from_step_to_step_and_the_worse_ones_are_hatched(ax):
    assert article_plots.plot_waterfall(steps(), "accuracy", ax) is ax
    found = [(left, width) for left, width, _ in bars(ax)]
    np.testing.assert_allclose(found, [(0.77, 0.08), (0.85, -0.05), (0.80, 0.08)])
    assert [hatch for *_, hatch in bars(ax)] == [None, "////", None]
    assert dots(ax) == [(0.77, BLUE), (0.85, BLUE), (0.80, ORANGE), (0.88, BLUE)]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(steps()["step"])
    bottom, top = ax.get_ylim()
    assert bottom > top  # the first step is on top


def test_intervals_are_drawn(ax):
    article_plots.plot_waterfall(steps(), "accuracy", ax)
    spans = [
        tuple(line.get_xdata()) for line in ax.lines if len(set(line.get_ydata())) == 1 and len(line.get_xdata()) == 2
    ]
    np.testing.assert_allclose(spans, [(v - 0.01, v + 0.02) for v in steps()["value"]])


def test_of_a_loss_less_is_better(ax):
    article_plots.plot_waterfall(steps("log_loss", (0.5, 0.4, 0.45)), "log_loss", ax)
    assert [hatch for *_, hatch in bars(ax)] == [None, "////"]


def test_an_infinite_value_is_written_out_and_the_next_bar_starts_afresh(ax):
    frame = steps("log_loss", (np.inf, 0.4, 0.3))
    article_plots.plot_waterfall(frame.assign(low=frame["low"].where(np.isfinite(frame["value"]))), "log_loss", ax)
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["infinite", "0.400", "0.300"]
    np.testing.assert_allclose([bar[:2] for bar in bars(ax)], [(0.4, -0.1)])


def test_only_rows_of_the_metric_are_drawn(ax):
    both = pd.concat([steps("auc", (0.5, 0.6)), steps()])
    article_plots.plot_waterfall(both, "accuracy", ax)
    assert [value for value, _ in dots(ax)] == [0.77, 0.85, 0.80, 0.88]


def test_references_run_through_the_fall(ax):
    article_plots.plot_waterfall(steps(), "accuracy", ax, references={"always-like": 0.87, "item+user bias": 0.884})
    lines = {line.get_label(): line.get_xdata()[0] for line in ax.lines if not line.get_label().startswith("_")}
    assert lines == {"always-like": 0.87, "item+user bias": 0.884}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(lines)


@pytest.mark.parametrize(("metric", "problem"), [("charm", "metric: expected one of"), ("auc", "steps: expected rows")])
def test_what_cannot_be_drawn_is_refused(ax, metric, problem):
    with pytest.raises(ValueError, match=problem):
        article_plots.plot_waterfall(steps(), metric, ax)


def test_the_log_is_drawn_with_its_references(ax):
    curve = pd.DataFrame({"passes": [0.5, 1.5], "accuracy": [0.7, 0.78]})
    article_plots.plot_article_log({"ours, test folder": curve, "other": curve}, ax, references={"always-like": 0.87})
    named = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert named == {"ours, test folder": [0.7, 0.78], "other": [0.7, 0.78], "always-like": [0.87, 0.87]}


def test_rates_are_drawn_rule_by_rule(ax):
    table = pd.DataFrame({
        "rule": ["a", "a", "b", "b"], "learning_rate": [0.5, 1, 0.5, 1], "size": [0.1, 0.4, 0.3, 0.4]
    })  # fmt: skip
    article_plots.plot_rates(table, ax)
    assert [(line.get_label(), list(line.get_ydata())) for line in ax.lines] == [("a", [0.1, 0.4]), ("b", [0.3, 0.4])]


def test_every_combination_has_a_dot_at_the_number_of_its_repairs_and_every_neighbour_a_line(ax):
    worth = np.arange(8.0).reshape(2, 2, 2)
    article_plots.plot_combinations(worth, "accuracy", ax, references={"always-like": 3.5})
    edges = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"]
    assert len(edges) == 12  # of a cube
    (dots,) = (line for line in ax.lines if line.get_marker() == "o" and line.get_linestyle() == "None")
    assert sorted(dots.get_ydata()) == list(range(8))
    for x, y in zip(dots.get_xdata(), dots.get_ydata(), strict=True):
        assert round(x) == bin(int(y)).count("1")
    (way,) = (line for line in ax.lines if line.get_label() == "in the waterfall's order")
    assert list(way.get_ydata()) == [0, 4, 6, 7]
    assert [line.get_ydata()[0] for line in ax.lines if line.get_label() == "always-like"] == [3.5]


def test_worths_are_drawn_where_they_are_between_their_extremes(ax):
    columns = ["first", "in order", "last", "share", "least", "most"]
    table = pd.DataFrame([[-0.04, -0.04, 0.08, 0.02, -0.05, 0.09], [0, 0, 0, 0, 0, 0]], ["a", "b"], columns)
    article_plots.plot_worths(table, ax, unit="points", factor=100)
    found = {line.get_label(): line.get_xdata()[0] for line in ax.lines if line.get_marker() not in ("None", "")}
    expected = {"made first": -4, "in the waterfall": -4, "made last": 8, "mean of all orders": 2}
    assert found == pytest.approx(expected)
    np.testing.assert_allclose(ax.collections[0].get_segments()[0][:, 0], [-5, 9])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert "points" in ax.get_xlabel()
