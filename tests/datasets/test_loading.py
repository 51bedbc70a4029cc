"""Named data sets: where they are looked for, what is downloaded, and what is refused. No test leaves this machine."""

import hashlib
import http.server
import io
import os
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rbm_lib._files import atomic_file, atomic_folder, sha256_of_file
from rbm_lib.datasets import movielens
from rbm_lib.datasets.loading import NAMES, data_fingerprint, load
from rbm_lib.datasets.movielens import MOVIELENS, DatasetNotFoundError
from rbm_lib.datasets.planted.truth import PlantedSettings

SMALL = PlantedSettings(num_users=31, num_items=23, num_ratings=401, num_hidden=3, seed=3, min_ratings=7)
RATINGS = "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978298413\n"
MOVIES = "661::James and the Giant Peach (1996)::Animation|Musical\n999::Never Rated (1990)::Drama\n"
USERS = "1::F::1::10::48067\n2::M::56::16::70072\n"
REAL = {
    "ml-100k": (943, 1682, 100_000, "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490"),
    "ml-1m": (6040, 3706, 1_000_209, "506d64ca44484487c11dc2d9a28de5c54948213e6b96285e298afe28d6ea4e0f"),
    "ml-latest-small": (610, 9724, 100_836, "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646"),
}


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch, request):
    """A cache of the test's own, no shared data (but for the tests of real files), loopback past any proxy."""
    monkeypatch.setenv("RBM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(movielens, "RETRIES", 0)
    if "real" not in request.node.name:
        monkeypatch.delenv("RBM_DATA_DIR", raising=False)


@pytest.fixture
def small_ml_1m(monkeypatch):
    """`ml-1m` shrunk to three ratings: its archive's bytes, whose hash is pinned for the test."""
    content = archive_of({"ratings.dat": RATINGS, "movies.dat": MOVIES, "users.dat": USERS, "README": "A few."})
    pin(monkeypatch, content)
    return content


def archive_of(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"ml-1m/{name}", text)
    return buffer.getvalue()


def pin(monkeypatch, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(MOVIELENS, "ml-1m", replace(MOVIELENS["ml-1m"], archive_hash=f"sha256:{digest}", num_ratings=3))


def place(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in (("ratings.dat", RATINGS), ("movies.dat", MOVIES), ("users.dat", USERS)):
        (folder / name).write_text(text)
    return folder


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends `content`, announcing `announced` bytes."""

    def __init__(self, *args, content: bytes, announced: int, **kwargs):
        self.content, self.announced = content, announced
        super().__init__(*args, **kwargs)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(self.announced))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *args):
        pass


@contextmanager
def serving(monkeypatch, content: bytes, announced: int | None = None, certificate: Path | None = None):
    """A server on this machine that takes the place of GroupLens and stops with the block."""
    handler = partial(Handler, content=content, announced=len(content) if announced is None else announced)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    monkeypatch.setattr(movielens, "BASE_URL", f"{scheme}://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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


def test_truncated_copy_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ratings\.dat: expected 1,000,209 ratings, found 3; is it truncated\?"):
        load("ml-1m", data_dir=place(tmp_path / "here"))


def test_download_verifies_unpacks_and_is_kept(tmp_path, monkeypatch, small_ml_1m):
    with serving(monkeypatch, small_ml_1m):
        assert load("ml-1m").ratings.rating.tolist() == [3, 5, 4]
    folder = tmp_path / "cache" / "ml-1m"
    assert sorted(file.name for file in folder.iterdir()) == ["README", "movies.dat", "ratings.dat", "users.dat"]
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["ml-1m"]
    assert load("ml-1m").checksum == data_fingerprint("ml-1m")  # the server is gone


def test_download_with_another_hash_leaves_nothing(tmp_path, monkeypatch, small_ml_1m):
    other = archive_of({"ratings.dat": RATINGS.replace("::5::", "::1::")})
    with serving(monkeypatch, other), pytest.raises(ValueError, match=r"ml-1m\.zip: expected the archive with sha256:"):
        load("ml-1m")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("announce_all", [True, False], ids=["connection breaks", "server says less"])
def test_truncated_download_leaves_nothing(tmp_path, monkeypatch, small_ml_1m, announce_all):
    announced = len(small_ml_1m) if announce_all else 200
    with serving(monkeypatch, small_ml_1m[:200], announced), pytest.raises(ValueError, match=r"ml-1m\.zip"):
        load("ml-1m")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failed_download_is_tried_again(tmp_path, monkeypatch, small_ml_1m):
    monkeypatch.setattr(movielens, "RETRIES", 1)
    answers = iter([small_ml_1m[:200], small_ml_1m])

    def do_get(handler):
        content = next(answers)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(small_ml_1m)))
        handler.end_headers()
        handler.wfile.write(content)

    monkeypatch.setattr(Handler, "do_GET", do_get)
    with serving(monkeypatch, small_ml_1m):
        assert load("ml-1m").ratings.num_ratings == 3


def test_offline_and_absent_names_three_ways_out(tmp_path, monkeypatch, small_ml_1m):
    with serving(monkeypatch, b""):
        pass  # from here on nobody listens at that address
    for download in (True, False):
        with pytest.raises(DatasetNotFoundError) as caught:
            load("ml-1m", download=download)
        message = str(caught.value)
        assert "ml-1m: expected its files in $RBM_DATA_DIR/ml-1m (RBM_DATA_DIR is not set)" in message
        assert "pass data_dir=" in message
        assert "set RBM_DATA_DIR" in message
        assert "connect to the network" in message
    assert not list((tmp_path / "cache").glob("*"))


def test_untrusted_certificate_is_refused(tmp_path, monkeypatch, small_ml_1m):
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    certificate = tmp_path / "self-signed.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", certificate, "-out", tmp_path / "public.pem"], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (tmp_path / "public.pem").read_text())
    with serving(monkeypatch, small_ml_1m, certificate=certificate):
        with pytest.raises(DatasetNotFoundError, match=r"certificate verify failed|CERTIFICATE_VERIFY_FAILED"):
            load("ml-1m")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "public.pem"))
        assert load("ml-1m").ratings.num_ratings == 3  # it was the trust alone that was missing


def test_interrupted_download_leaves_nothing(tmp_path, monkeypatch, small_ml_1m):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfileobj", interrupt)
    with serving(monkeypatch, small_ml_1m), pytest.raises(KeyboardInterrupt):
        load("ml-1m")
    assert list((tmp_path / "cache").iterdir()) == []


def test_two_downloads_at_once_both_succeed(tmp_path, monkeypatch, small_ml_1m):
    folder = tmp_path / "cache" / "ml-1m"
    fetch = movielens._fetch

    def fetch_while_another_finishes(*args):
        archive = fetch(*args)
        if not folder.exists():
            place(folder)
        return archive

    monkeypatch.setattr(movielens, "_fetch", fetch_while_another_finishes)
    with serving(monkeypatch, small_ml_1m):
        assert load("ml-1m").ratings.num_ratings == 3
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["ml-1m"]


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


def test_every_hash_is_a_pinned_sha256():
    digests = {entry.archive_hash for entry in MOVIELENS.values()}
    assert len(digests) == len(MOVIELENS) == 7
    assert all(digest.startswith("sha256:") and len(digest) == 71 for digest in digests)


def test_atomic_file_replaces_only_on_success(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    with pytest.raises(AttributeError), atomic_file(path) as temporary:
        temporary.write_text("ha").fails_here()
    assert path.read_text() == "whole"
    assert [file.name for file in path.parent.iterdir()] == ["file.txt"]


def test_atomic_folder_yields_to_the_one_that_was_faster(tmp_path):
    folder = tmp_path / "set"
    with atomic_folder(folder) as temporary:
        (temporary / "slow").touch()
        folder.mkdir()
        (folder / "fast").touch()
    assert [file.name for file in folder.iterdir()] == ["fast"]
    assert [file.name for file in tmp_path.iterdir()] == ["set"]
