"""Figures as SVG: the same bytes, colours for light and dark, and a layout for a phone whose letters can be read."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib import pyplot as plt

from rbm_lib.collection import figures, new_figure, use_style
from rbm_lib.collection.results.narrow import make_narrow
from rbm_lib.collection.results.vector import in_the_dark, svg_text, svg_width, vector_pair

PHONE = 355  # pixels of a figure on a phone that is 390 pixels wide
SIZE = re.compile(r"font-size: ?([\d.]+)px")


@pytest.fixture(autouse=True)
def style():
    use_style()


def two_panels():
    fig, axes = new_figure(2, width=12)
    for ax, label in zip(axes, ("left <&> panel", "right"), strict=True):
        ax.plot([1, 2, 3], [5, 7, 6], color="#000000", label="a rather long name of a machine")
        ax.plot([1, 2, 3], [6, 7, 5], color="#332288", label="another")
        ax.set(xlabel=label, ylabel="accuracy (share of ratings)", title="A title")
        ax.legend()
    return fig


def letters(svg):
    """Sizes of letters in pixels, where the SVG is as wide as a phone's column."""
    return [float(size) * PHONE / svg_width(svg) for size in SIZE.findall(svg)]


def test_letters_are_read_on_a_phone_and_panels_stand_below_each_other():
    wide, narrow = vector_pair(two_panels())
    assert min(letters(wide)) < 11  # what the second layout is for
    assert len(letters(narrow)) > 20
    assert min(letters(narrow)) >= 11
    for svg, below in ((wide, False), (narrow, True)):
        _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
        assert (height > width) == below


@pytest.mark.parametrize("letter", [6, 12, 30])
def test_letters_of_every_size_come_to_what_a_phone_can_show(letter):
    fig, ax = new_figure()
    ax.bar([1, 2], [3, 4])
    ax.text(1, 2, "said", fontsize=letter)
    ax.set_xlabel("of the films", fontsize=letter)
    sizes = letters(vector_pair(fig)[1])
    assert 11 <= min(sizes) <= max(sizes) <= 15


def test_exponents_are_letters_too():
    fig, ax = new_figure()
    ax.plot([1, 1e5], [1, 1e5])
    ax.set(xscale="log", yscale="log")
    narrow = vector_pair(fig)[1]
    assert min(letters(narrow)) >= 11
    assert "mathdefault" not in narrow


def test_a_long_legend_and_long_labels_leave_room_for_what_is_drawn():
    fig, ax = new_figure()
    ax.plot([0.5, 0.7], [0, 1], label="conditional machine of stars, film couplings")
    ax.set_yticks([0, 1], ["Bayesian factorisation machine", "average of RBMs"])
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    make_narrow(fig)
    fig.canvas.draw()
    box = ax.get_window_extent()
    assert box.width > 0.4 * fig.bbox.width
    assert ax.get_legend().get_window_extent().y0 >= box.y1
    assert ax.get_yticklabels()[0].get_text() == "Bayesian\nfactorisation\nmachine"


def test_one_figure_makes_the_same_bytes_twice_and_names_no_version():
    first, second = vector_pair(two_panels()), vector_pair(two_panels())
    assert first == second
    assert "Matplotlib" not in first[0]
    assert len(first[0]) < 25_000


def test_text_stays_text_and_nothing_is_loaded():
    wide, _ = vector_pair(two_panels())
    root = ET.fromstring(wide)
    said = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "left <&> panel" in said
    assert "<script" not in wide
    assert all(address.startswith("#") for address in re.findall(r'href="([^"]*)"', wide))


def test_every_colour_has_a_second_value_for_the_dark_and_there_is_no_white_card():
    wide, _ = vector_pair(two_panels())
    light, dark = re.findall(r":root\{((?:--c\w+:#\w+;)+)\}", wide)
    assert re.findall(r"--c\w+", light) == re.findall(r"--c\w+", dark)
    used = set(re.findall(r"var\((--c\w+)\)", wide))
    assert used <= set(re.findall(r"--c\w+", light))
    assert not re.search(r"(?:fill|stroke): ?#", wide)
    assert "--cffffff" not in used  # no background


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("#000000", "#dbdbdb"), ("#ffffff", "#171717"), ("#808080", "#797979"), ("#e69f00", "#e69f00")],
)
def test_greys_turn_round_and_bright_colours_stay(colour, expected):
    assert in_the_dark(colour) == expected


@pytest.mark.parametrize("colour", sorted({c for c in figures.style.PREDICTOR_COLOURS.values()}))
def test_every_colour_of_a_predictor_stands_out_in_the_dark(colour):
    def luminance(text):
        parts = [int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    assert (luminance(in_the_dark(colour.lower())) + 0.05) / (luminance("#16171a") + 0.05) >= 3


def test_numbers_on_coloured_cells_keep_their_colours_and_very_many_cells_are_a_picture():
    fig, ax = new_figure()
    ax.pcolormesh(np.arange(6).reshape(2, 3))
    ax.text(0.5, 0.5, "kept", color="#ffffff")
    assert "fill:#ffffff" in vector_pair(fig)[0]
    fig, ax = new_figure()
    ax.pcolormesh(np.arange(1200).reshape(30, 40))
    wide, narrow = vector_pair(fig)
    assert wide.count("data:image/png;base64,") == 1
    assert len(narrow) < 60_000


def test_a_figure_too_heavy_for_a_page_stays_a_png():
    fig, ax = new_figure()
    ax.scatter(*np.random.default_rng(5).random((2, 4001)), c=np.arange(4001))
    assert vector_pair(fig) is None
    plt.close(fig)
    with pytest.raises(ValueError, match="expected a view box"):
        svg_width("<svg/>")
    assert svg_width(svg_text(two_panels())) > 800
