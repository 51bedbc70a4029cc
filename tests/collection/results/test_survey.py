"""What the notebooks found, taken together: names read, leaders chosen, verdicts sorted, gaps named."""

import pandas as pd
import pytest
from support.notebook_making import make_notebook

from rbm_lib.baselines.star_base_rates import STAR_BASE_RATES
from rbm_lib.collection.results import survey
from rbm_lib.collection.results.reading import ResultsError
from rbm_lib.collection.results.writing import open_report
from rbm_lib.evaluation import comparison as evaluation


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A collection of four notebooks: 11 and 13 report, 17 is never run, 19 surveys."""
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(tmp_path / "notebooks"))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    for slug in ("11-likes", "13-stars", "17-later"):
        make_notebook(tmp_path / "notebooks" / f"{slug}.ipynb")
    make_notebook(tmp_path / "notebooks" / "19-report.ipynb", reads="`results/*.json` of all")
    return tmp_path


def write(slug, records, headline, *conclusions):
    report = open_report(slug, dataset="planted", profile="quick", seed=5)
    for name, value, low, high, base in records:
        report.record(name, value, low, high, unit="stars" if "rmse" in name else "share", base_rate=base)
    report.headline(headline)
    for text in conclusions:
        report.conclude(text)
    report.write()


LIKES = [
    ("always-like: accuracy", 0.87, 0.86, 0.88, None),
    ("item mean: accuracy", 0.88, 0.87, 0.89, "always-like: accuracy"),
    ("good RBM: accuracy", 0.91, 0.90, 0.92, "always-like: accuracy"),
    ("fair RBM: accuracy", 0.885, 0.875, 0.895, "always-like: accuracy"),
    ("bad RBM: accuracy", 0.80, 0.79, 0.81, "always-like: accuracy"),
    ("best possible: accuracy", 0.95, 0.94, 0.96, "always-like: accuracy"),
    ("good RBM: validation accuracy", 0.99, 0.98, 1.0, "always-like: accuracy"),
    ("good RBM: accuracy over item mean", 0.03, 0.02, 0.04, None),
]
STARS = [
    ("rmse.item+user bias", 0.90, 0.89, 0.91, None),
    ("rmse.user", 0.93, 0.92, 0.94, "rmse.item+user bias"),
    ("rmse.item", 0.895, 0.885, 0.905, "rmse.item+user bias"),
    ("rmse.conditional", 0.895, 0.885, 0.905, "rmse.item+user bias"),  # another name of the same
    ("rmse.item: mean over splits", 0.7, 0.6, 0.8, "rmse.item+user bias"),
    ("article.accuracy.always-like", 0.87, 0.86, 0.88, None),
    ("article.accuracy.user", 0.86, 0.85, 0.875, "article.accuracy.always-like"),
]


def take():
    write(
        "11-likes", LIKES, "good RBM: accuracy", "It is better than chance. It is also worse than hoped.", "So be it."
    )
    write("13-stars", STARS, "rmse.user", "A is better than B; C is not distinguishable from D. E is better than F.")
    return survey.take_survey("19-report", dataset="planted", profile="quick")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("centred RBM: accuracy", ("", "centred RBM", "accuracy")),
        ("plain RBM, sampled: log_loss", ("", "plain RBM, sampled", "log loss")),
        ("item mean: validation AUC", ("validation", "item mean", "auc")),
        ("article.log_loss.item+user bias", ("article", "item+user bias", "log loss")),
        ("rmse.user: mean over splits", ("mean over splits", "user", "rmse")),
        ("new users.ndcg@100.EASE", ("new users", "EASE", "ndcg@100")),
        ("always-like: balanced_accuracy", ("", "always-like", "balanced accuracy")),
        ("plain RBM: AUC over item+user bias", None),
        ("best chain: mean AUC over seeds", None),
        ("AUC gained by k of 2 over 1", None),
        ("number to beat", None),
        ("rmse", None),
    ],
)
def test_a_name_says_what_was_measured_of_whom(name, read):
    assert survey.read_name(name) == read


def test_the_base_rates_are_those_of_the_library():
    stars = {make.name for make in STAR_BASE_RATES}
    assert set(survey.BASE_RATES) == set(evaluation.BASE_RATE_NAMES) | stars


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


def test_leaders_stand_beside_their_base_rates():
    measured = survey.measurements(take())
    rows = survey.leaders(measured, "accuracy", best=2)
    likes = rows[rows["notebook"] == "11-likes"]
    assert likes["predictor"].tolist() == ["best possible", "good RBM", "fair RBM", "item mean", "always-like"]
    assert likes["is_base"].tolist() == [True, False, False, True, True]
    assert set(likes["beside"]) == {"item mean: accuracy"}
    article = rows[rows["notebook"] == "13-stars"]
    assert article["predictor"].tolist() == ["always-like", "user"]
    stars = survey.leaders(measured, "rmse")
    assert stars["predictor"].tolist() == ["item", "item+user bias", "user"]  # lower is better, and no name twice
    assert survey.leaders(measured, "auc").empty


def test_the_fullest_comparison_answers():
    measured = survey.measurements(take())
    rows = survey.leaders(measured, "accuracy", best=1)
    assert survey.leader(rows)["predictor"] == "good RBM"  # not "user" of the smaller one, nor the best possible
    assert survey.leader_sentence(rows, "accuracy") == (
        "By accuracy (notebook 11) good RBM comes first with 91.0% [90.0, 92.0], clear of the strongest base rate, "
        "item mean, with 88.0% [87.0, 89.0]; always answering “like” has 87.0% [86.0, 88.0]."
    )
    stars = survey.leader_sentence(survey.leaders(measured, "rmse"), "rmse")
    assert "By RMSE (notebook 13) item comes first with 0.895 stars" in stars
    assert "its interval overlapping that of the strongest base rate, item+user bias" in stars
    assert survey.leader_sentence(survey.leaders(measured, "auc"), "auc") == ""


def test_a_difference_on_the_same_users_tells_more_than_two_intervals():
    report = open_report("11-likes", dataset="planted", profile="quick", seed=5)
    report.record("always-like: accuracy", 0.875, 0.865, 0.885, unit="share")
    report.record("RBM: accuracy", 0.88, 0.87, 0.89, unit="share", base_rate="always-like: accuracy")
    columns = ["predictor", "over", "metric", "gain", "low", "high", "verdict"]
    rows = [("RBM", "always-like", metric, 0.005, 0.001, 0.009, "") for metric in ("accuracy", "log_loss")]
    report.table("gains", pd.DataFrame(rows, columns=columns))
    report.table("others", pd.DataFrame([("RBM", 0.5)], columns=["predictor", "gain"]))
    report.headline("RBM: accuracy")
    report.conclude("It is.")
    report.write()
    found = survey.take_survey("19-report", dataset="planted", profile="quick")
    gains = survey.paired_gains(found)
    assert gains == {("11-likes", "RBM", "always-like", m): (0.005, 0.001, 0.009) for m in ("accuracy", "log loss")}
    leaders = survey.leaders(survey.measurements(found), "accuracy")
    assert "its interval overlapping that of the strongest" in survey.leader_sentence(leaders, "accuracy")
    assert survey.leader_sentence(leaders, "accuracy", gains) == (
        "By accuracy (notebook 11) RBM comes first with 88.0% [87.0, 89.0], better than the strongest base rate, "
        "always-like, with 87.5% [86.5, 88.5] (+0.5 points [+0.1, +0.9] on the same users)."
    )
    assert survey.gain_text(0.01, -0.02, 0.03, "AUC") == "+0.0100 [-0.0200, +0.0300]"


def test_a_range_of_seeds_is_no_interval():
    records = [
        ("mean: accuracy", 0.8, 0.7, 0.9, None),
        ("mean accuracy over seeds", 0.95, 0.94, 0.96, "mean: accuracy"),
    ]
    write("11-likes", records, "mean accuracy over seeds", "It is.")
    found = survey.headlines(survey.take_survey("19-report", dataset="planted", profile="quick"))
    assert found["by the intervals"].tolist() == ["no interval, but the range of seeds"]


def test_a_record_without_an_interval_stays_without_one():
    """pandas makes NaN of a missing end, which is neither None nor finite: the report of reports failed on it."""
    write("11-likes", LIKES, "good RBM: accuracy", "It is.")
    bare = [("item mean: rmse", 0.9, None, None, None), ("RBM: rmse", 0.8, None, None, "item mean: rmse")]
    write("13-stars", bare, "RBM: rmse", "It is.")
    measured = survey.measurements(survey.take_survey("19-report", dataset="planted", profile="quick"))
    rows = survey.leaders(measured, "rmse")
    assert rows[["low", "high"]].to_numpy().tolist() == [[None, None]] * 2
    assert rows["base_rate"].tolist() == ["item mean: rmse", None]
    assert survey.leader_sentence(rows, "rmse").endswith("beside the strongest base rate, item mean, with 0.900 stars.")
    report = open_report("19-report", dataset="planted", profile="quick", seed=5)
    for row in rows.to_dict("records"):  # as notebook 99 does
        report.record(row["name"], row["value"], row["low"], row["high"], unit=row["unit"], base_rate=row["base_rate"])


@pytest.mark.parametrize("base_first", [True, False])
def test_a_machine_that_equals_a_base_rate_is_not_its_second_name(base_first):
    same = [
        ("item mean: accuracy", 0.8, 0.7, 0.9, None),
        ("RBM: accuracy", 0.8, 0.7, 0.9, "item mean: accuracy"),
        ("RBM again: accuracy", 0.8, 0.7, 0.9, "item mean: accuracy"),
    ]
    write("11-likes", same if base_first else same[::-1], "RBM: accuracy", "It is.")
    measured = survey.measurements(survey.take_survey("19-report", dataset="planted", profile="quick"))
    (part,) = survey.comparisons(measured, "accuracy")
    assert part[["predictor", "is_base"]].to_numpy().tolist() in (
        [["item mean", True], ["RBM", False]],
        [["RBM again", False], ["item mean", True]],
    )


def compared(*comparisons):
    """Rows as `leaders` makes them: (notebook, group, compared, num_ratings) of one contender each."""
    columns = ["notebook", "group", "compared", "num_ratings"]
    return pd.DataFrame(comparisons, columns=columns).assign(is_base=False)


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ([("04", "a", 7, 11), ("09", "", 5, 900)], ("04", "a")),  # the most predictors
        ([("04", "a", 5, 11), ("06", "", 7, 11)], ("06", "")),
        ([("04", "a", 7, 11), ("06", "", 7, 900)], ("06", "")),  # of two as full, the most ratings
        ([("04", "a", 7, 11), ("09", "", 7, 11)], ("04", "a")),  # of two as large, the earlier
        ([("04", "a", 7, 11), ("04", "b", 7, 900), ("09", "", 7, 13)], ("04", "a")),  # of a notebook's, its first
        ([("04", "a", 5, 900), ("04", "b", 7, 11)], ("04", "b")),
    ],
)
def test_which_comparison_leads(rows, first):
    found = survey.leader(compared(*rows))
    assert (found["notebook"], found["group"]) == first


def test_who_is_below_a_constant_answer_is_named():
    said = survey.below_always_like(survey.measurements(take()))
    assert said == (
        "Right less often than whoever always answers “like”: “bad RBM” in notebook 11, 80.0% [79.0, 81.0]."
    )
    assert survey.below_always_like(pd.DataFrame(columns=list(survey.COLUMNS))) == ""


def test_headlines_stand_beside_their_base_rates():
    rows = survey.headlines(take()).to_numpy().tolist()
    assert rows == [
        ["11", "good RBM: accuracy", "91.0% [90.0, 92.0]", "always-like: accuracy: 87.0% [86.0, 88.0]", "better"],
        ["13", "rmse.user", "0.930 stars [0.920, 0.940]", "rmse.item+user bias: 0.900 stars [0.890, 0.910]", "worse"],
    ]


def test_verdicts_are_sorted_and_none_is_lost():
    assert survey.judgements(take()) == {
        "holds": ["11: It is better than chance.", "13: E is better than F."],
        "fails": ["11: It is also worse than hoped.", "13: A is better than B; C is not distinguishable from D."],
    }


def test_what_is_missing_is_named_with_its_command():
    found = take()
    assert found.missing == ["17-later"]
    assert list(found.results) == ["11-likes", "13-stars"]
    assert "2 of 3 notebooks" in found.coverage()
    assert "Not there: 17-later; `make reports` makes them." in found.coverage()
    said = survey.answers(found)
    assert "[17](17-later.ipynb) **What does 17-later say?**\n*It has left no results.*" in said
    assert "[11](11-likes.ipynb) **What does 11-likes say?**\nIt is better than chance." in said
    write("17-later", LIKES, "good RBM: accuracy", "It is.")
    assert survey.take_survey("19-report", dataset="planted", profile="quick").coverage().startswith("All 3 notebooks")


def test_with_nothing_there_everything_is_empty_and_other_reports_are_offered():
    take()
    found = survey.take_survey("19-report", dataset="ml-1m", profile="full")
    assert found.coverage() == (
        "No notebook has left results on ml-1m, full profile: there is nothing to report. `make reports DATASET=ml-1m "
        "PROFILE=full` makes them. "
        "There are results of planted with the profile quick: set `DATASET` and `PROFILE` to them."
    )
    measured = survey.measurements(found)
    assert measured.empty
    assert survey.headlines(found).empty
    assert survey.leaders(measured, "rmse").empty
    assert survey.leader(survey.leaders(measured, "rmse")) is None
    assert survey.judgements(found) == {"holds": [], "fails": []}


def test_a_broken_results_file_is_an_error(place):
    take()
    (place / "reports" / "quick" / "planted" / "results" / "17-later.json").write_text("{")
    with pytest.raises(ResultsError, match=r"17-later\.json: expected a results file"):
        survey.take_survey("19-report", dataset="planted", profile="quick")
