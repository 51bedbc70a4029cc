"""The figure of the ladder shows the numbers it is given, each in its family's colour."""

import pandas as pd

from rbm_lib.collection.figures import BLUE, GREY, plot_ladder

COLUMNS = ("rung", "label", "family", "metric", "value", "low", "high", "over")
ROWS = pd.DataFrame(
    [
        ("article", "the article's RBM", "Boltzmann machines", "auc", 0.6, 0.59, 0.61, "users"),
        ("constant", "the same answer always", "base rates", "auc", 0.5, 0.5, 0.5, "users and films"),
        ("biases", "two biases", "base rates", "auc", 0.8, 0.78, 0.82, "users and films"),
        ("stars", "item-based RBM", "Boltzmann machines", "auc", 0.83, None, None, None),
        ("stars", "item-based RBM", "Boltzmann machines", "accuracy", 0.9, None, None, None),
    ],
    columns=COLUMNS,
)


def test_a_row_a_rung_its_value_and_its_interval(ax):
    plot_ladder(ROWS, "auc", ax, baseline="biases", reported=[0.62])
    assert [text.get_text() for text in ax.get_yticklabels()] == [*ROWS["label"][:4]]
    points = {
        (line.get_xdata()[0], line.get_ydata()[0]): line.get_color() for line in ax.lines if len(line.get_xdata()) == 1
    }
    assert list(points) == [(0.6, 0), (0.8, 2), (0.83, 3), (0.62, 0)]
    assert [points[0.6, 0], points[0.8, 2]] == [BLUE, GREY]
    spans = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == line.get_ydata()[1]]
    assert [list(line.get_xdata()) for line in spans] == [[0.59, 0.61], [0.78, 0.82]]
    assert spans[0].get_linewidth() < spans[1].get_linewidth()  # over users alone
    (baseline,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert list(baseline.get_xdata()) == [0.8, 0.8]
    assert ax.yaxis_inverted()


def test_a_constant_answer_does_not_squeeze_the_others_and_is_named(ax):
    plot_ladder(ROWS, "auc", ax, baseline="biases")
    assert 0.5 < ax.get_xlim()[0] < 0.59
    assert ax.get_xlim()[1] > 0.83
    assert [text.get_text() for text in ax.texts] == ["◂ 0.5"]


def test_without_any_rung_the_axes_say_so(ax):
    plot_ladder(ROWS.head(0), "auc", ax, baseline="biases")
    assert [text.get_text() for text in ax.texts] == ["no notebook has recorded this yet"]
