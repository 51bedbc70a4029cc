"""`--list` says of every notebook whether it would run, and how many words its page has to read."""

from support.notebook_making import make_notebook

from rbm_lib.collection.reports.listing import MOST_WORDS, listing
from rbm_lib.collection.results.notebooks import parse_notebook


def make(tmp_path, *slugs):
    return [parse_notebook(make_notebook(tmp_path / "notebooks" / f"{slug}.ipynb")) for slug in slugs]


def test_words_of_pages_that_are_there_stand_beside_the_state(tmp_path):
    first, second = make(tmp_path, "11-first", "13-second")
    (tmp_path / "11-first.html").write_text(f"<main><p>{'word ' * 1234}</p></main>")
    lines = listing(tmp_path, [(first, "finished", ""), (second, "stale", "never run")])
    assert lines == [
        "11-first   fresh       1,234  What does 11-first say?",
        "13-second  would run       –  What does 13-second say?  (never run)",
        "1,234 words to read on 1 pages",
    ]


def test_without_pages_there_is_nothing_to_add_up(tmp_path):
    (first,) = make(tmp_path, "11-first")
    assert len(listing(tmp_path, [(first, "failed", "it broke")])) == 1


def test_more_than_an_evening_is_said(tmp_path):
    (first,) = make(tmp_path, "11-first")
    page = tmp_path / "11-first.html"
    for words, said in ((MOST_WORDS, False), (MOST_WORDS + 1, True)):
        page.write_text(f"<main><p>{'word ' * words}</p></main>")
        assert ("more than the 20,000" in listing(tmp_path, [(first, "finished", "")])[-1]) is said
