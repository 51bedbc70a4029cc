"""A results file of somebody else's: whatever is damaged, or names what is not its own, is one ResultsError."""

import copy
import json

import pytest
from support.survey_making import GOOD, LIKES, make_collection, write

from rbm_lib.collection.results.payload import figure_name
from rbm_lib.collection.results.reading import ResultsError, load_results, read_results
from rbm_lib.collection.results.run_record import RunRecord
from rbm_lib.collection.results.run_times import read_run_times

FIGURE = {"file": "figures/11-curve.png", "alt": "A curve."}


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A whole results file, with a table and a figure."""
    make_collection(tmp_path, monkeypatch)
    write("11-likes", LIKES, GOOD, ("It beats chance.", ["better than"]))
    found = tmp_path / "reports" / "quick" / "planted" / "results" / "11-likes.json"
    payload = json.loads(found.read_text())
    payload["tables"]["sizes"] = {"columns": ["film", "size"], "rows": [["Heat", 3], [None, 0.5]], "timing": False}
    payload["figures"] = [FIGURE]
    found.write_text(json.dumps(payload))
    return found


def places_in(value, place=()):
    """Every place in a payload, as a tuple of keys."""
    yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from places_in(part, (*place, key))


def with_value(payload, place, value):
    payload = copy.deepcopy(payload)
    if not place:
        return value
    holder = payload
    for key in place[:-1]:
        holder = holder[key]
    if value is KeyError:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return payload


def test_what_was_written_is_accepted(path):
    assert load_results(path).payload == json.loads(path.read_text())


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "figures", "figures/", "figures/.", "figures/..", "figures/../11-curve.png", "../11-curve.png",
        "../../../victim", "/tmp", "/etc/passwd", "figures//etc/passwd", "figures/11-a/b.png", "figures\\11-curve.png",
        "figures/11-..\\..\\x.png", "figures/13-curve.png", "figures/11-curve.png\n", "figures/11-curve.png\0",
        "figures/11-curve.svg", "figures/.11-curve.png", "results/11-likes.json", "~/11-curve.png", "C:/11-curve.png",
        "file:///11-curve.png", "figures/11-a b.png", 'figures/11-"x.png', "figures/11-(x).png", None, 7, [], {},
    ],
)  # fmt: skip
def test_a_figure_is_a_plain_name_in_its_own_folder_or_the_file_is_refused(path, name):
    assert figure_name("11-likes", name) is None
    payload = json.loads(path.read_text())
    path.write_text(json.dumps(payload | {"figures": [FIGURE | {"file": name}]}))
    with pytest.raises(
        ResultsError, match=r"11-likes\.json: figures\[0\]\.file: expected a plain name in its own folder"
    ):
        load_results(path)


def test_another_notebooks_results_under_this_name_are_refused(path):
    payload = json.loads(path.read_text())
    path.write_text(json.dumps(payload | {"notebook": "13-stars"}))
    with pytest.raises(ResultsError, match="notebook: expected '11-likes', as the file's name, found '13-stars'"):
        load_results(path)


WRONG = (None, True, "x\ud800", 1e999, float("nan"), 10**400, -1, [], {}, [[]], KeyError)


def test_whatever_is_put_anywhere_is_accepted_or_one_clear_error(path):
    """Each place of the file in turn holds something else; what is accepted can be used as a results file is."""
    payload, refused = json.loads(path.read_text()), 0
    for place in places_in(payload):
        for value in WRONG:
            if place or value is not KeyError:
                path.write_text(json.dumps(with_value(payload, place, value)))
                refused += not accepted(path)
    assert refused > 1000


def accepted(path):
    try:
        found = load_results(path)
    except ResultsError as refusal:
        error = str(refusal)
    else:
        error = ""
    if error:
        assert error.startswith(f"{path}: ")
        assert "\n" not in error
        assert len(error) < len(str(path)) + 300
        return False
    for part in (found.headline, found.base_rate, found.answer, *found.conclusions, *found.payload["records"]):
        str(part).encode()
    for name in found.payload["tables"]:
        found.table(name)
    return True


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found no JSON"),
        (b"\x00" * 50, "found no JSON"),
        (b"\xff\xfe{}", "no UTF-8 text at position 0"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[]", r"expected a mapping, found \[\]"),
        (b"{}", "found none of: answer, conclusions"),
        (b"1" * 5000, "found no JSON"),
    ],
)
def test_damaged_bytes_are_one_clear_error(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=message):
        read_results("11-likes", dataset="planted", profile="quick")


def test_a_folder_under_the_name_is_one_clear_error(path):
    path.unlink()
    path.mkdir()
    with pytest.raises(ResultsError, match="expected a results file"):
        load_results(path)


@pytest.mark.parametrize(
    "content", ["[]", "[" * 100_000, '{"state": "finished", "parts": []}', '{"state": "done"}', '{"state": []}',
                '{"state": "finished", "seconds": "3"}', '{"state": "finished", "seconds": NaN}',
                '{"state": "finished", "parts": {"data": 3}}']
)  # fmt: skip
def test_a_damaged_run_record_counts_as_none(tmp_path, content):
    path = tmp_path / "11-likes.json"
    path.write_text(content)
    assert RunRecord.load(path) is None


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        ("[1]", {}),
        ("[" * 100_000, {}),
        ('{"seconds": [3]}', {}),
        ('{"seconds": {"11-likes": 3, "../x": 5, "13-stars": "7", "17-later": 1e999}}', {"11-likes": 3}),
    ],
)
def test_damaged_run_times_are_left_out(tmp_path, content, seconds):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "run-times.json").write_text(content)
    assert read_run_times(tmp_path)["seconds"] == seconds
