"""What commands print."""

import numpy as np
import pytest

from rbm_lib.commands import words


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 ratings"), (1, "1 rating"), (2, "2 ratings"), (12345, "12,345 ratings")]
)
def test_a_number_agrees_with_its_noun(number, text):
    assert words.counted(number, "rating") == text


def test_a_table_is_aligned_whatever_its_letters():
    lines = words.table(["film", "n"], [["映画", 5], ["Heat", 17], ["e\u0301te\u0301", 3]], right=[1]).splitlines()
    assert lines == ["film   n", "映画   5", "Heat  17", "e\u0301te\u0301    3"]


def test_nothing_of_a_file_reaches_the_terminal_raw():
    text = words.table(["film"], [["\x1b[31mred\x07\nsecond\tthird"]])
    assert text.splitlines() == ["film", r"\x1b[31mred\x07 second third"]


def test_what_joins_letters_stays_and_what_turns_them_does_not():
    assert words.plain("👩\u200d🚀 می\u200cخواهم") == "👩\u200d🚀 می\u200cخواهم"
    assert words.plain("\u202eevil\u2066") == r"\u202eevil\u2066"
    assert words.width("e\u0301\u200d\ufe0f") == 1


def test_a_long_cell_is_cut():
    (_, cell) = words.table(["film"], [["x" * 100]]).splitlines()
    assert cell == "x" * 59 + "…"
    (_, cell) = words.table(["film"], [["映" * 100]]).splitlines()
    assert words.width(cell) <= 60


def test_an_interval_stands_behind_its_number():
    assert words.with_interval(0.87119, 0.86, 0.8822) == "0.871 [0.860, 0.882]"
    assert words.with_interval(0.87119, np.nan, np.nan) == "0.871"
    assert words.with_interval(np.nan, np.nan, np.nan) == "-"


def test_a_scale_is_listed_or_spanned():
    assert words.span([0.5, 1.0, 3.0]) == "0.5, 1, 3"
    assert words.span([n / 10 for n in range(51)]) == "51 values from 0 to 5"


@pytest.mark.parametrize(
    ("path", "typed"), [("a.csv", "a.csv"), ("-a.csv", "./-a.csv"), ("my $HOME", "'my $HOME'"), ("-my x", "'./-my x'")]
)
def test_a_path_is_typed_as_a_shell_and_an_option_take_it(path, typed):
    assert words.path_typed(path) == typed
