"""Display of sentences and figures in a notebook, and the early end of a notebook."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from .vector import NARROW_MIME, SVG_MIME, svg_width, vector_pair

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 100  # on the page; the resolution of figures is higher
# A formatted NaN, or an interval of NaNs: `nan`, `+nan`, `nan%`, `[+nan, +nan]`.
NO_NUMBER = re.compile(r"(\[[-+]?nan[^\[\],]*, [-+]?nan[^\[\],]*\])|(?<![\w.])[-+]?nan(?:%|(?!\w))")
EXPLAINED = " (Unknown: too few or too uniform ratings.)"


def show(text: str, **metadata: str) -> None:
    """Show Markdown in the notebook."""
    from IPython.display import display

    display({"text/markdown": text, "text/plain": text}, raw=True, metadata=metadata)


def show_figure(figure: Figure, png: bytes, dpi: int, alt: str, *, for_page: bool) -> None:
    """Show a figure once, and close it.

    Args:
        figure: matplotlib figure.
        png: the figure as PNG.
        dpi: of the PNG.
        alt: alternative text.
        for_page: whether the output also contains two SVGs, wide and narrow, for pages.
    """
    from IPython.display import display
    from matplotlib import pyplot

    pair = vector_pair(figure) if for_page else None
    pyplot.close(figure)  # otherwise the inline backend shows it again
    width = round(int.from_bytes(png[16:20], "big") * PIXELS_PER_INCH / dpi)
    data: dict[str, Any] = {"image/png": png, "text/plain": alt}
    look = {"image/png": {"alt": alt, "width": width}}
    if pair is not None:
        data |= {SVG_MIME: pair[0], NARROW_MIME: pair[1]}
        look[SVG_MIME] = {"alt": alt, "width": round(svg_width(pair[0]) * PIXELS_PER_INCH / 72)}
    display(data, raw=True, metadata=look)


def conclude(text: str) -> None:
    """Show a conclusion (Markdown) in the notebook."""
    show(text, rbm_lib="conclusion")


def repeat(answer: str | None, conclusions: list[str]) -> None:
    """Show the answer again, or the first conclusion if there is no answer, unless it was the last one shown."""
    said = answer or "".join(conclusions[:1])
    if conclusions and said != conclusions[-1]:
        conclude(said)


def with_unknowns(text: str) -> str:
    """A sentence with NaNs replaced by "unknown", and an explanation if there were any."""
    said = NO_NUMBER.sub(lambda found: "[no interval]" if found[1] else "unknown", text)
    return said if said == text or EXPLAINED in said else said + EXPLAINED


def closing(reason: str, so_far: str) -> str:
    """The last sentences of a notebook that ends early: the answer so far, if any, and the reason."""
    if so_far:
        return f"{so_far} The rest of this notebook's question these ratings cannot answer. {reason}"
    return f"These ratings cannot answer this notebook's question. {reason}"


def end_notebook() -> None:
    """End the notebook here. Papermill treats this exit status as success."""
    sys.exit(0)
