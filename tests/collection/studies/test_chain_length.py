"""Training over and over: what a run records, and what one value of k gains over another."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rbm_lib.collection.studies import chain_length as ablation
from rbm_lib.models.training import callbacks
from rbm_lib.models.training.callbacks import EpochTimer
from rbm_lib.splits.held_out import random_n


def test_every_pair_of_k_and_seed_is_trained_and_scored(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    curves, runs = ablation.train_for_each_k(
        split, cd_steps=[1, 3], seeds=[5, 7], epochs=3, batch_size=4, learning_rate=0.05, num_hidden=3
    )
    assert list(zip(runs["cd_steps"], runs["seed"], strict=True)) == [(1, 5), (3, 5), (1, 7), (3, 7)]
    assert len(curves) == 4 * 3
    for run in runs.itertuples():
        curve = curves[(curves["cd_steps"] == run.cd_steps) & (curves["seed"] == run.seed)]
        best = curve.loc[curve["log_loss"].idxmin()]
        assert (run.epoch, run.auc, run.log_loss) == (best["epoch"], best["auc"], best["log_loss"])
    assert runs["log_loss"].nunique() == 4  # neither k nor the seed is ignored
    assert curves["weight_size"].nunique() == 12  # of every epoch, the weights as they stood then
    assert (runs["weight_size"] > 0).all()


def test_every_k_is_trained_with_every_setting_and_judged_by_its_best(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    fitting = {"cd_steps": [1, 3], "seeds": [5, 7], "epochs": 2, "batch_size": 4, "num_hidden": 3}
    runs = ablation.train_for_each_setting(split, [(0.01, 0.0), (0.2, 0.1), (0.2, 0.0)], **fitting)
    assert len(runs) == len(runs[["learning_rate", "weight_decay", "cd_steps", "seed"]].drop_duplicates()) == 12
    alone = ablation.train_for_each_k(split, learning_rate=0.2, weight_decay=0.1, **fitting)[1]
    same = runs[(runs["learning_rate"] == 0.2) & (runs["weight_decay"] == 0.1)]
    np.testing.assert_array_equal(same.to_numpy(), ablation.with_setting(alone, 0.2, 0.1).to_numpy())


def test_the_best_settings_are_chosen_for_each_k_by_the_mean_over_seeds():
    rows = [(0.1, 0.0, 1, 1, 0.30, 0.1), (0.1, 0.0, 1, 2, 0.50, 0.2), (0.2, 0.0, 1, 1, 0.39, 0.3),
            (0.2, 0.0, 1, 2, 0.39, 0.4), (0.1, 0.0, 5, 1, 0.20, 0.5), (0.2, 0.0, 5, 1, 0.60, 0.6)]  # fmt: skip
    runs = pd.DataFrame(rows, columns=["learning_rate", "weight_decay", "cd_steps", "seed", "log_loss", "auc"])
    best = ablation.runs_at_best_settings(runs)
    assert best[["cd_steps", "learning_rate", "auc"]].values.tolist() == [[1, 0.2, 0.3], [1, 0.2, 0.4], [5, 0.1, 0.5]]


def test_the_weights_size_is_their_root_mean_square(likes):
    from rbm_lib.models import RBM

    model = RBM(7, 3)
    model.rbm_layer.interaction_weights.assign(np.full((7, 3), -0.5, np.float32))
    assert ablation.weight_size(model) == pytest.approx(0.5)


def test_every_k_is_timed_without_the_epoch_that_compiles(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    times = ablation.time_each_k(
        split, cd_steps=[1, 3], seed=5, epochs=2, batch_size=4, learning_rate=0.05, num_hidden=3
    )
    assert times[["cd_steps", "epoch"]].values.tolist() == [[1, 1], [1, 2], [3, 1], [3, 2]]
    assert (times["seconds"] > 0).all()


def test_the_timer_leaves_validation_out(monkeypatch):
    clock = iter([10.0, 13.0, 20.0, 22.0])  # training begins, validation begins, ends, the epoch ends
    monkeypatch.setattr(callbacks, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    timer = EpochTimer()
    timer.on_epoch_begin(0)
    timer.on_test_begin()
    timer.on_test_end()
    timer.on_epoch_end(0)
    assert timer.seconds == [5.0]


def test_gains_are_paired_by_seed_and_their_level_holds_for_all_together():
    from scipy import stats

    runs = pd.DataFrame(
        {
            "cd_steps": [1, 1, 1, 2, 2, 2, 5, 5, 5],
            "seed": [1, 2, 3] * 3,
            "auc": [0.5, 0.6, 0.7, 0.6, 0.7, 0.8, 0.4, 0.9, 0.5],
        }
    )
    gains = ablation.paired_gains(runs, "auc", baseline=1)
    np.testing.assert_allclose(gains.loc[2], [0.1, 0.1, 0.1], atol=1e-12)  # every seed gains the same
    differences = np.array([-0.1, 0.3, -0.2])
    half = stats.t.ppf(1 - 0.05 / 2 / 2, 2) * differences.std(ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(gains.loc[5], [0.0, -half, half], atol=1e-12)
