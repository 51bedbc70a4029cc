"""A browser for the tests of pages."""

import pytest
from support.browsing import BROWSER, FLAGS


@pytest.fixture(scope="package")
def browser():
    if BROWSER is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield running
        running.close()
