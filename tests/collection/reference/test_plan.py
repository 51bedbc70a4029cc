"""The page of plans: what it says of a size follows from the benchmark's rows, and without them it says so."""

import json

import pytest
from bs4 import BeautifulSoup

from rbm_lib.collection.bench import CORES, SIZES, Bench, Size, most_items, need_of, rates_of, tables_memory
from rbm_lib.collection.reference.plan import plan_page


def rows(**changed):
    """The rows of a benchmark that matter here."""
    found = {
        "processors": 4.0,
        "A shape: ratings": 10_000_000.0,
        "A shape: shards on disk": 0.03,
        "A shape: epoch from shards": 2.0,
        "A shape: peak memory from shards": 2.5,
        "step, 62,000 films": 100.0,
        "step, 620,000 films": 125.0,
    } | changed
    places = {
        "A shape: ratings": {"group": "large shape"},
        "A shape: epoch from shards": {"group": "large seconds", "x": "shards"},
        "A shape: peak memory from shards": {"group": "large memory", "x": "shards"},
        "step, 62,000 films": {"group": "wide catalogue", "x": 62_000},
        "step, 620,000 films": {"group": "wide catalogue", "x": 620_000},
    }
    row = {"unit": "", "bar": "", "holds": None}
    return [{"name": name, "value": value} | row | places.get(name, {}) for name, value in found.items() if value]


@pytest.fixture
def measured(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    (tmp_path / "bench").mkdir()

    def write(found):
        (tmp_path / "bench" / "results.json").write_text(json.dumps(found))

    write(rows())
    return write


def test_what_a_size_needs_worked_by_hand():
    rates = rates_of(Bench(rows()))
    assert rates.wider == 1.25
    assert tables_memory(1_000_000) == pytest.approx(1.22)  # 101 floats and their two moments, 8 bytes of an id
    few = need_of(Size("few items", 40_000_000, 1, 1000, ""), rates)
    assert few.seconds == pytest.approx([4 * 2.0 * 4 / cores for cores in CORES])
    assert few.disk == pytest.approx(0.12)
    many = need_of(Size("many items", 40_000_000, 1, 10_000_000, ""), rates)
    assert many.seconds == pytest.approx([1.25 * seconds for seconds in few.seconds])
    assert many.memory - few.memory == pytest.approx(tables_memory(10_000_000 - 1000))
    assert (few.machine, many.machine) == (16, 16)
    assert need_of(Size("far more", 1, 1, 10**9, ""), rates).machine is None


@pytest.mark.parametrize("num_hidden", [100, 200])
def test_the_most_items_that_fit_just_fit(num_hidden):
    rates = rates_of(Bench(rows()))
    most = most_items(64, rates, num_hidden)
    assert rates.fixed_memory + tables_memory(most, num_hidden) <= 64
    assert rates.fixed_memory + tables_memory(most + 2, num_hidden) > 64


def test_the_page_shows_the_numbers_and_says_what_was_measured(measured):
    page = BeautifulSoup(plan_page("digest"), "html.parser")
    rates = rates_of(Bench(rows()))
    cells = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find("tbody").find_all("tr")]
    assert [row[0] for row in cells] == [size.name for size in SIZES]
    for row, size in zip(cells, SIZES, strict=True):
        assert row[5] == f"{need_of(size, rates).memory:.1f} GB"
    text = " ".join(page.get_text().split())
    assert "Measured, on 4 cores: an epoch over 10M likes" in text
    assert "1.25 times as long among ten times as many items (measured)" in text
    assert page.find("meta", attrs={"name": "made-from"})["content"] == "digest"


def test_what_was_not_measured_is_said(measured):
    measured(rows(**{"step, 620,000 films": None}))
    assert "1.50 times as long is assumed" in plan_page("digest")
    measured(rows(**{"A shape: epoch from shards": None}))
    page = plan_page("digest")
    assert "large part is not there" in page
    assert "<table" not in page
