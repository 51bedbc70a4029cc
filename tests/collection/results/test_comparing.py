"""Two revisions of the results files: what a record was and is, timings apart, in a small git repository."""

import json
import subprocess

import pytest

from rbm_lib.collection.results import __main__ as command
from rbm_lib.collection.results.comparing import compare_results

FILE = "reports/ml-1m/results/11-likes.json"


def record(name, value, unit=None, low=None, high=None, **fields):
    return {"name": name, "value": value, "low": low, "high": high, "unit": unit} | fields


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def put(folder, *records, file=FILE):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"records": list(records)}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """A repository of two commits: `first`, and a later one in which some records and files differ."""
    git(tmp_path, "init", "--initial-branch", "main")
    for name in ("kept", "changed", "gone"):
        path = tmp_path / "rbm_lib" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 2\n")
    (tmp_path / "README.md").write_text("one")
    put(tmp_path, record("share", 0.5, "share"), record("old", 3), record("fit", 0.25, "s"), record("same", 7))
    put(tmp_path, record("quick", 1), file="reports/quick/planted/results/11-likes.json")
    put(tmp_path, record("times", 1), file="reports/ml-1m/results/run-times.json")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "tag", "first")
    put(
        tmp_path, record("share", 0.75, "share", 0.5, 1.0), record("new", 5), record("fit", 0.5, "s"), record("same", 7)
    )
    (tmp_path / "rbm_lib" / "changed.py").write_text("x = 3\n")
    (tmp_path / "rbm_lib" / "gone.py").unlink()
    (tmp_path / "README.md").write_text("two")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "second")
    return tmp_path


def diff(folder, *revisions):
    return command.main(["diff", *revisions, "--repository", str(folder)])


SECOND = f"""Records that differ between first and main: 3
  {FILE}
    changed  share: 0.5 share -> 0.75 [0.5, 1.0] share
    added    new: 5
    removed  old: 3
Timings that differ between first and main: 1
  {FILE}
    changed  fit: 0.25 s -> 0.5 s
Files that differ under rbm_lib/ and notebooks/: 2
  M rbm_lib/changed.py
  D rbm_lib/gone.py
"""


def test_two_commits_are_compared_record_by_record(folder, capsys):
    assert diff(folder, "first", "main") == 0
    assert capsys.readouterr().out == SECOND


def test_one_commit_is_compared_with_the_working_tree(folder, capsys):
    assert diff(folder, "main") == 0
    assert capsys.readouterr().out.count(": none") == 3
    put(folder, record("share", 0.75, "share", 0.5, 1.0), record("new", 5.000001), record("fit", 0.5, "s"))
    put(folder, record("first", 1), file="reports/other/results/13-stars.json")
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "13-stars.ipynb").write_text("{}")
    assert diff(folder / "rbm_lib", "main") == 0
    out = capsys.readouterr().out
    assert "between main and the working tree: 3" in out
    assert "changed  new: 5 -> 5.000001" in out
    assert "removed  same: 7" in out
    assert "reports/other/results/13-stars.json\n    added    first: 1" in out
    assert out.endswith("notebooks/: 1\n  ? notebooks/13-stars.ipynb\n")


def test_a_revision_that_is_none_is_named(folder, capsys):
    for revisions in (("thrid",), ("first", "thrid")):
        assert diff(folder, *revisions) == 2
        out, error = capsys.readouterr()
        assert out == ""
        assert f"error: revision: expected a commit, branch or tag of {folder.name}, found 'thrid'" in error


def test_outside_git_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert diff(tmp_path, "HEAD") == 2
    assert f"error: {tmp_path}: expected a folder of a git repository" in capsys.readouterr().err
    assert diff(tmp_path / "nowhere", "HEAD") == 2
    assert "nowhere: expected a folder of a git repository" in capsys.readouterr().err


def test_a_file_that_is_no_results_file_is_named(folder, capsys):
    (folder / FILE).write_text("[1, 2")
    assert diff(folder, "main") == 2
    assert f"error: {FILE}: expected a results file" in capsys.readouterr().err


def test_help_says_what_is_compared(capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["diff", "--help"])
    assert end.value.code == 0
    assert "the working tree if it is left out" in capsys.readouterr().out


def test_a_metric_of_a_predictor_is_known_by_its_fields():
    """Another wording of the names alone is no change; another group is another record."""
    fields = {"predictor": "RBM", "metric": "auc", "group": "", "validation": False, "over": "users", "repeats": None}
    old = {FILE: {"records": [record("AUC: RBM", 0.8, **fields)]}}
    new = {FILE: {"records": [record("AUC of “RBM”", 0.8, **fields)]}}
    assert compare_results(old, new) == []
    new[FILE]["records"][0]["group"] = "new users"
    assert [change.kind for change in compare_results(old, new)] == ["added", "removed"]


@pytest.mark.parametrize(
    ("field", "was", "became"), [("verdict", None, "worse than"), ("base_rate", "coin", "dice"), ("num_users", 5, 7)]
)
def test_a_change_beside_the_value_is_shown(field, was, became):
    old = {FILE: {"records": [record("gain", 0.2, **{field: was})]}}
    new = {FILE: {"records": [record("gain", 0.2, **{field: became})]}}
    (change,) = compare_results(old, new)
    assert str(change) == f"changed  gain: 0.2; {field} {was!r} -> {became!r}"
