"""Many verdicts at once, by hand and by their promise; what another seed would change."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from rbm_lib.evaluation.seeds import seed_margins
from rbm_lib.evaluation.verdicts import holm


def test_four_tests_worked_by_hand():
    """Times 4, 3, 2 and 1 in their order; the third may not be below the second."""
    assert holm([0.01, 0.5, 0.015, 0.02]).tolist() == pytest.approx([0.04, 0.5, 0.045, 0.045])
    assert holm([0.4, 0.6]).tolist() == [0.8, 0.8]
    assert holm([0.7, 0.9]).tolist() == [1, 1]


def test_a_test_that_could_not_be_made_does_not_count():
    np.testing.assert_array_equal(holm([0.02, np.nan, 0.5]), [0.04, np.nan, 0.5])
    assert holm([]).tolist() == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ValueError, match="p_values: expected numbers from 0 to 1, found"):
        holm([0.5, wrong])


def test_all_verdicts_of_a_table_err_no_more_often_than_one():
    """Of 1000 tables of 13 true hypotheses about 5 % have a false finding; one by one nearly half of them have."""
    rng = np.random.default_rng(3)
    common = rng.normal(size=(1000, 1))
    p_values = 1 - np.abs(2 * (np.argsort(np.argsort(0.4 * common + rng.normal(size=(1000, 13)), axis=0), axis=0) + 0.5)
                          / 1000 - 1)  # fmt: skip
    one_by_one = (p_values < 0.05).any(axis=1).mean()
    together = np.mean([(holm(row) < 0.05).any() for row in p_values])
    assert one_by_one > 0.35
    assert 0.02 < together < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 1000)


def test_the_margin_of_seeds_is_students_of_the_pooled_spread():
    runs = pd.DataFrame(
        {"machine": list("aaabb"), "seed": [1, 2, 3, 1, 2], "auc": [0.1, 0.2, 0.6, 5.0, 7.0], "rmse": 1.0}
    )
    squares = np.square(np.array([0.1, 0.2, 0.6]) - 0.3).sum() + 2
    found = seed_margins(runs)
    assert found["auc"] == pytest.approx(t.ppf(0.975, 3) * np.sqrt(squares / 3))
    assert found["rmse"] == 0


def test_a_margin_holds_another_seed_as_often_as_it_says():
    """The mean of a machine is 0; a training lies within its margin in 95 of 100 cases, however few the seeds."""
    rng, trials = np.random.default_rng(5), 400
    held = []
    for _ in range(trials):
        runs = pd.DataFrame({"machine": [1, 1, 2, 2], "seed": [1, 2, 1, 2], "auc": rng.normal(size=4)})
        held.append(abs(rng.normal()) < seed_margins(runs)["auc"])
    assert np.mean(held) == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / trials))


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ({"machine": ["a", "b"], "seed": [1, 2], "auc": 0.5}, "runs: expected a machine with two seeds or more"),
        ({"machine": ["a", "a"], "auc": 0.5}, "runs: expected the columns machine and seed, found no seed"),
    ],
)
def test_runs_that_tell_nothing_of_seeds_are_refused(runs, message):
    with pytest.raises(ValueError, match=message):
        seed_margins(pd.DataFrame(runs))
