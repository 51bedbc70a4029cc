"""What a reader reads of a page is counted: what is folded, and what stands beside the text, is not."""

import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection.pages.reading import notebook_words, reader_words, words_by_kind
from rbm_lib.collection.results.notebooks import parse_notebook


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>Two words</p>", 2),
        ("<p>one</p><p>two</p>", 2),  # a paragraph ends a word
        ("<p>one<b>word</b>, <i>two</i> &#8211; +0.5 [0.4, 0.6]</p>", 5),  # signs alone are none
        ("<p>Let <math><mi>x</mi><mo>=</mo><mn>2</mn></math> be</p>", 3),  # a formula is one
        ("<h2>Head<a class='anchor-link'>Here</a></h2>", 1),
        ("<details><summary>All numbers</summary><table><tr><td>1</td><td>2</td></tr></table></details>", 2),
        ("<details open><summary>Open</summary><p>read this</p></details>", 3),
        ("<div class='output explorer'><table><tr><td>replaced</td></tr></table></div>", 0),
        ("<svg><text>in a figure</text></svg><script>one two</script><style>three</style>", 0),
        ("<table><tr><th>a</th><td>1</td></tr><tr><th>b</th><td>2</td></tr></table>", 4),
        ("<pre>x = f(y)\nz</pre>", 3),
    ],
)
def test_words_are_those_that_are_seen_by_who_opens_nothing(body, words):
    page = f"<body><nav>menu</nav><main>{body}</main><footer>the foot of it</footer></body>"
    assert reader_words(page) == words


def test_words_have_a_kind():
    page = "<main><p>one two</p><pre>three = <span>4</span></pre><table><tr><td>five</td></tr></table></main>"
    assert words_by_kind(page) == {"prose": 2, "code": 2, "tables": 1}


def test_of_a_notebook_hidden_code_and_what_its_page_folds_do_not_count(tmp_path):
    def words(*cells):
        return notebook_words(parse_notebook(make_notebook(tmp_path / "13-words.ipynb", *cells)))

    text = "M:## References\n\n- A work, with its words, which a page folds."
    bare = words()
    assert words("M:Two words") == bare + 2
    assert words("model.fit(likes)") == bare + 1
    assert words(text) - bare == len(["References", "Works", "cited"])
