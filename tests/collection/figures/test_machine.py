"""The drawing of the machine: a line for every weight in use and for no other, colours that say what they should."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba

from rbm_lib.collection.figures.machine import SHADES, WIDEST, plot_machine
from rbm_lib.collection.figures.style import BLUE, ORANGE

RATINGS = np.array([1.0, np.nan, 0.0, np.nan, 1.0])
WEIGHTS = np.array([[0.5, -1.0, 0.1], [9.0, 9.0, 9.0], [-2.0, 0.3, 0.7], [9.0, 9.0, 9.0], [0.2, 0.4, -0.6]])


def drawn(**arguments):
    ax = plt.subplots()[1]
    plot_machine(RATINGS, [0.1, 0.5, 0.9], WEIGHTS, ax, titles=list("abcde"), **arguments)
    lines = next(part for part in ax.collections if isinstance(part, LineCollection))
    return ax, lines, [part for part in ax.collections if isinstance(part, PathCollection)]


def test_only_rated_films_have_lines_as_wide_as_their_weights():
    _, lines, _ = drawn()
    assert [segment[0, 0] for segment in lines.get_segments()] == [0, 0, 0, 2, 2, 2, 4, 4, 4]
    used = WEIGHTS[[0, 2, 4]].ravel()
    np.testing.assert_allclose(lines.get_linewidths(), WIDEST * np.abs(used) / 2)  # not of the 9, which is not in use
    sides = [to_rgba(BLUE if weight > 0 else ORANGE, 0.7) for weight in used]
    np.testing.assert_allclose(lines.get_edgecolors(), sides)


def test_units_say_what_is_known_and_what_is_expected():
    ax, _, (hidden, rated, absent) = drawn(expected=np.array([1.0, 0.8, 0.0, 0.1, 1.0]))
    np.testing.assert_array_equal(hidden.get_array(), [0.1, 0.5, 0.9])
    np.testing.assert_array_equal(rated.get_array(), [1, 0, 1])
    np.testing.assert_array_equal(rated.get_offsets()[:, 0], [0, 2, 4])
    np.testing.assert_array_equal(absent.get_array(), [0.8, 0.1])
    assert absent.get_cmap() is SHADES
    assert {"10%", "50%", "90%", *"abcde"} <= {text.get_text() for text in ax.texts}


def test_without_expectations_the_absent_are_empty():
    _, _, (_, _, absent) = drawn()
    assert absent.get_array() is None
    assert len(absent.get_facecolors()) == 0
