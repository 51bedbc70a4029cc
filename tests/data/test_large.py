"""Shards from Parquet and datasets of pyarrow, block by block: the ratings that `load` would read, whatever the ids."""

import math
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.dataset as arrow_dataset
import pyarrow.parquet as parquet
import pytest

from rbm_lib.data import out_of_core, read_own_table, read_tfrecords, write_shards
from rbm_lib.data.reading import large

USERS, ITEMS = 31, 23


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Blocks and buckets so small that these few rows make many of each."""
    monkeypatch.setattr(large, "ROWS", 41)
    monkeypatch.setattr(out_of_core, "ROWS", 41)
    monkeypatch.setattr(out_of_core, "RATINGS_A_BUCKET", 37)


def rows(kind="numbers", **more):
    """A table in any order; some users have rated much, some little."""
    rng = np.random.default_rng(7)
    user, item = np.nonzero(rng.random((USERS, ITEMS)) < rng.random((USERS, 1)))
    order = rng.permutation(len(user))
    user, item = user[order], item[order]
    columns = {"user": KINDS[kind](user), "item": KINDS[kind](item), "rating": rng.integers(1, 11, len(user)) / 2}
    return pa.table(columns | {name: made(len(user)) for name, made in more.items()})


KINDS = {
    "numbers": lambda places: places * 7919 - 3000,
    "floats": lambda places: places * 3.0,
    "texts": lambda places: [f"é{place}" for place in places],
    "numbers as texts": lambda places: [str(place * 13 - 20) for place in places],
    "one text among numbers": lambda places: [str(place) if place else "x" for place in places],
    "with leading zeros": lambda places: [f"{place:05d}" for place in places],
    "with blanks": lambda places: [f" {place}" if n % 2 else f"{place} " for n, place in enumerate(places)],
    "beyond int64": lambda places: pa.array([2**63 - 5 + int(place) for place in places], pa.uint64()),
    "dictionary": lambda places: pa.array([f"i{place}" for place in places]).dictionary_encode(),
    "decimals": lambda places: pa.array([int(place) for place in places], pa.int64()).cast(pa.decimal128(25, 2)),
}


def triples(*parts):
    return sorted(
        (user, item, rating)
        for part in parts
        for user, item, rating in zip(
            part.user_id[part.user_index].tolist(),
            part.item_id[part.item_index].tolist(),
            part.rating.tolist(),
            strict=True,
        )
    )


def parts_of(shards):
    return [read_tfrecords(path) for path in shards.paths]


@pytest.mark.parametrize("kind", KINDS)
def test_shards_hold_what_load_reads(tmp_path, kind):
    parquet.write_table(rows(kind), tmp_path / "ratings.parquet", row_group_size=29)
    shards = write_shards(tmp_path / "ratings.parquet", tmp_path / "shards", num_shards=5)
    expected, found = read_own_table(tmp_path / "ratings.parquet").ratings, parts_of(shards)
    assert triples(*found) == triples(expected)
    assert all(part.item_id.tolist() == expected.item_id.tolist() for part in found)
    users = [user for part in found for user in part.user_id.tolist()]
    assert sorted(users) == expected.user_id.tolist()
    assert shards.num_users == expected.num_users
    assert shards.num_ratings == expected.num_ratings
    assert len(shards.paths) == 5


def test_a_partitioned_folder_and_its_dataset_give_the_same_files(tmp_path):
    table = rows(year=lambda n: 2000 + np.arange(n) % 3)
    parquet.write_to_dataset(table, tmp_path / "ratings", partition_cols=["year"])
    source = arrow_dataset.dataset(tmp_path / "ratings", partitioning="hive")
    found = [write_shards(one, tmp_path / name, 3) for one, name in ((tmp_path / "ratings", "a"), (source, "b"))]
    assert triples(*parts_of(found[0])) == triples(read_own_table(tmp_path / "ratings").ratings)
    assert [path.read_bytes() for path in found[0].paths] == [path.read_bytes() for path in found[1].paths]
    later = write_shards(source.filter(arrow_dataset.field("year") > 2001), tmp_path / "c", 3)
    assert later.num_ratings == int((np.arange(table.num_rows) % 3 == 2).sum())


@pytest.mark.parametrize("how", ["blocks", "buckets"])
def test_how_much_is_in_memory_makes_no_difference(tmp_path, monkeypatch, how):
    table = arrow_dataset.dataset(rows())
    first = write_shards(table, tmp_path / "a", 3)
    if how == "blocks":
        monkeypatch.setattr(large, "ROWS", 10_000)
        monkeypatch.setattr(out_of_core, "ROWS", 10_000)
        second = write_shards(table, tmp_path / "b", 3)
        assert [path.read_bytes() for path in first.paths] == [path.read_bytes() for path in second.paths]
    else:
        monkeypatch.setattr(out_of_core, "RATINGS_A_BUCKET", 10_000)
        second = write_shards(table, tmp_path / "b", 3)
        assert triples(*parts_of(first)) == triples(*parts_of(second))


def test_shards_of_few_users_are_fewer_and_more_shards_than_users_are_refused(tmp_path):
    table = pa.table({"user": [1, 2, 3, 4, 5], "item": [1] * 5, "rating": [3.0] * 5})
    shards = write_shards(arrow_dataset.dataset(table), tmp_path / "shards", 5)
    assert shards.num_users == 5
    assert min(shards.users_per_shard) > 0
    assert [path.name for path in shards.paths] == [f"{n:05d}.tfrecord" for n in range(len(shards.paths))]
    with pytest.raises(ValueError, match="num_shards: expected a whole number from 1 to 5, found 6"):
        write_shards(arrow_dataset.dataset(table), tmp_path / "more", 6)
    assert {path.name for path in tmp_path.iterdir()} == {"shards"}


def test_repeats_are_refused_with_their_number_kept_or_averaged(tmp_path):
    table = rows()
    twice = pa.concat_tables([table, table.slice(3, 5).set_column(2, "rating", pa.array([0.5] * 5))])
    with pytest.raises(ValueError, match=r"5 repeated ones, as of user -?\d+ for item -?\d+; repeats='last' keeps"):
        write_shards(arrow_dataset.dataset(twice), tmp_path / "refused", 3)
    assert not list(tmp_path.iterdir())
    for repeats in ("last", "mean"):
        parquet.write_table(twice, tmp_path / "twice.parquet")
        shards = write_shards(arrow_dataset.dataset(twice), tmp_path / repeats, 3, repeats=repeats)
        expected = read_own_table(tmp_path / "twice.parquet", repeats=repeats).ratings
        assert triples(*parts_of(shards)) == triples(expected)


TIMES = {
    "seconds": lambda n: np.arange(n)[::-1] + 10**9,
    "dates": lambda n: [datetime(2020, 1, 1) - timedelta(days=int(k)) for k in range(n)],
    "floats": lambda n: -np.arange(n) / 3,
}


@pytest.mark.parametrize("kind", TIMES)
def test_the_last_of_repeats_is_the_last_by_time_unless_times_are_ignored(tmp_path, kind):
    table = pa.table({"user": [1, 1, 2], "item": [5, 5, 5], "rating": [4.0, 2.0, 3.0], "timestamp": TIMES[kind](3)})
    for options, expected in (({}, 4.0), ({"dates": "ignore"}, 2.0)):
        shards = write_shards(arrow_dataset.dataset(table), tmp_path / f"{expected}", 1, repeats="last", **options)
        assert triples(*parts_of(shards)) == [(1, 5, expected), (2, 5, 3.0)]


def test_ratings_are_on_the_scale_of_all_of_the_data(tmp_path):
    """What marks "not rated" shows among all ratings, not in a block."""
    rating = np.where(np.arange(300) == 280, 99.0, 1 + np.arange(300) % 5)
    table = pa.table({"user": np.arange(300) // 10, "item": np.arange(300) % 10, "rating": rating})
    with pytest.raises(ValueError, match="expected ratings on one scale, as from 1 to 5, found 99, 1 time; unrated=99"):
        write_shards(arrow_dataset.dataset(table), tmp_path / "shards")
    shards = write_shards(arrow_dataset.dataset(table), tmp_path / "shards", unrated=99, best="low")
    assert shards.num_ratings == 299
    assert triples(*parts_of(shards))[:3] == [(0, 0, 5.0), (0, 1, 4.0), (0, 2, 3.0)]


def test_ratings_as_texts_with_decimal_commas(tmp_path):
    table = pa.table({"user": [1, 1, 2], "item": [5, 6, 5], "rating": ["4,5", "2", "3"]})
    shards = write_shards(arrow_dataset.dataset(table), tmp_path / "shards", 1)
    assert triples(*parts_of(shards)) == [(1, 5, 4.5), (1, 6, 2.0), (2, 5, 3.0)]


def changed(column, place, value):
    table = rows()
    values = table[column].to_pylist()
    values[place] = value
    return table.set_column(table.column_names.index(column), column, pa.array(values))


FAULTS = {
    "no item": (lambda: rows().drop(["item"]), {}, "the item among them, found the columns 'user', 'rating'"),
    "no column of that name": (rows, {"columns": {"item": "film"}}, "expected one column 'film' for the item"),
    "an unknown option": (rows, {"colums": "x"}, "expected options among columns, .*'columns' perhaps"),
    "an option for text": (rows, {"merge": "case"}, r"expected some of columns, .*found merge; `write_shards\(load"),
    "no rows": (lambda: rows().slice(0, 0), {}, "expected ratings, found none"),
    "no user": (lambda: changed("user", 300, None), {}, "row 300: expected an id of the user, found none"),
    "half an item": (lambda: changed("item", 299, 0.5), {}, "row 299: expected an id of the item, a whole number"),
    "no rating": (lambda: changed("rating", 301, None), {}, "row 301: expected a rating, as a number, found none"),
    "infinite": (lambda: changed("rating", 301, math.inf), {}, "row 301: expected a rating, as a number, found inf"),
    "a blank user": (
        lambda: pa.table({"user": ["a"] * 90 + [" "], "item": range(91), "rating": [1.0] * 91}), {},
        "row 90: expected an id of the user, found ' '",
    ),
    "times as texts": (
        lambda: rows(timestamp=lambda n: ["soon"] * n), {"repeats": "last"},
        "timestamp: expected times or numbers, found texts; .*dates='ignore'",
    ),
    "counts": (
        lambda: pa.table({"user": range(200), "item": [1] * 200, "rating": range(200)}), {},
        "expected ratings on a scale, found whole numbers from 0 to 199, like counts",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_said_in_one_line_and_leaves_nothing(tmp_path, fault):
    make, options, message = FAULTS[fault]
    with pytest.raises(ValueError, match=message) as error:
        write_shards(arrow_dataset.dataset(make()), tmp_path / "shards", 3, **options)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_other_sources_are_refused_with_a_way_out(tmp_path, likes):
    (tmp_path / "ratings.csv").write_text("user,item,rating\n1,2,3\n")
    with pytest.raises(ValueError, match=r"ratings\.csv: expected Parquet, found a table of another kind; `write"):
        write_shards(tmp_path / "ratings.csv", tmp_path / "shards")
    with pytest.raises(ValueError, match="source: expected Ratings, a path or a pyarrow"):
        write_shards(rows(), tmp_path / "shards")
    with pytest.raises(ValueError, match="options: expected none with Ratings, which are read already, found repeats"):
        write_shards(likes, tmp_path / "shards", 3, repeats="last")
    (tmp_path / "torn").mkdir()
    parquet.write_table(rows(), tmp_path / "torn" / "a.parquet")
    whole = (tmp_path / "torn" / "a.parquet").read_bytes()
    (tmp_path / "torn" / "a.parquet").write_bytes(whole[:-40])
    with pytest.raises(ValueError, match="torn: expected a whole Parquet file, found a damaged one"):
        write_shards(tmp_path / "torn", tmp_path / "shards")


@pytest.mark.parametrize("at", [0.05, 0.5, 0.95])
def test_an_interruption_leaves_nothing_and_progress_counts_every_step(tmp_path, at):
    table, steps = arrow_dataset.dataset(rows()), []
    write_shards(table, tmp_path / "shards", 3, progress=lambda all_of: steps.append(len(all_of)) or iter(all_of))

    def interrupted(all_of):
        for number, step in enumerate(all_of):
            if number == int(at * steps[0]):
                raise KeyboardInterrupt
            yield step

    assert steps == [max(steps)]
    assert steps[0] > 20
    with pytest.raises(KeyboardInterrupt):
        write_shards(table, tmp_path / "other", 3, progress=interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["shards"]


def test_a_source_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    table = large.open_large(arrow_dataset.dataset(rows()), {})
    monkeypatch.setattr("rbm_lib.data.shards.open_large", lambda source, options: table)
    object.__setattr__(table, "num_rows", table.num_rows - 1)
    with pytest.raises(ValueError, match=r"expected \d+ rows, as were counted, found another number"):
        write_shards("anything", tmp_path / "shards", 3)
