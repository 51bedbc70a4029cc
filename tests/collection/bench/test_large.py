"""The large stages of the benchmark: what they hand on, what an interruption leaves, what they hold in memory."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from rbm_lib.collection.bench import computer as bench_computer
from rbm_lib.collection.bench import large as bench_large
from rbm_lib.collection.bench.rows import Bench
from rbm_lib.datasets.planted.truth import PlantedSettings

TINY = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=3, seed=3, min_ratings=7)


def stage(name, folder, capsys):
    assert bench_large.main([name, str(folder)]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_large_stages_hand_on_to_each_other(tmp_path, capsys):
    (tmp_path / "settings.json").write_text(json.dumps(TINY.__dict__))
    assert stage("draw", tmp_path, capsys)["peak"] > 10e6
    assert bench_large.read_likes(tmp_path).num_ratings == 1499
    written = stage("write", tmp_path, capsys)
    assert written["bytes"] == sum(path.stat().st_size for path in (tmp_path / "shards").iterdir())
    for source in ("memory", "shards"):
        assert len(stage(source, tmp_path, capsys)["seconds"]) == bench_large.EPOCHS


def test_the_large_rows_compare_what_the_stages_found(monkeypatch, tmp_path):
    def found(stage, folder):
        seconds = {"memory": [9.0, 4.0, 5.0], "shards": [9.0, 8.0, 7.0]}.get(stage, 3.0)
        return {"seconds": seconds, "bytes": 2e9, "peak": 1.25e9}

    monkeypatch.setattr(bench_large, "run_stage", found)
    rows = Bench(list(bench_large.large_rows(TINY, label="tiny", scratch=tmp_path)))
    assert rows.value("tiny: epoch in memory") == 4
    assert rows.value("tiny: epoch from shards / epoch in memory") == 7 / 4
    assert [one["holds"] for one in rows.barred] == [True, True, False]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_stage_ends_it_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(bench_large, "STAGES", {"no such stage": None})
    with pytest.raises(RuntimeError, match="stage 'no such stage' ended with status 1"):
        list(bench_large.large_rows(TINY, scratch=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_noticed_before_anything_is_drawn(monkeypatch, tmp_path):
    monkeypatch.setattr(bench_large, "BYTES_PER_RATING", 10**15)
    with pytest.raises(ValueError, match=r"scratch: expected .* GB of room in .*, found"):
        list(bench_large.large_rows(TINY, scratch=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_the_scratch_folder_along(tmp_path, number):
    program = (
        "import signal, sys; from rbm_lib.collection.bench.__main__ import interrupt;"
        "from rbm_lib.collection.bench.large import large_rows; from rbm_lib.datasets import PlantedSettings;"
        "signal.signal(signal.SIGTERM, interrupt); signal.signal(signal.SIGINT, interrupt);"
        f"list(large_rows(PlantedSettings(200_003, 80_021, 30_000_001, 3), scratch={str(tmp_path)!r}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, env=bench_computer.child_environment()
    )
    try:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob("*/settings.json")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(tmp_path.glob("*/settings.json"))  # it was in the middle of it
        os.kill(process.pid, number)
        assert process.wait(300) != 0
    finally:
        process.kill()
    assert list(tmp_path.iterdir()) == []


WIDE = """
import sys
import keras
import numpy as np
from rbm_lib import RBM, Ratings
from rbm_lib.collection.bench.large import peak_memory
from rbm_lib.data.shards import write_shards
from rbm_lib.splits import random_n

(folder,) = sys.argv[1:]
num_users, each = 1009, 7


def train_and_predict(num_items, units):
    rng = np.random.default_rng(1)
    items = np.sort(rng.integers(0, num_items - each, (num_users, each)), axis=1) + np.arange(each)
    values = rng.integers(0, 2, num_users * each) if units == "bernoulli" else rng.integers(1, 6, num_users * each)
    ratings = Ratings.from_counts(np.full(num_users, each), item_index=items.ravel().astype(np.int32),
                                  rating=values.astype(np.float32), user_id=np.arange(num_users),
                                  item_id=np.arange(num_items))
    split = random_n(ratings, 1, seed=1, more_than=2)
    model = RBM(num_items, 2, units=units, engine="sparse")
    model.compile(keras.optimizers.Adam(0.01))
    shards = write_shards(split.inputs, f"{folder}/{units}-{num_items}", 3)
    for x in (split.inputs, shards):
        model.fit(x, batch_size=num_users, epochs=2, verbose=0)
    assert len(model.predict_ratings(split, batch_size=num_users)) == num_users


for units in ("bernoulli", "ordinal"):  # in the order of what they hold, for a peak hides what comes below it
    train_and_predict(101, units)  # what it takes to compile and to trace is no part of the matter
    before = peak_memory()
    train_and_predict(250_007, units)
    print(peak_memory() - before)
"""


def test_training_and_predicting_never_hold_users_by_films(tmp_path):
    """A thousand users in one mini-batch and 250 000 films: a mask of them would take 250 MB, ratings 1 GB."""
    command = [sys.executable, "-c", WIDE, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    assert max(map(int, told.split()[-2:])) < 0.2e9
