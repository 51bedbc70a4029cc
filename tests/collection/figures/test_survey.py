"""The figure of the leaders shows the numbers it is given; published figures have their source."""

import pandas as pd

from rbm_lib.collection.figures import survey as survey_plots
from rbm_lib.collection.results.literature import PUBLISHED, published


def rows():
    return pd.DataFrame({
        "notebook": ["07-a", "07-a", "05-b"], "group": ["", "", "article"], "predictor": ["one", "base", "two"],
        "value": [0.83, 0.9, 0.85], "low": [0.82, None, 0.84], "high": [0.84, None, 0.86],
        "is_base": [False, True, False],
    })  # fmt: skip


def test_every_row_has_its_place_its_value_and_its_interval(ax):
    reported = published("ml-1m", "rmse").head(1)
    survey_plots.plot_leaders(rows(), "rmse", ax, reported)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == [
        "notebook 07",
        "one",
        "base",
        "notebook 05, article",
        "two",
        "reported by others",
        "RBM, user-based",
    ]
    points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert points == [(0.83, 1), (0.9, 2), (0.85, 4), (0.881, 6)]
    spans = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert spans == [[0.82, 0.84], [0.84, 0.86]]
    assert ax.get_xlabel() == "RMSE (stars)"


def test_nothing_to_show_says_so(ax):
    empty = rows().head(0)
    survey_plots.plot_leaders(empty, "auc", ax, published("planted", "auc"))
    assert [text.get_text() for text in ax.texts] == ["no notebook has recorded this yet"]
    assert (
        survey_plots.height_of(empty)
        < survey_plots.height_of(rows())
        < survey_plots.height_of(rows(), published("ml-1m"))
    )


def test_every_published_figure_has_its_source():
    table = published("ml-1m")
    everything = pd.concat([table, published("ml-100k")])
    assert len(everything) == len(PUBLISHED) == len(everything[["dataset", "metric", "model"]].drop_duplicates())
    assert (everything[["source", "place", "why"]].map(len) > 5).all(axis=None)
    best = table[(table["metric"] == "rmse") & table["credible"]].set_index("model")["reported"]
    assert (best.idxmin(), best.min()) == ("myFM with the day, ordered probit", 0.8140)


def test_figures_that_test_ratings_helped_to_make_are_not_credible(ax):
    table = published("ml-1m", "rmse").set_index("model")
    assert not table.loc[["GLocal-K", "GHRS", "SparseFC"], "credible"].any()
    assert table.loc[["GC-MC", "IGMC", "AutoRec, item-based"], "credible"].all()
    survey_plots.plot_leaders(rows(), "rmse", ax, table.reset_index())
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert "GLocal-K (not credible)" in labels
    assert "GC-MC" in labels


def test_no_figure_was_reported_of_planted_ratings():
    table = published("ml-1m")
    assert published("planted").empty
    assert list(published("planted").columns) == list(table.columns)
