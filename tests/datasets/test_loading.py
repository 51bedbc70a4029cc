"""Named data sets: where they are looked for, what they hold, and what is refused."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.download_making import place

from rbm_lib._files import sha256_of_file
from rbm_lib.datasets import movielens
from rbm_lib.datasets.loading import NAMES, data_fingerprint, is_path, load
from rbm_lib.datasets.movielens import DatasetNotFoundError
from rbm_lib.datasets.planted.truth import PlantedSettings

pytestmark = pytest.mark.usefixtures("own_places")
SMALL = PlantedSettings(num_users=31, num_items=23, num_ratings=401, num_hidden=3, seed=3, min_ratings=7)
REAL = {
    "ml-100k": (943, 1682, 100_000, "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"),
    "ml-1m": (6040, 3706, 1_000_209, "506d64ca44484487c11dc2d9a28de5c54948213e6b96285e298afe28d6ea4e0f"),
    "ml-latest-small": (610, 9724, 100_836, "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646"),
}


def test_planted_is_drawn_once_and_read_by_the_movielens_reader(tmp_path):
    dataset = load("planted", planted=SMALL)
    assert (dataset.ratings.num_users, dataset.ratings.num_items, dataset.ratings.num_ratings) == (31, 23, 401)
    assert dataset.truth.hidden.shape == (31, 3)
    assert dataset.items["title"].is_unique
    assert dataset.items["item_id"].tolist() == dataset.ratings.item_id.tolist()
    assert dataset.users["user_id"].tolist() == dataset.ratings.user_id.tolist()
    (folder,) = (tmp_path / "cache").iterdir()
    written = (folder / "ratings.dat").stat().st_mtime_ns
    assert load("planted", planted=SMALL).checksum == dataset.checksum == sha256_of_file(folder / "ratings.dat")
    assert (folder / "ratings.dat").stat().st_mtime_ns == written


def test_planted_of_other_settings_has_a_place_and_a_fingerprint_of_its_own(tmp_path):
    other = replace(SMALL, seed=4)
    assert load("planted", planted=SMALL).checksum != load("planted", planted=other).checksum
    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert data_fingerprint("planted", planted=SMALL) != data_fingerprint("planted", planted=other)
    assert data_fingerprint("planted", planted=SMALL) == data_fingerprint("planted", planted=replace(SMALL))


def test_fingerprint_is_cheap():
    program = (
        "import sys; from rbm_lib.datasets import data_fingerprint; data_fingerprint('planted'); "
        "print(*sorted({'pandas', 'pyarrow', 'tensorflow', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_movielens(name):
    shared = os.environ.get("RBM_DATA_DIR")
    if not shared or not Path(shared, name).is_dir():
        pytest.skip(f"RBM_DATA_DIR names no folder that holds {name}")
    num_users, num_items, num_ratings, checksum = REAL[name]
    dataset = load(name, download=False)
    ratings = dataset.ratings
    assert (ratings.num_users, ratings.num_items, ratings.num_ratings) == (num_users, num_items, num_ratings)
    assert dataset.checksum == data_fingerprint(name, download=False) == checksum
    assert "Harper" in dataset.citation
    titles = dataset.items.set_index("item_id")["title"]
    assert titles[1] == "Toy Story (1995)"
    assert "Comedy" in dataset.items.set_index("item_id")["genres"][1].split("|")
    assert len(dataset.items) == num_items
    if dataset.users is not None:
        assert dataset.users["gender"].isin(["F", "M"]).all()


def test_items_follow_the_ratings_and_untitled_ones_are_called_by_their_id(tmp_path, small_ml_1m):
    dataset = load("ml-1m", data_dir=place(tmp_path / "here"))
    assert dataset.items["item_id"].tolist() == [661, 1193]  # ascending; the film that nobody rated is left out
    assert dataset.items["title"].tolist() == ["James and the Giant Peach (1996)", "1193"]
    assert dataset.items["genres"].tolist() == ["Animation|Musical", ""]
    assert dataset.users["gender"].tolist() == ["F", "M"]


def test_explicit_folder_comes_before_the_shared_one_and_that_before_the_cache(tmp_path, monkeypatch, small_ml_1m):
    explicit, shared, cache = (place(tmp_path / name / "ml-1m") for name in ("explicit", "shared", "cache"))
    monkeypatch.setenv("RBM_DATA_DIR", str(tmp_path / "shared"))
    assert movielens.find_movielens("ml-1m", tmp_path / "explicit") == explicit
    assert movielens.find_movielens("ml-1m", explicit) == explicit
    assert movielens.find_movielens("ml-1m") == shared
    monkeypatch.delenv("RBM_DATA_DIR")
    assert movielens.find_movielens("ml-1m") == cache


def test_explicit_folder_without_the_set_is_refused(tmp_path):
    with pytest.raises(DatasetNotFoundError, match=r"data_dir: expected ratings.dat of ml-1m in .*, found neither"):
        load("ml-1m", data_dir=tmp_path)


def test_set_without_its_ratings_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_DATA_DIR", str(tmp_path))
    (tmp_path / "ml-1m").mkdir()
    with pytest.raises(ValueError, match=r"ml-1m.ratings\.dat: expected a file, found nothing"):
        load("ml-1m")


def test_faulty_line_of_the_titles_is_named(tmp_path, small_ml_1m):
    folder = place(tmp_path / "here")
    (folder / "movies.dat").write_text("661::James and the Giant Peach (1996)\n")
    with pytest.raises(ValueError, match=r"movies\.dat, line 1: expected 3 values separated by '::'"):
        load("ml-1m", data_dir=folder)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_titles_that_were_saved_again_as_utf8(tmp_path, small_ml_1m, encoding):
    folder = place(tmp_path / "here")
    (folder / "movies.dat").write_text("661::Misérables, Les (1995)::Drama\n", encoding=encoding, newline="\n")
    assert load("ml-1m", data_dir=folder).items["title"][0] == "Misérables, Les (1995)"


def test_truncated_copy_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ratings\.dat: expected 1,000,209 ratings, found 3; is it truncated\?"):
        load("ml-1m", data_dir=place(tmp_path / "here"))


def test_own_csv_and_parquet(tmp_path):
    path = tmp_path / "my ratings.csv"
    path.write_text("user,item,rating\nann,alien,4\nbob,alien,2\n")
    dataset = load(path)
    assert dataset.name == "my ratings"
    assert dataset.items["title"].tolist() == ["alien"]
    assert dataset.users is None
    assert dataset.checksum == data_fingerprint(str(path)) == sha256_of_file(path)
    parquet = tmp_path / "mine.parquet"
    dataset.ratings.to_frame().to_parquet(parquet)
    assert load(parquet).ratings.checksum() == dataset.ratings.checksum()


def test_an_own_table_tells_titles_likes_and_what_was_understood(tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("User\tmovie_id\tScore\ttitle\n1\t21\t9\tHeat\n1\t7\t99\tAlien\n2\t21\t2\tHeat\n3\t7\t5\tAlien\n")
    with pytest.raises(ValueError, match=r"mine\.tsv: .* found 99, 1 time; unrated=99"):
        load(path)
    dataset = load(path, unrated=99)
    assert dataset.items["item_id"].tolist() == [7, 21]
    assert dataset.items["title"].tolist() == ["Alien", "Heat"]
    assert (dataset.threshold, dataset.ratings.num_ratings) == (9, 3)
    assert "1 line without a rating left out" in dataset.notes
    assert repr(dataset).startswith("Dataset('mine', Ratings(num_users=3, num_items=2, num_ratings=3), threshold=9)\n")
    assert set(dataset.notes) <= set(repr(dataset).splitlines())


def test_options_beside_a_file_are_found_and_part_of_its_fingerprint(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("user,item,rating\n1,2,99\n1,3,4\n2,3,5\n2,4,2\n")
    before = data_fingerprint(path)
    (tmp_path / "mine.csv.toml").write_text("unrated = 99\nthreshold = 5\n")
    dataset = load(path)
    assert (dataset.ratings.num_ratings, dataset.threshold) == (3, 5)
    assert data_fingerprint(path) != before
    assert dataset.checksum == sha256_of_file(path)


def test_a_folder_of_parquet_files_is_a_data_set(tmp_path):
    frame = load("planted", planted=SMALL).ratings.to_frame()
    folder = tmp_path / "spark"
    folder.mkdir()
    frame[:200].to_parquet(folder / "part-0.parquet")
    frame[200:].to_parquet(folder / "part-1.parquet")
    dataset = load(folder)
    assert dataset.ratings.checksum() == load("planted", planted=SMALL).ratings.checksum()
    before = data_fingerprint(folder)
    (folder / "part-1.parquet").rename(folder / "part-2.parquet")
    assert data_fingerprint(folder) != before == dataset.checksum


def test_options_of_reading_belong_to_own_files():
    with pytest.raises(ValueError, match=r"unrated: expected no options of reading for the data set 'planted'"):
        load("planted", unrated=0)


@pytest.mark.parametrize("name", ["a/b", "ratings.csv", "x.DAT", "u.data", "r.csv.gz", "r.zip", "r.xlsx", "r.jsonl"])
def test_what_is_a_path(name, tmp_path, monkeypatch):
    assert is_path(name)
    for known in NAMES:
        assert not is_path(known)
    assert not is_path("ratings")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ratings").touch()
    assert is_path("ratings")


def test_missing_own_file_is_refused(tmp_path):
    for read in (load, data_fingerprint):
        with pytest.raises(ValueError, match=r"mine\.csv: expected a file, found nothing"):
            read(tmp_path / "mine.csv")


def test_unknown_data_set_is_refused():
    for read in (load, data_fingerprint):
        with pytest.raises(ValueError, match=r"data set: expected one of planted, ml-100k, .*found 'ml-2m'"):
            read("ml-2m")
    assert len(NAMES) == 8


def test_planted_settings_belong_to_planted():
    with pytest.raises(ValueError, match=r"planted: expected None for the data set 'ml-1m'"):
        load("ml-1m", planted=SMALL)
