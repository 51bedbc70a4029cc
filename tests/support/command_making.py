"""A small file of two tastes, what was learnt of it, and commands run in this process."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from rbm_lib.commands import model_files, trained
from rbm_lib.commands.line import main
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets import load

NUM_USERS, NUM_ITEMS = 97, 19
TITLES = [
    *("Matrix, The (1999)", "Seven (a.k.a. Se7en) (1995)", "300 (2006)", "1917 (2019)", "NA (1986)"),
    *("Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)", 'Comma, "Quote" (1999)', "Solaris (1972)"),
    *("Solaris (2002)", "Bonnie & Clyde (1967)", "Boot, Das (1981)", "007 (1962)", "Heat (1995)"),
    *(f"Film No. {number} (1990)" for number in range(6)),
]
EVERYTHING = "u07"  # a user who has rated all items


def rows():
    """(user, item, title, stars, seconds): odd users like odd items, even users even ones."""
    rng = np.random.default_rng(5)
    found = []
    for user in range(NUM_USERS):
        for item in range(NUM_ITEMS):
            if rng.random() < 0.6 or user == 7:
                liked = user % 2 == item % 2
                stars = int(np.clip((5 if liked else 1) + rng.integers(-1, 2), 1, 5))
                found.append((f"u{user:02d}", f"{item:03d}x", TITLES[item], stars, 10**9 + 86400 * len(found)))
    return found


def table_of(lines, separator=","):
    """The text of a table, each value in quotes where it must be."""

    def quoted(value):
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if separator in text or '"' in text else text

    return "\n".join(separator.join(map(quoted, line)) for line in lines) + "\n"


def two_tastes(folder, name="tastes.csv"):
    """The path of a file of `rows`."""
    path = Path(folder) / name
    path.write_text(table_of([("user", "item", "title", "rating", "timestamp"), *rows()]), encoding="utf-8")
    return path


@cache
def learnt():
    """`Trained` on that file, by the short recipe."""
    with tempfile.TemporaryDirectory() as folder:
        data = load(two_tastes(folder))
    return trained.train(data, seed=1, quick=True, progress=iter, reading={"unrated": (99.0,)})


def model_file(folder, name="machine.rbm"):
    """The path of a file of `learnt`."""
    path = Path(folder) / name
    model_files.save(learnt(), path)
    return path


def run(capsys, *arguments):
    """Exit status, output and errors of a command."""
    status = main([str(one) for one in arguments])
    out = capsys.readouterr()
    return status, out.out, out.err


def refused(capsys, *arguments, status=2):
    """The one line in which a command is refused."""
    found, out, err = run(capsys, *arguments)
    assert found == status, (out, err)
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert out == ""
    return line.removeprefix("error: ")


def ratings_of(triples):
    """`Ratings` of (user, item, rating)."""
    return Ratings.from_triples(*map(list, zip(*triples, strict=True)))
