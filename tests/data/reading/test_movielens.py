"""The MovieLens files: every format read right, every fault named by file and line."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbm_lib.data import read_movielens_ratings, read_own_ratings

GOOD = "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978298413\n"
HEADER = "userId,movieId,rating,timestamp"


@pytest.fixture
def write(tmp_path):
    """Writes text to a file of that name and returns its path."""

    def write_file(name, text):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_file


def as_rows(ratings):
    """(user, item, stars, timestamp) in the order of the file."""
    frame = ratings.to_frame().iloc[np.argsort(ratings.source_row)]
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_double_colon_lines(write):
    ratings = read_movielens_ratings(write("ratings.dat", GOOD), "::")
    assert as_rows(ratings) == [(1, 1193, 5, 978300760), (1, 661, 3, 978302109), (2, 1193, 4, 978298413)]


def test_tab_lines(write):
    ratings = read_movielens_ratings(write("u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n"), "\t")
    assert as_rows(ratings) == [(196, 242, 3, 881250949), (186, 302, 3, 891717742)]


def test_header_half_stars_and_windows_line_ends(write):
    path = write("ratings.csv", f"{HEADER}\r\n1,31,2.5,1260759144\r\n7,1029,0.5,1260759179\r\n")
    assert as_rows(read_movielens_ratings(path, ",", header=HEADER)) == [
        (1, 31, 2.5, 1260759144),
        (7, 1029, 0.5, 1260759179),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 9**9), st.integers(0, 9**9)), min_size=1, max_size=20, unique=True),
    st.integers(0, 2**40),
)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(tmp_path_factory, pairs, seconds):
    rows = [(user, item, (place % 10 + 1) / 2, seconds + place) for place, (user, item) in enumerate(pairs)]
    path = tmp_path_factory.mktemp("parsing") / "ratings.dat"
    path.write_text("".join(f"{user}::{item}::{stars:g}::{time}\n" for user, item, stars, time in rows))
    assert as_rows(read_movielens_ratings(path, "::")) == rows


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            "2,661,3,978302109",
            r"line 2: expected 4 values \(user, item, rating, timestamp\) separated by '::', found '2,",
        ),
        ("2\t661::3::978302109", r"line 2: expected 4 values .* found '2\\t661::3::978302109'"),
        ("2\x1c661::3::978302109", r"line 2: expected 4 values"),
        ("2::661::3", r"line 2: expected 4 values .* found '2::661::3'"),
        ("2::661::3::978302109::1", r"line 2: expected 4 values"),
        ("", r"line 2: expected 4 values .* found ''"),
        ("2::661::three::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found 'three'"),
        ("2::661::::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found ''"),
        ("2::661::nan::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found 'nan'"),
        ("2::661::6::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found '6'"),
        ("2::661::0::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found '0'"),
        ("2::661::-1::978302109", r"line 2: rating: expected a number of stars from 0.5 to 5, found '-1'"),
        ("two::661::3::978302109", r"line 2: user: expected a whole number, found 'two'"),
        ("2::66.1::3::978302109", r"line 2: item: expected a whole number, found '66.1'"),
        ("2::661::3::soon", r"line 2: timestamp: expected a whole number, found 'soon'"),
        ("1::1193::4::978300761", r"line 2: expected one rating .* user 1 for item 1193; the first is on line 1"),
    ],
)
def test_a_faulty_line_is_named(write, fault, found):
    first, *others = GOOD.splitlines(keepends=True)
    path = write("ratings.dat", first + fault + "\n" + "".join(others))
    with pytest.raises(ValueError, match=r"ratings\.dat, " + found):
        read_movielens_ratings(path, "::")


def test_file_cut_inside_a_line_is_refused(write):
    path = write("ratings.dat", GOOD[:-4])  # what is left of the last timestamp would pass for a number
    with pytest.raises(ValueError, match=r"ratings\.dat, line 3: expected a line end, .* truncated"):
        read_movielens_ratings(path, "::")


def test_file_cut_between_lines_is_refused(write):
    with pytest.raises(ValueError, match=r"ratings\.dat: expected 1,000 ratings, found 3; is it truncated\?"):
        read_movielens_ratings(write("ratings.dat", GOOD), "::", num_ratings=1000)


def test_empty_file_is_refused(write):
    with pytest.raises(ValueError, match=r"ratings\.dat: expected ratings, found an empty file"):
        read_movielens_ratings(write("ratings.dat", ""), "::")
    with pytest.raises(ValueError, match=r"ratings\.csv: expected .*found"):
        read_movielens_ratings(write("ratings.csv", HEADER + "\n"), ",", header=HEADER)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ratings\.dat: expected a file, found nothing"):
        read_movielens_ratings(tmp_path / "ratings.dat", "::")


def test_other_header_is_refused(write):
    with pytest.raises(ValueError, match=r"line 1: expected 'userId,movieId,rating,timestamp', found 'user;item'"):
        read_movielens_ratings(write("ratings.csv", "user;item\n1;2\n"), ",", header=HEADER)


@pytest.mark.parametrize("read", [lambda path: read_movielens_ratings(path, "::"), read_own_ratings])
def test_a_longer_file_costs_no_more_steps_of_python(tmp_path, read):
    """A sound file is parsed by compiled code alone; line by line it would take ten times as long."""

    def calls(num_users):
        own = read is read_own_ratings
        path = tmp_path / ("mine.csv" if own else "ratings.dat")
        mark = "," if own else "::"
        lines = [mark.join((str(user), str(film), "4", "978300760")) for user in range(num_users) for film in range(7)]
        path.write_text("\n".join([*(["user,item,rating,timestamp"] if own else []), *lines]) + "\n")
        counted = []
        sys.setprofile(lambda frame, event, argument: counted.append(event) if event == "call" else None)
        try:
            read(path)
        finally:
            sys.setprofile(None)
        return len(counted)

    calls(5)  # imports pyarrow
    assert calls(1009) < calls(101) + 50
