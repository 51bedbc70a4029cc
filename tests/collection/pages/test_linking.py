"""Names of the library in code lead to the API reference, those of a notebook's own do not; works lead to their DOI."""

import json
import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from nbconvert.filters import Highlight2HTML
from support.report_making import make_report

from rbm_lib.collection.pages.linking import Reader, link_names
from rbm_lib.collection.pages.literature import address_of, link_works, works
from rbm_lib.collection.pages.renderer import markdown

ROOT = Path(__file__).parents[3]
REFERENCE = {
    "rbm_lib": "index.html",
    "rbm_lib.RBM": "index.html#RBM",
    "rbm_lib.RBM.fit": "index.html#RBM.fit",
    "rbm_lib.load": "index.html#load",
    "rbm_lib.draws": "draws.html",
    "rbm_lib.draws.uniform": "draws.html#uniform",
}

FIT = ("fit", "RBM.fit")


def mentioned(*cells):
    reader = Reader(REFERENCE)
    return [(one.text, one.address.partition("#")[2]) for cell in cells for one in reader.mentions(cell)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["from rbm_lib import RBM, load as read"], [("RBM", "RBM"), ("load", "load")]),
        (["from rbm_lib import load as read", "read(1)"], [("load", "load"), ("read", "load")]),
        (["from rbm_lib.models import RBM"], [("RBM", "RBM")]),  # explained where a user imports it from
        (["from elsewhere import RBM", "RBM(load)"], []),
        (["from rbm_lib import load", "load = 5", "load"], [("load", "load")]),
        (["from rbm_lib import load", "for load in range(3):\n    print(load)"], [("load", "load")]),
        (["from rbm_lib import load", "[load for load in load()]"], [("load", "load")] * 2),
        (["from rbm_lib import load", "x.load(load=5)"], [("load", "load")]),
        (["from rbm_lib import load", "'load'  # load"], [("load", "load")]),
        (["from rbm_lib import load", "größe = load(1)"], [("load", "load")] * 2),
        (["from rbm_lib import load", "%time load(1)"], [("load", "load")]),
        (["from rbm_lib import draws", "draws.uniform(draws.no)"], [("draws", "")] * 3 + [("uniform", "uniform")]),
        (["from rbm_lib import RBM", "m = RBM(3)", "m.fit()\nm = 5\nm.fit()"], [("RBM", "RBM")] * 2 + [FIT]),
    ],
)  # fmt: skip
def test_what_a_name_stands_for_is_read_from_imports_and_assignments(cells, expected):
    assert sorted(mentioned(*cells)) == sorted(expected)


def test_a_block_keeps_its_text_and_its_links_stand_on_names():
    source = 'from rbm_lib import load\n\nwert = "ä ü"; load(f"{wert} load")  # load\n'
    html = Highlight2HTML()(source)
    soup = BeautifulSoup(html, "html.parser")
    before = soup.pre.get_text()
    link_names(soup, soup.pre, Reader(REFERENCE))
    assert soup.pre.get_text() == before
    assert [link.get_text() for link in soup.find_all("a")] == ["load", "load"]


def test_a_page_links_nothing_where_there_is_no_reference(tmp_path):
    soup = BeautifulSoup(make_report(tmp_path)["page"].read_text(), "html.parser")
    assert soup.select(".code pre")
    assert not soup.select("a.api")


@pytest.mark.parametrize("path", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem)
def test_every_reference_of_a_notebook_leads_to_its_work(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    (text,) = [text.split("## References")[1].split("\n## ")[0] for text in texts if "## References" in text]
    soup = BeautifulSoup(f"<section class='prose'>{markdown(text.strip())}</section>", "html.parser")
    link_works(soup)
    titles = soup.find_all("em")
    assert titles
    assert [title.get_text() for title in titles if not title.find_parent("a")] == []


def test_two_editions_are_told_apart_and_an_unknown_work_has_no_address():
    guide = "A Practical Guide to Training Restricted Boltzmann Machines"
    assert address_of(guide, "Hinton, 2010").endswith("guideTR.pdf")
    assert address_of(guide, "Hinton, 2012") == "https://doi.org/10.1007/978-3-642-35289-8_32"
    assert address_of("A guide") == ""


def test_addresses_are_doi_or_stable_pages_and_agree_with_the_citation():
    addresses = [address for _, _, address in works()]
    assert all(re.fullmatch(r"https://(doi\.org/10\.\d{4,5}/[\w./:()-]+|[\w.-]+/[\w./~-]+)", one) for one in addresses)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["references"]
    for one in cited:
        assert address_of(one["title"]) == f"https://doi.org/{one['doi']}"
