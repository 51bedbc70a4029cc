"""Somebody's own ratings among the items of a recommender: titles or ids, scales, and what is not found."""

from dataclasses import replace

import numpy as np
import pytest
from support.command_making import NUM_ITEMS, learnt
from support.table_making import write

from rbm_lib.commands.personal import among_items, read_export, to_scale

FIVE, HALVES, TEN = (np.array(values, float) for values in ([1, 2, 3, 4, 5], np.arange(1, 11) / 2, range(1, 11)))


def read(path, **changes):
    given = {"user": None, "match": None, "highest": None, "reading": {}} | changes
    reading = given.pop("reading")
    return among_items(str(path), read_export(path, reading), learnt(), **given)


def stars_of(personal):
    """Item id to stars."""
    row = personal.row
    return dict(zip(row.item_id[row.item_index].tolist(), row.rating.tolist(), strict=True))


@pytest.mark.parametrize(
    ("given", "values", "highest", "found"),
    [
        ([1, 4, 5], FIVE, None, [1, 4, 5]),
        ([0.5, 4.5, 5], HALVES, None, [0.5, 4.5, 5]),
        ([10, 7, 1], HALVES, None, [5, 3.5, 0.5]),
        ([10, 7, 1], FIVE, None, [5, 3, 1]),
        ([5, 2.5, 1], TEN, None, [10, 5, 2]),
        ([100, 61, 0], FIVE, None, [5, 3, 1]),
        ([4, 3, 2], HALVES, 10, [2, 1.5, 1]),
        ([1, 0], FIVE, None, [5, 1]),
        ([10, 0, -10], FIVE, None, [5, 2, 1]),
        ([5, 3, 1], np.array([0.0, 1.0]), None, [1, 1, 0]),
    ],
)
def test_a_scale_is_taken_to_another(given, values, highest, found):
    moved, notes = to_scale(np.array(given, float), values, highest)
    assert moved.tolist() == found
    assert bool(notes) == (found != given)


def test_a_change_of_scale_is_said():
    _, (note,) = to_scale(np.array([10.0, 8.0, 1.0]), FIVE)
    assert note == (
        "ratings of 1, 8, 10 on a scale up to 10 become the nearest of 1, 2, 3, 4, 5, as 10 becomes 5 "
        "(--my-highest says where the scale ends)"
    )
    with pytest.raises(ValueError, match=r"^--my-highest: expected the highest rating, 10 or more, found 5"):
        to_scale(np.array([10.0]), FIVE, 5)


def test_titles_are_found_and_all_others_listed(tmp_path):
    path = write(tmp_path, "title;rating\nMatrix;5\n1917;4\nSolaris;3\nsolaris (1972);2\nNope;1\nthe matrix (1999);4\n")
    personal = read(path)
    assert stars_of(personal) == {"000x": 4, "003x": 4, "007x": 2}
    assert sorted(personal.missing) == [
        "Matrix: the same as 'the matrix (1999)'",
        "Nope: not there",
        "Solaris: several are called so: 'Solaris (1972)', 'Solaris (2002)'",
    ]
    assert personal.elsewhere == []


def test_an_id_is_an_id_and_a_number_a_title_before(tmp_path):
    by_title = write(tmp_path, "item,rating\n300,5\n1917,1\n7,3\n", "numbers.csv")
    assert stars_of(read(by_title)) == {"002x": 5, "003x": 1}
    by_id = write(tmp_path, "item,rating\n000x,5\n003x,1\nzzz,3\n", "ids.csv")
    personal = read(by_id, match="id")
    assert stars_of(personal) == {"000x": 5, "003x": 1}
    assert personal.missing == ["zzz: no such id"]
    with pytest.raises(ValueError, match=r"ids.csv: expected titles of tastes, found none of 3 items: 000x: not there"):
        read(by_id)


def test_numbers_that_are_no_titles_are_ids(tmp_path):
    found = learnt()
    numbered = replace(found, ratings=replace(found.ratings, item_id=np.arange(NUM_ITEMS) * 3))
    path = write(tmp_path, "item,rating\n0,5\n3,1\n300,3\n36,4\n", "numbers.csv")
    given = {"user": None, "highest": None}
    personal = among_items(str(path), read_export(path, {}), numbered, match=None, **given)
    assert stars_of(personal) == {0: 5, 3: 1, 36: 4}
    assert personal.missing == ["300: no such id"]
    assert personal.notes[-1] == "items are found by their ids (--match title looks for titles)"
    by_title = among_items(str(path), read_export(path, {}), numbered, match="title", **given)
    assert stars_of(by_title) == {6: 2}  # nobody has given 3


def test_the_file_of_several_needs_a_name(tmp_path):
    path = write(tmp_path, "user,item,rating\nann,Heat,5\nbob,Heat,1\nbob,1917,4\n")
    with pytest.raises(ValueError, match=r"one person's ratings, found those of 2 users; --user ann takes one"):
        read(path)
    assert stars_of(read(path, user="bob")) == {"003x": 4, "012x": 1}
    with pytest.raises(ValueError, match=r"--user: expected one of 2 users, found 'bo'; close to it: 'bob'"):
        read(path, user="bo")


def test_the_file_of_one_needs_none(tmp_path):
    path = write(tmp_path, "item,rating\nHeat,5\n1917,4\n")
    assert stars_of(read(path)) == {"003x": 4, "012x": 5}
    with pytest.raises(ValueError, match=r"^--user: expected none, as .* says nothing of users, found '1'; leave it"):
        read(path, user="1")


def test_options_of_reading_are_heard(tmp_path):
    path = write(tmp_path, "Was;Wie\nHeat;1\n1917;5\n300;99\n")
    reading = {"columns": {"title": 1, "item": 1, "rating": 2}, "unrated": 99, "best": "low"}
    with pytest.raises(ValueError, match="columns"):
        read(path)
    del reading["columns"]["title"]
    assert stars_of(read(path, reading=reading)) == {"012x": 5, "003x": 1}


def test_exports_with_the_year_in_a_column_of_its_own(tmp_path):
    imdb = "Const,Your Rating,Date Rated,Title,Year\ntt1,10,2024-01-01,Solaris,1972\ntt2,2,2024-01-02,Solaris,2002\n"
    assert stars_of(read(write(tmp_path, imdb, "imdb.csv"))) == {"007x": 5, "008x": 1}
    own = "Name,Year,Rating\nSolaris,1972,5\nSolaris,2002,1\nHeat,,4\n"
    assert stars_of(read(write(tmp_path, own, "own.csv"))) == {"007x": 5, "008x": 1, "012x": 4}
    trakt = "rated_at,rating,title,year,type\n2024-01-01T00:00:00Z,8,Das Boot,1981,movie\n"
    assert stars_of(read(write(tmp_path, trakt, "trakt.csv"))) == {"010x": 4}
