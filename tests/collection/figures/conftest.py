"""Axes for the tests of figures."""

import matplotlib.pyplot as plt
import pytest

from rbm_lib.collection.figures import new_figure, use_style


@pytest.fixture
def ax():
    """Empty axes in the collection's style."""
    use_style()
    figure, axes = new_figure()
    yield axes
    plt.close(figure)
