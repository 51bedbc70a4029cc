"""The command line itself: help, one line for whatever is wrong, and the status with which a command ends."""

import os
import signal
import subprocess
import sys

import pytest
from support.command_making import learnt, model_file, refused, run, two_tastes
from support.table_making import write

import rbm_lib
from rbm_lib import __main__ as program
from rbm_lib.commands import inspect, line, model_files, trained


@pytest.mark.parametrize("command", ["", *line.COMMANDS])
def test_help_has_examples_that_parse(capsys, command):
    status, out, err = run(capsys, *filter(None, [command, "--help"]))
    assert (status, err) == (0, "")
    examples = [text for text in out.splitlines() if text.startswith("  python -m rbm_lib ")]
    assert len(examples) >= 3
    for text in examples:
        words = text.split(" > ")[0].split()[3:]
        assert line.make_parser().parse_args(words).run.__module__ == f"rbm_lib.commands.{words[0]}"
        assert words[0] == command or not command


def test_each_command_is_a_file_and_stands_in_the_help(capsys):
    _, out, _ = run(capsys, "--help")
    for command in line.COMMANDS:
        assert f"\n    {command} " in out or f"\n    {command}\n" in out


def test_the_version(capsys):
    assert run(capsys, "--version") == (0, f"rbm_lib {rbm_lib.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["trian", "x.csv"], "argument COMMAND: invalid choice: 'trian'"),
        (["inspect", "x.csv", "--unrated"], "argument --unrated: expected one argument"),
        (["train", "x.csv"], "the following arguments are required: -o/--output"),
        (["inspect", "x.csv", "--\x1b[2J"], "unrecognized arguments: --\\x1b[2J"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(capsys, arguments, said):
    assert refused(capsys, *arguments).startswith(said)


def raising(error):
    def load(*_, **__):
        raise error

    return load


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("mine.csv: expected this,\n found that"), 2, "mine.csv: expected this, found that"),
        (ImportError("KERAS_BACKEND: expected tensorflow"), 2, "KERAS_BACKEND: expected tensorflow"),
        (OSError(28, "No space left on device", "m.rbm"), 1, "m.rbm: No space left on device; make room, or name "),
        (PermissionError(13, "Permission denied", "m.rbm"), 1, "m.rbm: Permission denied; make room, or name a place"),
        (MemoryError(), 1, "memory: expected room for these ratings"),
    ],
)
def test_whatever_goes_wrong_is_one_line(capsys, monkeypatch, error, status, said):
    monkeypatch.setattr(inspect, "load", raising(error))
    assert refused(capsys, "inspect", "mine.csv", status=status).startswith(said)


def test_an_interrupt_is_said_and_has_its_status(capsys, monkeypatch):
    monkeypatch.setattr(inspect, "load", raising(KeyboardInterrupt()))
    assert run(capsys, "inspect", "mine.csv") == (130, "", "interrupted: nothing was written\n")


def test_a_mistake_of_the_librarys_own_is_not_hidden(capsys, monkeypatch):
    monkeypatch.setattr(inspect, "load", raising(TypeError("a bug")))
    with pytest.raises(TypeError, match="a bug"):
        run(capsys, "inspect", "mine.csv")


def test_an_interrupt_while_a_file_is_written_leaves_the_old_one(capsys, monkeypatch, tmp_path):
    source, path, found = two_tastes(tmp_path), model_file(tmp_path), learnt()
    before = path.read_bytes()
    monkeypatch.setattr(trained, "train", lambda *_, **__: found)
    monkeypatch.setattr(model_files, "put_array", raising(KeyboardInterrupt()))
    assert run(capsys, "train", source, "-o", path, "--force")[0] == 130
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["machine.rbm", "tastes.csv"]


def test_as_a_process_it_ends_with_its_status(tmp_path):
    path = write(tmp_path, "user,item,rating\nanna,Alien,5\nben,Heat,good\n")
    command = [sys.executable, "-m", "rbm_lib", "inspect", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    error, way_out = done.stderr.split("; ", 1)
    assert error == f"error: {path}, line 3: expected a rating, as a number, found 'good'"
    assert way_out == "--unrated good leaves out such lines; like and dislike, stars and 4/5 are numbers too\n"


def test_who_is_told_to_end_stops_as_by_an_interrupt(monkeypatch):
    for name in ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.setenv(name, "what is set stays")
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGHUP)}
    try:
        program.prepare()
        for sign in before:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(sign)  # to this thread; another may get what the process gets
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "what is set stays"
