"""The API reference: every public name is in it, where a user imports it from, and nothing loads from elsewhere."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

import rbm_lib
from rbm_lib.collection import places
from rbm_lib.collection.pages import check_self_contained
from rbm_lib.collection.pages.linking import Reader
from rbm_lib.collection.reference import build as build_module
from rbm_lib.collection.reference import documented_names, objects
from rbm_lib.collection.reference.checks import problems, problems_of
from rbm_lib.collection.reference.names import WINGS, Entry, comment_of, entries_of, face_names
from rbm_lib.collection.reference.pages import page_name


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    assert build_module.write_reference(folder) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def soups(folder):
    return {face: BeautifulSoup((folder / page_name(face)).read_text(), "html.parser") for face in face_names()}


def test_every_wing_but_the_collection_has_a_page():
    wings = {path.name for path in Path(rbm_lib.__file__).parent.iterdir() if (path / "__init__.pyi").exists()}
    assert set(WINGS) == wings - {"collection"}
    assert len(WINGS) == len(set(WINGS))


def test_every_public_name_is_documented_once_where_it_is_imported_from(soups):
    for face, soup in soups.items():
        package = sys.modules[face]
        linked = {code.get_text() for code in soup.find_all("code")}
        shown = [section["id"] for section in soup.select("section.name")]
        assert len(shown) == len(set(shown))
        everyday = set() if face == "rbm_lib" else set(rbm_lib.__all__)
        names = {name for name in package.__all__ if name not in WINGS} - {"collection"}
        assert names - everyday <= set(shown) <= names, face
        assert names <= linked, face


def test_what_is_shown_of_a_class_and_of_a_function(soups):
    model = soups["rbm_lib"].find(id="RBM")
    assert model.find("pre", class_="signature").get_text().startswith("RBM(\n    num_items: int,")
    assert model.find(id="RBM.recommend").find("pre", class_="signature").get_text().startswith("recommend(")
    assert {label.get_text() for label in model.select("p.section")} >= {"Arguments", "Raises", "References"}
    assert "class RBM(Fitting, Predicting" in model.find("details", recursive=False).get_text()
    load = soups["rbm_lib"].find(id="load")
    assert "ValueError" in [dt.get_text() for dt in load.find_all("dt")]


def test_members_of_keras_are_left_to_keras(soups):
    members = {section["id"] for section in soups["rbm_lib"].select("section.member")}
    assert "RBM.fit" in members
    assert "RBM.summary" not in members
    assert "RBM.get_weights" not in members


def test_pages_load_nothing_and_links_lead_somewhere(folder, soups):
    soups = soups | {"plan": BeautifulSoup((folder / "plan.html").read_text(), "html.parser")}
    names = {face: page_name(face) for face in soups} | {"plan": "plan.html"}
    places_of = {names[face]: {tag["id"] for tag in soup.find_all(id=True)} for face, soup in soups.items()}
    for face, soup in soups.items():
        check_self_contained(soup.body)
        assert not soup.find("script")
        for link in soup.find_all("a", href=True):
            page, _, anchor = link["href"].partition("#")
            page = page or names[face]
            assert page in places_of, link
            assert not anchor or anchor in places_of[page], link


def test_the_anchors_that_notebooks_link_to_are_there(folder, soups):
    ids = {page_name(face): {tag["id"] for tag in soup.find_all(id=True)} for face, soup in soups.items()}
    addresses = documented_names(folder)
    assert {"rbm_lib.RBM.fit", "rbm_lib.analysis", "rbm_lib.draws.uniform"} <= addresses.keys()
    for name, address in addresses.items():
        page, _, anchor = address.partition("#")
        assert not anchor or anchor in ids[page], name
    assert documented_names(folder / "missing") == {}


@pytest.mark.parametrize("path", sorted((places.AROUND / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_name_that_a_notebook_imports_has_its_page(folder, path):
    reader = Reader(documented_names(folder))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    linked = {m.text for cell in cells if cell["cell_type"] == "code" for m in reader.mentions("".join(cell["source"]))}
    ours = {name: full for name, full in reader.names.items() if not full.startswith("rbm_lib.collection")}
    assert ours
    assert {full.rsplit(".", 1)[1] for full in ours.values()} <= linked


def test_no_page_names_a_machine_or_an_address(folder):
    for path in folder.glob("*.html"):
        text = re.sub(r'url\("data:[^"]*"\)', "", path.read_text())
        assert not re.search(r"\b0x[0-9a-f]{6,}", text), path
        assert str(places.AROUND) not in text, path
        assert "site-packages" not in text, path


DRAWN_ELSEWHERE = """
import hashlib, sys
from rbm_lib.collection.reference.build import made_from
from rbm_lib.collection.reference.pages import page
digest = made_from()
for face in sys.argv[1:]:
    print(hashlib.sha256(page(face, digest).encode()).hexdigest())
"""


def test_two_processes_write_the_same_bytes(folder):
    """Wings that need no TensorFlow, drawn by a process with another order of sets and dictionaries."""
    faces = [f"rbm_lib.{wing}" for wing in ("data", "splits", "sparse")]
    command = [sys.executable, "-c", DRAWN_ELSEWHERE, *faces]
    environment = os.environ | {"PYTHONHASHSEED": "5"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=places.AROUND, env=environment)
    drawn = [hashlib.sha256((folder / page_name(face)).read_bytes()).hexdigest() for face in faces]
    assert done.stdout.split() == drawn


def test_nothing_is_drawn_again_unless_something_has_changed(folder, tmp_path, monkeypatch):
    own = tmp_path / "docs"
    shutil.copytree(folder, own)
    (own / "old.html").write_text("a page of a wing that is no more")
    drawn = []
    monkeypatch.setattr("rbm_lib.collection.reference.pages.page", lambda face, digest: drawn.append(face) or digest)
    build_module.write_reference(own)
    assert drawn == []
    (own / "splits.html").unlink()
    build_module.write_reference(own)
    assert sorted(drawn) == sorted(face_names())
    assert not (own / "old.html").exists()
    drawn.clear()
    monkeypatch.setattr(build_module, "made_from", lambda: "something else")
    build_module.write_reference(own)
    assert sorted(drawn) == sorted(face_names())


def test_a_fresh_reference_starts_neither_tensorflow_nor_pdoc(folder):
    code = (
        "import sys; from rbm_lib.collection.reference.build import main; "
        f"status = main(['--folder', {str(folder)!r}]); "
        "sys.exit(status or len({'tensorflow', 'pdoc', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=places.AROUND).returncode == 0


def test_missing_tools_are_named_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build_module, "NEEDED", ("pdoc", "no_such_package"))
    assert build_module.main(["--folder", str(tmp_path)]) == 2
    assert "found no no_such_package" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(xp=<module 'numpy' from '/somewhere/numpy/__init__.py'>)", "(xp=numpy)"),
        ("(progress=<built-in function iter>)", "(progress=iter)"),
        ("(epoch=<function Ratings.<lambda> at 0x7f00aa00bb00>)", "(epoch=...)"),
        ("(a: rbm_lib.data.ratings.Ratings, b: numpy.ndarray)", "(a: Ratings, b: np.ndarray)"),
    ],
)
def test_signatures_are_the_same_on_every_machine(text, expected):
    assert objects.plain(text) == expected


def test_a_constant_is_explained_by_its_comment(tmp_path):
    file = tmp_path / "some.py"
    file.write_text("# One\n# two.\nABOVE = 1\nBESIDE: int = 2  # three\nBARE = 3\nOTHER = ABOVE\n")
    assert comment_of(file, "ABOVE") == "One two."
    assert comment_of(file, "BESIDE") == "three"
    assert comment_of(file, "BARE") == ""


def undocumented(first, second=1, *, third):
    """A summary.

    Args:
        first: explained.
    """
    return first, second, third


def test_what_a_docstring_leaves_out_is_named():
    entry = Entry("rbm_lib", "undocumented", undocumented, __name__)
    assert problems_of(entry) == ["no word on second", "no word on third", "no section Returns"]


def test_docstrings_leave_nothing_out():
    assert problems() == {}


def test_entries_are_ordered_and_know_their_file():
    entries = entries_of("rbm_lib.evaluation")
    kinds = [entry.kind for entry in entries]
    assert kinds == sorted(kinds, key=("class", "function", "constant").index)
    tune = next(entry for entry in entries if entry.name == "tune")
    assert tune.file.name == "tuning.py"


def test_nothing_of_the_reference_is_in_the_way_of_a_screen_reader(folder, browser):
    for place, face in enumerate(face_names()):
        tab = browser.new_page(color_scheme=("light", "dark")[place % 2], viewport={"width": 1280, "height": 800})
        tab.goto((folder / page_name(face)).as_uri())
        found = Axe().run(tab).response["violations"]
        tab.close()
        assert [(face, one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
