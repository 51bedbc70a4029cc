"""A results file that names something else deletes nothing, and a damaged one stops no other page."""

import json

import pytest

pytest_plugins = ["support.collection_making"]


def planted_figures(collection, slug, *names):
    """A results file that says these are its figures."""
    path = collection.folder / "results" / f"{slug}.json"
    payload = json.loads(path.read_text())
    path.write_text(json.dumps(payload | {"figures": [{"file": name, "alt": "x"} for name in names]}))


@pytest.fixture
def victims(collection, here, tmp_path):
    """Files and folders that are nobody's to delete, around a finished report and in it."""
    assert collection.run() == 0
    folders = [tmp_path / "victim", collection.folder / "victim", collection.folder / "figures" / "17-victim.png"]
    folders += [collection.folder / "models" / "17-notes"]
    files = [folder / "deep" / "thesis.txt" for folder in folders]
    files += [collection.folder / "figures" / "17-mine.txt"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("years of work")
    return files


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "victim", "victim/deep/thesis.txt", "../../../victim", "results", "results/13-second.json",
     "figures", "figures/17-victim.png", "{tmp}/victim", "{tmp}/victim/deep/thesis.txt", "figures/../victim"],
)  # fmt: skip
@pytest.mark.parametrize("gone", [False, True])
def test_nothing_that_a_results_file_names_is_deleted(collection, here, victims, tmp_path, name, gone):
    planted_figures(collection, "17-alone", name.format(tmp=tmp_path))
    second = (collection.folder / "results" / "13-second.json").read_bytes()
    if gone:
        (collection.notebooks / "17-alone.ipynb").unlink()  # `prune` is at work then
    collection.run("--force")
    assert [file.read_text() for file in victims] == ["years of work"] * len(victims)
    assert (collection.folder / "results" / "13-second.json").read_bytes() == second
    assert (tmp_path / "notebooks" / "11-first.ipynb").exists()


def test_an_old_figure_of_its_own_goes(collection, here):
    assert collection.run() == 0
    old = collection.folder / "figures" / "17-old.png"
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b"x")
    planted_figures(collection, "17-alone", "figures/17-old.png")
    assert collection.run("--force") == 0
    assert not old.exists()


def test_a_damaged_results_file_stops_no_other_page(collection, here, monkeypatch):
    assert collection.run("--profile", "full") == 0
    folder = collection.reports / "planted"
    damaged = folder / "results" / "17-alone.json"
    damaged.write_text("[" * 100_000)
    monkeypatch.setattr("rbm_lib.collection.reports.freshness.Ledger.why_stale", lambda ledger, notebook: "")
    (folder / "runs" / ".index").unlink()
    for page in folder.glob("[0-9]*.html"):
        page.unlink()
    assert collection.run("--profile", "full") == 0
    assert len(list(folder.glob("[0-9]*.html"))) == 3
    assert "25.0%" in (folder / "index.html").read_text()
    text = (folder / "RESULTS.md").read_text()
    assert "It is 25.0%" in text
    assert "Its results file is missing or damaged." in text
