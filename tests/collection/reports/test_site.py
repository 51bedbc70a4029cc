"""The site: pages as they were made, beside the reference; no link leads nowhere. And notebooks for those who run nothing."""

import base64
import io
import json
import subprocess
from pathlib import Path

import nbformat
import pytest
import yaml
from PIL import Image
from support.report_making import display, executed, made_outputs, png

from rbm_lib.collection.pages import readable_notebook
from rbm_lib.collection.pages.explorers import EXPLORER_MIME
from rbm_lib.collection.reports.site import SiteError, build_site, dead_links, main
from rbm_lib.collection.results import NARROW_MIME
from rbm_lib.collection.results.palette import palette_png

pytest_plugins = ["support.collection_making"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def finished(collection, here):
    """A collection whose full run has finished."""
    for slug in ("11-first", "13-second", "17-alone"):
        collection.parameters(slug, "{}")
    (collection.notebooks / "glossary.md").write_text("# Words\n\n## The machine\n\nA network of two layers.\n")
    assert collection.run("--profile", "full") == 0
    return collection.reports / "planted"


def test_a_site_holds_every_page_and_a_way_in(finished, tmp_path, capsys):
    site = tmp_path / "site"
    assert main([str(site), "--dataset", "planted"]) == 0
    assert "7 pages" in capsys.readouterr().out.splitlines()[-1]
    for name in ("index.html", "search.html", "glossary.html", "13-second.html"):
        assert (site / "planted" / name).read_bytes() == (finished / name).read_bytes()
    assert "url=planted/index.html" in (site / "index.html").read_text()


def test_a_link_that_leads_nowhere_is_an_error(finished, tmp_path, capsys):
    page = finished / "13-second.html"
    page.write_text(page.read_text().replace('href="11-first.html"', 'href="12-gone.html"'))
    assert main([str(tmp_path / "site"), "--dataset", "planted"]) == 2
    assert "found 1 that do not: planted/13-second.html: 12-gone.html" in capsys.readouterr().err


def test_links_are_followed_to_their_places(tmp_path):
    (tmp_path / "b").mkdir()
    pages = [tmp_path / "a.html", tmp_path / "b" / "c.html"]
    pages[0].write_text('<a href="b/c.html#Tom-&amp;-x?">1</a><a class="x" href="b/c.html#no">2</a><a href="#here">3</a>')
    pages[1].write_text('<h2 id="Tom-&amp;-x?">x</h2><a href="../a.html">4</a><a href="https://example.org/z">5</a>')
    assert dead_links(tmp_path, pages) == ["a.html: b/c.html#no", "a.html: #here"]


def test_a_site_takes_no_folder_that_holds_something_and_needs_pages(collection, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("years of work")
    with pytest.raises(SiteError, match="expected an empty folder or none"):
        build_site(tmp_path / "site", "planted")
    with pytest.raises(SiteError, match="expected the pages of a finished run, found no index.html; `make reports"):
        build_site(tmp_path / "other", "planted")


def test_a_full_run_leaves_its_notebooks_to_be_read_and_takes_stale_ones_away(finished, collection):
    folder = finished / "notebooks"
    assert sorted(path.stem for path in folder.iterdir()) == ["11-first", "13-second", "17-alone"]
    (collection.notebooks / "17-alone.ipynb").unlink()
    assert collection.run("--profile", "full") == 0
    assert sorted(path.stem for path in folder.iterdir()) == ["11-first", "13-second"]
    assert not (collection.folder / "notebooks").exists()  # of a quick run


def test_a_notebook_to_be_read_holds_what_is_seen_and_no_more(collection):
    figure = {"image/png": base64.b64encode(png()).decode(), "image/svg+xml": "<svg/>", NARROW_MIME: "<svg/>"}
    outputs = [
        *made_outputs(),
        display(figure, **{"image/png": {"alt": "A line."}, "image/svg+xml": {"alt": "A line."}}),
        display({EXPLORER_MIME: {"bundle": 1, "ratings": 2}, "text/html": "<table></table>", "text/plain": "x"}),
    ]
    done = executed(collection.notebooks / "11-first.ipynb", outputs)
    node = nbformat.read(done, as_version=4)
    node.metadata["papermill"] = {"start_time": "2031", "input_path": "/home/somebody"}
    node.cells[-1].metadata |= {"papermill": {"duration": 3.0}, "tags": ["hide-input"]}
    nbformat.write(node, done)
    text = readable_notebook(done)
    nbformat.validate(nbformat.reads(text, as_version=4))
    for hidden in ("svg", "bundle", "2031", "somebody", "duration"):
        assert hidden not in text, hidden
    cell = json.loads(text)["cells"][-1]
    assert cell["metadata"] == {"tags": ["hide-input"]}
    assert cell["outputs"][-2]["metadata"] == {"image/png": {"alt": "A line."}}
    assert "text/html" in cell["outputs"][-1]["data"]


def test_a_palette_keeps_size_resolution_and_colours():
    image = Image.new("RGB", (64, 32), "white")
    for place in range(64):
        image.putpixel((place, 3), (0, 4 * place, 114))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(160, 160))
    few = Image.open(io.BytesIO(palette_png(buffer.getvalue())))
    assert few.mode == "P"
    assert few.size == (64, 32)
    assert round(few.info["dpi"][0]) == 160
    assert few.convert("RGB").tobytes() == image.tobytes()


def test_the_workflow_publishes_what_is_committed_and_runs_no_notebook():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "site.yml").read_text())
    steps = workflow["jobs"]["site"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/site site"]
    script = (ROOT / ".ci" / "site").read_text()
    assert "make docs" in script
    assert "reports.site" in script
    assert "make reports" not in script
    assert workflow["permissions"]["contents"] == "read"


def test_what_is_read_without_running_is_not_ignored():
    def ignored(path):
        return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0

    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("not a git checkout")
    kept = ("index.html", "search.html", "02-the-machine.html", "notebooks/02-the-machine.ipynb", "RESULTS.md")
    assert not any(ignored(f"reports/ml-1m/{name}") for name in kept)
    left = ("reports/ml-1m/runs/02-the-machine.ipynb", "reports/ml-1m/models/02-plain.keras", "reports/docs/index.html")
    left += ("reports/quick/planted/index.html", "reports/mine-csv-12345678/index.html")
    assert all(map(ignored, (*left, "reports/mine-csv-12345678/notebooks/02-the-machine.ipynb")))
