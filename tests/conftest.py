"""What all tests share: the environment, before TensorFlow is imported, and fixtures that several use.

Nothing heavy is imported here: `make unit` starts one process that only hands tests to others (pytest-xdist).
"""

import gc
import os
import sys

import pytest

# As `make` sets it: the same matrix kernels on every processor.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")

# Several processes share the processors evenly. A test that asks for threads of its own still gets them.
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
if WORKERS > 1:
    for variable in ("TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, str(max(1, (os.cpu_count() or 1) // WORKERS)))

# Every graph of TensorFlow is thousands of objects, most of which stay: fewer looks for those that can go.
gc.set_threshold(20_000, 10, 10)

NUM_ITEMS, NUM_USERS = 7, 11


def pytest_collection_finish():
    """What was imported and collected stays until the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_figure_left():
    """Whatever a test draws is closed after it: no test sees another's figures."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(params=[0, 1], ids=["plain", "centred"])
def tiny(request):
    """The tiny model, with the hidden units seeing bare ratings, and ratings minus an offset."""
    from support.tiny_model import TinyModel

    return TinyModel(request.param)


@pytest.fixture
def likes():
    """A small `Ratings` of likes and dislikes: 11 users, 7 films, about half of them rated."""
    import numpy as np

    from rbm_lib.data import Ratings

    rng = np.random.default_rng(5)
    observed_mask = rng.random((NUM_USERS, NUM_ITEMS)) < 0.6
    observed_mask[:, 0] = True  # nobody without a rating
    return Ratings.from_dense((rng.random((NUM_USERS, NUM_ITEMS)) < 0.6).astype(np.float32), observed_mask)


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests of a process: Playwright starts once in a process."""
    from support.browsing import BROWSER, FLAGS

    if BROWSER is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield running
        running.close()
