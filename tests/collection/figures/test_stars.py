"""Figures of stars show the numbers they are given: what stands on the axes is read back."""

import numpy as np
import pandas as pd

from rbm_lib.collection.figures import stars as star_plots
from rbm_lib.collection.figures.style import BLUE


def test_shares_lie_end_to_end_and_the_given_star_is_ringed(ax):
    shares = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
    star_plots.plot_star_shares(shares, [3.0, 0.5], [0.5, 2.0, 3.0], ax, labels=["one", "two"])
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(3, 2).T
    np.testing.assert_allclose(widths, shares)
    lefts = np.array([bar.get_x() for bar in ax.patches]).reshape(3, 2).T
    np.testing.assert_allclose(lefts, [[0, 0.1, 0.3], [0, 0.5, 0.75]])
    ring = ax.lines[-1]
    np.testing.assert_allclose(ring.get_xdata(), [0.65, 0.25])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0.5", "2", "3"]


def trials():
    rows = [(0, 1, 1.1, "user"), (0, 2, 1.0, "user"), (1, 1, 1.05, "user"), (1, 2, 0.9, "user")]
    return pd.DataFrame(rows, columns=["trial", "epoch", "rmse", "based"])


def test_the_best_trial_stands_out(ax):
    star_plots.plot_trials(trials(), ax, references={"item+user bias": 0.95})
    assert [(line.get_color() == BLUE, list(line.get_ydata())) for line in ax.lines] == [
        (False, [1.1, 1.0]),
        (True, [1.05, 0.9]),
        (False, [0.95, 0.95]),
    ]
    assert ax.get_title(loc="left").startswith("user-based")


def test_every_value_of_a_setting_is_a_dot_with_its_name(ax):
    effects = pd.DataFrame({
        "based": "item", "setting": ["units", "units", "batch_size"], "value": ["softmax", "ordinal", "64"],
        "trials": [1, 2, 3], "mean": [1.2, 1.1, 1.15],
    })  # fmt: skip
    star_plots.plot_setting_effects(effects, ax, references={"item+user bias": 1.3})
    assert list(ax.lines[-1].get_xdata()) == [1.3, 1.3]
    assert sorted(text.get_text() for text in ax.texts) == ["64", "ordinal", "softmax"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["units", "batch size"]
