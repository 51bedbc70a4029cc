"""The benchmark: rows and bars, costs worked by hand, a tiny run from end to end, and what an interruption leaves.

No test asks how long anything takes.
"""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rbm_lib._files import write_atomically
from rbm_lib.collection import places
from rbm_lib.collection.bench import engines as bench_engines
from rbm_lib.collection.bench import large as bench_large
from rbm_lib.collection.bench import machine as bench_machine
from rbm_lib.collection.bench import page as bench_page
from rbm_lib.collection.bench import run as bench
from rbm_lib.collection.bench import words as bench_words
from rbm_lib.collection.bench.cost import ADAM_FLOATS, ADAM_OPERATIONS, dense_cost, sparse_cost
from rbm_lib.collection.bench.rows import Bench, read_bench, row
from rbm_lib.datasets.planted.truth import PlantedSettings

TINY = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=3, seed=3, min_ratings=7)
KEYS = ["name", "value", "unit", "bar", "holds"]


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "reports"))
    return tmp_path / "reports"


@pytest.fixture
def tiny_ratings(monkeypatch):
    """Few, so that a whole run takes seconds."""
    from rbm_lib.datasets import loading as datasets

    load = datasets.load
    monkeypatch.setattr(datasets, "load", lambda name: load(name, planted=TINY if name == "planted" else None))


@pytest.mark.parametrize(
    ("value", "bar", "text", "holds"),
    [
        (2.0, {"at_least": 2}, ">= 2", True),
        (1.99, {"at_least": 2}, ">= 2", False),
        (1.5, {"at_most": 1.5}, "<= 1.5", True),
        (1.51, {"at_most": 1.5}, "<= 1.5", False),
        (0.0, {"at_most": 0}, "<= 0", True),
        (7.0, {}, "", None),
        (float("nan"), {"at_most": 3}, "<= 3", False),
    ],
)
def test_a_bar_holds_or_is_missed(value, bar, text, holds):
    found = row("a", value, "s", **bar)
    assert (found["bar"], found["holds"]) == (text, holds)
    json.dumps(found)


def test_a_row_has_its_place_and_not_two_bars():
    assert row("a", np.float32(2), "s", group="k", series="dense", x=3) == {
        "name": "a", "value": 2.0, "unit": "s", "bar": "", "holds": None, "group": "k", "series": "dense", "x": 3,
    }  # fmt: skip
    with pytest.raises(ValueError, match="at_least, at_most: expected one bar, found 1 and 2"):
        row("a", 1, at_least=1, at_most=2)


def test_rows_are_found_by_name_and_by_curve():
    found = Bench([row("a", 2), row("b", 3, group="k", series="dense", x=1), row("c", 5, at_most=4)])
    assert "a" in found
    assert "z" not in found
    assert found.value("b") == 3
    assert found.curve("k").to_dict("list") == {"series": ["dense"], "x": [1], "value": [3.0]}
    assert len(found.curve("nothing")) == 0
    assert [one["name"] for one in found.barred] == ["c"]
    with pytest.raises(ValueError, match=r"name: expected the name of a measured row, found 'z'; there are: a; b; c"):
        found.value("z")


def test_the_committed_results_are_read_where_a_report_folder_has_none(reports):
    assert places.bench_results() == places.REPOSITORY / "reports" / "bench" / "results.json"
    assert len(read_bench().barred) > 5
    write_atomically(reports / "bench" / "results.json", json.dumps([row("a", 2)]))
    assert read_bench().rows == [row("a", 2)]


@pytest.mark.parametrize("text", ["[{]", "{}", "[1]", '[{"name": "a"}]', None])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    with pytest.raises(ValueError, match=r"results\.json: expected the rows that `make bench` writes, found"):
        read_bench(tmp_path / "results.json")


def test_the_cost_of_an_epoch_is_that_of_a_hand_count():
    """Seven ratings, five films, three users, two hidden units, one sweep: up, down, up, then two statistics."""
    found = sparse_cost(7, 5, 3, 2, cd_steps=1, batch_size=2)
    parameters, steps = 5 * 2 + 5 + 2, 2
    assert found.operations == 7 * 2 * (2 + 2 + 2 + 2 + 2) + ADAM_OPERATIONS * parameters * steps
    assert found.bytes == 4 * (7 * 2 * (3 + 2) + ADAM_FLOATS * parameters * steps)
    longer = sparse_cost(7, 5, 3, 2, cd_steps=2, batch_size=2)
    assert longer.operations - found.operations == 7 * 2 * 4  # a sweep is one way down and one way up


def test_dense_operations_are_those_of_rating_every_film():
    every = sparse_cost(3 * 5, 5, 3, 2, cd_steps=4, batch_size=2)
    assert dense_cost(5, 3, 2, cd_steps=4, batch_size=2).operations == every.operations
    assert dense_cost(5, 3, 2, cd_steps=4, batch_size=2).intensity > 0


def test_a_wider_catalogue_keeps_every_rating(likes):
    wide = bench_engines.widen(likes, 3)
    assert (wide.num_items, wide.num_ratings) == (21, likes.num_ratings)
    np.testing.assert_array_equal(wide.item_index, likes.item_index * 3)


def test_users_are_taken_whole_and_twice(likes):
    half, twice = bench_engines.take_users(likes, 0.5), bench_engines.take_users(likes, 2)
    assert half.num_users == 5
    np.testing.assert_array_equal(half.item_index, likes.item_index[: likes.row_splits[5]])
    assert twice.num_users == 22
    np.testing.assert_array_equal(twice.rating, np.tile(likes.rating, 2))


def test_help_says_what_it_takes():
    command = [sys.executable, "-m", "rbm_lib.collection.bench", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    for word in ("--dataset", "--repeats", "--quick", "--no-large", "--scratch", "minutes", "GB"):
        assert word in said


def test_a_wrong_option_is_refused(capsys):
    with pytest.raises(SystemExit):
        bench.parse_arguments(["--repeats", "0"])
    assert "--repeats: expected at least 1, found 0" in capsys.readouterr().err


def test_a_tiny_run_writes_rows_figures_and_page(reports, tiny_ratings, monkeypatch):
    monkeypatch.setattr(bench_machine, "start_rows", lambda repeats: iter([row("start", 0.5, "s", at_most=1)]))
    assert bench.main(["--dataset", "planted", "--quick", "--repeats", "1", "--no-large"]) == 0
    rows = json.loads((reports / "bench" / "results.json").read_text())
    assert all(list(one)[:5] == KEYS for one in rows)
    names = [one["name"] for one in rows]
    assert len(set(names)) == len(names)
    assert all(np.isfinite(one["value"]) and one["value"] >= 0 for one in rows)
    for one in rows:
        assert (one["holds"] is None) == (one["bar"] == "")
    found = Bench(rows)
    for group in ("ratings", "films", "hidden units", "k"):
        assert set(found.curve(group)["series"]) == {"dense", "sparse"}
        assert len(found.curve(group)) == 4
    page = (reports / "bench" / "RESULTS.md").read_text()
    pictures = [line.split("](")[1].rstrip(")") for line in page.splitlines() if line.startswith("![")]
    assert len(pictures) == 4
    for picture in pictures:
        assert (reports / "bench" / picture).read_bytes().startswith(b"\x89PNG")
    for name in names:
        assert name in page
    files = {path.name for path in (reports / "bench").rglob("*") if path.is_file()}
    assert files == {"results.json", "RESULTS.md", *(picture.split("/")[1] for picture in pictures)}


@pytest.mark.parametrize(("load", "words"), [(0.9, "The machine was busy"), (0.1, "little else to do")])
def test_the_page_says_whether_the_machine_was_busy(load, words):
    found = Bench([row(bench_machine.PROCESSORS, 2), row(bench_machine.LOAD, load)])
    assert words in bench_page.page_text(found, [], "On something.", {})
    assert bench_words.load_sentence(Bench([])) == ""


def test_the_page_names_what_is_missed():
    text = bench_page.page_text(Bench([row("a", 2, at_most=1), row("b", 2, at_least=1)]), [], "On something.", {})
    assert "Of 2 bars set beforehand 1 holds. Missed: a (2 where at most 1 is asked)." in text
    assert "| a | 2 |  | <= 1 | **no** |" in text


def test_an_interruption_leaves_the_former_results(reports, tiny_ratings, monkeypatch, capsys):
    write_atomically(reports / "bench" / "results.json", "former")

    def interrupt(repeats):
        yield row("start", 0.5, "s")
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_machine, "start_rows", interrupt)
    assert bench.main(["--dataset", "planted", "--quick", "--no-large"]) == bench.INTERRUPTED
    assert "the former results stay" in capsys.readouterr().err
    assert [path.name for path in (reports / "bench").iterdir()] == ["results.json"]
    assert (reports / "bench" / "results.json").read_text() == "former"


def test_an_unknown_data_set_is_one_clear_line(reports, capsys):
    assert bench.main(["--dataset", "ml-7", "--quick", "--no-large"]) == 2
    assert "error: data set: expected one of" in capsys.readouterr().err
    assert not reports.exists()


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
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, env=bench_machine.child_environment()
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("*/settings.json")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(tmp_path.glob("*/settings.json"))  # it was in the middle of it
        os.kill(process.pid, number)
        assert process.wait(60) != 0
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

units, folder = sys.argv[1:]
num_users, each = 1009, 7


def train_and_predict(num_items, name):
    rng = np.random.default_rng(1)
    items = np.sort(rng.integers(0, num_items - each, (num_users, each)), axis=1) + np.arange(each)
    values = rng.integers(0, 2, num_users * each) if units == "bernoulli" else rng.integers(1, 6, num_users * each)
    ratings = Ratings(np.arange(num_users + 1) * each, items.ravel().astype(np.int32), values.astype(np.float32),
                      np.arange(num_users), np.arange(num_items))
    split = random_n(ratings, 1, seed=1, more_than=2)
    model = RBM(num_items, 2, units=units, engine="sparse")
    model.compile(keras.optimizers.Adam(0.01))
    shards = write_shards(split.inputs, f"{folder}/{name}", 3)
    for x in (split.inputs, shards):
        model.fit(x, batch_size=num_users, epochs=2, verbose=0)
    assert len(model.predict_ratings(split, batch_size=num_users)) == num_users


train_and_predict(101, "narrow")  # what it takes to compile and to trace is no part of the matter
before = peak_memory()
train_and_predict(250_007, "wide")
print(peak_memory() - before)
"""


@pytest.mark.parametrize("units", ["bernoulli", "ordinal"])
def test_training_and_predicting_never_hold_users_by_films(units, tmp_path):
    """A thousand users in one mini-batch and 250 000 films: a mask of them would take 250 MB, ratings 1 GB."""
    command = [sys.executable, "-c", WIDE, units, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    assert int(told.split()[-1]) < 0.2e9


def test_growth_is_told_in_multiples():
    rows = [row(f"{e} {x}", v, group="films", series=e, x=x) for e, x, v in (("dense", 10, 2), ("dense", 40, 9))]
    rows += [row("s1", 2, group="films", series="sparse", x=10), row("s4", 3, group="films", series="sparse", x=40)]
    told = bench_words.growth_sentence(Bench(rows), "films")
    assert told == "From 10 to 40 films, 4 times as many, the dense epoch grows 4.5-fold and the sparse epoch 1.5-fold."


def test_what_is_not_in_the_file_is_said():
    for sentence in (
        bench_words.growth_sentence(Bench([]), "films"),
        bench_words.large_sentence(Bench([])),
    ):
        assert sentence.endswith("is not in the benchmark's file; `make bench` measures it.")


def test_bars_are_told_with_what_is_missed():
    held, missed = row("a", 2, at_least=1), row("b", 2.345, "s", at_most=1)
    assert bench_words.bars_sentence(Bench([held, held])) == "Of 2 bars set beforehand all hold."
    told = bench_words.bars_sentence(Bench([held, missed]))
    assert told == "Of 2 bars set beforehand 1 holds. Missed: b (2.35 s where at most 1 s is asked)."


def test_the_readers_line_needs_a_whole_benchmark():
    rows = [
        row("processors", 2.0, group="machine"), row("ratings", 938_949, group="shape"),
        row("sparse epoch, k=1", 0.164), row("dense epoch, k=1", 0.713), row("large", 32_000_204, group="large shape"),
        row("s", 8.73, "s", group="large seconds", x="shards"), row("m", 1.127, "GB", group="large memory", x="shards"),
    ]  # fmt: skip
    assert bench_words.readers_sentence(Bench(rows)) == (
        "On 2 processors an epoch over 939k ratings takes 0.16 s rating by rating, 0.71 s as matrices, 4.3 "
        "times as long; one over 32M ratings 8.7 s from shards, within 1.1 GB of memory."
    )
    busy = Bench([*rows, row(bench_words.LOAD, 0.7, group="machine")])
    assert bench_words.readers_sentence(busy).endswith(
        "The machine was busy before the start: read ratios, not seconds."
    )
    for missing in range(1, len(rows)):
        assert bench_words.readers_sentence(Bench(rows[:missing] + rows[missing + 1 :])) == ""


def test_the_first_call_can_be_made():
    """A new process runs it, so that no other test would notice a name that has moved."""
    environment = bench_machine.child_environment()
    command = [sys.executable, "-c", bench_machine.FIRST_CALL]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0
