"""Folders of Parquet files: partitions stay text, columns have one type, and a folder is read once."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as arrow_dataset
import pyarrow.parquet as parquet
import pytest

from rbm_lib.data import Shards, read_own_ratings, read_own_table, write_shards

USERS, ITEMS, STARS = ["007", "007", "7", "8"], [10, 11, 10, 12], [3.0, 5.0, 4.0, 1.0]


def part(folder, name, **columns):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({"user": [1], "item": [10], "rating": [3.0]} | columns), path)


def parted(folder, user=USERS, column="user"):
    table = pa.table({"user": user, "item": ITEMS, "rating": STARS})
    parquet.write_to_dataset(table, folder, partition_cols=[column])
    return folder


def refusal(folder):
    with pytest.raises(ValueError, match="expected") as refused:
        read_own_ratings(folder)
    return str(refused.value)


def test_zeros_before_a_partitions_user_stay(tmp_path):
    """pyarrow takes 007 for 7, and two people became one."""
    ratings = read_own_ratings(parted(tmp_path / "mine"))
    assert ratings.user_id.tolist() == ["007", "7", "8"]
    assert np.diff(ratings.row_splits).tolist() == [2, 1, 1]
    write_shards(str(tmp_path / "mine"), tmp_path / "shards", num_shards=1)
    assert Shards(tmp_path / "shards").num_users == 3


@pytest.mark.parametrize("column", ["item", "rating"])
def test_whole_numbers_and_ratings_of_partitions_are_numbers(tmp_path, column):
    ratings = read_own_ratings(parted(tmp_path / "mine", [1, 1, 2, 3], column))
    assert ratings.user_id.tolist() == [1, 2, 3]
    assert ratings.item_id.tolist() == [10, 11, 12]
    assert sorted(ratings.rating.tolist()) == [1, 3, 4, 5]


def test_names_of_partitions_are_decoded(tmp_path):
    names = ["a b", "a/b", "ü%", "x=y"]
    assert read_own_ratings(parted(tmp_path / "mine", names)).user_id.tolist() == sorted(names)


def test_the_widest_type_of_a_column_is_taken_and_different_ones_are_named(tmp_path):
    part(tmp_path / "wide", "a.parquet", user=pa.array([1], pa.int32()), rating=pa.array([3], pa.int8()))
    part(tmp_path / "wide", "b.parquet", user=pa.array([2**40]), rating=[4.5])
    ratings = read_own_ratings(tmp_path / "wide")
    assert (ratings.user_id.tolist(), ratings.rating.tolist()) == ([1, 2**40], [3, 4.5])
    part(tmp_path / "wide", "c.parquet", user=["ann"])
    assert (
        "found 'user' as int32 in 'a.parquet' and as string in 'c.parquet'; write the files with one type"
        in refusal(tmp_path / "wide")
    )


def test_types_of_columns_that_are_not_read_and_dictionaries_do_not_matter(tmp_path):
    part(tmp_path / "mine", "a.parquet", user=pa.array(["ann"]).dictionary_encode(), said=["good"])
    part(tmp_path / "mine", "b.parquet", user=["bob"], said=[7])
    assert read_own_ratings(tmp_path / "mine").user_id.tolist() == ["ann", "bob"]
    write_shards(tmp_path / "mine", tmp_path / "shards", num_shards=1)
    assert Shards(tmp_path / "shards").num_users == 2


def test_times_that_only_later_files_have_are_a_gap_and_not_forgotten(tmp_path):
    part(tmp_path / "mine", "a.parquet")
    part(tmp_path / "mine", "b.parquet", user=[2], timestamp=[1_188_990_585])
    assert "expected a time, as other rows have one, found none, as in 1 row of 2; dates='ignore'" in refusal(
        tmp_path / "mine"
    )


def test_a_link_into_itself_is_followed_once(tmp_path):
    part(tmp_path / "mine", "a.parquet")
    (tmp_path / "mine" / "again").symlink_to(tmp_path / "mine")
    part(tmp_path / "other", "b.parquet", user=[2])
    (tmp_path / "mine" / "linked").symlink_to(tmp_path / "other")
    assert read_own_ratings(tmp_path / "mine").num_ratings == 2


def test_what_a_job_left_is_not_read_and_what_belongs_to_a_log_is_not_guessed(tmp_path):
    part(tmp_path / "mine", "a.parquet")
    part(tmp_path / "mine" / "_temporary" / "0", "b.parquet", user=[2])
    assert read_own_ratings(tmp_path / "mine").num_ratings == 1
    (tmp_path / "mine" / "_delta_log").mkdir()
    assert "found a table of Delta Lake; write its rows" in refusal(tmp_path / "mine")


def test_a_part_that_is_none_is_named(tmp_path):
    part(tmp_path / "mine", "a.parquet")
    (tmp_path / "mine" / "b.parquet").write_bytes(b"")
    assert "found 'b.parquet', which is none; name one file of it" in refusal(tmp_path / "mine")


def test_two_columns_of_one_name_are_not_a_damaged_file(tmp_path):
    columns = [pa.array([1]), pa.array([2]), pa.array([3.0]), pa.array([4.0])]
    table = pa.Table.from_arrays(columns, names=["user", "item", "rating", "rating"])
    parquet.write_table(table, tmp_path / "mine.parquet")
    assert "expected columns of different names, found 'rating' twice; rename" in refusal(tmp_path / "mine.parquet")


def test_times_to_the_nanosecond_and_columns_of_nothing(tmp_path):
    part(tmp_path, "ns.parquet", timestamp=pa.array([1_188_990_585_123_456_789], pa.timestamp("ns")))
    assert read_own_ratings(tmp_path / "ns.parquet").timestamp.tolist() == [1_188_990_585]
    part(tmp_path, "null.parquet", timestamp=pa.nulls(1), title=pa.nulls(1))
    table = read_own_table(tmp_path / "null.parquet")
    assert (table.ratings.timestamp, table.titles) == (None, ["10"])
    part(tmp_path, "none.parquet", rating=pa.nulls(1))
    assert "row 0: expected a rating, as a number, found none; unrated=''" in refusal(tmp_path / "none.parquet")


def test_the_files_are_read_in_the_order_of_pyarrow(tmp_path):
    for number, name in enumerate(["b/2.parquet", "a/9.parquet", "a.parquet", "a/10.parquet", "B.parquet"]):
        part(tmp_path / "mine", name, user=[number])
    ratings = read_own_ratings(tmp_path / "mine")
    order = ratings.user_id[np.argsort(ratings.source_row)].tolist()
    assert order == arrow_dataset.dataset(tmp_path / "mine", format="parquet").to_table()["user"].to_pylist()
