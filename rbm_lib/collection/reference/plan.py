"""The page "Plan past this machine": the needs of larger data sets, generated from the benchmark's results."""

from __future__ import annotations

import importlib
from typing import Any

from rbm_lib.collection.bench import (
    CORES,
    LARGE_FILMS,
    MACHINES,
    NUM_HIDDEN,
    SIZES,
    Rates,
    most_items,
    need_of,
    rates_of,
    read_bench,
    tables_memory,
)
from rbm_lib.collection.pages import check_self_contained, style_for
from rbm_lib.collection.results import format_duration, short_number

from .. import places
from .docstrings import inline
from .names import PACKAGE, face_names
from .pages import ASSETS, highlight, link, templates, wing_row

TITLE = "Plan past this machine"
CALLS = """\
>>> from rbm_lib import RBM, Shards, write_shards
>>> from rbm_lib.models import RowAdam
>>> shards = write_shards("ratings/", "shards")  # Parquet, here or as "s3://bucket/ratings"; or any pyarrow.dataset
>>> model = RBM(shards.num_items, num_hidden=100, engine="sparse")
>>> model.compile(RowAdam(0.003))  # moves the rows that a mini-batch rated, and no others
>>> model.fit(shards, batch_size=1024, epochs=20)
"""


def plan_page(digest: str) -> str:
    """The page as HTML.

    Args:
        digest: of the sources of the reference, written into the page.
    Returns:
        html: the whole page; without a benchmark it names the command that runs one.
    Raises:
        PageError: if something would load an external resource.
    """
    from bs4 import BeautifulSoup

    rates = rates_of(read_bench()) if places.bench_results().is_file() else None
    content = {
        "title": TITLE,
        "version": importlib.import_module(PACKAGE).__version__,
        "wings": [wing_row(face) for face in face_names()[1:]],
        "made_from": digest,
        "calls": highlight(CALLS, "pycon"),
    }
    content |= {"tables": [], "paragraphs": unmeasured()} if rates is None else said(rates)
    style = style_for("") + (ASSETS / "reference.css").read_text(encoding="utf-8")
    html = templates().get_template("plan.html.j2").render(style=style, **content)
    check_self_contained(BeautifulSoup(html, "html.parser").body)
    return html


def unmeasured() -> list[str]:
    """The page's paragraphs without a benchmark."""
    return [
        _prose("The benchmark's large part is not there; `make bench` measures it, then this page has its numbers.")
    ]


def said(rates: Rates) -> dict[str, Any]:
    """The page's tables and paragraphs.

    Args:
        rates: `Rates`.
    Returns:
        content: `tables`, each a dict of title, columns and rows; and `paragraphs`, HTML.
    """
    return {"tables": [_sizes(rates), _items(rates)], "paragraphs": [_prose(one) for one in _sentences(rates)]}


def _prose(text: str) -> str:
    return inline(text, link)


def _sizes(rates: Rates) -> dict[str, Any]:
    """The table of data sets and their needs."""
    columns = ["", "ratings", "users", "items", "shards", "memory", *(f"an epoch, {n} cores" for n in CORES), "fits"]
    rows = []
    for need in (need_of(size, rates) for size in SIZES):
        size = need.size
        times = [format_duration(seconds) for seconds in need.seconds]
        shape = [short_number(number) for number in (size.ratings, size.users, size.items)]
        fits = f"{need.machine} GB" if need.machine else f"more than {MACHINES[-1]} GB"
        rows.append([size.name, *shape, f"{need.disk:.1f} GB", f"{need.memory:.1f} GB", *times, fits])
    return {"title": "What larger sets of ratings need", "columns": columns, "rows": rows}


def _items(rates: Rates) -> dict[str, Any]:
    """The table of the largest number of items by memory."""
    columns = ["memory", *(f"items, {number} hidden units" for number in (NUM_HIDDEN, 2 * NUM_HIDDEN))]
    rows = [
        [f"{memory} GB", *(short_number(most_items(memory, rates, times * NUM_HIDDEN)) for times in (1, 2))]
        for memory in MACHINES
    ]
    return {"title": "When one machine is no longer enough", "columns": columns, "rows": rows}


def _sentences(rates: Rates) -> list[str]:
    """What is measured, what is extrapolated, and how."""
    ratings, known = short_number(rates.ratings), f"{rates.wider:.2f} times as long"
    wider = (
        f"there a step of the same ratings took {known} among ten times as many items (measured)"
        if rates.is_measured
        else f"there {known} is assumed, the most that the benchmark allows, until `make bench` measures it"
    )
    sources = "; ".join(f"{size.name}: {size.source}" for size in SIZES)
    tables = f"{tables_memory(10**6):.2f} GB a million items of likes"
    return [
        f"*Measured*, on {rates.cores} cores: an epoch over {ratings} likes of {short_number(LARGE_FILMS)} films from "
        f"shards, {NUM_HIDDEN} hidden units, mini-batches of 1,024 users and Adam, takes {rates.seconds:.1f} s, "
        f"{rates.memory:.2f} GB of memory and {rates.disk:.2f} GB of shards. All else here is extrapolated from it; no "
        "set of the table has been trained on.",
        "*Seconds* follow the ratings, as the benchmark's curve does. Among more items than were measured they are "
        f"multiplied once: {wider}. That holds for `RowAdam`, which moves the rows that a mini-batch rated; Adam moves "
        "every row at every step, and the items decide. More cores share the work without loss here, so that 16 and 64 "
        "cores are the best that can be hoped for: the memory's speed, and the reading of shards, grow more slowly.",
        f"*Memory* is what the measured run took beside its tables, {rates.fixed_memory:.2f} GB, and the tables: "
        f"couplings, biases, their two moments and the items' ids, {tables}. Neither ratings nor users are in memory. "
        "Five stars take five times the tables, `conditional=True` twice; twice the hidden units take twice the memory "
        "and about twice the time.",
        "*One machine is no longer enough* when the tables exceed its memory: ratings only take time, items take "
        "room. The second table says how many items of likes that is. Beyond it the tables would have to be shared "
        "among machines, which this library does not do; leave out items with few ratings, or take fewer hidden units.",
        f"Sizes are reported: {sources}.",
    ]
