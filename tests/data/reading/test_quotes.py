"""Quotes: each line of data is a rating, however the quotes stand, or the line is named."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.table_making import write

from rbm_lib.data import read_own_ratings
from rbm_lib.data.reading import texts
from rbm_lib.data.reading.ids import clean

NUM_LINES = 997


def table(titles, end="\n"):
    """A line a title, each by a user of its own."""
    return (
        end.join(["user,item,rating", *(f"{user},{title},{1 + user % 5}" for user, title in enumerate(titles))]) + end
    )


def read(tmp_path, titles, **options):
    ratings = read_own_ratings(write(tmp_path, table(titles)), **options)
    assert ratings.num_ratings == len(titles)
    return ratings.item_id[ratings.item_index].tolist()


def film(number):
    return f"Film {number % 13}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('7" single', '7" single'),
        ('"Heat" 3', '"Heat" 3'),
        ('"Heat"', "Heat"),
        ('"The ""Big"" One"', 'The "Big" One'),
        ('"The \\"Big\\" One"', 'The "Big" One'),
        ('"Good, Bad, Ugly"', "Good, Bad, Ugly"),
        (' "Good, Bad"', "Good, Bad"),
        ('"Good, Bad" ', "Good, Bad"),
        ('""', None),
        ('"Ends in a quote"""', 'Ends in a quote"'),
        ("it's", "it's"),
        ('say "hi"', 'say "hi"'),
        ("back\\slash", "back\\slash"),
    ],
)
def test_a_quoted_title_is_what_it_means_and_takes_no_other_line(tmp_path, written, meant):
    titles = [film(n) for n in range(NUM_LINES)]
    titles[101] = titles[501] = written
    if meant is None:
        with pytest.raises(ValueError, match=r"line 103: expected an id of an item, found ''"):
            read(tmp_path, titles)
        return
    found = read(tmp_path, titles)
    assert found[101] == found[501] == meant
    assert found[102:501] == titles[102:501]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('"Film 3', '"Film 5'),  # two opening quotes: read as one text they hide what lies between them
        ('"Film 3', 'Film 5"'),  # an opening and a closing one, as of a title over many lines
        ('"Film 3', None),
        ('"Film, the 3', '"Film 5'),
        ('"Film 3', '7" single'),
        ('"', '"'),
    ],
)
@pytest.mark.parametrize(("at", "later"), [(101, 501), (101, 102), (995, 996)])
def test_stray_quotes_are_refused_with_their_line(tmp_path, first, second, at, later):
    titles = [film(n) for n in range(NUM_LINES)]
    titles[at], titles[later] = first, second or titles[later]
    with pytest.raises(ValueError, match=rf"mine\.csv, line {at + 2}: expected .*quote.*; close or .*quotes=False"):
        read(tmp_path, titles)
    if "," not in first:
        found = read(tmp_path, titles, quotes=False)
        assert found[at] == first
        assert found[at + 1 : later] == titles[at + 1 : later]


def test_stray_quotes_in_a_large_file_are_as_in_a_small_one(tmp_path):
    """Compiled readers parse by blocks: more lines than a block, a quote in the first and one in the last."""
    titles = [film(n) for n in range(400_003)]
    titles[101], titles[400_001] = '"Film 3', '"Film 5'
    with pytest.raises(ValueError, match=r"line 103: expected a quote that closes on its line"):
        read(tmp_path, titles)


def test_a_title_over_lines_stays_one_and_lines_are_counted_right(tmp_path):
    titles = [film(n) for n in range(97)]
    titles[11] = '"Two\nlines"'
    titles[13] = '"Three,\n\nof ""them"""'
    found = read(tmp_path, titles)
    assert (found[11], found[13]) == ("Two\nlines", 'Three,\n\nof "them"')
    text = table(titles).replace("96,Film 5,2", "96,Film 5,good")
    with pytest.raises(ValueError, match=r"line 101: expected a rating, as a number, found 'good'"):
        read_own_ratings(write(tmp_path, text))


def test_a_quote_that_is_closed_over_lines_of_ratings_can_be_meant(tmp_path):
    titles = [film(n) for n in range(17)]
    titles[3] = '"A title\n7,like a line,5\nof ratings"'
    with pytest.raises(ValueError, match=r"line 5: expected a quote"):
        read(tmp_path, titles)
    assert read(tmp_path, titles, quotes=True)[3] == "A title\n7,like a line,5\nof ratings"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9)


@given(st.lists(TEXT, min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_what_pythons_csv_writes_is_read_back(tmp_path_factory, titles):
    titles = [f"x{title}x" for title in titles]  # blanks around ids are trimmed
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("user", "item", "rating"), *((user, title, 3) for user, title in enumerate(titles))])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())
    ratings = read_own_ratings(path)
    assert ratings.num_ratings == len(titles)
    assert ratings.item_id[ratings.item_index].tolist() == [clean(title) for title in titles]


@given(st.lists(st.sampled_from(['"', ",", "a", "b ", "\\", "1", "\n", "::"]), max_size=12).map("".join))
@settings(max_examples=150, deadline=None)
def test_compiled_code_reads_what_the_slow_reader_reads(tmp_path_factory, middle):
    """Whatever stands in a title: both give the same ratings, or the fast one leaves the file to the slow one."""
    text = f"user,item,rating\n1,x,2\n2,{middle},3\n3,y,4\n"
    path = write(tmp_path_factory.mktemp("both"), text)

    def outcome():
        try:
            ratings = read_own_ratings(path)
            return ratings.checksum()
        except ValueError as error:
            return str(error)

    both = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_read_compiled", lambda *arguments: None)
        assert outcome() == both
