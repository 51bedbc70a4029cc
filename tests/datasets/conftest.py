"""Places of a test's own for the data sets, and `ml-1m` shrunk to three ratings."""

import pytest
from support.download_making import MOVIES, RATINGS, USERS, archive_of, pin

from rbm_lib.datasets import movielens


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
