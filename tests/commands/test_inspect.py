"""`inspect`: what is said of a file, quickly, and of 94 files as people bring them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command_making import NUM_ITEMS, NUM_USERS, refused, rows, run, table_of, two_tastes
from support.table_making import ROWS, lines, write

from rbm_lib.commands import inspect
from rbm_lib.datasets import load

CASES = Path(os.environ.get("RBM_DATA_DIR", "/nowhere")).parent / "cases" / "ratings"


def said(out):
    """Label to sentence."""
    return {line[:12].strip(): line[12:] for line in out.splitlines() if line[:1] not in " "}


def test_what_was_understood_is_said(capsys, tmp_path):
    path = two_tastes(tmp_path)
    status, out, err = run(capsys, "inspect", path)
    found = said(out)
    held = rows()
    assert (status, err) == (0, "")
    assert found["ratings"] == f"{len(held):,}, {len(held) / (NUM_USERS * NUM_ITEMS):.2%} of what could be rated"
    assert found["users"].startswith(f"{NUM_USERS}, with ")
    assert found["items"].startswith(f"{NUM_ITEMS}, with ")
    mean = sum(row[3] for row in held) / len(held)
    liked = sum(row[3] >= 3 for row in held) / len(held)
    assert found["scale"] == f"1, 2, 4, 5; mean {mean:.2f}"
    assert found["likes"] == f"3 and more, {liked:.1%} of the ratings (--threshold says otherwise)"
    last = datetime.fromtimestamp(held[-1][4], UTC).date()
    assert found["dates"] == f"from 2001-09-09 to {last}"
    assert found["repeated"] == "no item twice by one user"
    assert found["titles"].startswith(f"{NUM_ITEMS}, as '")
    assert "next: python -m rbm_lib train" in out


def test_options_are_heard(capsys, tmp_path):
    path = write(tmp_path, "Who;What;Mark\nanna;Alien;1\nanna;Heat;6\nAnna;Heat;99\nanna;Heat;2\n")
    line = refused(capsys, "inspect", path, "--columns", "user=Who,item=What,rating=Mark", "--unrated", "99")
    assert "--repeats last keeps the last one" in line
    arguments = ["--columns", "user=Who,item=What,rating=Mark", "--unrated", "99", "--repeats", "last", "--best", "low"]
    status, out, _ = run(capsys, "inspect", path, *arguments, "--threshold", "6")
    found = said(out)
    assert status == 0
    assert found["users"] == "1, with 2 ratings each"
    assert found["scale"] == "5, 6; mean 5.50"  # 6 is the worst, 1 the best
    assert found["likes"].startswith("6 and more, 50.0%")
    assert found["repeated"] == "1 repeated rating: the last of each user and item is kept"
    assert "  - 1 is best: the scale is turned round, 1 becomes 6" in out


def test_notes_are_in_the_words_of_the_command_line(capsys, tmp_path):
    path = write(tmp_path, "user,item,rating\nann,Alien,2\nAnn,Heat,0\nbob,Heat,1\n")
    _, out, _ = run(capsys, "inspect", path)
    assert "2 user ids differ from another in case alone, as 'ann' and 'Ann'; --merge case makes them one" in out
    assert "--unrated 0 leaves it out" in out
    assert "threshold=" not in out


def test_the_base_rates_are_those_of_a_held_out_tenth(tmp_path):
    ratings = load(two_tastes(tmp_path)).ratings.take_users([3, 5])
    assert inspect.base_rates(ratings).startswith("none: a tenth held out is ")
    planted = load("planted").ratings
    sentence = inspect.base_rates(planted)
    mean, biases = (float(word.rstrip(",")) for word in sentence.split() if word[:2] in ("0.", "1."))
    assert biases < mean - 0.05
    assert "held out" in sentence
    alike = planted.binarize(-1)
    assert inspect.base_rates(alike) == "none: all ratings are alike, so there is nothing to predict"


def test_of_very_many_ratings_some_users_are_drawn(monkeypatch):
    planted = load("planted").ratings
    monkeypatch.setattr(inspect, "MOST_RATINGS", 30_000)
    sentence = inspect.base_rates(planted)
    users = int(sentence.partition(" drawn at random")[0].split()[-2].replace(",", ""))
    assert 100 < users < planted.num_users / 2


def test_a_file_of_hostile_texts_leaves_the_terminal_alone(capsys, tmp_path):
    path = write(tmp_path, table_of([("user", "item", "rating"), ("\x1b[2Jann", "<b>\u202e\x07", 5), ("bob", "x", 1)]))
    status, out, _ = run(capsys, "inspect", path)
    assert status == 0
    assert all(line.isprintable() for line in out.splitlines())


KINDS = {
    "comma.csv": lines(),
    "semicolon.csv": lines(";"),
    "tab.tsv": lines("\t"),
    "colons.dat": lines("::", header=""),
    "no header.csv": lines(header=""),
    "utf-16.csv": lines().encode("utf-16"),
    "marked.csv": lines().encode("utf-8-sig"),
    "lines.jsonl": "".join(json.dumps({"user": u, "item": i, "rating": r}) + "\n" for u, i, r in ROWS),
    "оценки.csv": lines(),
    "it's $HOME `x`.CSV": lines(),
    "thumbs.csv": lines(rating=lambda value: str(int(value > 2))),
    "ten.csv": lines(rating=lambda value: str(2 * value)),
    "empty.csv": "",
    "header.csv": "user,item,rating\n",
    "word.csv": lines(rating=lambda value: "good" if value == 5 else str(value)),
    "99.csv": lines(rating=lambda value: "99" if value == 5 else str(value)),
    "twice.csv": lines() + "1,1,5\n1,1,4\n",
    "quote.csv": lines(item=lambda value: f'"{value}' if value == 7 else str(value)),
    "page.html": "<!doctype html><html></html>",
    "pickle.csv": b"\x80\x04\x95whatever",
    "noise.gz": b"\x1f\x8bnoise",
}
REFUSED = (
    *("empty.csv", "header.csv", "word.csv", "99.csv", "twice.csv", "quote.csv"),
    *("page.html", "pickle.csv", "noise.gz"),
)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_any_kind_is_understood_or_refused_in_one_line(capsys, tmp_path, name):
    path = write(tmp_path, KINDS[name], name)
    if name in REFUSED:
        assert name in refused(capsys, "inspect", path)
    else:
        status, out, err = run(capsys, "inspect", path)
        assert (status, err) == (0, "")
        assert said(out)["users"].startswith("7, with ")


@pytest.mark.skipif(not CASES.is_dir(), reason="no files as people bring them beside RBM_DATA_DIR")
def test_files_as_people_bring_them(capsys):
    """94 of them: understood, or one line that says what to do."""
    for path in sorted(CASES.iterdir()):
        status, out, err = run(capsys, "inspect", path)
        assert status in (0, 2), path
        assert len(err.splitlines()) == (status == 2), path
        assert bool(out) == (status == 0), path
        assert err.startswith("error: " if status else ""), path


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["inspect", "no/such.csv"], "no/such.csv: expected a file, found nothing"),
        (["inspect", "ml-2m"], "data set: expected one of planted, "),
        (["inspect", "ml-1m", "--unrated", "99"], "--unrated: expected no options of reading"),
        (["inspect", "x.csv", "--best", "top"], "--best: expected one of high, low, found 'top'"),
        (["inspect", "x.csv", "--num-values", "many"], "argument --num-values: invalid int value: 'many'"),
        (["inspect"], "the following arguments are required: FILE; python -m rbm_lib inspect --help says"),
    ],
)
def test_refusals(capsys, arguments, line):
    assert refused(capsys, *arguments).startswith(line)


WITHOUT = """
import sys
from rbm_lib.commands import main
status = main(["inspect", sys.argv[1]])
loaded = sorted({"tensorflow", "keras", "numba", "matplotlib"} & set(sys.modules))
print("loaded:", loaded)
"""


def test_it_needs_no_tensorflow(tmp_path):
    pairs = [(user, item, 1 + 4 * ((user + item) % 2)) for user in range(20) for item in range(30)]
    path = write(tmp_path, table_of([("user", "item", "rating"), *pairs]))
    done = subprocess.run([sys.executable, "-c", WITHOUT, str(path)], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr
    assert "by biases of items and users" in done.stdout
    assert done.stderr == ""


def test_one_moment_for_all_is_said(capsys, tmp_path):
    path = write(tmp_path, "user,item,rating,timestamp\nanna,Alien,5,1000000000\nben,Heat,2,1000000000\n")
    _, out, _ = run(capsys, "inspect", path)
    assert said(out)["dates"] == "2001-09-09 alone, the same moment for all"
