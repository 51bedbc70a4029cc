"""A report folder made by hand: one notebook's page, and an index that also shows one that failed."""

import base64
import struct
import zlib

import nbformat
import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection.pages import index as index_page
from rbm_lib.collection.pages import renderer as pages
from rbm_lib.collection.pages import searching
from rbm_lib.collection.reports.freshness import Ledger
from rbm_lib.collection.results.notebooks import parse_notebook
from rbm_lib.collection.results.run_record import RunRecord
from rbm_lib.collection.results.writing import open_report

PROSE = r"""M:## What is the energy?

The couplings are $W_{ij}^k$ and $\hat r_i = \operatorname*{arg\,max}_k p(v_i = k \mid \mathbf v)$,
see [before](11-before.ipynb).

$$E(\mathbf v, \mathbf h) = -\sum_{i=1}^{V} m_i v_i \Bigl(a_i + \sum_{j=1}^{F} W_{ij} h_j\Bigr)
- \sum_j b_j h_j - \log \sum_{\mathbf h} e^{-E(\mathbf v, \mathbf h)} + \sum_{i=1}^{V} \sum_{j=1}^{F} v_i W_{ij} h_j$$

\begin{align}
a &= b \\
c &= \frac{1}{2}
\end{align}

| method | reported |
|---|---|
| RMSE | 0.9097 |
"""
WIDE = "<table border='1' class='dataframe'><thead><tr>{}</tr></thead><tbody><tr>{}</tr></tbody></table>".format(
    "".join(f"<th>a rather long column {n}</th>" for n in range(13)), "".join(f"<td>0.{n}</td>" for n in range(13))
)


def png(width=340, height=170):
    """A white picture, by hand."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def executed(path, outputs):
    """An executed copy of a notebook: its last code cell has `outputs`."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].outputs = outputs
    target = path.with_suffix(".done.ipynb")
    nbformat.write(notebook, target)
    return target


def display(data, **metadata):
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def made_outputs():
    """A line, a wide table, a picture and a conclusion."""
    return [
        nbformat.v4.new_output("stream", name="stdout", text="a line " * 40),
        display({"text/html": WIDE, "text/plain": "wide"}),
        display(
            {"image/png": base64.b64encode(png()).decode()},
            **{"image/png": {"alt": "Nothing at all.", "width": 340}},
        ),
        display({"text/markdown": "So it is."}, rbm_lib="conclusion"),
    ]


ANSWER = r"It is **worse than** answering like, by $\Delta = -0.010$."


def make_report(root, outputs=None, answer=ANSWER, alt="Nothing at all.", reference=None):
    """A report folder with one notebook's page, an index that also shows one that failed, and a search over them.

    Args:
        root: an empty folder.
        outputs: of the notebook's last cell; None takes some of each kind.
        answer: Markdown, of the notebook.
        alt: alternative text of its figure in the index.
        reference: address of each public name that the API reference explains.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RBM_REPORTS_DIR", str(root / "reports"))
        patch.setenv("RBM_NOTEBOOKS_DIR", str(root))
        patch.setattr("rbm_lib.collection.reports.freshness.fingerprint", lambda dataset: "data")
        sources = [
            make_notebook(root / "11-before.ipynb", "1"),
            make_notebook(
                root / "13-energy.ipynb", PROSE, f"x = {'1 + ' * 80}1", "import os", "show()", reads="`11-before`"
            ),
            make_notebook(root / "17-after.ipynb", "1"),
        ]
        notebooks = [parse_notebook(path) for path in sources]
        writer = open_report("13-energy", dataset="planted", profile="quick", seed=5, data="c0ffee")
        writer.record("always like", 0.8761, unit="share")
        writer.record("accuracy", 0.866, 0.861, 0.871, unit="share", base_rate="always like")
        writer.headline("accuracy")
        writer.conclude(answer)
        picture = writer.folder / "figures" / "13-white.png"
        picture.parent.mkdir(parents=True)
        picture.write_bytes(png())
        writer._figures["13-white"] = {"file": "figures/13-white.png", "alt": alt}
        writer.write()
        ledger = Ledger(writer.folder, "planted", "quick")
        record = RunRecord("finished", parts={"dataset": "planted", "profile": "quick"}, seconds=83)
        done, results = (
            executed(sources[1], made_outputs() if outputs is None else outputs),
            ledger.results_path("13-energy"),
        )
        page = writer.folder / "13-energy.html"
        page.write_text(pages.Renderer(notebooks, reference).page(notebooks[1], done, results, record))
        record.save(ledger.run_path("13-energy.json"))
        standings = {
            "11-before": ("stale", "never run"),
            "13-energy": ("finished", ""),
            "17-after": ("failed", "cell [3]: it broke"),
        }
        index = writer.folder / "index.html"
        records = {notebook.slug: ledger.run_record(notebook.slug) for notebook in notebooks}
        facts = index_page.ReportFacts(writer.folder, "planted", "quick", "data", records, standings)
        index.write_text(index_page.index_html(facts, notebooks))
        search = writer.folder / "search.html"
        search.write_text(searching.search_html(writer.folder, notebooks, "planted · quick profile"))
    return {"page": page, "index": index, "search": search}
