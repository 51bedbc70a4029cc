"""The notebooks of the collection, each as a test parameter."""

import sys
from pathlib import Path

import pytest

from rbm_lib import places
from rbm_lib.notebooks import parse_notebook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # notebook_making

FOLDER = places.REPOSITORY / "notebooks"
SOURCES = sorted(FOLDER.glob("[!.]*.ipynb"))


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def notebook(request):
    """One notebook of the collection."""
    return parse_notebook(request.param)


@pytest.fixture
def folder():
    """Where the collection's notebooks lie."""
    return FOLDER
