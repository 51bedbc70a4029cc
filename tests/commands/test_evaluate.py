"""`evaluate`: the machine beside predictors that know no tastes, in words and as JSON."""

import json

import numpy as np
import pytest
from support.command_making import refused, run, two_tastes
from support.table_making import write

from rbm_lib.commands import evaluate
from rbm_lib.datasets import load
from rbm_lib.evaluation import StarComparison, binary_metrics

NAMES = ["overall mean", "item mean", "item+user bias", "biased factorisation", "ordinal biases", "pool of RBMs"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_tastes(tmp_path_factory.mktemp("tastes"))


@pytest.fixture(scope="module")
def measured(source):
    data = load(source)
    return data, evaluate.measure(data, evaluate.split_of(data.ratings, "random", 1), seed=1, quick=True)


def test_the_table_and_the_json_say_the_same(capsys, source, measured, monkeypatch):
    monkeypatch.setattr(evaluate, "measure", lambda *_, **__: measured[1])
    status, out, err = run(capsys, "evaluate", source, "--quick")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    split = measured[1].split
    assert f"{split.targets.num_ratings} ratings of " in lines[0]
    assert lines[0].endswith("held out by random_fraction(fraction=0.1, seed=1); seed 1")
    assert lines[2].split("  ")[0] == "predictor"
    assert [line.split("  ")[0] for line in lines[3:9]] == NAMES
    assert lines[-1].startswith("By RMSE the machine is ")
    _, text, _ = run(capsys, "evaluate", source, "--quick", "--json")
    found = json.loads(text)
    assert list(found["predictors"]) == NAMES
    assert found["targets"] == split.targets.num_ratings
    for line, (name, metrics) in zip(lines[3:9], found["predictors"].items(), strict=True):
        value = metrics["rmse"]
        assert f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]" in line, name
        assert (metrics["log_loss"]["value"] is None) == (name not in NAMES[-2:])


def test_the_numbers_are_those_of_the_targets(measured):
    data, found = measured
    targets = found.split.targets
    for name in NAMES:
        answer = np.asarray(found.comparison.predictions[name], float)
        expected = answer @ found.comparison.values if answer.ndim == 2 else answer
        rmse = np.sqrt(np.mean((expected - targets.rating) ** 2))
        assert found.interval(name, "rmse")[0] == pytest.approx(rmse)
        liked = answer[:, found.comparison.values >= data.threshold].sum(axis=1) if answer.ndim == 2 else answer
        score = (liked - liked.min()) / max(np.ptp(liked), 1e-9)
        auc = binary_metrics((targets.rating >= data.threshold).astype(float), score)["auc"]
        assert found.interval(name, "auc")[0] == pytest.approx(auc)
    assert found.interval("overall mean", "auc")[0] == 0.5


def test_what_is_held_out_is_not_learnt_from(measured):
    split = measured[1].split
    assert split.inputs.num_ratings + split.targets.num_ratings == measured[0].ratings.num_ratings
    assert isinstance(measured[1].comparison, StarComparison)


def test_each_users_last_ratings_can_be_held_out(source):
    ratings = load(source).ratings
    split = evaluate.split_of(ratings, "last", 1)
    assert set(split.targets.ratings_per_user.tolist()) <= {0, 1}  # a tenth of some nine
    for user in np.flatnonzero(split.targets.ratings_per_user):
        own = slice(split.inputs.row_splits[user], split.inputs.row_splits[user + 1])
        (last,) = split.targets.timestamp[split.targets.row_splits[user] : split.targets.row_splits[user + 1]]
        assert (split.inputs.timestamp[own] <= last).all()


def test_where_all_held_out_are_likes_there_is_no_auc(measured):
    _, found = measured
    auc, (note,) = evaluate.auc_of_likes(found.comparison, {}, 0.5)
    assert np.isnan([end for interval in auc.values() for end in interval]).all()
    assert note == "all ratings held out are likes: there is no AUC"


def test_refusals(capsys, source, tmp_path):
    undated = write(tmp_path, "user,item,rating\na,x,5\nb,x,1\na,y,4\nb,y,2\n")
    assert refused(capsys, "evaluate", undated, "--split", "last").startswith("--split: expected random, found last")
    at_once = write(tmp_path, "user,item,rating,timestamp\na,x,5,1e9\nb,x,1,1e9\na,y,4,1e9\nb,y,2,1e9\n", "at-once.csv")
    line = refused(capsys, "evaluate", at_once, "--split", "last")
    assert line.startswith("--split: expected random, found last, and one moment for all ratings")
    few = refused(capsys, "evaluate", undated)
    assert few.startswith("ratings: expected enough to hold out 30 of 5 users, found ")
    alike = write(tmp_path, "user,item,rating\na,x,5\nb,x,5\n", "alike.csv")
    assert refused(capsys, "evaluate", alike).startswith("ratings: expected at least two values, found 5 alone")
    line = refused(capsys, "evaluate", source, "--split", "first")
    assert line.startswith("argument --split: invalid choice: 'first'")
