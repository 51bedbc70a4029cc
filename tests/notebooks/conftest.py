"""The notebooks of the collection, each as a test parameter."""

import pytest

from rbm_lib.collection import places
from rbm_lib.collection.results.notebooks import parse_notebook

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
