"""Files that appear whole or not at all, and one writer at a time."""

import os
import signal
import subprocess
import sys

import pytest

from rbm_lib._files import Locked, atomic_file, atomic_folder, folder_lock, write_atomically


def test_atomic_file_replaces_only_on_success(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    with pytest.raises(AttributeError), atomic_file(path) as temporary:
        temporary.write_text("ha").fails_here()
    assert path.read_text() == "whole"
    assert [file.name for file in path.parent.iterdir()] == ["file.txt"]


def test_atomic_file_takes_no_device_s_place(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for name in ("pipe", "link"):
        with pytest.raises(ValueError, match=f"{name}: expected .* a file to write, found a device or a pipe"):
            write_atomically(tmp_path / name, "text")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "pipe"]
    assert pipe.is_fifo()


def test_a_folder_that_takes_no_files_is_said_of_the_file_asked_for(tmp_path, monkeypatch):
    def forbidden(**_):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".note.txt.abcdefgh.tmp"))

    monkeypatch.setattr("tempfile.mkstemp", forbidden)
    with pytest.raises(PermissionError) as raised:
        write_atomically(tmp_path / "note.txt", "text")
    assert raised.value.filename == str(tmp_path / "note.txt")


def test_atomic_folder_yields_to_the_one_that_was_faster(tmp_path):
    folder = tmp_path / "set"
    with atomic_folder(folder) as temporary:
        (temporary / "slow").touch()
        folder.mkdir()
        (folder / "fast").touch()
    assert [file.name for file in folder.iterdir()] == ["fast"]
    assert [file.name for file in tmp_path.iterdir()] == ["set"]


def test_text_written_atomically_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "new" / "note.txt"
    for text in ("old", "new"):
        write_atomically(path, text)
        assert path.read_text() == text
    assert [one.name for one in path.parent.iterdir()] == ["note.txt"]


def test_a_held_folder_is_refused_and_its_holder_named(tmp_path):
    with folder_lock(tmp_path):
        with (
            pytest.raises(Locked, match=rf"another run \(process {os.getpid()}\) is writing here"),
            folder_lock(tmp_path),
        ):
            pass
        with pytest.raises(Locked), folder_lock(tmp_path):  # the refusal has set nothing free
            pass
    with folder_lock(tmp_path):
        pass


HOLD = """
import sys, time
from rbm_lib._files import folder_lock
with folder_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_process_leaves_no_lock_behind(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=rf"another run \(process {process.pid}\)"), folder_lock(tmp_path):
            pass
    finally:
        process.kill()
        process.wait()
    with folder_lock(tmp_path), pytest.raises(Locked, match=rf"process {os.getpid()}\)"), folder_lock(tmp_path):
        pass
