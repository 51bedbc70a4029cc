"""JSON in the shapes that programs write: columns, rows below names, users with their items, values with types."""

import json

import pytest
from support.table_making import write

from rbm_lib.data import read_own_ratings, read_own_table

ROWS = [(1, 10, 3.0), (1, 11, 5.0), (2, 10, 4.0)]
COLUMNS = dict(zip(("user", "item", "rating"), zip(*ROWS, strict=True), strict=True))


def rows_of(ratings):
    return list(ratings.to_frame()[["user_id", "item_id", "rating"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "content",
    [
        COLUMNS,
        {name: dict(enumerate(column)) for name, column in COLUMNS.items()},
        {"columns": list(COLUMNS), "index": [0, 1, 2], "data": ROWS},
        [list(COLUMNS), *ROWS],
        {"1": {"10": 3, "11": 5}, "2": {"10": 4.0}},
        [
            {"_id": {"$oid": "5f"}, "user": {"$numberLong": str(u)}, "item": i, "rating": {"$numberDouble": str(r)}}
            for u, i, r in ROWS
        ],
    ],
    ids=["columns", "pandas", "split", "rows", "users", "mongo"],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_same_ratings_in_many_shapes(tmp_path, content, indent):
    assert rows_of(read_own_ratings(write(tmp_path, json.dumps(content, indent=indent), "mine.json"))) == ROWS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[1, 10, 3], [1, 11, 5]]", r"entry 1: expected an object of JSON, found '\[1, 10, 3\]'; write objects, or"),
        ('[["user", "item", "rating"], [1, 10]]', r"entry 1: expected an object of JSON, found '\[1, 10\]'"),
        ('{"user": "a\\ud800", "item": 2, "rating": 4}', r"line 1: expected whole letters, found a half of one in"),
        ('[{"user": "a\\udfff", "item": 2, "rating": 4}]', r"entry 1: expected whole letters, found a half of one"),
        ('{"user": ' + "9" * 5000 + ', "item": 2, "rating": 4}', r"line 1: expected an object of JSON, found"),
        (
            '{"user": [1, 2], "item": [10], "rating": [3, 4]}',
            r"line 1: expected a rating, .* found '\[3, 4\]'",
        ),
        ('[{"user": 1, "item": 2, "rating": 4},]', r"found damaged JSON; fetch or copy it again"),
    ],
)
def test_a_fault_of_json_is_one_line(tmp_path, text, found):
    with pytest.raises(ValueError, match=found) as refused:
        read_own_ratings(write(tmp_path, text, "mine.json"))
    assert str(refused.value).isprintable()


def test_a_name_that_comes_late_is_said(tmp_path):
    lines = [{"user": n, "item": 1, "rating": 1 + n % 5} for n in range(1001)]
    lines.append({"user": 0, "item": 2, "rating": 3, "timestamp": 7})
    table = read_own_table(write(tmp_path, "\n".join(map(json.dumps, lines)), "mine.jsonl"))
    assert table.ratings.num_ratings == 1002
    assert any("not read, as the first 1,000 have none: 'timestamp'" in note for note in table.notes)


def test_films_shows_and_episodes_of_trakt_in_one_file(tmp_path):
    def entry(kind, rating, **parts):
        return {"rated_at": "2014-09-01T09:10:11.000Z", "rating": rating, "type": kind, **parts}

    show = {"title": "The Wire", "year": 2002, "ids": {"trakt": 3}, "rating": 8.7}
    entries = [
        entry("movie", 10, movie={"title": "Heat", "year": 1995, "ids": {"trakt": 1}, "rating": 7.1}),
        entry("show", 9, show=show),
        entry("season", 8, season={"number": 4}, show=show),
        entry("episode", 7, episode={"season": 1, "number": 12, "title": "Cleaning Up"}, show=show),
    ]
    ratings = read_own_ratings(write(tmp_path, json.dumps(entries), "ratings.json"))
    found = dict(zip(ratings.item_id[ratings.item_index].tolist(), ratings.rating.tolist(), strict=True))
    names = ["Heat (1995)", "The Wire (2002)", "The Wire S04 (2002)", "The Wire S01E12 (2002)"]
    assert found == dict(zip(names, [10, 9, 8, 7], strict=True))


@pytest.mark.parametrize(
    "text", [b'[{"user": "\xe9\x81", "item": 2, "rating": 4}]', b'{"user": "\xe9\x81", "item": 2, "rating": 4}']
)
def test_bytes_that_an_encoding_does_not_have_are_one_line_of_ours(tmp_path, text):
    with pytest.raises(ValueError, match=r"mine\.json: expected text in cp1252, found other bytes; name its encoding"):
        read_own_ratings(write(tmp_path, text, "mine.json"), encoding="cp1252")
