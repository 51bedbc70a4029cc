"""What may get into a page: tags, attributes and addresses that are listed here, and no errors and no noise."""

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
    r"|0x[0-9a-f]{8,}",  # an object without a printed form of its own
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
# The attributes of each tag that a page may hold.
TAGS = dict.fromkeys(PLAIN.split(), "") | dict.fromkeys(FORMULAE.split(), OF_FORMULAE) | OWN
ADDRESS = re.compile(r"https?://[^\s<>\"]+|(?:\.\./)*[\w-][\w./-]*(?:#[^\s<>\"]*)?|#\S*")
PICTURE = re.compile(
    r"data:image/(?:png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/=]+|data:image/svg\+xml,[\w%/:=;,()!*@+?$~.-]+",
    re.ASCII,
)
NOTEBOOK = re.compile(r"data:application/x-ipynb\+json;base64,[A-Za-z0-9+/=]+")
LOOK = re.compile(r"(?:[^\\@<>()]|\b(?:rgba?|hsla?)\([^()]*\))*")  # a style that names nothing outside itself


class PageError(ValueError):
    """A page that must not be published: noise, an error, or something that would load from elsewhere."""


def content_policy(*scripts: str) -> str:
    """What a page tells the browser that it may do: show what it holds, load nothing, and run these scripts alone.

    Args:
        scripts: each script that the library itself puts into the page, the very text between its tags.
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
    """Drop what a notebook that ended early did not run, and how its kernel says so.

    Args:
        notebook: executed notebook (nbformat node); `ReportFolder.close_if` ends one.
    """
    for place, cell in enumerate(notebook.cells):
        outputs = cell.get("outputs", [])
        if any(one.output_type == "error" and one.ename == "SystemExit" and one.evalue in ("", "0") for one in outputs):
            cell.outputs = [one for one in outputs if one.output_type == "display_data"]
            del notebook.cells[place + 1 :]
            return


def check_outputs(notebook: Any) -> None:
    """Refuse outputs that no reader should see.

    Args:
        notebook: executed notebook (nbformat node).
    Raises:
        PageError: naming the cell, for stderr, an unexpected error, progress bars and library noise.
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
    """Refuse whatever is not listed above: what would load from elsewhere, or run, is not.

    Args:
        soup: BeautifulSoup of a page's body, or of a part of it.
        scripts: those of the library itself that the page may hold, as for `content_policy`; beside them it may hold
            data as JSON.
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
    """Refuse what no page may hold: all that `check_self_contained` refuses, but for the notebook, which can be saved.

    Args:
        soup: BeautifulSoup of a page's body. The link is taken out of it.
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
    """Refuse a script that is neither one of the library's own, to the letter, nor data."""
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
    """Refuse an address, a picture, a style or a field that is none of the page's own."""
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
