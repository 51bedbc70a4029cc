"""`recommend`: lists for users of the file and for everybody, on the terminal and as a file that reads back."""

import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.command_making import EVERYTHING, NUM_ITEMS, NUM_USERS, learnt, model_file, refused, rows, run, two_tastes
from support.table_making import write

from rbm_lib.commands import lists, recommend
from rbm_lib.datasets import load
from rbm_lib.models import LogPool


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_file(tmp_path_factory.mktemp("model"))


def rated(user):
    return {item for own, item, *_ in rows() if own == user}


def listed(out):
    """Ids of the items of a table, in its order."""
    return [line.split()[1] for line in out.splitlines() if line.strip()[:1].isdigit()]


def test_a_user_gets_what_they_have_not_rated_best_first(capsys, model):
    status, out, err = run(capsys, "recommend", model, "--user", "u04", "-n", "3")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"u04, {len(rated('u04'))} ratings"
    assert out.splitlines()[1].split() == ["rank", "item", "title", "expected", "ratings"]
    found = listed(out)
    assert len(found) == 3
    assert not set(found) & rated("u04")
    expected = [float(line.split()[-2]) for line in out.splitlines()[2:]]
    assert expected == sorted(expected, reverse=True)


def test_each_gets_their_own_side(model):
    """Odd users like odd items: of what is left to a user, the own side comes first."""
    own = []
    for best in learnt().best(range(NUM_USERS), NUM_ITEMS):
        side = best.item_index % 2 == int(best.user_id[1:]) % 2
        if side.any() and not side.all():
            own.append(best.score[side].mean() > best.score[~side].mean())
    assert len(own) > 20
    assert np.mean(own) > 0.9


def test_the_scores_are_those_of_the_pool():
    found = learnt()
    (best,) = found.best([4], NUM_ITEMS)
    (other,) = found.best([4], 2)
    np.testing.assert_array_equal(other.item_index, best.item_index[:2])
    asked = recommend.trained.unrated(found.ratings, np.array([4]), np.ones(NUM_ITEMS, bool))
    split = recommend.trained.Split(found.ratings, asked, "asked", asked.user_id[:0])
    members = [found.biases, *found.machines]
    again = LogPool(found.pool.values)
    again.weights = found.pool.weights
    expected = dict(zip(asked.item_index.tolist(), again.predict_ratings(members, split).tolist(), strict=True))
    assert best.score.tolist() == [expected[item] for item in best.item_index.tolist()]


def test_users_are_predicted_in_parts_as_at_once(monkeypatch):
    whole = list(learnt().best([3, 5, 4, 3], 4))
    monkeypatch.setattr(recommend.trained, "AT_ONCE", NUM_ITEMS)
    for one, other in zip(learnt().best([3, 5, 4, 3], 4), whole, strict=True):
        assert one.user_id == other.user_id
        np.testing.assert_array_equal(one.item_index, other.item_index)
        np.testing.assert_allclose(one.score, other.score, rtol=1e-6)


def test_nothing_is_made_up_for_who_has_rated_everything(capsys, model):
    status, out, _ = run(capsys, "recommend", model, "--user", EVERYTHING, "--user", "u04", "-n", "19")
    assert status == 0
    first, second = out.split("\n\n")
    assert first.splitlines() == ["u07, 19 ratings", "all 19 items are rated: nothing is left to recommend"]
    left = NUM_ITEMS - len(rated("u04"))
    assert len(listed(second)) == left
    assert second.splitlines()[-1] == f"of 19 items {left} are unrated: there are no more"


def test_items_with_few_ratings_can_be_left_out(capsys, model):
    counts = np.sort(learnt().ratings.ratings_per_item)
    fewest = int(counts[-3])
    _, out, _ = run(capsys, "recommend", model, "--user", "u04", "--fewest", str(fewest))
    ratings = learnt().ratings
    allowed = set(ratings.item_id[ratings.ratings_per_item >= fewest])
    assert set(listed(out)) == allowed - rated("u04")
    assert f"of them with {fewest} ratings or more; --fewest 1 shows all" in out


def test_an_unknown_user_is_known_before_the_machines_are_read(capsys, model, monkeypatch):
    monkeypatch.setattr(recommend.model_files, "read", lambda path: pytest.fail("it was read"))
    assert refused(capsys, "recommend", model, "--user", "u04", "--user", "nobody").startswith(
        "--user: expected one of"
    )


def test_an_unknown_user_is_refused_with_those_written_alike(capsys, model):
    line = refused(capsys, "recommend", model, "--user", "u4")
    assert line.startswith("--user: expected one of 97 users, found 'u4'; close to it: '")
    assert "'u04'" in line


def test_all_lists_read_back_as_they_were(capsys, model, tmp_path):
    path = tmp_path / "lists.csv"
    status, out, err = run(capsys, "recommend", model, "--all", "-n", "4", "-o", path)
    assert (status, err) == (0, "")
    with open(path, encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == ["user", "rank", "item", "title", "score"]
    assert out == f"{path}: {len(found) - 1} recommendations to 97 users\n"
    expected = [
        [best.user_id, str(rank), learnt().ratings.item_id[item], learnt().titles[item], score]
        for best in learnt().best(range(NUM_USERS), 4)
        for rank, (item, score) in enumerate(zip(best.item_index, best.score, strict=True), 1)
    ]
    assert [line[:4] for line in found[1:]] == [line[:4] for line in expected]
    np.testing.assert_allclose([float(line[4]) for line in found[1:]], [line[4] for line in expected], atol=5e-5)
    titles = {line[3] for line in found[1:]}
    assert {"NA (1986)", "007 (1962)", 'Comma, "Quote" (1999)'} <= titles
    again = load(path, columns={"user": "user", "item": "item", "rating": "score", "title": "title"})
    assert set(again.items["title"]) == titles
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert set(frame["title"]) == titles
    assert set(frame["item"]) <= set(learnt().ratings.item_id)


def test_a_line_break_in_a_title_stays_in_its_cell(tmp_path):
    found = learnt()
    broken = replace(found, titles=["a\rb\nc", *found.titles[1:]])
    with_all = next(best for best in found.best(range(NUM_USERS), NUM_ITEMS) if 0 in best.item_index)
    lists.write(tmp_path / "lists.csv", [with_all], broken)
    with open(tmp_path / "lists.csv", encoding="utf-8", newline="") as file:
        assert "a\rb\nc" in {line[3] for line in csv.reader(file)}


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "@SUM(1+9)", "+1+cmd", "-2+3", "\t=1"])
def test_what_a_spreadsheet_would_run_is_written_as_it_is_and_said(tmp_path, title):
    found = learnt()
    with_all = next(best for best in found.best(range(NUM_USERS), NUM_ITEMS) if 0 in best.item_index)
    path = tmp_path / "lists.csv"
    *_, warning = lists.write(path, [with_all], replace(found, titles=[title, *found.titles[1:]]))
    assert title in pd.read_csv(path, keep_default_na=False)["title"].tolist()
    assert warning.startswith("1 text would be read as a formula by a spreadsheet, as ")
    assert warning.endswith(": import the columns user, item and title as text")
    assert lists.write(path, [with_all], found)[2] == ""


def test_a_file_that_is_there_is_not_written_over(capsys, model, tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("precious")
    line = refused(capsys, "recommend", model, "--all", "-o", path)
    assert line == f"{path}: expected no file yet, found one; --force replaces it"
    assert path.read_text() == "precious"
    assert run(capsys, "recommend", model, "--user", "u04", "-o", path, "--force")[0] == 0
    assert path.read_text().startswith('"user","rank"')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "MODEL: expected a trained file or --movielens, found neither; `train` makes such a file"),
        (["m.rbm", "--movielens", "--user", "1"], "MODEL: expected a trained file or --movielens, found both"),
        (["m.rbm"], "--user: expected an id, or --all, or --my-ratings FILE, found none of them"),
        (["m.rbm", "--all"], "--all: expected -o lists.csv beside it"),
        (["m.rbm", "--all", "--user", "1", "-o", "x.csv"], "--all: expected neither --user nor --my-ratings"),
        (["m.rbm", "--user", "1", "-n", "0"], "-n: expected a whole number of at least 1, found 0"),
        (["m.rbm", "--user", "1", "--fewest", "0"], "--fewest: expected a whole number of at least 1, found 0"),
        (["m.rbm", "--user", "1", "--unrated", "9"], "--unrated: expected --my-ratings FILE"),
        (["m.rbm", "--user", "1", "--dataset", "ml-1m"], "--dataset: expected --movielens beside it"),
        (["m.rbm", "--user", "1", "--quick"], "--quick: expected --movielens beside it"),
        (["m.rbm", "--user", "1", "--match", "id"], "--match: expected --my-ratings beside it"),
        (["m.rbm", "--all", "-o", "x.csv", "--my-highest", "9"], "--my-highest: expected --my-ratings beside it"),
        (["--movielens", "--user", "1", "--dataset", "ml-2m"], "--dataset: expected one of ml-100k, ml-1m"),
        (["m.rbm", "--my-ratings", "x", "--user", "1", "--user", "2"], "--user: expected one beside --my-ratings"),
        (["m.rbm", "--user", "1"], "m.rbm: expected a trained recommender, found nothing; make it by"),
    ],
)
def test_refusals(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert refused(capsys, "recommend", *arguments).startswith(said)


LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2024-01-01,The Matrix,1999,https://boxd.it/1,5
2024-01-02,Se7en,1995,https://boxd.it/2,1.5
2024-01-03,300,2007,https://boxd.it/3,4.5
2024-01-04,Barbie,2023,https://boxd.it/4,3
2024-01-05,Amélie,2001,https://boxd.it/5,1
2024-01-06,Seen only,2001,https://boxd.it/6,
"""


def test_a_personal_export_is_asked(capsys, model, tmp_path):
    path = write(tmp_path, LETTERBOXD, "letterboxd.csv")
    status, out, err = run(capsys, "recommend", model, "--my-ratings", path, "-n", "3")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{path}: 5 ratings, 4 of items of tastes"
    assert "  - the layout of Letterboxd" in lines
    assert lines[lines.index("found under another name or year") + 1] == "  - 300 (2007): as '300 (2006)'"
    assert lines[lines.index("not found, and left out: 1") + 1] == "  - Barbie (2023): not there"
    assert "me, 4 ratings" in lines
    assert len(listed(out)) == 3
    assert not {"000x", "001x", "002x", "005x"} & set(listed(out))


def test_the_opposite_taste_gets_other_items(capsys, model, tmp_path):
    """Who likes even items is shown the even ones that are left before the odd ones."""
    found = []
    for stars in ("51515", "15151"):
        titles = ("The Matrix", "Se7en", "300", "1917", "NA")
        lines = [f"{title},{mark}" for title, mark in zip(titles, stars, strict=True)]
        path = write(tmp_path, "title,rating\n" + "\n".join(lines) + "\n", f"{stars}.csv")
        _, out, _ = run(capsys, "recommend", model, "--my-ratings", path, "-n", "3")
        found.append({int(item[:3]) % 2 for item in listed(out)})
    assert found == [{0}, {1}]


def test_movielens_is_learnt_once(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(recommend, "data_fingerprint", lambda name: "c0ffee" * 4)
    monkeypatch.setattr(recommend, "load", lambda name: load(two_tastes(tmp_path)))
    trainings = []

    def train(data, **settings):
        trainings.append((data.name, settings["seed"], settings["quick"]))
        return learnt()

    monkeypatch.setattr(recommend.trained, "train", train)
    path = write(tmp_path, LETTERBOXD, "letterboxd.csv")
    first = run(capsys, "recommend", "--movielens", "--my-ratings", path)
    second = run(capsys, "recommend", "--movielens", "--my-ratings", path)
    assert trainings == [("tastes", 1, False)]
    assert first[:2] == second[:2]
    assert first[0] == 0
    assert "learning ml-latest-small; what is learnt is kept for the next time" in first[2]
    assert second[2] == ""
    (kept,) = (tmp_path / "cache" / "learnt").glob("*/machine.rbm")
    kept.write_bytes(kept.read_bytes()[:1000])
    third = run(capsys, "recommend", "--movielens", "--my-ratings", path)
    assert third[1] == first[1]
    assert "is learnt again" in third[2]
    assert len(trainings) == 2
    assert run(capsys, "recommend", "--movielens", "--quick", "--user", "u04")[0] == 0
    assert trainings[2:] == [("tastes", 1, True)]


def test_a_personal_file_that_cannot_be_read_is_refused_before_anything_is_learnt(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(recommend.trained, "train", lambda *_, **__: pytest.fail("it was learnt"))
    line = refused(capsys, "recommend", "--movielens", "--my-ratings", tmp_path / "nothing.csv")
    assert line == f"{tmp_path / 'nothing.csv'}: expected a file, found nothing; is the name right?"
