"""The article's log line."""

import re

import pytest

from rbm_lib.collection.article.log import ArticleLog
from rbm_lib.models.model import RBM
from rbm_lib.splits.held_out import random_n


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
