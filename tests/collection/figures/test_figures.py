"""Figures show the numbers they are given: what stands on the axes is read back."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rbm_lib.collection.figures import style as plot_style
from rbm_lib.collection.figures import training as plots
from rbm_lib.collection.figures.evaluation import plot_calibration, plot_forest, plot_probabilities
from rbm_lib.collection.figures.ratings import plot_long_tail, plot_mask, plot_shares, plot_stars, plot_target_films
from rbm_lib.data.ratings import Ratings


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize(("shares", "start"), [([0.9, 0.5], 0.5), ([0.9, 0.02], 0.0)])
def test_shares_are_drawn_from_a_coin_or_from_nothing_where_likes_are_few(ax, shares, start):
    plot_shares(dict(zip(("inputs", "targets"), shares, strict=True)), ax)
    assert ax.get_xlim() == (start, 1.0)
    assert [bar.get_x() + bar.get_width() for bar in ax.patches] == pytest.approx(shares)
    assert all(bar.get_x() == start and bar.get_width() >= 0 for bar in ax.patches)


def test_star_bars_are_shares_and_likes_have_their_colour(ax):
    ratings = Ratings.from_triples([1, 1, 2, 2, 3], [1, 2, 1, 2, 1], [2, 4, 4, 5, 4])
    plot_stars(ratings, 3, ax)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([0.2, 0.6, 0.2])
    colours = [plt.matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in ax.patches]
    assert colours == [plot_style.ORANGE, plot_style.BLUE, plot_style.BLUE]


def test_the_long_tail_falls_and_marks_half_of_the_ratings(ax):
    plot_long_tail(np.array([1, 0, 7, 2, 2]), ax, noun="films")
    rank, count = ax.lines[0].get_data()
    assert list(count) == [7, 2, 2, 1]
    assert list(rank) == [1, 2, 3, 4]
    assert ax.lines[1].get_xdata()[0] == 1  # 7 of 12 is more than half


def test_the_mask_has_a_cell_for_every_pair(ax, likes):
    plot_mask(likes, ax, num_users=11, num_items=7, seed=1)
    cells = ax.collections[0].get_array().reshape(11, 7)
    visible, observed_mask = likes.to_dense()
    np.testing.assert_array_equal(cells == 0, ~observed_mask)
    np.testing.assert_array_equal(cells == 2, observed_mask & (visible == 1))


def test_the_mask_of_a_small_set_shows_all_of_it(ax, likes):
    plot_mask(likes, ax, seed=1)  # fewer users and films than it would like to sample
    assert ax.collections[0].get_array().size == 11 * 7


def test_the_films_of_the_targets_stand_with_the_share_they_lose(ax, likes):
    asked = likes.select(likes.item_index == likes.item_index[0])
    rest = likes.select(likes.item_index != likes.item_index[0])
    plot_target_films(rest, asked, [f"film {n}" for n in range(likes.num_items)], ax)
    assert [text.get_text() for text in ax.texts] == ["100%"]  # the other films have no target
    assert [bar.get_width() for bar in ax.patches] == [asked.num_ratings, 0]


def test_the_newest_state_of_a_chain_is_at_the_bottom(ax):
    states = np.array([[1.0, 1, 0], [0, 1, 0]])
    plots.plot_chain(states, ax, titles=["a", "b", "c"])
    np.testing.assert_array_equal(ax.collections[0].get_array().reshape(2, 3), states[::-1])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["sweep 1", "data"]


def test_every_predictor_of_a_forest_keeps_its_value_and_interval(ax):
    table = pd.DataFrame(
        {
            "predictor": ["always-like", "centred RBM", "plain RBM, sampled"],
            "metric": "auc",
            "value": [0.5, 0.8, np.inf],
            "low": [0.5, 0.7, np.nan],
            "high": [0.5, 0.9, np.nan],
        }
    )
    plot_forest(table, "auc", ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["always-like", "centred RBM"]  # no bar for an infinite loss
    assert [list(line.get_xdata()) for line in ax.lines] == [[0.7, 0.9], [0.8]]
    assert ax.lines[1].get_color() == plot_style.BLUE
    assert ax.get_xlim()[0] > 0.6  # a constant, at one half by definition, squeezes nobody
    assert [text.get_text() for text in ax.texts] == ["0.5, as a coin"]


def test_a_forest_has_a_colour_a_family_and_a_line_at_its_baseline(ax):
    names = ["item+user bias", "EASE", "pool of RBMs", "Bayesian factorisation machine"]
    table = pd.DataFrame({"predictor": names, "metric": "rmse", "value": [0.9, 0.8, 0.7, 0.6], "low": 0.5, "high": 1.0})
    plot_forest(table, "rmse", ax, baseline="item+user bias")
    line, *rows = ax.get_lines()
    assert (line.get_linestyle(), list(line.get_xdata())) == ("--", [0.9, 0.9])
    assert [row.get_color() for row in rows[1::2]] == [
        getattr(plot_style, c) for c in ("GREY", "ORANGE", "BLUE", "ORANGE")
    ]


def test_curves_over_k_show_means_and_every_seed(ax):
    table = pd.DataFrame({"cd_steps": [1, 1, 5, 5], "seed": [1, 2, 1, 2], "auc": [0.7, 0.8, 0.6, 0.7]})
    plots.plot_by_k(table, "auc", ax, references={"item mean": 0.65})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.75, 0.65])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), table["auc"])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "5"]
    assert labels(ax) == ["item mean"]


def test_a_straight_line_in_k_is_drawn_on_an_axis_on_which_it_is_straight(ax):
    table = pd.DataFrame({"cd_steps": [1, 5, 50], "seconds": [1.1, 1.5, 6.0]})
    plots.plot_by_k(table, "seconds", ax, line=(0.1, 1.0))
    assert ax.get_xscale() == "linear"
    assert list(ax.lines[0].get_xdata()) == [0, 50]
    assert list(ax.lines[0].get_ydata()) == [1, 6]
    np.testing.assert_allclose(ax.lines[1].get_ydata(), table["seconds"])


@pytest.mark.parametrize("column", ["error", "noise"])
def test_errors_of_directions_are_drawn_on_a_logarithmic_axis_by_the_size_of_the_weights(ax, column):
    rows = [("weak", k, negative, 0.1 / k, 1.0) for k in (1, 10) for negative in ("sampled", "expected")]
    table = pd.DataFrame(rows, columns=["weights", "cd_steps", "negative", "error", "noise"])
    plots.plot_direction_error(table, ax, column=column, floor=0.02)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log" if column == "error" else "linear")
    assert list(ax.lines[0].get_ydata()) == ([0.1, 0.02] if column == "error" else [1.0, 1.0])
    assert labels(ax) == ["weak weights", "the chain's means"]
    assert column in ax.get_ylabel()


def test_learning_curves_name_their_machines_and_base_rates(ax):
    machine = ["centred RBM"] * 2 + ["plain RBM"] * 2
    history = pd.DataFrame({"epoch": [1, 2, 1, 2], "val_auc": [0.6, 0.7, 0.5, 0.55], "machine": machine})
    plots.plot_learning_curve(history, "val_auc", ax, by="machine", references={"item mean": 0.65})
    assert labels(ax) == ["centred RBM", "plain RBM", "item mean"]
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0.5, 0.55])


def test_the_trade_has_a_point_a_k(ax):
    table = pd.DataFrame({"cd_steps": [1, 1, 5, 5], "seconds": [1.0, 3.0, 5.0, 5.0], "auc": [0.7, 0.8, 0.6, 0.7]})
    plots.plot_trade(table, ax)
    seconds, auc = ax.containers[0].lines[0].get_data()
    np.testing.assert_allclose(np.asarray(seconds, float), [2, 5])
    np.testing.assert_allclose(np.asarray(auc, float), [0.75, 0.65])


@pytest.mark.parametrize("name", plot_style.PREDICTOR_COLOURS)
def test_no_two_predictors_share_a_colour(name):
    colour = plot_style.PREDICTOR_COLOURS[name]
    assert [other for other, used in plot_style.PREDICTOR_COLOURS.items() if used == colour] == [name]


def test_calibration_and_probabilities_show_what_they_are_given(ax):
    curve = pd.DataFrame({"predicted": [0.6, 0.9], "observed": [0.5, 0.95]})
    plot_calibration({"centred RBM": curve}, ax)
    assert labels(ax) == ["calibrated", "centred RBM"]
    np.testing.assert_allclose(ax.lines[1].get_data(), [[0.6, 0.9], [0.5, 0.95]])


def test_the_histogram_counts_each_group_by_itself(ax):
    plot_probabilities(np.array([1.0, 1, 1, 0]), np.array([0.9, 0.9, 0.9, 0.9]), ax)
    heights = sorted(bar.get_height() for bar in ax.patches if bar.get_height() > 0)
    assert heights == pytest.approx([1.0, 1.0])


def test_variants_of_one_predictor_share_a_colour(ax):
    rows = [("no fault", "auc", 0.7, 0.6, 0.8), ("frozen biases", "auc", 0.6, 0.5, 0.7)]
    table = pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])
    plot_forest(table, "auc", ax, colour="black")
    assert {line.get_color() for line in ax.get_lines()} == {"black"}


def test_divergences_are_a_line_a_rule_above_the_start(ax):
    table = pd.DataFrame({"CD-1": [1.5, 4.0, 3.0], "exact": [1.5, 0.7, 0.1]}).rename_axis("step")
    plots.plot_divergences(table, ax)
    assert labels(ax) == ["CD-1", "exact", "at the start"]
    for line, name in zip(ax.lines, table, strict=False):
        np.testing.assert_array_equal(line.get_data(), ([0, 1, 2], table[name]))
    assert len({line.get_linestyle() for line in ax.lines[:2]}) == 2  # told apart without colour
    assert set(ax.lines[2].get_ydata()) == {1.5}
    assert ax.get_ylim()[0] == 0
