"""What is no table: special files, empty and nested archives, bombs; each is one line with a way out."""

import gzip
import io
import os
import zipfile

import pytest
from support.table_making import ROWS, as_rows, lines, write

from rbm_lib import load
from rbm_lib.data import options_file, read_own_ratings
from rbm_lib.data.reading import sources


def zipped(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


def refusal(path, **options):
    with pytest.raises(ValueError, match="expected") as refused:
        read_own_ratings(path, **options)
    said = str(refused.value)
    assert said.startswith(str(path)) or not said.isprintable() or "\\x" in said
    assert said.isprintable()
    return said


def test_what_is_no_regular_file_is_named_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").endswith("expected a file, found a pipe; write its content into a file first")
    assert "found a device or a socket; write" in refusal(os.devnull)
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone.csv")
    assert refusal(tmp_path / "link.csv").endswith("found a link to nothing; is the name right?")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert "symbolic links" in refusal(tmp_path / "loop.csv")
    assert refusal(tmp_path / "no.csv").endswith("found nothing; is the name right?")


def test_an_address_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for address in ("https://example.org/ratings.csv", "s3://bucket/ratings", "FTP://example.org/r.gz"):
        with pytest.raises(ValueError, match="expected a file, found an address; download it first"):
            load(address)


def test_a_folder_without_a_name_is_one_line_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (".", ".."):
        with pytest.raises(ValueError, match="expected a folder of Parquet files"):
            read_own_ratings(folder)
    assert options_file(".") == tmp_path.parent / f"{tmp_path.name}.toml"
    assert options_file("/").name == ".toml"


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "a\x00b.csv"])
def test_a_name_that_no_file_can_have_is_one_line(tmp_path, name):
    assert "found nothing that can be opened (" in refusal(tmp_path / name)
    with pytest.raises(ValueError, match="expected a file, found nothing that can be opened"):
        load(str(tmp_path / name))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (zipped(), "expected an archive of one table, found none"),
        (zipped(("ratings.csv", "")), "expected ratings, found an empty file"),
        (gzip.compress(b""), "expected ratings, found an empty file"),
        (zipped(("in.zip", zipped(("r.csv", lines())))), "another packed file inside; unpack in.zip first"),
        (zipped(("r.csv.gz", gzip.compress(b"1,2,3\n"))), "another packed file inside; unpack r.csv.gz first"),
        (gzip.compress(gzip.compress(b"1,2,3\n")), "another packed file inside; unpack it first"),
        (zipped(("a/ratings.csv", lines()), ("b/ratings.csv", lines())), "name it: table='a/ratings.csv'"),
        (b"PARE" + b"x" * 99, "found an encrypted Parquet file; write it again without encryption"),
        (b"ARROW1\x00\x00" + b"x" * 99, "found an Arrow file (Feather); write the ratings as Parquet"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\n", "a pointer of Git LFS; git lfs pull"),
        (b"<table><tr><td>1</td></tr></table>", "found a web page"),
    ],
    ids=["none", "empty", "empty gz", "zip in zip", "gz in zip", "gz in gz", "two", "PARE", "Arrow", "LFS", "HTML"],
)
def test_what_cannot_be_a_table_is_called_what_it_is(tmp_path, content, found):
    assert found in refusal(write(tmp_path, content, "mine.bin"))


def test_a_member_outside_its_archive_is_read_and_nothing_is_written_there(tmp_path):
    path = write(tmp_path, zipped(("../../ratings.csv", lines())), "a/b/mine.zip")
    assert as_rows(read_own_ratings(path)) == ROWS
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "b", "mine.zip"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """A few kilobytes that hold gigabytes, for which two limits are made small here."""
    bomb = write(tmp_path, gzip.compress(b"user,item,rating\n" + b"\n" * (9 << 20)), "bomb.csv.gz")
    archive = write(tmp_path, zipped(("xl/workbook.xml", "\n" * (9 << 20))), "bomb.xlsx")
    monkeypatch.setattr(sources, "MOST_UNPACKED", (1 << 22, 200))
    for path in (bomb, archive):
        assert "expected packed ratings, found more than" in refusal(path)
    monkeypatch.setattr(sources, "MOST_UNPACKED", (1 << 22, 10**6))
    assert "expected ratings, found none" in refusal(bomb)
    assert "expected a workbook, found a damaged or locked one" in refusal(archive)


@pytest.mark.parametrize("start", ["1,2,", '1,"'])
def test_a_line_without_an_end_is_refused_before_it_is_taken_into_memory(tmp_path, start):
    """One such line took five times its size, and minutes."""
    path = write(tmp_path, gzip.compress(lines().encode() + start.encode() + b"3" * (21 << 20)), "long.gz")
    assert "expected lines of ratings, found one of more than 16 MB" in refusal(path)
