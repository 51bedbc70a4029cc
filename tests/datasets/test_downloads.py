"""Downloads: verified, whole or nothing, tried again. No test leaves this machine."""

import shutil
import subprocess

import pytest
from support.download_making import RATINGS, Handler, archive_of, place, serving

from rbm_lib.datasets import movielens
from rbm_lib.datasets.loading import data_fingerprint, load
from rbm_lib.datasets.movielens import MOVIELENS, DatasetNotFoundError

pytestmark = pytest.mark.usefixtures("own_places")


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


def test_every_hash_is_a_pinned_sha256():
    digests = {entry.archive_hash for entry in MOVIELENS.values()}
    assert len(digests) == len(MOVIELENS) == 7
    assert all(digest.startswith("sha256:") and len(digest) == 71 for digest in digests)
