"""Figures of likelihoods show the numbers they are given, on axes that fit the question."""

import numpy as np
import pandas as pd

from rbm_lib.collection import figures


def test_bounds_are_shown_by_their_distance_on_logarithmic_axes(ax):
    table = pd.DataFrame(
        {
            "num_temperatures": [2, 2, 8, 8] * 2,
            "side": ["AIS"] * 4 + ["reverse AIS"] * 4,
            "error": [-0.3, -0.1, -0.02, 0.02, 0.1, 0.3, 0.05, 0.05],
        }
    )
    figures.plot_brackets(table, ax)
    lower, upper, guide = ax.lines
    np.testing.assert_allclose(lower.get_ydata(), [0.2, 0.02])  # distances: errors of both signs do not cancel
    np.testing.assert_allclose(upper.get_ydata(), [0.2, 0.05])
    np.testing.assert_allclose(guide.get_ydata(), [0.2, 0.1])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_agreement_of_films_has_its_diagonal_and_its_baseline(ax):
    pairs = pd.DataFrame({"people": [0.1, 0.3], "fantasies": [0.0, 0.2]})
    figures.plot_film_agreement(pairs, ax)
    np.testing.assert_allclose(ax.collections[0].get_offsets(), pairs.to_numpy())
    diagonal, independent = ax.lines
    np.testing.assert_allclose(diagonal.get_data(), [[0.0, 0.3], [0.0, 0.3]])
    assert list(independent.get_ydata()) == [0, 0]


def test_precisions_are_drawn_beside_the_biases_and_the_chosen_are_ringed(ax):
    trials = pd.DataFrame(
        {
            "based": ["item", "item", "user", "user"],
            "prior_precision": [15.0, 60.0, 15.0, 60.0],
            "rmse": [0.8, 0.9, 0.95, 0.85],
            "chosen": [True, False, False, True],
        }
    )
    figures.plot_precisions(trials, ax, baseline=0.88)
    item, ring, user, other_ring, baseline = ax.lines
    np.testing.assert_allclose(item.get_ydata(), [0.8, 0.9])
    np.testing.assert_allclose(user.get_ydata(), [0.95, 0.85])
    assert [list(line.get_data()[0]) for line in (ring, other_ring)] == [[15.0], [60.0]]
    assert list(baseline.get_ydata()) == [0.88, 0.88]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "item-based RBM", "user-based RBM", "item+user bias"
    ]  # fmt: skip
