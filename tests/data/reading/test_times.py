"""Times of ratings in every form, and repeats: refused, the last, or the mean."""

import numpy as np
import pytest
from support.table_making import write

from rbm_lib.data import read_own_ratings, read_own_table

SECONDS = [1_119_687_179, 1_150_828_297, 1_188_990_585]
ISO = ["2005-06-25 08:12:59", "2006-06-20 18:31:37", "2007-09-05 11:09:45"]


def times_of(tmp_path, times, **options):
    text = "user;item;rating;timestamp\n" + "".join(f"1;{n};{1 + n};{time}\n" for n, time in enumerate(times))
    table = read_own_table(write(tmp_path, text), **options)
    return None if table.ratings.timestamp is None else table.ratings.timestamp.tolist()


@pytest.mark.parametrize(
    ("times", "options"),
    [
        (SECONDS, {}),
        ([f"{time}.0" for time in SECONDS], {}),
        ([f"{time}.25" for time in SECONDS], {}),
        ([time * 1000 + 250 for time in SECONDS], {}),
        ([time * 10**6 for time in SECONDS], {}),
        ([time * 10**9 for time in SECONDS], {}),
        (ISO, {}),
        ([time.replace(" ", "T") for time in ISO], {}),
        ([time.replace(" ", "T") + "Z" for time in ISO], {}),
        ([time.replace(" ", "T") + ".250Z" for time in ISO], {}),
        ([f"{time} UTC" for time in ISO], {}),
        ([time.replace("-", "/") for time in ISO], {}),
        ([f"{time}+00:00" for time in ISO], {}),
        (["2005-06-25T10:12:59+02:00", *ISO[1:]], {}),
        ([time.replace("-", "").replace(" ", "").replace(":", "") for time in ISO], {}),
        (["25.06.2005 08:12:59", "20.06.2006 18:31:37", "05.09.2007 11:09:45"], {"dates": "%d.%m.%Y %H:%M:%S"}),
        ([time * 1000 for time in SECONDS], {"dates": "ms"}),
    ],
)
def test_times_become_seconds(tmp_path, times, options):
    assert times_of(tmp_path, times, **options) == SECONDS


def test_dates_alone_are_midnights(tmp_path):
    assert times_of(tmp_path, ["1970-01-02", "1970-01-01", "2000-01-01"]) == [86_400, 0, 946_684_800]


def test_days_as_numbers(tmp_path):
    assert times_of(tmp_path, [19700102, 19720229, 20000101]) == [86_400, 68_169_600, 946_684_800]
    assert times_of(tmp_path, [19700102, 19700229, 20000101]) == [19_700_102, 19_700_229, 20_000_101]  # no such day


def test_numbers_that_are_no_dates_keep_their_order_and_it_is_said(tmp_path):
    for times in ([2019, 2021, 2020], [43831, 43850, 43840], [5, 7, 6]):
        assert times_of(tmp_path, times) == times
        notes = read_own_table(tmp_path / "mine.csv").notes
        assert any("taken for seconds since 1970, which keeps their order" in note for note in notes), times


@pytest.mark.parametrize("mark", [0, -1])
def test_a_mark_of_no_time_among_times_is_a_gap(tmp_path, mark):
    times = [SECONDS[0], mark, SECONDS[2]]
    found = rf"line 3: expected a time, .* found {mark}, as in 1 row of 3; dates='s' takes .*; dates='ignore'"
    with pytest.raises(ValueError, match=found):
        times_of(tmp_path, times)
    assert times_of(tmp_path, times, dates="s") == times


@pytest.mark.parametrize(
    ("times", "options", "found"),
    [
        (["9" * 100_000, *SECONDS[1:]], {}, r"line 2: expected a time, found '999.*'; dates='ignore'"),
        (["1", "x", "2"], {"dates": "%Q"}, r"dates: expected a format as '%d.%m.%Y', or a unit as 'ms', found '%Q'"),
        (["01/31/2020", "02/01/2020"], {}, r"dates='%d/%m/%Y' or dates='%m/%d/%Y' names the format"),
    ],
)
def test_a_time_that_cannot_be_read_is_one_line_of_ours(tmp_path, times, options, found):
    with pytest.raises(ValueError, match=found) as refused:
        times_of(tmp_path, times, **options)
    assert len(str(refused.value)) < 500


def test_no_times_at_all_are_none(tmp_path):
    assert times_of(tmp_path, ["", "", ""]) is None


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([SECONDS[0], "", SECONDS[2]], r"line 3: expected a time, .* found none, as in 1 line of 3; dates='ignore'"),
        ([ISO[0], "", ISO[2]], r"line 3: expected a time, as other lines have one"),
        (
            [SECONDS[0], "soon", SECONDS[2]],
            r"line 2: expected a time in seconds or as 2024-01-31|line 3: expected a time",
        ),
        (
            ["25.06.2005", "20.06.2006", "05.09.2007"],
            r"line 2: expected a time .* found '25.06.2005'; dates='%d.%m.%Y'",
        ),
        ([SECONDS[0], SECONDS[1] * 1000, SECONDS[2]], r"expected times in one unit, found .*; dates='s' or dates='ms'"),
    ],
)
def test_a_gap_or_no_time_is_one_error_with_the_way_out(tmp_path, times, found):
    with pytest.raises(ValueError, match=found):
        times_of(tmp_path, times)
    assert times_of(tmp_path, times, dates="ignore") is None


def repeats_of(tmp_path, timestamps=True, **options):
    rows = [(1, 10, 2, 300), (1, 20, 3, 100), (1, 10, 5, 200), (2, 10, 1, 100), (1, 10, 4, 250), (2, 20, 5, 100)]
    rows = rows if timestamps else [row[:3] for row in rows]
    header = "user,item,rating,timestamp" if timestamps else "user,item,rating"
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"
    return read_own_table(write(tmp_path, text), **options)


def test_repeats_are_refused_with_their_number_and_lines(tmp_path):
    expected = (
        r"line 4: expected one rating for each user and item, found a second one of user 1 for item 10; the first is "
        r"on line 2, and 1 more such lines \(line 6\); repeats='last'"
    )
    with pytest.raises(ValueError, match=expected):
        repeats_of(tmp_path)


def test_the_last_by_time_is_kept_else_the_last_of_the_file(tmp_path):
    table = repeats_of(tmp_path, repeats="last")
    assert table.ratings.rating.tolist() == [2, 3, 1, 5]
    assert table.ratings.timestamp.tolist() == [300, 100, 100, 100]
    assert "2 repeated ratings: the last of each user and item is kept" in table.notes
    assert repeats_of(tmp_path, timestamps=False, repeats="last").ratings.rating.tolist() == [4, 3, 1, 5]


def test_the_mean_of_repeats(tmp_path):
    table = repeats_of(tmp_path, repeats="mean")
    np.testing.assert_allclose(table.ratings.rating, [11 / 3, 3, 1, 5], rtol=1e-6)
    assert table.ratings.source_row.tolist() == [0, 1, 3, 5]  # the row of the last by time
    assert "2 repeated ratings: their mean is taken" in table.notes


def test_a_mean_stays_on_the_scale_that_was_asked_for(tmp_path):
    path = write(tmp_path, "user,item,rating\n1,1,3\n1,1,4\n1,2,1\n2,1,2\n2,1,5\n2,2,5\n")
    assert read_own_ratings(path, repeats="mean").rating.tolist() == [3.5, 1, 3.5, 5]
    assert read_own_ratings(path, repeats="mean", num_values=5).rating.tolist() == [4, 1, 4, 5]


def test_a_sound_file_has_no_note_on_repeats(tmp_path):
    path = write(tmp_path, "user,item,rating\n1,2,3\n1,3,4\n")
    assert not any("repeated" in note for note in read_own_table(path).notes)
    assert read_own_ratings(path, repeats="last").checksum() == read_own_ratings(path).checksum()
