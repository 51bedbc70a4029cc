"""A checkpoint is whole or it is none."""

from pathlib import Path

import numpy as np
import pytest

from rbm_lib.models.training.checkpoint_files import checkpoint_paths, read_newest, write_checkpoint

ARRAYS = {
    "weight/0": np.arange(21, dtype=np.float32).reshape(7, 3) / 3,
    "weight/1": np.array([[0, 1, 255]], np.uint8),
    "optimizer/0": np.array(2**40 + 1),
}


def write(folder, epoch, batch, keep=2, **note):
    return write_checkpoint(folder, epoch, batch, ARRAYS, {"epoch": epoch, "batch": batch} | note, keep)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_read(tmp_path):
    note = {"rate": 0.1, "best": None, "history": {"val_rmse": [1.0000000000000002, float("inf")]}, "k": {"0": 1}}
    path = write(tmp_path, 3, 17, **note)
    found_path, found_note, arrays = read_newest(tmp_path)
    assert found_path == path
    assert found_note == {"epoch": 3, "batch": 17} | note
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_an_empty_folder_has_none(tmp_path):
    assert read_newest(tmp_path) is None


def test_only_the_newest_are_kept(tmp_path):
    written = [write(tmp_path, *place, keep=3).name for place in [(0, 2), (0, 10), (1, 0), (9, 2), (10, 0)]]
    assert names(tmp_path) == sorted(written[-3:])
    assert read_newest(tmp_path)[1]["epoch"] == 10
    assert [write(tmp_path, 11, 0, keep=1).name] == names(tmp_path)


def test_a_place_has_one_checkpoint(tmp_path):
    write(tmp_path, 1, 0)
    first, second = write(tmp_path, 2, 0), write(tmp_path, 2, 0, other=1)
    assert first != second
    assert len(checkpoint_paths(tmp_path)) == 2
    assert read_newest(tmp_path)[0] == second


def truncate(content):
    return content[: len(content) // 2]


def empty(content):
    return b""


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [truncate, empty, flip])
def test_a_torn_one_is_set_aside_and_the_one_before_it_used(tmp_path, damage):
    older, newest = write(tmp_path, 1, 0), write(tmp_path, 2, 0)
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(UserWarning, match=f"{newest.name}: expected the SHA-256 in its name, found other bytes"):
        path, note, _ = read_newest(tmp_path)
    assert (path, note["epoch"]) == (older, 1)
    assert names(tmp_path) == [older.name, "torn.npz"]


def test_when_all_are_torn_there_is_none(tmp_path):
    for epoch in (1, 2):
        write(tmp_path, epoch, 0).write_bytes(b"")
    with pytest.warns(UserWarning, match="epoch-00000") as said:
        assert read_newest(tmp_path) is None
    assert len(said) == 2
    assert names(tmp_path) == ["torn.npz"]


@pytest.mark.parametrize("function", ["os.replace", "os.fsync", "numpy.savez"])
def test_a_failure_while_writing_leaves_the_one_before(tmp_path, monkeypatch, function):
    first = write(tmp_path, 1, 0)

    def fail(*arguments, **named):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(function, fail)
        with pytest.raises(OSError, match="no space"):
            write(tmp_path, 2, 0)
    assert read_newest(tmp_path)[0] == first
    assert write(tmp_path, 2, 0) == read_newest(tmp_path)[0]
    assert ".being-written" not in names(tmp_path)


def test_files_that_are_no_checkpoints_are_left_alone(tmp_path):
    mine = tmp_path / "epoch-notes-batch-of-mine.npz"
    mine.write_bytes(b"x")
    for epoch in range(5):
        write(tmp_path, epoch, 0, keep=1)
    assert mine.read_bytes() == b"x"
    assert len(checkpoint_paths(tmp_path)) == 1


def test_a_folder_under_a_checkpoints_name_is_named_and_stays(tmp_path):
    path = write(tmp_path, 3, 0)
    path.unlink()
    (path / "deep").mkdir(parents=True)
    for act in (read_newest, lambda folder: write(folder, 5, 0, keep=1)):
        with pytest.raises(ValueError, match=f"found the folder {path}; move it"):
            act(tmp_path)
    assert (path / "deep").is_dir()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_one_line_and_leaves_the_checkpoint_before_and_nothing_half_written(tmp_path):
    before = write(tmp_path, 1, 0)
    (tmp_path / ".being-written").symlink_to("/dev/full")
    with pytest.raises(OSError, match="the checkpoint could not be written: No space left on device") as caught:
        write(tmp_path, 2, 0)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == [before.name]
    assert read_newest(tmp_path)[0] == before
