"""The planted data set on disk: files as of MovieLens, whole or not there."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rbm_lib.datasets.planted.drawing import draw_planted
from rbm_lib.datasets.planted.files import read_truth, write_planted
from rbm_lib.datasets.planted.truth import PlantedSettings, PlantedTruth

SMALL = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=5, seed=3, min_ratings=7)


FILES = ("movies.dat", "ratings.dat", "users.dat", "truth.npz")


def test_files_repeat_byte_for_byte_in_another_process(tmp_path):
    write_planted(tmp_path / "here", SMALL)
    program = (
        f"import sys; from rbm_lib.datasets import PlantedSettings, write_planted;write_planted(sys.argv[1], {SMALL!r})"
    )
    subprocess.run(
        [sys.executable, "-c", program, tmp_path / "there"], check=True, env={**os.environ, "PYTHONHASHSEED": "1"}
    )
    for name in FILES[:3]:
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_files_are_those_of_movielens_1m(tmp_path):
    write_planted(tmp_path / "set", SMALL)
    lines = {name: (tmp_path / "set" / name).read_text("latin-1").splitlines() for name in FILES[:3]}
    assert (len(lines["ratings.dat"]), len(lines["movies.dat"]), len(lines["users.dat"])) == (1499, 53, 101)
    assert {len(line.split("::")) for line in lines["ratings.dat"]} == {4}
    assert {len(line.split("::")) for line in lines["movies.dat"]} == {3}
    assert {len(line.split("::")) for line in lines["users.dat"]} == {5}


def test_titles_are_distinct_even_when_words_run_out():
    from rbm_lib.datasets.planted.titles import invent_titles

    titles = invent_titles(["War"] * 5003, np.random.default_rng(1))
    assert len({title[:-7] for title in titles}) == 5003
    assert "Part 2" in "".join(titles)
    assert all(title.encode("latin-1") for title in titles)


def test_truth_survives_its_file(tmp_path):
    truth, again = draw_planted(SMALL).truth, read_truth(write_planted(tmp_path / "set", SMALL))
    for name in PlantedTruth.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, name), getattr(truth, name))


def test_torn_truth_is_refused(tmp_path):
    folder = write_planted(tmp_path / "set", SMALL)
    (folder / "truth.npz").write_bytes((folder / "truth.npz").read_bytes()[:999])
    with pytest.raises(ValueError, match=r"truth\.npz: expected the truth of a planted data set"):
        read_truth(folder)


def test_a_folder_with_content_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ValueError, match=r"folder: expected a new or empty folder, found content in"):
        write_planted(tmp_path, SMALL)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_two_at_once_both_succeed(tmp_path):
    program = (
        "import sys; from rbm_lib.datasets import load; from rbm_lib.datasets import PlantedSettings; "
        f"print(load('planted', planted={SMALL!r}).checksum)"
    )
    environment = {**os.environ, "RBM_CACHE_DIR": str(tmp_path)}

    def run(_):
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )

    with ThreadPoolExecutor(2) as pool:
        first, second = (done.stdout for done in pool.map(run, range(2)))
    assert first == second != ""
    (folder,) = tmp_path.iterdir()
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)


def test_interrupted_writing_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_planted(tmp_path / "set", SMALL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_process_leaves_no_folder_that_looks_finished(tmp_path):
    program = (
        "import sys, time, numpy; from rbm_lib.datasets import PlantedSettings, write_planted; "
        "numpy.savez = lambda *args, **kwargs: time.sleep(600); "
        f"write_planted(sys.argv[1], {SMALL!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path / "set"])
    try:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob(".set.*/users.dat")) and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert list(tmp_path.glob(".set.*/users.dat"))  # it was in the middle of writing
    assert not (tmp_path / "set").exists()
    assert read_truth(write_planted(tmp_path / "set", SMALL)).hidden.shape == (101, 5)
