"""Numbers in words: units, intervals, and the verdicts that intervals choose."""

import pytest

from rbm_lib.collection.results.wording import format_duration, format_interval, format_value, gain_text
from rbm_lib.evaluation.verdicts import Verdict, compare


@pytest.mark.parametrize(
    ("low", "high", "lower_is_better", "verdict"),
    [
        (0.001, 0.013, False, "better than"),
        (-0.013, -0.001, False, "worse than"),
        (-0.001, 0.013, False, "not distinguishable from"),
        (0.0, 0.013, False, "not distinguishable from"),
        (-0.013, 0.0, False, "not distinguishable from"),
        (0.001, 0.013, True, "worse than"),
        (-0.013, -0.001, True, "better than"),
    ],
)
def test_the_interval_chooses_the_verdict(low, high, lower_is_better, verdict):
    assert compare(low, high, lower_is_better=lower_is_better) == verdict
    assert Verdict((low + high) / 2, low, high, lower_is_better=lower_is_better).verdict == verdict


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.1), (float("nan"), 0.1), (0.1, float("inf"))])
def test_intervals_that_are_none_give_no_verdict(low, high):
    with pytest.raises(ValueError, match="low, high: expected"):
        compare(low, high)


def test_values_are_worded_by_their_unit():
    assert format_value(0.8764, "share") == "87.6%"
    assert format_value(0.91234, "stars") == "0.912 stars"
    assert format_value(59540) == "59,540"
    assert format_interval({"low": 0.8731, "high": 0.8789, "unit": "share"}) == "[87.3, 87.9]"
    assert format_interval({"low": None, "high": None, "unit": "share"}) == ""
    assert [format_duration(s) for s in (0.2, 59, 61, 125, 1000, 3600, 5400)] == [
        "1 s", "59 s", "1 min 1 s", "2 min 5 s", "17 min", "1 h 0 min", "1 h 30 min",
    ]  # fmt: skip


def test_a_dimensionless_unit_is_not_shown():
    assert format_value(0.7701, "AUC") == "0.770"
    assert format_value(0.7701, "nats") == "0.770 nats"


@pytest.mark.parametrize(
    ("low", "high", "verdict", "text"),
    [
        (0.0025, 0.0355, "better than", "+0.0182 stars [+0.0025, +0.0355]"),
        (-0.01, 0.0355, "not distinguishable from", "+0.0182 stars [-0.0100, +0.0355]"),
        (
            *(0.0025, 0.0355, "not distinguishable from"),
            "+0.0182 stars [+0.0025, +0.0355], as chance brings among so many steps",
        ),
        (float("nan"), float("nan"), "not distinguishable from", "+0.0182 stars [+nan, +nan]"),
    ],
)
def test_a_verdict_that_its_interval_seems_to_contradict_is_explained(low, high, verdict, text):
    row = {"gain": 0.0182, "low": low, "high": high, "verdict": verdict}
    assert gain_text(row, "stars") == text


def test_a_gain_in_points():
    row = {"gain": -0.053, "low": -0.087, "high": -0.016, "verdict": "not distinguishable from"}
    said = gain_text(row, "points", scale=100, decimals=1)
    assert said == "-5.3 points [-8.7, -1.6], as chance brings among so many steps"
