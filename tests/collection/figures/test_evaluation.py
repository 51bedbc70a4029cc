"""Figures of the comparison show the numbers they were given, where a reader looks for them."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from rbm_lib.collection.figures import evaluation as plots
from rbm_lib.collection.figures.style import BLUE, GREY, RED, new_figure


@pytest.fixture
def ax():
    return new_figure()[1]


def quality(**changes):
    rows = [
        ("few", "item mean", 0.7, 0.6, 0.8),
        ("many", "item mean", 0.8, 0.75, 0.85),
        ("few", "EASE", 0.9, 0.8, 0.95),
    ]
    return pd.DataFrame(rows, columns=["group", "predictor", "value", "low", "high"]).assign(**changes)


def test_groups_are_on_the_axis_and_a_missing_one_leaves_a_gap(ax):
    plots.plot_quality_by_group(quality(metric="auc"), ax, noun="ratings of the film")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["few", "many"]
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    assert lines["item mean"].tolist() == [0.7, 0.8]
    assert lines["EASE"][0] == 0.9
    assert pd.isna(lines["EASE"][1])
    assert ax.get_ylabel() == "AUC"
    assert ax.get_xlabel() == "ratings of the film"


def test_where_no_group_can_be_judged_the_axes_say_so(ax, recwarn):
    """As of six users: an empty table is no error, and no legend without an entry."""
    nothing = quality().iloc[:0]
    plots.plot_quality_by_group(nothing, ax, noun="ratings of the film")
    assert [text.get_text() for text in ax.texts] == ["no group is large enough to be judged"]
    assert ax.get_xlabel() == "ratings of the film"
    plots.plot_protocols(nothing.rename(columns={"group": "protocol"}), "rmse", ax)
    assert not recwarn.list
    assert ax.get_legend() is None


def test_gains_are_coloured_by_their_interval(ax):
    gains = pd.DataFrame(
        {
            "group": list("abc"),
            "gain": [1, 0, -1],
            "low": [0.5, -1, -2],
            "high": [2, 1, -0.5],
            "num_ratings": [7, 11, 1300],
        }
    )
    plots.plot_gains(gains, ax, xlabel="AUC gained")
    assert [to_hex(c) for c in ax.collections[1].get_facecolor()] == [c.lower() for c in (BLUE, GREY, RED)]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a (7)", "b (11)", "c (1,300)"]


def test_protocols_are_groups(ax):
    plots.plot_protocols(quality().rename(columns={"group": "protocol"}), "rmse", ax)
    assert ax.get_ylabel() == "RMSE (stars)"


def test_lists_are_ordered_best_on_top(ax):
    rows = [
        ("EASE", "ndcg@100", 0.4, 0.3, 0.5),
        ("popular films", "ndcg@100", 0.2, 0.1, 0.3),
        ("EASE", "recall@20", 9, 9, 9),
    ]
    plots.plot_list_quality(pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"]), "ndcg@100", ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["EASE", "popular films"]
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "nDCG over 100 films"
    assert [list(line.get_xdata()) for line in ax.get_lines()] == [[0.2, 0.2]]  # at popular films


@pytest.mark.parametrize(
    ("label", "found"),
    [("short", "short"), ("101 and more ratings", "101 and more\nratings"), ("oneverylongword", "oneverylongword")],
)
def test_long_labels_break_in_the_middle(label, found):
    assert plots.wrap(label) == found
