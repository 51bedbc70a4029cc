"""The ladder is made of the records' fields: its rungs, which record stands on each, and the verdict in words."""

import pandas as pd
import pytest
from support.survey_making import make_collection, write

from rbm_lib.collection.results import ladder_brackets, ladder_rows, ladder_table, ladder_verdict, take_survey
from rbm_lib.collection.results.ladder import RUNGS, rival_names
from rbm_lib.collection.results.writing import open_report

BETTER, WORSE, UNCLEAR = "better than", "worse than", "not distinguishable from"
VALUES = {  # accuracy and AUC
    "as published": (0.78, 0.6),
    "always-like": (0.87, 0.5),
    "item+user bias": (0.88, 0.8),
    "RBM of likes alone": (0.882, 0.801),
    "conditional RBM of likes alone": (0.884, 0.82),
    "user-based RBM": (0.886, 0.83),
    "average of RBMs": (0.889, 0.848),
    "pool of RBMs": (0.89, 0.85),
    "item neighbours": (0.8865, 0.81),
    "logistic factorisation": (0.885, 0.828),
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    make_collection(tmp_path, monkeypatch)


def records(values, over="users and films", num_ratings=100, **more):
    fields = {"num_ratings": num_ratings, "over": over} | more
    made = []
    for predictor, pair in values.items():
        for metric, value in zip(("accuracy", "auc"), pair, strict=True):
            constant = predictor == "always-like" and metric == "auc"
            ends = (value, value) if constant else (value - 0.01, value + 0.01)
            base = None if predictor == "always-like" else "always-like"
            made.append((predictor, metric, value, *ends, base, fields))
    return made


def take(*notebooks):
    for slug, made in zip(("11-likes", "13-stars"), notebooks, strict=False):
        write(slug, made, {"predictor": "user-based RBM", "metric": "accuracy"}, "It is.")
    return take_survey("19-report", dataset="planted", profile="quick")


def test_every_rung_has_its_place_and_one_record():
    rows = ladder_rows(take(records(VALUES)))
    assert rows["rung"].drop_duplicates().tolist() == [rung.key for rung in RUNGS]
    auc = rows[rows["metric"] == "auc"].set_index("rung")
    assert auc["predictor"].to_dict() == {
        "article": "as published", "constant": "always-like", "biases": "item+user bias", "likes": "RBM of likes alone",
        "conditional": "conditional RBM of likes alone", "stars": "user-based RBM", "several": "pool of RBMs",
        "rival": "logistic factorisation",  # the best by AUC, though another is right more often
    }  # fmt: skip
    assert auc["value"].to_dict() == {key: VALUES[auc.loc[key, "predictor"]][1] for key in auc.index}


def test_what_was_not_measured_is_left_out():
    few = {name: VALUES[name] for name in ("always-like", "item+user bias", "user-based RBM")}
    survey = take(records(few))
    assert ladder_rows(survey)["rung"].drop_duplicates().tolist() == ["constant", "biases", "stars"]
    said = ladder_verdict(survey, ladder_rows(survey))
    assert "article" not in said
    assert "rival" not in said
    assert ladder_table(ladder_rows(survey))[0] == [
        "the same answer always", "nothing", "87.0% [86.0, 88.0]", "0.500 [0.500, 0.500]"
    ]  # fmt: skip


def test_with_nothing_there_is_no_ladder():
    survey = take_survey("19-report", dataset="planted", profile="quick")
    rows = ladder_rows(survey)
    assert rows.empty
    assert ladder_verdict(survey, rows) == ladder_brackets(rows) == ""
    assert ladder_table(rows) == []


def test_other_targets_validation_parts_and_means_are_no_rungs():
    own = {name: VALUES[name] for name in ("always-like", "user-based RBM")}
    more = {name: VALUES[name] for name in ("as published", "item+user bias", "item neighbours")}
    parts = {"RBM of likes": {"num_ratings": 99}, "conditional RBM of likes": {"validation": True}}
    parts["pool of RBMs"] = {"over": "seeds", "repeats": 3}
    others = [row for name, fields in parts.items() for row in records({name: (0.95, 0.95)}, **fields)]
    others += records(own, num_ratings=99)
    survey = take(records(own | more), [(*row[:5], None, row[6]) if row[0] in parts else row for row in others])
    assert ladder_rows(survey)["rung"].drop_duplicates().tolist() == ["article", "constant", "biases", "stars", "rival"]
    assert (ladder_rows(survey)["value"] < 0.9).all()


def test_an_interval_over_users_and_films_is_taken_before_one_over_users():
    wide = {name: VALUES[name] for name in ("always-like", "item+user bias", "user-based RBM")}
    rows = ladder_rows(take(records(VALUES, over="users"), records(wide)))
    kinds = rows.drop_duplicates("rung").set_index("rung")[["notebook", "over"]]
    assert kinds.loc["stars"].tolist() == ["13-stars", "users and films"]
    assert kinds.loc["several"].tolist() == ["11-likes", "users"]
    said = ladder_brackets(rows)
    assert said.startswith("Brackets are 95 % intervals over users and films, over users for the article's RBM, RBM")
    assert "film and user biases" not in said
    assert ladder_brackets(ladder_rows(take(records(VALUES), records(wide)))) == (
        "Brackets are 95 % intervals over users and films."
    )


def with_gains(*rows):
    report = open_report("17-later", dataset="planted", profile="quick", seed=5)
    columns = ["predictor", "over", "metric", "gain", "low", "high", "verdict"]
    report.table("gains", pd.DataFrame([(*row[:3], 0.0, -0.1, 0.1, row[3]) for row in rows], columns=columns))
    report.conclude("It is.")
    report.write()


def test_the_verdict_takes_paired_intervals_before_two_that_overlap():
    survey = take(records(VALUES))
    assert "an RBM of likes is about level with two biases" in ladder_verdict(survey, ladder_rows(survey))
    with_gains(
        ("RBM of likes alone", "item+user bias", "auc", WORSE),
        ("user-based RBM", "item+user bias", "accuracy", WORSE),
        ("user-based RBM", "item+user bias", "auc", UNCLEAR),
        ("pool of RBMs", "item neighbours", "auc", WORSE),
        ("pool of RBMs", "logistic factorisation", "auc", BETTER),
    )
    survey = take(records(VALUES))
    said = ladder_verdict(survey, ladder_rows(survey))
    assert said == (
        "The article's machine is right less often than always answering “like”. By AUC, an RBM of likes is worse "
        "than two biases, one number a film and one a user. With stars, it is not distinguishable from them. The pool "
        "of RBMs is better than the best rival, logistic factorisation. Two biases alone go 86% of the way from a coin "
        "to the best of these: most of an opinion is film and generosity, not taste."
    )


def test_the_verdict_has_at_most_eighty_words():
    longest = {
        ("Bayesian factorisation machine" if name == "logistic factorisation" else name): pair
        for name, pair in VALUES.items()
    }
    pairs = [("RBM of likes alone", "item+user bias"), ("user-based RBM", "item+user bias")]
    pairs.append(("pool of RBMs", "Bayesian factorisation machine"))
    with_gains(*((*pair, "auc", UNCLEAR) for pair in pairs))
    survey = take(records(longest | {"as published": (0.87, 0.6)}))
    said = ladder_verdict(survey, ladder_rows(survey))
    assert "right about as often as" in said
    assert said.count(UNCLEAR) == 3
    assert len(said.split()) <= 80


def test_where_biases_are_not_the_most_the_verdict_does_not_say_so():
    survey = take(records(VALUES | {"item+user bias": (0.88, 0.6)}))
    said = ladder_verdict(survey, ladder_rows(survey))
    assert said.endswith("Two biases alone go 29% of the way from a coin to the best of these.")


def test_a_rival_is_whatever_predictor_the_baselines_offer():
    names = rival_names()
    assert {"item neighbours", "biased factorisation", "logistic factorisation", "Bayesian factorisation machine"} <= {
        *names
    }
    assert not {*names} & {"item mean", "item+user bias", "always-like", "ordinal biases", "popular films", "EASE"}
