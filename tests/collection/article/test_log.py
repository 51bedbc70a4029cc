"""The article's log, of the library's model and of the article's machine."""

import re

import numpy as np
import pytest

from rbm_lib.collection.article.log import ArticleLog, MachineLog, published_log
from rbm_lib.collection.article.machine import AS_PUBLISHED, ArticleMachine
from rbm_lib.models.model import RBM
from rbm_lib.splits.held_out import random_n

NUM_HIDDEN = 3


def test_the_log_has_the_articles_columns_and_numbers(likes):
    split = random_n(likes, 1, seed=1, more_than=1)
    model = RBM(7, 3)
    model.compile("sgd")
    lines = []
    model.fit(
        split.inputs, batch_size=4, epochs=2, callbacks=[ArticleLog(split, every=2, write=lines.append)], verbose=0
    )
    pattern = r"epoch_nr: (\d+), batch: (\d+), acc_train: (0\.\d{3}|1\.000), acc_test: (0\.\d{3}|1\.000)"
    places = [tuple(map(int, re.fullmatch(pattern, line).groups()[:2])) for line in lines]
    assert places == [(1, 2), (1, 3), (2, 2), (2, 3)]  # every second batch, and the end of the epoch
    like = model.predict_ratings(split, inference="sampled")
    assert lines[-1].endswith(f"acc_test: {(like == split.targets.rating).mean():.3f}")


def test_every_must_be_positive(likes):
    with pytest.raises(ValueError, match="every: expected"):
        ArticleLog(random_n(likes, 1, seed=1, more_than=1), every=0)


def test_the_log_counts_as_the_article_does(likes):
    split = random_n(likes, 1, seed=3)
    log, seen = MachineLog(split, every=2), []
    machine = ArticleMachine(NUM_HIDDEN, faults=AS_PUBLISHED, epochs=2, batch_size=2, cd_steps=1)

    def watch(machine, epoch, batch, agreement):
        seen.append(agreement)
        log(machine, epoch, batch, agreement)

    machine.fit(split.inputs, watch)
    table = log.table()
    assert table[["epoch", "batch"]].to_numpy().tolist() == [[0, 2], [0, 4], [1, 2], [1, 4]]  # six batches an epoch
    first, second = sum(seen[:3]), sum(seen[3:5])
    np.testing.assert_allclose(table["acc_train"][:2], [first / 2, second / 2])  # three batches, divided by two
    np.testing.assert_allclose(table["agreement"][:2], [first / 3, second / 2])
    np.testing.assert_allclose(table["passes"], [4 / 11, 8 / 11, 1 + 4 / 11, 1 + 8 / 11])
    with pytest.raises(ValueError, match="every: expected"):
        MachineLog(split, every=0)


def test_a_log_without_a_line_keeps_its_columns(likes):
    split = random_n(likes, 1, seed=3)
    log = MachineLog(split, every=7)
    ArticleMachine(NUM_HIDDEN, faults=AS_PUBLISHED, epochs=1, batch_size=2, cd_steps=1).fit(split.inputs, log)
    table = log.table()
    assert table.empty
    assert {"epoch", "batch", "passes", "acc_train", "agreement", "acc_test", "acc_training_folder"} == set(table)


def test_the_published_log_is_whole():
    log = published_log()
    assert len(log) == 17 * 3
    assert log[["epoch", "batch", "acc_train", "acc_test"]].iloc[0].tolist() == [0, 50, 0.721, 0.709]
    assert log[["epoch", "batch", "acc_train", "acc_test"]].iloc[-1].tolist() == [16, 150, 0.767, 0.786]
