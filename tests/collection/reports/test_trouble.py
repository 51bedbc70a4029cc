"""A full disk, a folder that cannot be written, what a kill leaves, and how a kernel died."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.notebook_making import said

from rbm_lib import _files
from rbm_lib.collection.reports import __main__ as command
from rbm_lib.collection.reports import jupyter
from rbm_lib.collection.reports import render as reports

pytest_plugins = ["support.collection_making"]


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".lock" not in path.name}


class Disk:
    """A disk that has room for so many more files; then every write fails, as the system makes it fail."""

    def __init__(self, monkeypatch, room, number):
        self.room, self.number, self.write = room, number, Path.write_bytes
        monkeypatch.setattr(Path, "write_bytes", lambda path, content: self.put(path, content))

    def put(self, path, content):
        if not self.room:
            self.write(path, content[: len(content) // 2])
            raise OSError(
                self.number, "No space left on device" if self.number == errno.ENOSPC else "Read-only file system"
            )
        self.room -= 1
        return self.write(path, content)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("room", [0, 1, 2, 3, 4, 5, 7, 11])
def test_a_disk_that_fills_up_is_one_line_and_nothing_half_written(collection, here, monkeypatch, capsys, room, number):
    """Also where the record of the failure has no room either."""
    assert collection.run("--only", "11") == 0
    collection.write("11-first", "value = 0.5")
    said(capsys)
    with monkeypatch.context() as patch:
        Disk(patch, room, number)
        status = collection.run()
    _, err = said(capsys)
    assert status == reports.FAILED
    assert "Traceback" not in err
    assert "device" in err or "Read-only" in err
    lines = [line for line in err.splitlines() if line.startswith("error:")]
    assert len(lines) <= 1
    assert not [path for path in collection.folder.rglob("*") if ".tmp" in path.name or ".part" in path.name]
    for page in collection.folder.glob("*.html"):
        assert page.read_text().rstrip().endswith("</html>")
    assert collection.run() == 0  # with room again, the same lines end as if nothing had been
    assert collection.results("11-first")["records"][1]["value"] == 0.5


def test_a_folder_that_cannot_be_written_is_one_line(collection, here, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "file"))
    assert collection.run() == reports.FAILED
    _, err = said(capsys)
    assert err.count("\n") <= 1
    assert "Not a directory" in err
    assert "RBM_REPORTS_DIR" in err


def test_a_folder_under_the_name_of_a_page_is_named_and_stays(collection, here, capsys):
    mine = collection.folder / "17-alone.html" / "deep"
    mine.mkdir(parents=True)
    assert collection.run() == reports.FAILED
    _, err = said(capsys)
    assert "17-alone failed" in err
    assert "Is a directory" in err
    assert mine.is_dir()
    assert (collection.folder / "11-first.html").is_file()


def test_what_a_kill_leaves_is_removed_by_the_next_run_and_nothing_else(collection, here):
    assert collection.run() == 0
    before = everything_in(collection.folder)
    left = ["runs/.17-alone.part.ipynb", "runs/.staging/17-alone/results/17-alone.json", ".index.html.00000000.tmp",
            "results/.11.json.a_b1c2d3.tmp", "figures/.x.png.abcdefgh.tmp", "runs/.x.ab12cd34.tmp",
            "models/.13.keras.ab12cd34.tmp.keras"]  # fmt: skip
    mine = [
        ".notes.tmp",
        "figures/.mine.tmp",
        "runs/.staging/notes.txt",
        "runs/my.part.ipynb",
        "models/x.abcdefgh.tmp",
        "models/.mine.tmp.keras",
    ]
    for name in (*left, *mine):
        (collection.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (collection.folder / name).write_text("half")
    here.clear()
    assert collection.run() == 0
    assert here == []
    assert everything_in(collection.folder).keys() == before.keys() | {collection.folder / name for name in mine}


def process_that(code):
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL, as a system does that has no memory left"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("import os; os.abort()", "killed by SIGABRT"),
        ("import os; os._exit(7)", "it ended with status 7"),
    ],
)
def test_what_killed_a_kernel_is_named(code, words):
    process = process_that(code)
    process.wait()
    assert jupyter.death_of([process], RuntimeError("Kernel died")) == words


def test_without_a_status_the_error_speaks():
    assert jupyter.death_of([], RuntimeError("Kernel\ndied")) == "Kernel died"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_closed_terminal_interrupts_but_not_under_nohup():
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept = {kind: signal.getsignal(kind) for kind in kinds}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        command.catch_signals()
        for kind in kinds:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(kind)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        command.catch_signals()
        signal.raise_signal(signal.SIGHUP)  # says nothing
    finally:
        for kind, handler in kept.items():
            signal.signal(kind, handler)


def test_an_error_of_the_system_is_one_line_with_its_file(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError) as caught:  # noqa: PT011
        _files.write_atomically(tmp_path / "taken", "x")
    assert _files.reason_of(caught.value) == f"{tmp_path / 'taken'}: Is a directory"
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]
    assert _files.reason_of(OSError("a\nb")) == "a b"
