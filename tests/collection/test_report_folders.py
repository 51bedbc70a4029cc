"""Folders of reports: one a profile and data set, shared by no two files; the command that makes them again."""

import re

import pytest

from rbm_lib.collection import places


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    return tmp_path


def test_profiles_and_data_sets_have_their_folders(root):
    assert places.report_folder("planted", "quick") == root / "quick/planted"
    assert places.report_folder("ml-1m", "full") == root / "ml-1m"
    own = places.report_folder("/data/My.Ratings.parquet", "full")
    assert own.parent == root
    assert re.fullmatch(r"my-ratings-parquet-[0-9a-f]{8}", own.name)
    assert places.report_folder("quick", "full") != root / "quick"
    with pytest.raises(ValueError, match="profile: expected one of quick, full, found 'Full'"):
        places.report_folder("planted", "Full")


def test_two_files_never_share_a_folder(tmp_path, monkeypatch):
    """Names without Latin letters, of one name in two folders, alike but for signs: a folder each."""
    names = ["/a/ratings.csv", "/b/ratings.csv", "/a/ratings_csv", "/a/Ratings.csv", "/a/оценки.csv", "/a/映画.csv"]
    names += ["/a/quick", "/a/bench.csv", "/a/docs", "/a/ml-1m", "/a/planted", "/a/" + "x" * 300 + ".csv"]
    slugs = [places.dataset_slug(name) for name in [*names, "ml-1m", "planted"]]
    assert len(set(slugs)) == len(slugs)
    assert not set(slugs) & set(places.RESERVED)
    for slug in slugs:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert len(slug) < 80
    (tmp_path / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    spellings = ["mine.csv", "./mine.csv", str(tmp_path / "mine.csv"), str(tmp_path / "x" / ".." / "mine.csv")]
    assert len({places.dataset_slug(spelling) for spelling in spellings}) == 1


def test_the_command_of_a_report_can_be_pasted_into_a_shell():
    assert "DATASET='/a/it'\"'\"'s $HOME `x`.csv'" in places.make_command("/a/it's $HOME `x`.csv", "quick")
