"""The article's log, of the article's machine and of its README."""

import numpy as np
import pytest

from rbm_lib.collection.article.log import MachineLog, published_log
from rbm_lib.collection.article.machine import AS_PUBLISHED, ArticleMachine
from rbm_lib.splits.held_out import random_n

NUM_HIDDEN = 3


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
