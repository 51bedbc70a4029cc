"""The benchmark: rows and bars, costs worked by hand, a tiny run from end to end, and what an interruption leaves.

No test asks how long anything takes.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from rbm_lib._files import write_atomically
from rbm_lib.collection import places
from rbm_lib.collection.bench import computer as bench_computer
from rbm_lib.collection.bench import engines as bench_engines
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
    half, twice = bench_engines.share_of_users(likes, 0.5), bench_engines.share_of_users(likes, 2)
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
    assert "--repeats: expected a whole number of at least 1, found 0" in capsys.readouterr().err


def test_a_tiny_run_writes_rows_figures_and_page(reports, tiny_ratings, monkeypatch):
    monkeypatch.setattr(bench_computer, "start_rows", lambda repeats: iter([row("start", 0.5, "s", at_most=1)]))
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


@pytest.mark.parametrize(("load", "words"), [(0.9, "The computer was busy"), (0.1, "little else to do")])
def test_the_page_says_whether_the_machine_was_busy(load, words):
    found = Bench([row(bench_computer.PROCESSORS, 2), row(bench_computer.LOAD, load)])
    assert words in bench_page.page_text(found, [], "On something.", {})
    assert bench_words.load_sentence(Bench([])) == ""


def test_the_page_names_what_is_missed():
    text = bench_page.page_text(Bench([row("a", 2, at_most=1), row("b", 2, at_least=1)]), [], "On something.", {})
    assert "Of 2 requirements set beforehand 1 is met. Missed: a (2 where at most 1 is asked)." in text
    assert "| a | 2 |  | <= 1 | **no** |" in text


def test_an_interruption_leaves_the_former_results(reports, tiny_ratings, monkeypatch, capsys):
    write_atomically(reports / "bench" / "results.json", "former")

    def interrupt(repeats):
        yield row("start", 0.5, "s")
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_computer, "start_rows", interrupt)
    assert bench.main(["--dataset", "planted", "--quick", "--no-large"]) == bench.INTERRUPTED
    assert "the former results stay" in capsys.readouterr().err
    assert [path.name for path in (reports / "bench").iterdir()] == ["results.json"]
    assert (reports / "bench" / "results.json").read_text() == "former"


def test_an_unknown_data_set_is_one_clear_line(reports, capsys):
    assert bench.main(["--dataset", "ml-7", "--quick", "--no-large"]) == 2
    assert "error: data set: expected one of" in capsys.readouterr().err
    assert not reports.exists()


def test_the_first_call_can_be_made():
    """A new process runs it, so that no other test would notice a name that has moved."""
    environment = bench_computer.child_environment()
    command = [sys.executable, "-c", bench_computer.FIRST_CALL]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0
