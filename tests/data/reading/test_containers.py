"""What ratings come packed in: compressed files, archives, JSON, workbooks, Parquet files and folders, exports."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from support.table_making import ROWS, as_rows, lines, write
from support.workbook_making import workbook

from rbm_lib.data import read_own_ratings, read_own_table


def zstd(content):
    return pa.compress(content, "zstd", asbytes=True)


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return content.getvalue()


@pytest.mark.parametrize("name", ["mine.csv.gz", "mine.csv"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_compressed_files_are_known_by_their_bytes(tmp_path, pack, name):
    text = lines("::", header=None) if name.endswith("gz") else lines(item='"Film {}"'.format)
    plain = read_own_ratings(write(tmp_path, text, "plain.csv"))
    assert read_own_ratings(write(tmp_path, pack(text.encode()), name)).checksum() == plain.checksum()


def test_an_archive_of_one_table(tmp_path):
    for members in (
        {"mine.csv": lines()},
        {"folder__mine.csv": lines(), "README.txt": "read me", "__MACOSX__._mine.csv": "x", ".DS_Store": "x"},
        {"ml__ratings.csv": lines(), "ml__movies.csv": "movieId,title\n", "ml__links.csv": "x"},
    ):
        table = read_own_table(write(tmp_path, zipped(**members), "ratings.zip"))
        assert as_rows(table.ratings) == ROWS
        assert any("unpacked from a zip archive" in note for note in table.notes)


def test_an_archive_of_several_tables_asks_which(tmp_path):
    path = write(tmp_path, zipped(**{"a.csv": lines(), "b.csv": "x"}), "two.zip")
    with pytest.raises(
        ValueError, match=r"two\.zip: expected an archive of one table, found 'a.csv', 'b.csv'; .*table='a.csv'"
    ):
        read_own_ratings(path)
    assert as_rows(read_own_ratings(path, table="a.csv")) == ROWS


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstd, lambda text: zipped(**{"a.csv": text})]
)
def test_a_damaged_file_is_refused_in_our_words(tmp_path, pack):
    content = pack(lines().encode() * 9)
    with pytest.raises(ValueError, match=r"mine\.csv.*: expected .*, found a damaged"):
        read_own_ratings(write(tmp_path, content[: len(content) // 2]))


def objects(**names):
    own = [dict(zip(("user", "item", "rating"), row, strict=True)) for row in ROWS]
    return [{names.get(name, name): value for name, value in row.items()} for row in own]


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.csv", "mine.json"])
@pytest.mark.parametrize("form", ["lines", "array", "indented", "inside", "lines with gaps", "utf-16"])
def test_json(tmp_path, form, name):
    entries = objects(user="reviewerID", item="asin", rating="overall")
    text = {
        "lines": "".join(json.dumps(entry) + "\n" for entry in entries),
        "array": json.dumps(entries),
        "indented": json.dumps(entries, indent=2),
        "inside": json.dumps({"count": len(entries), "ratings": entries}, indent=1),
        "lines with gaps": "\n" + "\n\n".join(json.dumps(entry | {"review": 'a "quote"\n'}) for entry in entries),
        "utf-16": "".join(json.dumps(entry) + "\n" for entry in entries).encode("utf-16"),
    }[form]
    assert as_rows(read_own_ratings(write(tmp_path, text, name))) == ROWS


def test_a_fault_in_json_is_named(tmp_path):
    entries = [json.dumps(entry) for entry in objects()]
    path = write(tmp_path, "\n".join([*entries[:3], entries[3][:-4], *entries[4:]]))
    with pytest.raises(ValueError, match=r"line 4: expected an object of JSON, found '\{"):
        read_own_ratings(path)
    path = write(tmp_path, "\n".join([*entries[:3], '{"user": 1, "item": 99, "rating": null}']))
    with pytest.raises(ValueError, match=r"line 4: expected a rating, as a number, found ''; unrated=''"):
        read_own_ratings(path)
    with pytest.raises(ValueError, match=r"expected an array of JSON objects, found damaged JSON"):
        read_own_ratings(write(tmp_path, json.dumps(objects())[:-5]))
    with pytest.raises(ValueError, match=r"entry 2: expected an object of JSON, found '3'"):
        read_own_ratings(write(tmp_path, json.dumps([objects()[0], 3])))


def test_workbooks(tmp_path):
    rows = [("user", "item", "rating"), *ROWS]
    path = write(tmp_path, workbook({"Sheet1": rows}), "mine.xlsx")
    assert as_rows(read_own_ratings(path)) == ROWS
    named = [("Benutzer", "Film", "Bewertung"), *((f"u{user}", f"Film <{item}>", stars) for user, item, stars in ROWS)]
    path = write(tmp_path, workbook({"notes": [("hello",)], "mine": named}), "mine.csv")
    assert as_rows(read_own_ratings(path)) == [(f"u{user}", f"Film <{item}>", stars) for user, item, stars in ROWS]
    two = write(tmp_path, workbook({"a": rows, "b": rows}), "two.xlsx")
    with pytest.raises(ValueError, match=r"two\.xlsx: expected one sheet of ratings, found the sheets 'a', 'b'"):
        read_own_ratings(two)
    assert as_rows(read_own_ratings(two, table="b")) == ROWS
    faulty = write(tmp_path, workbook({"a": [rows[0], rows[1], (), (1, 99, "good")]}), "faulty.xlsx")
    with pytest.raises(ValueError, match=r"faulty\.xlsx, row 4: expected a rating, as a number, found 'good'"):
        read_own_ratings(faulty)


def frame(**columns):
    own = pd.DataFrame(ROWS, columns=["user", "item", "rating"])
    return own.assign(**{name: make(own) for name, make in columns.items()})


def huge(user):
    return 2**64 - user


def arrow(name, kind):
    return lambda own: pd.Series(own[name].tolist(), dtype=pd.ArrowDtype(kind))


@pytest.mark.parametrize(
    ("columns", "user"),
    [
        ({}, int),
        ({"user": lambda own: own["user"].astype("uint64")}, int),
        ({"user": lambda own: own["user"].astype("float64")}, int),
        ({"user": lambda own: own["user"].map(Decimal)}, int),
        ({"user": lambda own: own["user"].astype("Int64")}, int),
        ({"user": lambda own: own["user"].astype("category")}, int),
        ({"user": lambda own: own["user"].map("u{}".format).astype("category")}, "u{}".format),
        ({"user": lambda own: own["user"].map("u{}".format)}, "u{}".format),
        ({"user": lambda own: own["user"].astype(str)}, int),
        ({"user": lambda own: own["user"].map(lambda user: b"u%d" % user)}, "u{}".format),
        ({"user": lambda own: own["user"].map(huge).astype("uint64")}, lambda user: str(huge(user))),
        ({"rating": lambda own: own["rating"].astype("float16")}, int),
        ({"rating": lambda own: own["rating"].astype(str)}, int),
        ({"rating": lambda own: own["rating"].astype("category")}, int),
        ({"rating": lambda own: own["rating"].astype("int8")}, int),
        ({"rating": lambda own: own["rating"].map(Decimal)}, int),
        ({"user": arrow("user", pa.large_string()), "item": arrow("item", pa.int8())}, int),
    ],
)  # fmt: skip
def test_parquet_columns_of_any_type(tmp_path, columns, user):
    path = tmp_path / "mine.parquet"
    frame(**columns).to_parquet(path)
    assert sorted(as_rows(read_own_ratings(path))) == sorted((user(u), i, r) for u, i, r in ROWS)


def test_parquet_thumbs_and_times(tmp_path):
    path = tmp_path / "mine.parquet"
    frame(rating=lambda own: own["rating"] > 2, date=lambda own: pd.Timestamp("2005-06-25 08:12:59")).to_parquet(path)
    ratings = read_own_ratings(path)
    assert set(ratings.rating.tolist()) == {0, 1}
    assert set(ratings.timestamp.tolist()) == {1_119_687_179}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (
            {"user": lambda own: own["user"] + 0.5},
            r"row 0: expected an id of the user, .* floating-point number .*; write",
        ),
        (
            {"user": lambda own: own["user"] + 2.0**60},
            r"row 0: expected an id of the user, .* lose digits from 2\*\*53 on",
        ),
        ({"user": lambda own: own["user"].where(own["user"] > 3)}, r"row \d+: expected an id of the user, found none"),
        (
            {"rating": lambda own: own["rating"].where(own["rating"] > 3)},
            r"row \d+: expected a rating, .* found none; unrated=''",
        ),
        (
            {"item": lambda own: own["item"].map(lambda item: {"id": item})},
            r"column of the item: .* found struct<id: int64>; write",
        ),
        (
            {"item": lambda own: own["item"].map(lambda item: [item])},
            r"column of the item: expected whole numbers or text",
        ),
        ({"item": lambda own: own["item"] > 3}, r"column of the item: expected whole numbers or text, found bool"),
        ({"rating": lambda own: own["rating"].map(str).replace("3", "good")}, r"row \d+: expected a rating.*'good'"),
    ],
)
def test_a_fault_of_parquet_is_named(tmp_path, columns, found):
    path = tmp_path / "mine.parquet"
    frame(**columns).to_parquet(path)
    with pytest.raises(ValueError, match=r"mine\.parquet, " + found) as refused:
        read_own_ratings(path)
    assert "\n" not in str(refused.value)


def test_a_folder_of_parquet_files_partitioned_or_not(tmp_path):
    whole, half = frame(), len(ROWS) // 2
    (tmp_path / "plain").mkdir()
    whole[:half].to_parquet(tmp_path / "plain" / "part-0.parquet")
    whole[half:].to_parquet(tmp_path / "plain" / "part-1.snappy.parquet")
    write(tmp_path, "", "plain/_SUCCESS")
    write(tmp_path, "x", "plain/.part-0.parquet.crc")
    assert as_rows(read_own_ratings(tmp_path / "plain")) == ROWS
    parquet.write_to_dataset(pa.Table.from_pandas(whole), tmp_path / "parted", partition_cols=["rating"])
    assert sorted(as_rows(read_own_ratings(tmp_path / "parted"))) == sorted(ROWS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: expected a folder of Parquet files, found none"):
        read_own_ratings(tmp_path / "empty")
    write(tmp_path, lines(), "plain/part.csv")
    with pytest.raises(
        ValueError, match=r"plain: expected a folder of Parquet files, found 'part.csv', which is none; name one"
    ):
        read_own_ratings(tmp_path / "plain")


def test_a_torn_parquet_file_is_refused(tmp_path):
    path = tmp_path / "mine.parquet"
    frame().to_parquet(path)
    for content in (path.read_bytes()[:-30], path.read_bytes()[:40]):
        with pytest.raises(ValueError, match=r"torn\.parquet: expected a whole Parquet file, found a damaged one \("):
            read_own_ratings(write(tmp_path, content, "torn.parquet"))


def test_written_ratings_are_read_back(tmp_path):
    first = read_own_ratings(
        write(tmp_path, 'user,item,rating\n007,NA,3\n7,"a ""b"", c",4\nNone,1917,5\nnull,"x\ny",1\n')
    )
    first.to_frame().to_csv(tmp_path / "again.csv", index=False)
    first.to_frame().to_csv(tmp_path / "indexed.csv")
    first.to_frame().to_parquet(tmp_path / "again.parquet")
    for name in ("again.csv", "indexed.csv", "again.parquet"):
        assert read_own_ratings(tmp_path / name).checksum() == first.checksum()
    assert np.array_equal(first.item_id, ["1917", "NA", 'a "b", c', "x\ny"])
