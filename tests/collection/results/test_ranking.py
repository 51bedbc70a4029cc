"""Who leads each comparison: from the fields of the records alone, whatever the predictors are called."""

import pandas as pd
import pytest
from support.survey_making import GOOD, LIKES, STARS, USER, make_collection, write

from rbm_lib.baselines import BASE_RATES, STAR_BASE_RATES
from rbm_lib.collection.results import ranking, survey
from rbm_lib.collection.results.writing import open_report


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    make_collection(tmp_path, monkeypatch)


def take(likes=LIKES, headline=GOOD):
    write("11-likes", likes, headline, "It is better than chance.")
    write("13-stars", STARS, USER, "It is not.")
    return survey.take_survey("19-report", dataset="planted", profile="quick")


def test_the_base_rates_are_those_of_the_library():
    assert set(ranking.KNOW_NOTHING) == {make.name for make in (*BASE_RATES, *STAR_BASE_RATES)}
    assert ranking.ALWAYS_LIKE in ranking.KNOW_NOTHING


def test_a_measurement_is_read_from_its_fields():
    measured = ranking.measurements(take())
    assert len(measured) == len(LIKES) + len(STARS)
    row = measured.iloc[len(LIKES) + 4]
    assert row[["predictor", "metric", "group", "repeats"]].tolist() == ["item-based RBM", "rmse", "", 5]
    assert measured["place"].iloc[-1] == "notebook 13, article's split"
    assert measured["place"].iloc[0] == "notebook 11"


def test_a_predictor_of_another_name_stays_in_every_comparison():
    """Names were read by a regular expression once: one with a colon in it dropped out without a word."""
    new = "chained: rmse.RBM, k = 5 over seeds"
    renamed = [(new, *row[1:]) if row[0] == "good RBM" else row for row in LIKES]
    found = take(renamed, {"predictor": new, "metric": "accuracy"})
    rows = ranking.leaders(ranking.measurements(found), "accuracy", best=1)
    assert ranking.leader(rows)["predictor"] == new
    assert f"(notebook 11) {new} comes first with 91.0%" in ranking.leader_sentence(rows, "accuracy")
    (first, _) = survey.headlines(found).to_numpy().tolist()
    assert first == [
        "11", f"accuracy of “{new}”", "91.0% [90.0, 92.0]", "accuracy of “always-like”: 87.0% [86.0, 88.0]", "better"
    ]  # fmt: skip


def test_leaders_stand_beside_their_base_rates():
    measured = ranking.measurements(take())
    rows = ranking.leaders(measured, "accuracy", best=2)
    likes = rows[rows["notebook"] == "11-likes"]
    assert likes["predictor"].tolist() == ["best possible", "good RBM", "fair RBM", "item mean", "always-like"]
    assert likes["is_base"].tolist() == [True, False, False, True, True]
    assert set(likes["beside"]) == {"item mean"}
    article = rows[rows["notebook"] == "13-stars"]
    assert article["predictor"].tolist() == ["always-like", "user-based RBM"]
    stars = ranking.leaders(measured, "rmse")
    assert stars["predictor"].tolist() == [
        "item-based RBM",
        "item+user bias",
        "user-based RBM",
    ]  # lower is better, and no name twice
    assert ranking.leaders(measured, "auc").empty


def test_the_fullest_comparison_answers():
    measured = ranking.measurements(take())
    rows = ranking.leaders(measured, "accuracy", best=1)
    assert ranking.leader(rows)["predictor"] == "good RBM"  # not that of the smaller one, nor the best possible
    assert ranking.leader_sentence(rows, "accuracy") == (
        "By accuracy (notebook 11) good RBM comes first with 91.0% [90.0, 92.0], clear of the strongest base rate, "
        "item mean, with 88.0% [87.0, 89.0]; always answering “like” has 87.0% [86.0, 88.0]."
    )
    stars = ranking.leader_sentence(ranking.leaders(measured, "rmse"), "rmse")
    assert "By rating error (notebook 13) item-based RBM comes first with 0.895 stars" in stars
    assert "its interval overlapping that of the strongest base rate, item+user bias" in stars
    assert ranking.leader_sentence(ranking.leaders(measured, "auc"), "auc") == ""


def test_a_difference_on_the_same_users_tells_more_than_two_intervals():
    report = open_report("11-likes", dataset="planted", profile="quick", seed=5)
    report.record(None, 0.875, 0.865, 0.885, predictor="always-like", metric="accuracy")
    report.record(None, 0.88, 0.87, 0.89, predictor="RBM", metric="accuracy", base_rate="always-like")
    columns = ["predictor", "over", "metric", "gain", "low", "high", "verdict"]
    verdicts = {"accuracy": "", "log_loss": "not distinguishable from"}  # of the table, or none; then the interval's
    rows = [("RBM", "always-like", metric, 0.005, 0.001, 0.009, one) for metric, one in verdicts.items()]
    report.table("gains", pd.DataFrame(rows, columns=columns))
    report.table("others", pd.DataFrame([("RBM", 0.5)], columns=["predictor", "gain"]))
    report.headline(predictor="RBM", metric="accuracy")
    report.conclude("It is.")
    report.write()
    found = survey.take_survey("19-report", dataset="planted", profile="quick")
    gains = ranking.paired_gains(found)
    said = {"accuracy": "better than", "log_loss": "not distinguishable from"}
    assert gains == {("11-likes", "RBM", "always-like", m): (0.005, 0.001, 0.009, one) for m, one in said.items()}
    leaders = ranking.leaders(ranking.measurements(found), "accuracy")
    assert "its interval overlapping that of the strongest" in ranking.leader_sentence(leaders, "accuracy")
    assert ranking.leader_sentence(leaders, "accuracy", gains) == (
        "By accuracy (notebook 11) RBM comes first with 88.0% [87.0, 89.0], better than the strongest base rate, "
        "always-like, with 87.5% [86.5, 88.5] (+0.5 points [+0.1, +0.9] on the same users)."
    )
    assert ranking.gain_text(0.01, -0.02, 0.03, "AUC") == "+0.0100 [-0.0200, +0.0300]"


def test_a_record_without_an_interval_stays_without_one():
    """pandas makes NaN of a missing end, which is neither None nor finite: the report of reports failed on it."""
    write("11-likes", LIKES, GOOD, "It is.")
    bare = [("item mean", "rmse", 0.9, None, None, None), ("RBM", "rmse", 0.8, None, None, "item mean")]
    write("13-stars", bare, {"predictor": "RBM", "metric": "rmse"}, "It is.")
    measured = ranking.measurements(survey.take_survey("19-report", dataset="planted", profile="quick"))
    rows = ranking.leaders(measured, "rmse")
    assert rows[["low", "high"]].to_numpy().tolist() == [[None, None]] * 2
    assert rows["base_rate"].tolist() == ["rating error of “item mean”", None]
    assert ranking.leader_sentence(rows, "rmse").endswith(
        "beside the strongest base rate, item mean, with 0.900 stars."
    )
    report = open_report("19-report", dataset="planted", profile="quick", seed=5)
    for row in rows.to_dict("records"):  # as notebook 99 does
        fields = {field: row[field] for field in ("predictor", "metric", "unit")}
        report.record(None, row["value"], row["low"], row["high"], group=row["place"], **fields)


@pytest.mark.parametrize("base_first", [True, False])
def test_a_machine_that_equals_a_base_rate_is_not_its_second_name(base_first):
    same = [
        ("item mean", "accuracy", 0.8, 0.7, 0.9, None),
        ("RBM", "accuracy", 0.8, 0.7, 0.9, "item mean"),
        ("RBM again", "accuracy", 0.8, 0.7, 0.9, "item mean"),
    ]
    write("11-likes", same if base_first else same[::-1], {"predictor": "RBM", "metric": "accuracy"}, "It is.")
    measured = ranking.measurements(survey.take_survey("19-report", dataset="planted", profile="quick"))
    (part,) = ranking.comparisons(measured, "accuracy")
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
    found = ranking.leader(compared(*rows))
    assert (found["notebook"], found["group"]) == first


@pytest.mark.parametrize(("share", "answer"), [(0.9, "like"), (0.2, "dislike")])
def test_where_likes_are_the_minority_the_constant_answer_is_dislike(share, answer):
    write("11-likes", LIKES, GOOD, "It is.")
    report = open_report("13-stars", dataset="planted", profile="quick", seed=5)
    report.record(survey.SHARE_OF_LIKES, share, unit="share")
    report.conclude("It is.")
    report.write()
    found = survey.take_survey("19-report", dataset="planted", profile="quick")
    assert survey.constant_answer(found) == answer
    measured = ranking.measurements(found)
    said = ranking.leader_sentence(ranking.leaders(measured, "accuracy"), "accuracy", constant=answer)
    assert f"always answering “{answer}” has 87.0%" in said
