"""What the notebooks found, taken together: headlines, verdicts, gaps, read from fields."""

import pytest
from support.survey_making import GOOD, LIKES, STARS, USER, make_collection, write

from rbm_lib.collection.results import ranking, survey

BETTER, WORSE, UNCLEAR = "better than", "worse than", "not distinguishable from"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    make_collection(tmp_path, monkeypatch)
    return tmp_path


def take():
    write("11-likes", LIKES, GOOD, ("It beats chance, and was hoped to do more.", [BETTER, WORSE]), "So be it.")
    write(
        "13-stars",
        STARS,
        USER,
        ("A beats B.", BETTER),
        ("C is like D.", UNCLEAR),
        "Not a word of what is better than it.",
    )
    return survey.take_survey("19-report", dataset="planted", profile="quick")


@pytest.mark.parametrize(
    ("value", "base", "lower_is_better", "words"),
    [
        ((0.5, 0.4, 0.6), (0.3, 0.2, 0.39), False, "better"),
        ((0.5, 0.4, 0.6), (0.3, 0.2, 0.39), True, "worse"),
        ((0.5, 0.4, 0.6), (0.3, 0.2, 0.4), False, "overlapping"),
        ((0.5, 0.4, 0.6), (0.7, 0.61, 0.8), False, "worse"),
        ((0.5, 0.4, 0.6), (0.7, None, None), True, "better"),
        ((0.5, None, None), (0.7, 0.6, 0.8), True, "no interval"),
    ],
)
def test_intervals_choose_the_words(value, base, lower_is_better, words):
    records = [dict(zip(("value", "low", "high"), numbers, strict=True)) for numbers in (value, base)]
    assert survey.standing(*records, lower_is_better) == words


def test_a_range_of_seeds_is_no_interval():
    records = [
        ("always-like", "accuracy", 0.8, 0.7, 0.9, None),
        ("RBM", "accuracy", 0.95, 0.94, 0.96, "always-like", {"over": "seeds", "repeats": 3}),
    ]
    write("11-likes", records, {"predictor": "RBM", "metric": "accuracy"}, "It is.")
    found = survey.headlines(survey.take_survey("19-report", dataset="planted", profile="quick"))
    assert found["by the intervals"].tolist() == ["no interval, but the range of seeds"]
    assert found["figure"].tolist() == ["accuracy of “RBM”, mean over three seeds"]


def test_headlines_stand_beside_their_base_rates():
    rows = survey.headlines(take()).to_numpy().tolist()
    assert rows == [
        [
            "11",
            "accuracy of “good RBM”",
            "91.0% [90.0, 92.0]",
            "accuracy of “always-like”: 87.0% [86.0, 88.0]",
            "better",
        ],
        [
            "13",
            "rating error of “user-based RBM”",
            "0.930 stars [0.920, 0.940]",
            "rating error of “item+user bias”: 0.900 stars [0.890, 0.910]",
            "worse",
        ],
    ]


def test_verdicts_are_sorted_by_what_the_notebook_stated():
    """Sentences were searched for the words once: one that only mentions them was counted, another wording was lost."""
    assert survey.judgements(take()) == {
        "holds": ["13: A beats B."],
        "fails": ["11: It beats chance, and was hoped to do more.", "13: C is like D."],
    }


def test_what_is_missing_is_named_with_its_command():
    found = take()
    assert found.missing == ["17-later"]
    assert list(found.results) == ["11-likes", "13-stars"]
    assert "2 of 3 notebooks" in found.coverage()
    assert "Not there: 17-later; `make reports` makes them." in found.coverage()
    said = survey.answers(found)
    assert "[17](17-later.ipynb) **What does 17-later say?**\n*It has left no results.*" in said
    assert "[11](11-likes.ipynb) **What does 11-likes say?**\nIt beats chance, and was hoped to do more." in said
    write("17-later", LIKES, GOOD, "It is.")
    assert survey.take_survey("19-report", dataset="planted", profile="quick").coverage().startswith("All 3 notebooks")


def test_with_nothing_there_everything_is_empty_and_other_reports_are_offered():
    take()
    found = survey.take_survey("19-report", dataset="ml-1m", profile="full")
    assert found.coverage() == (
        "No notebook has left results on ml-1m, full profile: there is nothing to report. `make reports DATASET=ml-1m "
        "PROFILE=full` makes them. "
        "There are results of planted with the profile quick: set `DATASET` and `PROFILE` to them."
    )
    measured = ranking.measurements(found)
    assert measured.empty
    assert survey.headlines(found).empty
    assert ranking.leaders(measured, "rmse").empty
    assert ranking.leader(ranking.leaders(measured, "rmse")) is None
    assert survey.judgements(found) == {"holds": [], "fails": []}


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("One two. Three four. Five.", 4, "One two. Three four."),
        ("One two three. Four.", 2, "One two three."),
        ("It has 0.5 stars, e.g. here. And more.", 6, "It has 0.5 stars, e.g. here."),
        ("It is.", 40, "It is."),
    ],
)
def test_a_long_answer_is_cut_between_sentences(text, most, kept):
    assert survey.shortened(text, most) == kept


def test_a_damaged_results_file_is_named_and_the_others_are_surveyed(place):
    take()
    (place / "reports" / "quick" / "planted" / "results" / "17-later.json").write_text("{")
    found = survey.take_survey("19-report", dataset="planted", profile="quick")
    assert list(found.results) == ["11-likes", "13-stars"]
    assert "17-later.json: expected a results file, found no JSON" in found.damaged["17-later"]
    assert found.coverage().endswith("profile. Damaged: 17-later; `make reports` makes them.")
    assert "*It has left no results that can be read.*" in survey.answers(found)
