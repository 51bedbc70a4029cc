"""`train`: what is written, and what is refused before any work is done."""

import os

import numpy as np
import pytest
from support.command_making import learnt, refused, run, two_tastes
from support.table_making import write

from rbm_lib.commands import model_files, train, trained
from rbm_lib.datasets import load


def test_a_file_becomes_a_recommender(capsys, tmp_path):
    source, path = two_tastes(tmp_path), tmp_path / "new" / "machine.rbm"
    status, out, err = run(capsys, "train", source, "-o", path, "--quick", "--threshold", "4")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{source}: {learnt().ratings.num_ratings:,} ratings of 97 users for 19 items"
    assert lines[1].startswith("chosen on a tenth of the ratings: 1 item-based machine with precision 30 (weight ")
    assert lines[2].startswith(f"{path}: 0.")
    assert lines[3] == f"next: python -m rbm_lib recommend {path} --user u00"
    found = model_files.read(path)
    assert (found.name, found.threshold, found.reading) == ("tastes", 4.0, {"threshold": 4.0})
    assert found.about["checksum"] == load(source).checksum
    for best, other in zip(found.best([1, 2], 3), learnt().best([1, 2], 3), strict=True):
        np.testing.assert_array_equal(best.item_index, other.item_index)  # the same seed, the same machine


def test_the_options_beside_the_file_are_kept_too(tmp_path):
    source = write(tmp_path, "user,item,rating\na,x,5\nb,x,1\na,y,99\n")
    write(tmp_path, "unrated = 99\n", "mine.csv.toml")
    assert train.said_of(train.options_for(source, {"best": "low"})) == {"unrated": (99.0,), "best": "low"}


@pytest.mark.parametrize(
    ("there", "output", "said"),
    [
        ("machine.rbm", "machine.rbm", "machine.rbm: expected no file yet, found one; --force replaces it"),
        ("machine.rbm", ".", ".: expected the name of a file to write, found a folder; name a file in it"),
        ("file", "file/machine.rbm", "file/machine.rbm: expected a folder to write into, found the file "),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    capsys, tmp_path, monkeypatch, there, output, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / there).write_text("precious")
    assert refused(capsys, "train", "no such file.csv", "-o", output).startswith(said)
    assert (tmp_path / there).read_text() == "precious"


def test_a_device_is_never_replaced(capsys, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = refused(capsys, "train", "no such file.csv", "-o", pipe, "--force")
    assert said == f"{pipe}: expected the name of a file to write, found a device or a pipe"
    assert pipe.is_fifo()


def test_a_folder_that_takes_no_files_is_refused_before_anything_is_read(capsys, tmp_path, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied", "/a/name/of/a/temporary/file")

    monkeypatch.setattr("tempfile.TemporaryFile", forbidden)
    path = tmp_path / "new" / "machine.rbm"
    said = refused(capsys, "train", "no such file.csv", "-o", path, status=1)
    assert said == f"{path}: Permission denied; make room, or name a place that can be written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,x,5\nb,x,5\na,y,5\n", "ratings: expected at least two values, found 5 alone; nothing can be learnt"),
        (
            "".join(f"u{n},i{n % 7},{1 + n / 311:.4f}\n" for n in range(311)),
            "ratings: expected at most 200 values, found 311 from 1 to 1.9968; --num-values 10 rounds them",
        ),
        ("a,x,5\na,y,3\n", "ratings: expected at least two users and two items, to learn from one what suits another,"),
        ("a,x,5\nb,x,3\n", "ratings: expected at least two users and two items, to learn from one what suits another,"),
    ],
)
def test_ratings_that_hold_nothing_to_learn_are_refused(capsys, tmp_path, text, said):
    source = write(tmp_path, f"user,item,rating\n{text}")
    with pytest.raises(ValueError, match=r"^ratings: expected"):
        trained.check_learnable(load(source).ratings)
    status, _, err = run(capsys, "train", source, "-o", tmp_path / "m.rbm")
    assert status == 2
    assert err.startswith(f"error: {said}")
    assert not (tmp_path / "m.rbm").exists()


def test_recipes_are_shown_one_after_another(capsys):
    assert list(train.shown([1, 2, 3])) == [1, 2, 3]
    assert capsys.readouterr().err == ""  # nobody watches a file
