"""The examples in the docstrings of public names run, and print what they say."""

import doctest
import os

import pytest

from rbm_lib.collection.reference import Entry, entries_of, face_names
from rbm_lib.collection.reference.docstrings import parse

ENTRIES = [entry for face in face_names() for entry in entries_of(face) if entry.kind != "constant"]


def label(entry):
    return f"{entry.face}.{entry.name}"


def example_of(entry):
    """The example as doctest takes it; one without a line to run counts as none."""
    return doctest.DocTestParser().get_doctest(entry.docstring, {"__name__": "__main__"}, label(entry), None, 0)


def faults(entry):
    """What doctest has to say against the example, empty if it holds."""
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example_of(entry), out=said.append)
    return "".join(said)


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    """Examples run where a reader might: in a folder of no importance, which they leave empty."""
    monkeypatch.chdir(tmp_path)
    yield
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if example_of(entry).examples], ids=label)
def test_an_example_prints_what_it_says(entry):
    assert faults(entry) == ""


def test_every_public_name_has_an_example():
    assert [label(entry) for entry in ENTRIES if not example_of(entry).examples] == []


def test_examples_stand_in_their_section():
    """An example elsewhere in a docstring would run, and not be set as one in the reference."""
    for entry in ENTRIES:
        lines = parse(entry.docstring).sections.get("Example", [])
        assert any(line.startswith(">>> ") for line in lines) == bool(example_of(entry).examples), label(entry)


@pytest.mark.parametrize("printed", ["3", "2\n3", ""])
def test_a_wrong_example_is_noticed(printed):
    def wrong():
        pass

    wrong.__doc__ = f"A name.\n\nExample:\n    >>> 1 + 1\n{''.join(f'    {line}{chr(10)}' for line in printed.split())}"
    assert faults(Entry("rbm_lib", "wrong", wrong, __name__)) != ""
    wrong.__doc__ = "A name.\n\nExample:\n    >>> 1 + 1\n    2\n"
    assert faults(Entry("rbm_lib", "wrong", wrong, __name__)) == ""
