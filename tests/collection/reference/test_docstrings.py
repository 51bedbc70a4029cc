"""Docstrings taken apart and written as HTML."""

import inspect

import pytest

from rbm_lib.collection.reference.docstrings import inline, is_formula, paragraph_html, parse

TEXT = """A first line
of two.

F(v) = -sum{ v * b }

More prose with `code`.

Args:
    visible: float `(batch, num_items)`, one-hot,
        all zero where unrated.
    low, high: ends of it.
    **kwargs: those of Keras.
Returns:
    An iterator of things,
    on two lines.
Raises:
    ValueError: if an axis disagrees.
References:
    Hinton (2010), "A guide",
        section 6.
    Welling (2005).

Example:
    >>> 1 + 1

    >>> if True:
    ...     pass
    2
"""


@pytest.fixture(scope="module")
def docstring():
    return parse(TEXT)


def nowhere(code):
    return None


def test_summary_and_paragraphs(docstring):
    assert docstring.summary == "A first line of two."
    assert docstring.paragraphs == ["F(v) = -sum{ v * b }", "More prose with `code`."]


def test_items_of_a_section(docstring):
    assert docstring.items("Args") == [
        ("visible", "float `(batch, num_items)`, one-hot, all zero where unrated."),
        ("low, high", "ends of it."),
        ("**kwargs", "those of Keras."),
    ]
    assert docstring.names("Args") == {"visible", "low", "high", "kwargs"}
    assert docstring.items("Returns") == [("", "An iterator of things, on two lines.")]
    assert docstring.items("Raises") == [("ValueError", "if an axis disagrees.")]


def test_each_reference_stands_alone(docstring):
    assert docstring.items("References") == [("", 'Hinton (2010), "A guide", section 6.'), ("", "Welling (2005).")]


def test_an_example_keeps_its_lines(docstring):
    assert "\n".join(docstring.sections["Example"]) == ">>> 1 + 1\n\n>>> if True:\n...     pass\n2"


def test_a_word_with_a_colon_in_prose_begins_no_section():
    docstring = parse("One line.\n\nRaises: nothing of the kind here, in a sentence.")
    assert docstring.sections == {}


def test_prose_is_escaped_and_names_are_linked():
    address = {"RBM": "index.html#RBM"}.get
    html = inline("a < b for `RBM`, `x<y` and *choose*; 2 * 3 * 4", address)
    assert html == (
        'a &lt; b for <a href="index.html#RBM"><code>RBM</code></a>, <code>x&lt;y</code> and <em>choose</em>; 2 * 3 * 4'
    )


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Z = sum over h of { exp(h c) }", True),
        ("log odds of (likes + smoothing) / (ratings + smoothing), film by film", True),
        ("stars   = a . x\nP(like) = sigmoid(a . x)", True),
        ("Where P = (X'X + I)^-1, the score is no probability.", False),
        ("Plain prose. Of two sentences.", False),
    ],
)
def test_formulae_keep_their_lines(paragraph, expected):
    assert is_formula(paragraph) == expected
    assert paragraph_html(paragraph, nowhere).startswith("<pre" if expected else "<p>")


def test_a_table_of_names_becomes_a_list():
    html = paragraph_html("    data      reading, `writing`\n    datasets  by name", nowhere)
    assert html == (
        '<dl class="explained"><dt><code>data</code></dt><dd>reading, <code>writing</code></dd>'
        "<dt><code>datasets</code></dt><dd>by name</dd></dl>"
    )


def test_this_project_s_own_docstrings_come_apart():
    from rbm_lib.models import log_partition

    docstring = parse(inspect.getdoc(log_partition))
    assert docstring.names("Args") == {"observed_mask", "parameters"}
    assert docstring.names("Returns") == {"log_partition"}
