"""The index of a report leads to the API reference, once there is one."""

import pytest
from bs4 import BeautifulSoup

from rbm_lib.collection import places
from rbm_lib.collection.reports.render import Report

pytest_plugins = ["support.collection_making"]


def links_of(index):
    return [link["href"] for link in BeautifulSoup(index.read_text(), "html.parser").select("header .run a[href]")]


@pytest.mark.parametrize(("profile", "address"), [("quick", "../../docs/index.html"), ("full", "../docs/index.html")])
def test_the_index_leads_to_the_reference_when_it_is_there(collection, profile, address):
    report = Report("planted", profile, collection.notebooks)
    assert links_of(report.write_index()) == []
    places.docs_folder().mkdir(parents=True)
    (places.docs_folder() / "index.html").write_text("the reference")
    index = report.write_index()  # written again, though no notebook has changed
    assert links_of(index) == [address]
    assert (index.parent / address).resolve() == (places.docs_folder() / "index.html").resolve()


def test_a_data_set_cannot_take_the_folder_of_the_reference():
    assert places.report_folder("docs", "full") != places.docs_folder()
    assert places.report_folder("bench", "full") != places.bench_results().parent
