"""Ids: trimmed and normalised where that is always right, said where it is not, never wrapped, never widened."""

import numpy as np
import pytest
from support.table_making import write

from rbm_lib.data import Ratings, read_own_ratings, read_own_table
from rbm_lib.data.reading.ids import clean


def table_of(tmp_path, items, **options):
    """A rating of each item by a user of its own."""
    text = "user,item,rating\n" + "".join(f"u{n},{item},{1 + n % 5}\n" for n, item in enumerate(items))
    return read_own_table(write(tmp_path, text), **options)


def items_of(table):
    ratings = table.ratings
    place = np.argsort(ratings.source_row)
    return ratings.item_id[ratings.item_index[place]].tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Heat", " Heat"),
        ("Heat", "Heat \t"),
        ("Heat", "Heat\u00a0"),
        ("Heat", "\u3000Heat"),
        ("Heat", "\u200bHeat"),
        ("Heat", "He\u200bat"),
        ("Heat", "\ufeffHeat"),
        ("Heat", "He\u00adat"),
        ("Heat", "He\x00at"),
        ("Heat", "Heat\x07"),
        ("Am\u00e9lie", "Ame\u0301lie"),
        ("Blade Runner", "Blade\u00a0Runner"),
        ("Blade Runner", "Blade\u202fRunner"),
        ("7", " 7"),
        ("Heat", '" Heat"'),
    ],
)
def test_ids_that_look_the_same_are_one(tmp_path, one, other):
    table = table_of(tmp_path, [one, "Other", other])
    assert items_of(table)[0] == items_of(table)[2] == one
    assert table.ratings.num_items == 2
    if other.strip(' "') != one:
        assert any("1 item id with blanks around or invisible characters" in note for note in table.notes)


@pytest.mark.parametrize(
    "text", ["\U0001f469\u200d\U0001f680 Юзер", "می\u200cخواهم", "映画 3", "O'Brien", "a  b", "NA", "#1"]
)
def test_what_belongs_to_an_id_stays(tmp_path, text):
    assert clean(text) == text
    assert items_of(table_of(tmp_path, [text, "x"])) == [text, "x"]


@pytest.mark.parametrize(
    ("items", "kind", "said"),
    [
        (["Anna", "anna", "Ben"], "case", "2 item ids differ from another in case alone, as 'Anna' and 'anna'"),
        (
            ["007", "7", "8"],
            "zeros",
            "2 item ids differ from another in zeros before or after them alone, as '007' and '7'",
        ),
        (["3", "3.0", "x"], "zeros", "2 item ids differ from another in zeros before or after them alone, as '3' and"),
        (["Blade Runner", "BladeRunner", "x"], "blanks", "2 item ids differ from another in blanks or forms"),
        (["Ａlien", "Alien", "x"], "blanks", "2 item ids differ from another in blanks or forms of characters alone"),
    ],
)
def test_ids_that_may_be_one_are_counted_and_merged_if_asked(tmp_path, items, kind, said):
    table = table_of(tmp_path, items)
    assert items_of(table) == items
    assert [note for note in table.notes if said in note and f"merge={kind!r}" in note]
    merged = table_of(tmp_path, items, merge=kind)
    assert items_of(merged) == [items[0], items[0], items[2]]
    assert any("1 item id became one with another" in note for note in merged.notes)


def test_a_second_rating_under_the_other_form_of_an_id_is_a_repeat(tmp_path):
    path = write(tmp_path, "user,item,rating\nAnna,Heat,3\nBen,Heat,2\n Anna,Heat\u200b,4\n")
    with pytest.raises(ValueError, match=r"line 4: expected one rating .* user 'Anna' for item 'Heat'; .*on line 2"):
        read_own_ratings(path)


@pytest.mark.parametrize(
    ("ids", "kind", "found"),
    [
        (["3", "10", "2"], "i", [3, 10, 2]),
        (["-3", "0", "2"], "i", [-3, 0, 2]),
        (["3.0", "10.0", "2.00"], "i", [3, 10, 2]),
        (["3", "10.0", "2"], "i", [3, 10, 2]),
        (["3.5", "10.0", "2"], "U", ["3.5", "10.0", "2"]),
        (["3", "3.0", "2"], "U", ["3", "3.0", "2"]),
        (["007", "10", "2"], "U", ["007", "10", "2"]),
        (["0306400000", "0306400001"], "U", ["0306400000", "0306400001"]),
        ([str(2**63 - 1), str(-(2**63)), "1"], "i", [2**63 - 1, -(2**63), 1]),
        ([str(2**63), "1"], "U", [str(2**63), "1"]),
        ([str(10**30), "1"], "U", [str(10**30), "1"]),
        (["2147483648", "9007199254740993"], "i", [2147483648, 9007199254740993]),
        (["NA", "None", "null", "nan", "007"], "U", ["NA", "None", "null", "nan", "007"]),
        (["1e5", "2"], "U", ["1e5", "2"]),
        (["+1", "1"], "U", ["+1", "1"]),
        (["300", "21", "1917", "Heat"], "U", ["300", "21", "1917", "Heat"]),
        (["١٢", "12"], "U", ["١٢", "12"]),
    ],
)
def test_whole_numbers_become_numbers_only_where_nothing_is_lost(tmp_path, ids, kind, found):
    table = table_of(tmp_path, ids)
    assert items_of(table) == found
    assert table.ratings.item_id.dtype.kind == kind


def test_one_long_id_does_not_widen_the_others(tmp_path):
    """4 bytes for each character of the longest, for each row or each id, would be 30 GB here."""
    titles = [f"Film {n}" for n in range(4001)]
    titles[1000] = "x" * 200_000
    table = table_of(tmp_path, titles)
    ids = table.ratings.item_id
    assert sorted(ids.tolist()) == sorted(titles)
    assert ids.nbytes < 2**26
    assert table.ratings.binarize(3).take_users([0]).num_items == 4001
    again = Ratings.from_triples(
        table.ratings.user_id[table.ratings.user_index].tolist(), items_of_rows(table), [3] * 4001
    )
    assert again.item_id.nbytes < 2**26


def items_of_rows(table):
    return [table.ratings.item_id[place] for place in table.ratings.item_index]


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (
            np.array([1, 2**63], np.uint64),
            r"user_id, row 1: expected whole numbers from -2\*\*63 .* found 9223372036854775808",
        ),
        ([2**64, 1], r"user_id, row 0: expected whole numbers .* found 18446744073709551616; .*str\(id\)"),
        ([-(2**63) - 1, 1], r"user_id, row 0: expected whole numbers"),
        (np.array([1.0, 2.0]), r"user_id: expected integers or strings, found float64; `.astype\(np.int64\)`"),
        (np.array([b"a", b"b"]), r"user_id: expected integers or strings, found \|S1; `.astype\(str\)`"),
        (["a", 3], r"user_id, row 1: expected an integer or a string like row 0, found 3"),
        ([True, False], r"user_id: expected integers or strings, found bool"),
    ],
)
def test_ids_that_arrays_cannot_hold_are_refused_in_one_sentence(ids, found):
    with pytest.raises(ValueError, match=found):
        Ratings.from_triples(ids, [10, 20], [1, 0])


def test_unsigned_ids_that_fit_are_taken():
    ratings = Ratings.from_triples(np.array([1, 2**63 - 1], np.uint64), np.array([3, 4], np.uint8), [1, 0])
    assert ratings.user_id.tolist() == [1, 2**63 - 1]


def test_an_id_of_a_million_digits_is_a_text(tmp_path):
    """Python refuses to read more than 4,300 digits as a number."""
    table = table_of(tmp_path, ["7" * 10**6, "11"])
    assert table.ratings.item_id.tolist() == sorted(["7" * 10**6, "11"])


def test_ids_that_a_spreadsheet_has_cut_are_said(tmp_path):
    table = table_of(tmp_path, ["9.78014E+12", "2"])
    assert any("as '9.78014E+12': their last digits are lost" in note for note in table.notes)
