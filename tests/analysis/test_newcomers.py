"""One user of a file and somebody new: the right films, one row, and errors that say what was perhaps meant."""

import numpy as np
import pandas as pd
import pytest

from rbm_lib.analysis.newcomers import (
    _find_film,
    _names_of_films,
    new_user,
    one_user,
    opposite_of,
    recommendation_table,
    stand_in,
)
from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM

TITLES = ["Matrix, The (1999)", "Hamlet (1990)", "Hamlet (1996)", "Heat (1995)", "Alien (1979)"]
ITEMS = pd.DataFrame({"item_id": [17, 3, 5, 29, 11], "title": TITLES})


def ratings():
    """Items in the order of ITEMS, which is not that of their ids; half stars."""
    users = ["ann", "ann", "ann", "bob", "bob", "cleo", "cleo"]
    films = [17, 3, 29, 29, 5, 29, 17]
    return Ratings.from_triples(users, films, [5, 0.5, 4, 3, 2, 1, 4], item_ids=ITEMS["item_id"].to_numpy())


@pytest.mark.parametrize(
    ("film", "place"),
    [
        (17, 0),
        ("17", 0),
        ("Matrix, The (1999)", 0),
        ("  matrix, the (1999) ", 0),
        ("the matrix", 0),
        ("Hamlet (1996)", 2),
        ("HEAT", 3),
        (np.int64(11), 4),
    ],
)
def test_a_film_is_found_by_what_it_is_called(film, place):
    row = new_user([(film, 4)], ratings(), ITEMS)
    assert (row.item_index.tolist(), row.rating.tolist(), row.num_items) == ([place], [4.0], 5)
    assert row.user_id.tolist() == ["you"]


@pytest.mark.parametrize(("film", "place"), [("Heat", 0), ("heat", 1), (" Film 0", 2), ("film 0", 3), ("FILM 1", 4)])
def test_an_id_to_the_letter_goes_first(film, place):
    """Ids that differ in case or blanks alone were called ambiguous, or one was taken for the other."""
    ids = ["Heat", "heat", " Film 0", "film 0", "film 1"]
    items = pd.DataFrame({"item_id": ids, "title": ids})
    assert _find_film(film, _names_of_films(items), items, "own, entry 0") == place
    with pytest.raises(ValueError, match="expected one film, found 'HEAT'"):
        _find_film("HEAT", _names_of_films(items), items, "own, entry 0")


def test_every_film_keeps_its_stars():
    row = new_user([("Heat", 0.5), (17, 5), ("alien", 2)], ratings(), ITEMS)
    assert dict(zip(row.item_index.tolist(), row.rating.tolist(), strict=True)) == {3: 0.5, 0: 5, 4: 2}


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([], "at least one pair"),
        ([("Heat",)], r"entry 0: expected a pair \(film, stars\), found \('Heat',\)"),
        ([("Heat", 4), ("Aline", 3)], r"entry 1: expected one of 5 films.*'Aline'; close to it: 'Alien \(1979\)'"),
        ([("Zzyzx", 3)], "found 'Zzyzx'$"),
        ([("Hamlet", 3)], "expected one film, found 'Hamlet', as several are called"),
        ([("Heat", 4.5)], "'Heat': expected stars among 0.5, 1, 2, 3, 4, 5, found 4.5"),
        ([("Heat", "4")], "found '4'"),
        ([("Heat", True)], "found True"),
        ([("Heat", float("nan"))], "found nan"),
        ([("Heat", 10**400)], "expected stars among"),
        ([("Heat", 4), (29, 5)], r"entry 1: expected each film once, found 'Heat \(1995\)' a second time"),
    ],
)
def test_a_mistake_is_named(own, message):
    with pytest.raises(ValueError, match=message):
        new_user(own, ratings(), ITEMS)


def test_one_user_keeps_films_and_stars():
    row = one_user(ratings(), "bob")
    assert (row.user_id.tolist(), row.item_index.tolist(), row.rating.tolist()) == (["bob"], [2, 3], [2, 3])
    assert one_user(ratings(), None).user_id.tolist() == ["cleo"]  # two, two and three ratings: the middle one
    with pytest.raises(ValueError, match="expected one of 3 users, found 'bobb'; close to it: 'bob'"):
        one_user(ratings(), "bobb")


def test_an_integer_user_may_be_written_as_text():
    data = Ratings.from_triples([7, 11], [1, 3], [4, 5])
    assert one_user(data, "11").rating.tolist() == one_user(data, 11).rating.tolist() == [5]


def two_camps():
    """Films 17, 5, 11 are loved by the even users and loathed by the odd ones, films 3 and 29 the other way round."""
    loves = np.array([1, 0, 1, 0, 1])
    users, films = np.divmod(np.arange(11 * 5), 5)
    means = np.array([2, 3, 4, 2, 2])  # films go together by what is said beside their means, not by the means
    stars = means[films] + np.where((users % 2 == 0) == loves[films], 1, -1)
    kept = (films == 0) | (users > 0) & (np.isin(films, (1, 3)) | (users < 5))  # the first film is rated most often
    item_id = ITEMS["item_id"].to_numpy()
    return Ratings.from_triples(users[kept], item_id[films[kept]], stars[kept], item_ids=item_id)


def test_the_stand_in_has_one_taste():
    """Of two camps it belongs to the one that loves the best-known film."""
    marks = dict(stand_in(two_camps(), ITEMS, 5))
    assert {film for film, mark in marks.items() if mark == 5} == {17, 5, 11}
    assert {film for film, mark in marks.items() if mark == 1} == {3, 29}
    assert new_user(stand_in(two_camps(), ITEMS, 3), two_camps(), ITEMS).num_ratings == 3


def test_the_stand_in_manages_with_few_films_and_ratings():
    """Fewer films than were asked for, films that nobody rated, films that everybody rated alike."""
    marks = stand_in(ratings(), ITEMS)
    assert len(marks) == len({film for film, _ in marks}) == 5
    assert {mark for _, mark in marks} == {0.5, 5.0}


def test_opposite_opinions():
    row = new_user([("Heat", 0.5), (17, 5), ("alien", 2)], ratings(), ITEMS)
    opposite = opposite_of(row, ratings())
    assert opposite.item_index.tolist() == row.item_index.tolist() == [0, 3, 4]
    assert opposite.rating.tolist() == [0.5, 5, 3]  # of 0.5, 1, 2, 3, 4, 5 the third becomes the third from the end


def test_a_title_that_is_a_number_is_no_id():
    items = pd.DataFrame({"item_id": [21, 300, 1917], "title": ["300 (2006)", "1917", "21"]})
    data = Ratings.from_triples([1, 1, 2], [21, 300, 1917], [5, 1, 3])
    for film, meant in (("300", 21), ("1917", 300), ("21", 1917), (300, 300), (21, 21), (1917, 1917)):
        assert new_user([(film, 5)], data, items).item_index.tolist() == [[21, 300, 1917].index(meant)]
    texts = items.assign(item_id=items["item_id"].astype(str))  # as read back from a CSV
    assert new_user([("300", 5)], data, texts).item_index.tolist() == [0]
    other = items.assign(title=["Heat", "Alien", "Solaris"])
    assert new_user([("300", 5)], data, other).item_index.tolist() == [1]  # nothing is called so


class Machine:
    """Recommends what it is told to."""

    def recommend_positions(self, row, n):
        assert row.num_users == 1
        return np.array([[3, 0, -1]], np.int32), np.array([[4.5, 2.0, -np.inf]], np.float32)


def test_the_table_has_titles_means_and_no_padding():
    data = ratings()
    table = recommendation_table(Machine(), one_user(data, "bob"), data, ITEMS, 3)
    assert table["film"].tolist() == ["Heat (1995)", "Matrix, The (1999)"]
    assert table["expected stars"].tolist() == [4.5, 2.0]
    np.testing.assert_allclose(table["film's mean"], [8 / 3, 4.5])
    assert (table["ratings"].tolist(), table.index.tolist()) == ([3, 2], [1, 2])


def test_films_with_hardly_any_ratings_are_left_out():
    data = ratings()
    assert recommendation_table(Machine(), one_user(data, "bob"), data, ITEMS, 3, 3)["film"].tolist() == ["Heat (1995)"]
    assert recommendation_table(Machine(), one_user(data, "bob"), data, ITEMS, 3, 4).empty
    assert len(recommendation_table(Machine(), one_user(data, "bob"), data, ITEMS, 1, 2)) == 1


def test_a_real_machine_recommends_to_somebody_new_what_is_unrated():
    rng = np.random.default_rng(1)
    data = Ratings.from_dense(rng.integers(1, 6, (13, 7)), rng.random((13, 7)) < 0.8)
    items = pd.DataFrame({"item_id": data.item_id, "title": [f"film {place}" for place in range(7)]})
    model = RBM(7, 3, units="ordinal", conditional=True, seed=5)
    row = new_user([("film 2", 5), (4, 1)], data, items)
    table = recommendation_table(model, row, data, items, 7)
    assert sorted(table["film"]) == [f"film {place}" for place in (0, 1, 3, 5, 6)]
    assert recommendation_table(model, row, data, items, 7, 2).equals(table)  # nobody has fewer than two


@pytest.mark.parametrize("scale", [range(1, 11), (-1, 1), (0, 1), (-10, -2.5, 0, 10), (20, 40, 100)])
def test_a_newcomer_may_use_the_whole_scale(scale):
    """Not only numbers between 0 and 10: the ends of other scales, zero and negative ratings."""
    users, films = np.divmod(np.arange(4 * len(scale)), len(scale))
    data = Ratings.from_triples(users, films, np.resize(scale, len(users)))
    items = pd.DataFrame({"item_id": data.item_id, "title": [f"film {place}" for place in range(data.num_items)]})
    row = new_user(list(zip(data.item_id, scale, strict=True)), data, items)
    assert row.rating.tolist() == list(scale)
    assert {mark for _, mark in stand_in(data, items)} == {min(scale), max(scale)}
    for wrong in (max(scale) + 1, min(scale) - 1, 1e300, float("nan"), True):
        with pytest.raises(ValueError, match="own, entry 0, 0: expected stars among"):
            new_user([(data.item_id[0], wrong)], data, items)
