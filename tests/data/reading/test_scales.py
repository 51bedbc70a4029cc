"""Scales: any steps and any range, marks of what was not rated named, which end is best, what counts as a like."""

import numpy as np
import pytest
from support.table_making import write

from rbm_lib.data import read_own_ratings, read_own_table


def table_of(tmp_path, ratings, header="user,item,rating", **options):
    """Ratings of items of their own, in this order."""
    text = f"{header}\n" + "".join(f"{n % 3},{n},{rating}\n" for n, rating in enumerate(ratings))
    return read_own_table(write(tmp_path, text), **options)


def stars_of(table):
    return table.ratings.rating[np.argsort(table.ratings.source_row)].tolist()


@pytest.mark.parametrize(
    ("written", "stars", "threshold"),
    [
        (["1", "3", "5"], [1, 3, 5], 3),
        (["0.5", "2.5", "5"], [0.5, 2.5, 5], 3),
        (["4", "5"], [4, 5], 3),
        (["0.5", "1.5", "4.0"], [0.5, 1.5, 4], 4),
        (["1", "2", "6", "10"], [1, 2, 6, 10], 6),
        (["0", "1", "2", "3", "4"], [0, 1, 2, 3, 4], 2),
        (["0", "30", "55", "100"], [0, 30, 55, 100], 55),
        (["-10", "-2", "3", "10"], [-10, -2, 3, 10], 3),
        (["0", "1", "1"], [0, 1, 1], 1),
        (["0.6", "0.7", "0.8", "0.9", "1"], [0.6, 0.7, 0.8, 0.9, 1], 0.8),
        (["0.2", "0.4", "0.6", "0.8", "1"], [0.2, 0.4, 0.6, 0.8, 1], 0.6),
        (["4/5", "2/5", "5 / 5"], [4, 2, 5], 3),
        (["8/10", "2/10", "4/10"], [8, 2, 4], 8),
        (["★★★½", "★", "★★★★★"], [3.5, 1, 5], 3),
        (["⭐⭐", "⭐", "⭐⭐⭐"], [2, 1, 3], 2),
        (["like", "Dislike", "LIKE"], [1, 0, 1], 1),
        (["true", "False", "true"], [1, 0, 1], 1),
        (["👍", "👎", "👍"], [1, 0, 1], 1),
        (["thumbs up", "thumbs down", "thumbs up"], [1, 0, 1], 1),
        (["80%", "20%", "55%"], [80, 20, 55], 55),
        (['"4,5"', '"1,0"', '"3,5"'], [4.5, 1, 3.5], 3),
        (["3½", "1", "5"], [3.5, 1, 5], 3),
        (["4 of 5", "1 of 5", "5 of 5"], [4, 1, 5], 3),
        (["👍🏽", "👎🏿", "👍"], [1, 0, 1], 1),
        (["−2", "0", "2"], [-2, 0, 2], 0),
        (['"3,500"', '"1,0"', '"4,12345"'], [3.5, 1, 4.12345], 3.5),
        (["1e0", "+2", " 5 "], [1, 2, 5], 3),
        (["3", "3", "3"], [3, 3, 3], 3),
    ],
)
def test_a_scale_is_read_and_its_likes_are_from_the_middle(tmp_path, written, stars, threshold):
    table = table_of(tmp_path, written)
    np.testing.assert_allclose(stars_of(table), stars, rtol=1e-6)
    assert table.threshold == pytest.approx(threshold)
    assert table.ratings.binarize(table.threshold).rating.max() == 1


def test_continuous_ratings_stay_and_their_middle_is_round(tmp_path):
    written = [f"{value:.2f}" for value in np.linspace(-9.87, 9.91, 101)]
    table = table_of(tmp_path, written)
    np.testing.assert_allclose(stars_of(table), [float(one) for one in written], rtol=1e-6)
    assert table.threshold == 0
    rounded = table_of(tmp_path, written, num_values=11)
    assert sorted(set(stars_of(rounded))) == list(range(-10, 11, 2))
    assert "ratings rounded to 11 values from -10 to 10, 2 apart" in rounded.notes


def test_the_threshold_can_be_said(tmp_path):
    assert table_of(tmp_path, ["1", "3", "5"], threshold=4).threshold == 4


@pytest.mark.parametrize(
    ("written", "marker"),
    [
        (["1", "2", "3", "99"], 99),
        (["-1", "1", "2", "10"], -1),
        (["0", "1", "3", "5"], 0),
        (["0", "1", "7", "10"], 0),
        (["0", "0.5", "3.5", "5"], 0),
        (["-9.5", "3.2", "9.1", "99"], 99),
        (["1", "2", "5", "-99"], -99),
        (["1", "2", "5", "999"], 999),
    ],
)
def test_a_mark_of_what_was_not_rated_is_suggested_and_left_out_if_named(tmp_path, written, marker):
    with pytest.raises(
        ValueError, match=rf"mine\.csv: expected ratings on one scale.*found {marker}, 1 time; unrated={marker} "
    ):
        table_of(tmp_path, written)
    table = table_of(tmp_path, written, unrated=marker)
    assert stars_of(table) == pytest.approx([float(one) for one in written if float(one) != marker])
    assert "1 line without a rating left out" in table.notes
    for says_all in ({"scale": "as is"}, {"unrated": []}):
        assert len(stars_of(table_of(tmp_path, written, **says_all))) == 4


@pytest.mark.parametrize("blank", ["", "NaN", "NA", "null", "None", " ", "-"])
def test_a_line_without_a_rating_is_named_and_left_out_if_asked(tmp_path, blank):
    with pytest.raises(
        ValueError, match=r"line 3: expected a rating, as a number, found '.*'; unrated='.*' leaves out"
    ):
        table_of(tmp_path, ["1", blank, "5"])
    for marker in ("", blank.strip()):
        table = table_of(tmp_path, ["1", blank, "5"], unrated=marker)
        assert stars_of(table) == [1, 5]
        assert table.ratings.source_row.tolist() == [0, 2]


@pytest.mark.parametrize("word", ["good", "4 stars or so", "1/0x", "inf", "1_0", "0x10", "--5", "4/", "½/5"])
def test_what_is_no_rating_is_named(tmp_path, word):
    with pytest.raises(ValueError, match=r"line 3: expected a rating, as a number, found '"):
        table_of(tmp_path, ["1", word, "5"])


def test_fractions_of_different_wholes_are_no_scale(tmp_path):
    with pytest.raises(ValueError, match="expected ratings on one scale, found '4/5', '7/10'"):
        table_of(tmp_path, ["4/5", "7/10"])


def test_a_percentage_and_a_number_are_no_scale(tmp_path):
    with pytest.raises(ValueError, match="expected ratings on one scale, found '80%', '4'; write all of them"):
        table_of(tmp_path, ["80%", "4", "60%"])


def test_a_threshold_that_nobody_reaches_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected a threshold of at most 0.9, the highest rating, found 4"):
        table_of(tmp_path, ["0.1", "0.5", "0.9"], threshold=4)
    assert table_of(tmp_path, ["0.1", "0.5", "0.9"], threshold=0.9).threshold == 0.9


def test_a_comma_that_may_be_two_things_is_asked_about(tmp_path):
    with pytest.raises(ValueError, match=r"line 2: expected a rating.*'3,500'; its comma may be a decimal one or"):
        table_of(tmp_path, ['"3,500"', '"4,250"'])


@pytest.mark.parametrize("mark", [",", ".", " ", "'", "\u202f"])
def test_marks_between_the_thousands_of_counts_are_left_out(tmp_path, mark):
    table = table_of(tmp_path, ["1", f'"1{mark}234"', f'"12{mark}345{mark}678"', "3"], "user,artist,plays")
    assert stars_of(table) == [1, 5, 5, 2]
    assert "marks between thousands left out of 2 counts" in table.notes
    assert stars_of(table_of(tmp_path, ["1", f"1{mark}234".replace(",", "."), "3"], "user,artist,plays")) == [1, 5, 2]


def test_one_can_be_best(tmp_path):
    table = table_of(tmp_path, ["1", "2", "6"], best="low")
    assert stars_of(table) == [6, 5, 1]
    assert "1 is best: the scale is turned round, 1 becomes 6" in table.notes
    assert table.threshold == 5


def test_counts_are_refused_with_the_rule_that_would_be_used(tmp_path):
    counts = [str(1 + 7 * n) for n in range(97)]
    with pytest.raises(
        ValueError, match=r"found whole numbers from 1 to 673, like counts; scale='counts' takes 1 \+ log2"
    ):
        table_of(tmp_path, counts)
    expected = [min(5, 1 + int(np.log2(int(count)))) for count in counts]
    for table in (table_of(tmp_path, counts, scale="counts"), table_of(tmp_path, counts, "user,artist,plays")):
        assert stars_of(table) == expected
        assert any("counts: 1 + log2 of each" in note for note in table.notes)
    assert stars_of(table_of(tmp_path, counts, scale="as is"))[1] == 8


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"unrted": 0}, r"load: expected options among columns, .*, found 'unrted'; 'unrated' perhaps"),
        ({"best": "top"}, r"best: expected one of high, low, found 'top'"),
        ({"repeats": "first"}, r"repeats: expected one of refuse, last, mean, found 'first'"),
        ({"num_values": 1}, r"num_values: expected a whole number from 2 to 1000, found 1"),
        ({"num_values": 10**9}, r"num_values: expected a whole number from 2 to 1000, found 1000000000"),
        ({"threshold": float("nan")}, r"threshold: expected a finite number, found nan"),
        ({"unrated": True}, r"unrated: expected a number or a text"),
        ({"columns": {"film": 1}}, r"columns: expected keys among user, item, .* found 'film'"),
        ({"columns": {"user": 9}}, r"line 1: expected a column 9 for the user, found 3 columns"),
        ({"columns": {"user": "x"}}, r"line 1: expected one column 'x' for the user, found the columns 'user'"),
        ({"columns": "user,item"}, r"line 1: expected 2 columns, as columns= names them, found 3 values"),
        ({"columns": "a,b,c"}, r"columns: expected user, item, .* found 'a', 'b', 'c'; a dict"),
        ({"encoding": "utf-99"}, r"encoding: expected one that Python knows, .* found 'utf-99'"),
        ({"merge": "colour"}, r"merge: expected one of case, zeros, blanks"),
        ({"separator": ""}, r"separator: expected a text, found ''"),
        ({"quotes": 3}, r"quotes: expected True, False or None, found 3"),
        ({"user": ""}, r"user: expected a name, found ''"),
        ({"scale": "stars"}, r"scale: expected one of as is, counts, found 'stars'"),
    ],
)
def test_an_option_is_checked_by_name(tmp_path, options, found):
    with pytest.raises(ValueError, match=found):
        table_of(tmp_path, ["1", "2", "3"], **options)


def test_options_are_kept_beside_the_file_and_an_argument_goes_before_them(tmp_path):
    path = write(tmp_path, "a,b,c\n1,2,99\n1,3,4\n2,3,5\n2,3,1\n")
    write(
        tmp_path, 'unrated = 99\nrepeats = "last"\n[columns]\nuser = "a"\nitem = "b"\nrating = "c"\n', "mine.csv.toml"
    )
    assert read_own_ratings(path).rating.tolist() == [4, 1]
    assert read_own_ratings(path, repeats="mean").rating.tolist() == [4, 3]
    write(tmp_path, 'repeats = "frist"\n', "mine.csv.toml")
    with pytest.raises(
        ValueError, match=r"mine\.csv\.toml: repeats: expected one of refuse, last, mean, found 'frist'"
    ):
        read_own_ratings(path)
    write(tmp_path, "unrated: 99\n", "mine.csv.toml")
    with pytest.raises(ValueError, match=r"mine\.csv\.toml, line 1: expected options as TOML"):
        read_own_ratings(path)
    write(tmp_path, "unratde = 99\n", "mine.csv.toml")
    with pytest.raises(ValueError, match=r"mine\.csv\.toml: expected options among .* 'unratde'; 'unrated' perhaps"):
        read_own_ratings(path)
