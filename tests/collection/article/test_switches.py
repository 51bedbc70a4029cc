"""The machines of all combinations of faults, each against the machine that is made by itself."""

import numpy as np
import pytest

from rbm_lib.collection.article.machine import AS_PUBLISHED, FAULT_NAMES, ArticleMachine, Faults
from rbm_lib.collection.article.repairs import machines_of, repairs
from rbm_lib.collection.article.switches import (
    ASKED,
    SWITCHES,
    TRAINED,
    every_combination,
    waterfall_path,
    with_faults,
    worth_by_order,
    worth_of,
)
from rbm_lib.data.ratings import Ratings
from rbm_lib.evaluation import binary_metrics
from rbm_lib.splits.held_out import random_n

SETTINGS = {"num_hidden": 3, "epochs": 2, "batch_size": 3, "cd_steps": 2, "seed": 5}
RATE = 0.3


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(5)
    rated = rng.random((11, 7)) < 0.6
    rated[:, 0] = True  # nobody without a rating
    return random_n(Ratings.from_dense(rng.random((11, 7)) < 0.6, rated), 1, seed=3)


@pytest.fixture(scope="module")
def combinations(split):
    return every_combination(split, learning_rate=RATE, **SETTINGS)


def test_every_switch_is_a_fault_in_the_order_of_the_waterfall():
    assert sorted(switch.fault for switch in SWITCHES) == sorted(FAULT_NAMES)
    assert {*ASKED, *TRAINED} == set(FAULT_NAMES)
    made = [fault for repair in repairs(RATE, 0.0) for fault in repair.faults]
    assert made == [switch.fault for switch in SWITCHES]
    assert [switch.fault for switch in SWITCHES if switch.in_article] == ["sampled_inference", "unrated_as_minus_one"]


def test_all_combinations_are_there_once_from_all_faults_to_none(combinations):
    figures, machines = combinations
    order = [switch.fault for switch in SWITCHES]
    assert len(figures) == len(figures[order].drop_duplicates()) == 128
    assert figures[order].iloc[0].all()
    assert not figures[order].iloc[-1].any()
    assert len(machines) == 16


@pytest.mark.parametrize("row", [0, 5, 26, 74, 101, 127])
def test_a_figure_is_that_of_a_machine_made_with_these_faults(split, combinations, row):
    figures, _ = combinations
    found = figures.iloc[row]
    faults = Faults(**{name: bool(found[name]) for name in FAULT_NAMES})
    rate = 1.0 if faults.rate_scales_weights else RATE
    machine = ArticleMachine(faults=faults, learning_rate=rate, **SETTINGS).fit(split.inputs)
    scored = split.inputs if faults.scored_on_training else split.targets
    with np.errstate(divide="ignore"):
        expected = binary_metrics(scored.rating, machine.predict(scored.user_index, scored.item_index))
    for metric in ("accuracy", "auc", "log_loss"):
        assert found[metric] == pytest.approx(expected[metric])


def test_bits_have_no_finite_log_loss_and_probabilities_have_one(combinations):
    figures, _ = combinations
    assert np.isfinite(figures.loc[~figures["sampled_inference"], "log_loss"]).all()
    assert not np.isfinite(figures.loc[figures["sampled_inference"], "log_loss"]).any()


def test_what_is_trained_already_is_not_trained_again(split, combinations, monkeypatch):
    figures, machines = combinations
    monkeypatch.setattr(ArticleMachine, "fit", lambda *_: pytest.fail("trained again"))
    again, _ = every_combination(split, learning_rate=RATE, trained=machines, **SETTINGS)
    np.testing.assert_array_equal(again.to_numpy(), figures.to_numpy())
    steps = [step for step in repairs(RATE, 0.1) if step.step != "weight decay"]
    of_steps = machines_of(steps, split.inputs, trained=machines, **SETTINGS)
    assert [machine.name for machine in of_steps.values()] == list(of_steps)
    assert of_steps["as published"].faults == AS_PUBLISHED
    assert of_steps["W + rate dW"].faults == Faults()


@pytest.mark.parametrize("changed", [{"learning_rate": 0.2}, {"weight_decay": 0.01}, {"seed": 6}, {"epochs": 3}])
def test_a_machine_of_other_settings_is_none_of_these(combinations, changed):
    _, machines = combinations
    settings = SETTINGS | {"learning_rate": RATE}
    assert with_faults(machines, Faults(), settings) is not None
    assert with_faults(machines, Faults(), settings | changed) is None


def test_a_worth_is_found_at_the_repairs_that_are_made(combinations):
    figures, _ = combinations
    worth = worth_of(figures, "accuracy")
    only_bits = figures[figures["sampled_inference"] & (figures[list(FAULT_NAMES)].sum(axis=1) == 1)]
    place = tuple(int(switch.fault != "sampled_inference") for switch in SWITCHES)
    assert worth[place] == only_bits["accuracy"].item()
    assert waterfall_path(worth)[[0, -1]].tolist() == figures["accuracy"].iloc[[0, -1]].tolist()


def test_worth_by_order_worked_by_hand():
    worth = np.array([[10.0, 4.0], [6.0, 12.0]])
    table = worth_by_order(worth, ["a", "b"])[["first", "in order", "last", "share", "least", "most", "lowers"]]
    assert table.loc["a"].tolist() == [-4, -4, 8, 2, -4, 8, 1]
    assert table.loc["b"].tolist() == [-6, 6, 6, 0, -6, 6, 1]
    assert waterfall_path(worth).tolist() == [10, 6, 12]
