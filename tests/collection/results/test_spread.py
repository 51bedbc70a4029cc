"""What brackets are, by what the records say."""

from types import SimpleNamespace

import pytest

from rbm_lib.collection.results.spread import brackets_sentence


def headline(number, over, *, repeats=None, low=0.4):
    record = None if over == "nothing" else {"low": low, "over": over, "repeats": repeats}
    return SimpleNamespace(notebook=f"{number}-x", headline=record)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("04", "users"), ("06", "users")], "Brackets are 95 % intervals over users."),
        ([("04", "users and films"), ("05", "nothing")], "Brackets are 95 % intervals over users and films."),
        (
            [("04", "users and films"), ("07", "users"), ("08", "users and films")],
            "Brackets are 95 % intervals, over users and films in 04 and 08, over users in 07.",
        ),
        ([("05", "nothing")], ""),
    ],
)
def test_intervals_say_what_they_are_over(given, said):
    assert brackets_sentence(headline(*one) for one in given) == said


def test_ranges_are_no_intervals():
    seeds, splits = headline("03", "seeds", repeats=5), headline("06", "splits", repeats=2)
    assert brackets_sentence([seeds]) == "Brackets are the lowest and the highest of seeds."
    assert brackets_sentence([seeds, headline("04", "users"), splits]) == (
        "Brackets are 95 % intervals over users; behind a mean over seeds or splits they are the lowest and the "
        "highest of them."
    )


def test_what_has_no_interval_says_nothing():
    assert brackets_sentence([headline("01", None, low=None)]) == ""
