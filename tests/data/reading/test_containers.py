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
@pytest.mark.parametrize("form", ["lines", "array", "indented", "lines with gaps", "utf-16"])
def test_json(tmp_path, form, name):
    entries = objects(user="reviewerID", item="asin", rating="overall")
    text = {
        "lines": "".join(json.dumps(entry) + "\n" for entry in entries),
        "array": json.dumps(entries),
        "indented": json.dumps(entries, indent=2),
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
    with pytest.raises(ValueError, match=r"plain: expected a folder of Parquet files, found 'part.csv'; name one"):
        read_own_ratings(tmp_path / "plain")


def test_a_torn_parquet_file_is_refused(tmp_path):
    path = tmp_path / "mine.parquet"
    frame().to_parquet(path)
    for content in (path.read_bytes()[:-30], path.read_bytes()[:40]):
        with pytest.raises(ValueError, match=r"torn\.parquet: expected a whole Parquet file, found a damaged one \("):
            read_own_ratings(write(tmp_path, content, "torn.parquet"))


LETTERBOXD = (
    "Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,1995,https://boxd.it/a,4.5\n"
    '2024-01-02,"Good, Bad",1966,https://boxd.it/b,3\n2024-01-03,Heat,1986,https://boxd.it/c,1.5\n'
)
IMDB = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Votes\n"
    "tt0113277,9,2024-01-01,Heat,Heat,https://x,Movie,8.3,170,1995,Crime,700000\n"
    "tt0060196,4,2024-01-02,The Good,Il buono,https://x,Movie,8.8,178,1966,Western,800000\n"
)
GOODREADS = (
    "Book Id,Title,Author,Author l-f,ISBN,ISBN13,My Rating,Average Rating,Date Read,Date Added,My Review\n"
    '7,"Dune",Frank Herbert,"Herbert, Frank","=""0441172717""","=""9780441172719""",5,4.3,,2024/01/01,"Two,\nlines"\n'
    '9,"Emma",Jane Austen,"Austen, Jane","=""""","=""""",0,4.1,2024/01/03,2024/01/02,\n'
    '11,"Ulysses",James Joyce,"Joyce, James","=""""","=""""",2,3.9,,2024/01/02,"said ""no"""\n'
)
TRAKT = (
    "rated_at,type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,url,rating\n"
    "2024-01-01T10:00:00Z,movie,Heat,1995,8.1,1,tt0113277,949,https://x,9\n"
    "2024-01-02T10:00:00Z,movie,Heat,1986,6.0,2,tt0091187,950,https://x,3\n"
)
TRAKT_JSON = json.dumps([
    {"rated_at": "2024-01-01T10:00:00.000Z", "rating": 9, "type": "movie",
     "movie": {"title": "Heat", "year": 1995, "ids": {"trakt": 1, "slug": "heat-1995", "imdb": "tt0113277"}}},
    {"rated_at": "2024-01-02T10:00:00.000Z", "rating": 3, "type": "movie",
     "movie": {"title": "Heat", "year": 1986, "ids": {"trakt": 2, "slug": "heat-1986", "imdb": "tt0091187"}}},
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "items", "stars", "titles"),
    [
        (LETTERBOXD, ["Good, Bad (1966)", "Heat (1986)", "Heat (1995)"], [3, 1.5, 4.5], None),
        (IMDB, ["tt0060196", "tt0113277"], [4, 9], ["The Good", "Heat"]),
        (GOODREADS, [7, 11], [5, 2], ["Dune", "Ulysses"]),
        (TRAKT, ["Heat (1986)", "Heat (1995)"], [3, 9], None),
        (TRAKT_JSON, ["Heat (1986)", "Heat (1995)"], [3, 9], None),
    ],
    ids=["letterboxd", "imdb", "goodreads", "trakt", "trakt-json"],
)
def test_exports_are_one_persons_ratings(tmp_path, text, items, stars, titles):
    table = read_own_table(write(tmp_path, text))
    assert table.ratings.user_id.tolist() == ["me"]
    assert table.ratings.item_id.tolist() == items
    assert table.ratings.rating.tolist() == stars
    assert table.titles == titles
    assert table.ratings.timestamp.min() >= 1_704_067_200
    assert any("the layout of" in note for note in table.notes)
    assert read_own_ratings(write(tmp_path, text), user="ann").user_id.tolist() == ["ann"]


def test_a_persons_table_of_no_known_layout_needs_a_name(tmp_path):
    path = write(tmp_path, "film,stars\nHeat,3\nAlien,5\n")
    with pytest.raises(ValueError, match=r"line 1: .*the user among them.*user='me'"):
        read_own_ratings(path)
    assert read_own_ratings(path, user="me").rating.tolist() == [5, 3]


def test_the_layouts_of_published_sets(tmp_path):
    netflix = "1:\n30,3,2005-09-06\n7,5,2005-05-13\n2:\n30,4,2005-09-05\n"
    ratings = read_own_ratings(write(tmp_path, netflix))
    assert sorted(as_rows(ratings)) == [(7, 1, 5), (30, 1, 3), (30, 2, 4)]
    assert ratings.timestamp.min() == 1_115_942_400
    with pytest.raises(ValueError, match=r"line 3: expected user,rating,date or an item as '1:', found '7,5'"):
        read_own_ratings(write(tmp_path, netflix.replace("7,5,2005-05-13", "7,5")))
    crossing = '"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"\n"276726";"0155061224";"5"\n'
    crossing += '"276727";"0446520802";"10"\n'
    with pytest.raises(ValueError, match=r"found 0, 1 time; unrated=0 leaves those lines out"):
        read_own_ratings(write(tmp_path, crossing))
    assert read_own_ratings(write(tmp_path, crossing), unrated=0).item_id.tolist() == ["0155061224", "0446520802"]
    anime = "user_id,anime_id,rating\n1,20,-1\n1,24,8\n2,20,10\n"
    with pytest.raises(ValueError, match="found -1, 1 time; unrated=-1"):
        read_own_ratings(write(tmp_path, anime))
    assert read_own_ratings(write(tmp_path, anime), unrated=-1).rating.tolist() == [8, 10]
    jester = "userId,jokeId,rating\n1,5,-9.28\n1,7,99\n2,5,0.875\n"
    assert read_own_ratings(write(tmp_path, jester), unrated=99).rating.tolist() == pytest.approx([-9.28, 0.875])


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
