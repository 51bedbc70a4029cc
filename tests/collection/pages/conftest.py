"""Pages with something to turn, opened in the browser."""

import pytest


@pytest.fixture
def opened(browser, pages):
    """`opened(which)` opens one of a file's `pages` without a network; every message and request is kept in `heard`."""
    contexts = []

    def open_page(which="page", width=1280, scheme="light", **how):
        size = {"width": width, "height": 800}
        context = browser.new_context(offline=True, color_scheme=scheme, viewport=size, **how)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda asked: None if asked.url == pages[which].as_uri() else page.heard.append(asked.url))
        page.goto(pages[which].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
