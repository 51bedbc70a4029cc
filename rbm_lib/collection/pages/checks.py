"""The allowed content of a page: tags, attributes and addresses listed here; no errors, no noise."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

NOISE = re.compile(
    r"it/s\]|s/it\]|\d+%\|[█ ▏▎▍▌▋▊▉#]"  # tqdm
    r"|^[IWEF]\d{4} \d\d:\d\d|cpu_feature_guard|port\.cc|cudart_stub|absl::InitializeLog"  # TensorFlow
    r"|WARNING:tensorflow|IPKernelApp|papermill"
    r"|0x[0-9a-f]{8,}",  # an object without a `__repr__` of its own
    re.MULTILINE,
)

ANYWHERE = {"class", "id", "role", "tabindex", "aria-label", "aria-hidden", "aria-current", "lang", "title"}
PLAIN = (
    "article aside b bdi blockquote body br caption code dd del details div dl dt em figcaption figure footer h1 h2 h3 "
    "h4 h5 h6 header hr i kbd label li main mark nav p pre q s samp section small span strong sub summary sup table "
    "tbody tfoot thead tr u ul var wbr"
)
FORMULAE = (
    "math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub "
    "msubsup msup mtable mtd mtext mtr munder munderover"
)
OF_FORMULAE = (
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop "
    "linethickness lspace mathcolor mathsize mathvariant maxsize minsize movablelimits rowalign rowlines rowspacing "
    "rspace scriptlevel separator stretchy symmetric voffset width xmlns"
)
OWN = {
    "a": "href rel",
    "circle": "cx cy r",
    "img": "src alt width",
    "input": "type checked disabled",
    "ol": "start",
    "path": "d",
    "picture": "",
    "source": "media srcset width height",
    "style": "type",
    "svg": "viewbox viewBox",
    "td": "colspan rowspan",
    "th": "colspan rowspan scope",
}
# The allowed attributes of each allowed tag.
TAGS = dict.fromkeys(PLAIN.split(), "") | dict.fromkeys(FORMULAE.split(), OF_FORMULAE) | OWN
ADDRESS = re.compile(r"https?://[^\s<>\"]+|(?:\.\./)*[\w-][\w./-]*(?:#[^\s<>\"]*)?|#\S*")
PICTURE = re.compile(
    r"data:image/(?:png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/=]+|data:image/svg\+xml,[\w%/:=;,()!*@+?$~.-]+",
    re.ASCII,
)
NOTEBOOK = re.compile(r"data:application/x-ipynb\+json;base64,[A-Za-z0-9+/=]+")
LOOK = re.compile(r"(?:[^\\@<>()]|\b(?:rgba?|hsla?)\([^()]*\))*")  # a style that loads nothing


class PageError(ValueError):
    """A page that must not be published: noise, an error, or something that would load an external resource."""


def content_policy(*scripts: str) -> str:
    """The Content-Security-Policy of a page: no external resources, and no scripts but these.

    Args:
        scripts: the library's scripts in the page, each as the exact text between its tags.
    Returns:
        policy: for `<meta http-equiv="Content-Security-Policy">`.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def cut_at_its_end(notebook: Any) -> None:
    """Remove the cells that a notebook that ended early did not run, and its `SystemExit` output.

    Args:
        notebook: executed notebook (nbformat node), ended by `ReportFolder.close_if`.
    """
    for place, cell in enumerate(notebook.cells):
        outputs = cell.get("outputs", [])
        if any(one.output_type == "error" and one.ename == "SystemExit" and one.evalue in ("", "0") for one in outputs):
            cell.outputs = [one for one in outputs if one.output_type == "display_data"]
            del notebook.cells[place + 1 :]
            return


def check_outputs(notebook: Any) -> None:
    """Refuse outputs that must not be published.

    Args:
        notebook: executed notebook (nbformat node).
    Raises:
        PageError: for stderr, an unexpected error, a progress bar or library noise; it names the cell.
    """
    for cell in notebook.cells:
        where = f"cell [{cell.get('execution_count')}]"
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                first = " ".join(output.text.split())[:160]
                if output.name == "stderr":
                    raise PageError(f"{where}: stderr in the page: {first}")
                if "\r" in output.text or NOISE.search(output.text):
                    raise PageError(f"{where}: progress bar or library noise in the page: {first}")
            elif output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                raise PageError(f"{where}: {output.ename}: {output.evalue}")


def check_self_contained(soup: Any, scripts: Sequence[str] = ()) -> None:
    """Refuse every element that is not listed above, such as external resources and foreign scripts.

    Args:
        soup: BeautifulSoup of a page's body, or of a part of it.
        scripts: the library's scripts in the page, as for `content_policy`. With any, the page may also contain data
            as JSON.
    Raises:
        PageError: naming the element.
    """
    from bs4 import element

    for text in soup.find_all(string=lambda text: isinstance(text, element.PreformattedString)):
        raise PageError(f"a comment or declaration in the page: {str(text)[:120]!r}")
    for tag in soup.find_all(True):
        if tag.name == "script" and scripts:
            _check_script(tag, scripts)
            continue
        if tag.name not in TAGS:
            raise PageError(f"<{tag.name}> in the page: {str(tag)[:120]}")
        for name in tag.attrs:
            if name not in ANYWHERE and name not in TAGS[tag.name].split():
                raise PageError(f"<{tag.name} {name}> in the page: {str(tag)[:120]}")
        _check_content(tag)


def check_page(soup: Any, scripts: Sequence[str] = ()) -> None:
    """As `check_self_contained`, but the page may contain its notebook as a download link.

    Args:
        soup: BeautifulSoup of a page's body. The link is removed from it.
        scripts: as for `check_self_contained`.
    Raises:
        PageError: naming the element.
    """
    links = soup.select("p.tools > a[download]")
    for link in links:
        if set(link.attrs) != {"download", "href"} or not NOTEBOOK.fullmatch(link["href"]):
            raise PageError(f"a download that is no notebook: {str(link)[:120]}")
        link.decompose()
    check_self_contained(soup, scripts)


def _check_script(tag: Any, scripts: Sequence[str]) -> None:
    """Refuse a script that is neither one of the library's, character by character, nor JSON data."""
    text, kind = tag.string or "", tag.get("type")
    own = kind == "module" and set(tag.attrs) == {"type"} and text in scripts
    data = kind == "application/json" and set(tag.attrs) <= {"type", "class", "id"} and _is_json(text)
    if not own and not data:
        raise PageError(f"<script> in the page: {str(tag)[:120]}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _check_content(tag: Any) -> None:
    """Refuse invalid content of links, images, styles and input fields."""
    if tag.name == "a" and not ADDRESS.fullmatch(tag.get("href", "#")):
        raise PageError(f"a link to {tag['href'][:120]!r}, which is no page")
    if tag.name == "img" and not PICTURE.fullmatch(tag.get("src", "")):
        raise PageError(f"<img> would load {tag.get('src', '')[:120]!r}")
    if tag.name == "source" and not PICTURE.fullmatch(tag.get("srcset", "")):
        raise PageError(f"<source> would load {tag.get('srcset', '')[:120]!r}")
    if tag.name == "img" and not tag.get("alt", "").strip():
        raise PageError("a figure without alternative text; use report.save_figure(..., alt=...)")
    if tag.name == "style" and not LOOK.fullmatch(tag.get_text()):
        raise PageError(f"a style that would load something: {tag.get_text()[:120]}")
    if tag.name == "input" and tag.get("type") != "checkbox":
        raise PageError(f"a field in the page: {str(tag)[:120]}")
