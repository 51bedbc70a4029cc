"""The whole collection is an evening's reading: below 20,000 words on the pages, code and tables included.

A page's outputs are known when it has been run; `python -m rbm_lib.collection.reports --list` counts them all. What
a notebook's text and unfolded code bring is known before, and held here to what leaves the outputs their room.
"""

import pytest

from rbm_lib.collection import places
from rbm_lib.collection.pages.reading import notebook_words
from rbm_lib.collection.results.notebooks import find_notebooks

MOST = {  # words of text and of code that is not folded, by number
    "00": 1050, "01": 950, "02": 1950, "03": 1550, "04": 1150, "05": 1700,
    "06": 500, "07": 1200, "08": 1200, "09": 1000, "10": 700, "99": 400,
}  # fmt: skip
FULL = places.REPOSITORY / "reports" / "ml-1m" / "notebooks"  # the executed notebooks, once they are committed


def test_no_notebook_has_more_text_than_its_share(notebook):
    assert notebook_words(notebook) <= MOST[notebook.number]


def test_the_pages_of_the_committed_full_run_are_an_evenings_reading():
    executed = {notebook: FULL / f"{notebook.slug}.ipynb" for notebook in find_notebooks()}
    there = {notebook: path for notebook, path in executed.items() if path.is_file()}
    if len(there) < len(executed):
        pytest.skip("the executed notebooks of the full run have not all been committed")
    assert sum(notebook_words(notebook, path) for notebook, path in there.items()) < 20_000
