"""Figures as SVG for pages: small, transparent, with colours for light and dark mode, in a wide and a narrow layout.

Text stays text, in a font of the reader's system. A colour becomes a variable with two values: in dark mode, greys are
inverted and colours are lightened until the contrast suffices. Coloured cells and their text keep their colours.
"""

from __future__ import annotations

import colorsys
import io
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from .narrow import make_narrow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG_MIME = "image/svg+xml"
NARROW_MIME = "application/vnd.rbm-lib.narrow+svg"  # the narrow layout of the same figure
SVG = "http://www.w3.org/2000/svg"
KEPT = "kept"  # id of groups whose colours do not change in dark mode
DARK_PAPER, DARK_INK = 0.09, 0.86  # lightness of a dark page, and of text on it
GREY = 0.06  # largest difference between the components of a grey
CONTRAST = 4.5  # minimum contrast of a colour on a dark page
COLOUR = re.compile(r"(fill|stroke|stop-color): ?(#[0-9a-f]{6})")
FONT = re.compile(r"font-family: ?[^;]*;? ?")  # one for all, in the style sheet
NUMBER = re.compile(r"-?\d+\.\d{3,}")
ROUNDED = {"d", "x", "y", "cx", "cy", "r", "transform", "points", "width", "height", "viewBox"}
FONTS = "'DejaVu Sans',Verdana,'Segoe UI',Roboto,'Liberation Sans',sans-serif"
MOST_CELLS = 600  # of a panel, drawn as separate elements
NEARLY_WHITE = 0.9
MOST_BYTES = 150_000  # of a figure; a larger one stays a PNG
PICTURE_DPI = 160  # of rasterised cells
UNSAID = {"Date": None, "Creator": None, "Format": None, "Type": None}


def vector_pair(figure: Figure) -> tuple[str, str] | None:
    """A figure as SVG in the wide and in the narrow layout.

    Args:
        figure: matplotlib figure; it is left in the narrow layout.
    Returns:
        pair: two texts; None if either is larger than `MOST_BYTES`.
    """
    _mind_cells(figure)
    wide = svg_text(figure)
    make_narrow(figure)
    narrow = svg_text(figure)
    return (wide, narrow) if max(len(wide.encode()), len(narrow.encode())) <= MOST_BYTES else None


def svg_text(figure: Figure) -> str:
    """A figure in its current layout as transparent SVG; the same bytes for the same figure."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "figure"}):
        look: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.03, "transparent": True, "dpi": PICTURE_DPI}
        figure.savefig(buffer, format="svg", metadata=UNSAID, **look)
    return refined(buffer.getvalue())


def svg_width(svg: str) -> float:
    """Width of an SVG in points, from its view box."""
    found = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) [\d.]+"', svg)
    if found is None:
        raise ValueError(f"svg: expected a view box, found {svg[:60]!r}")
    return float(found[1])


def _mind_cells(figure: Figure) -> None:
    """Mark cells with text to keep their colours; rasterise a large number of cells."""
    from matplotlib.collections import QuadMesh

    for number, ax in enumerate(figure.axes):
        cells: list[Any] = [one for one in ax.collections if isinstance(one, QuadMesh)]
        if (cells or ax.images) and ax.texts:
            for place, artist in enumerate([*cells, *ax.images, *ax.texts]):
                artist.set_gid(f"{KEPT}-{number}-{place}")
            continue
        for mesh in cells:
            if mesh.get_array() is not None and mesh.get_array().size > MOST_CELLS:
                _as_picture(mesh)


def _as_picture(mesh: Any) -> None:
    """Rasterise cells, without edges; nearly white ones become transparent, for light and dark mode."""
    mesh.update_scalarmappable()
    colours = mesh.get_facecolor().copy()
    colours[(colours[:, :3] > NEARLY_WHITE).all(axis=1), 3] = 0
    mesh.set_array(None)
    mesh.set(facecolor=colours, edgecolor="none", rasterized=True)


def refined(svg: str) -> str:
    """Prepare an SVG of matplotlib for a page.

    Args:
        svg: the whole file.
    Returns:
        svg: without declaration, comments and metadata, with two decimals, and with colours as variables.
    """
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(svg)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    colours: set[str] = {"#000000"}
    _refine(root, colours, kept=False)
    root.set("style", "fill:var(--c000000)")
    style = ET.Element(f"{{{SVG}}}style")
    light = "".join(f"--c{one[1:]}:{one};" for one in sorted(colours))
    dark = "".join(f"--c{one[1:]}:{in_the_dark(one)};" for one in sorted(colours))
    style.text = f":root{{{light}}}text{{font-family:{FONTS}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
    root.insert(0, style)
    for name in ("width", "height"):  # the page sets the size
        root.attrib.pop(name, None)
    return ET.tostring(root, encoding="unicode")


def _refine(element: ET.Element, colours: set[str], *, kept: bool) -> None:
    kept = kept or element.get("id", "").startswith(KEPT)
    name = element.tag.rpartition("}")[2]
    if name != "text" and element.text is not None and not element.text.strip():
        element.text = None
    for key in ROUNDED & element.attrib.keys():
        short = NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), element.attrib[key])
        short = " ".join(short.split())
        element.attrib[key] = re.sub(r" ?([A-Za-z]) ?", r"\1", short).replace(" ", ",") if key == "d" else short
    own = [f"{key}:{element.attrib.pop(key)}" for key in ("fill", "stroke") if key in element.attrib]
    style = "; ".join(filter(None, [element.get("style"), *own]))
    if style and not kept:
        colours |= {colour for _, colour in COLOUR.findall(style)}
        style = COLOUR.sub(lambda match: f"{match[1]}:var(--c{match[2][1:]})", style)
    if style:
        element.set("style", FONT.sub("", style).replace("; ", ";").replace(": ", ":"))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if name == "g":
        element.attrib.pop("id", None)
    for child in element:
        if child.tail is not None and not child.tail.strip():
            child.tail = None
        _refine(child, colours, kept=kept)


def in_the_dark(colour: str) -> str:
    """The colour in dark mode.

    Args:
        colour: `#rrggbb`.
    Returns:
        colour: `#rrggbb`; a grey inverted, a colour lightened until the contrast is `CONTRAST`.
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    if max(parts) - min(parts) <= GREY:
        grey = round(255 * (DARK_INK - (DARK_INK - DARK_PAPER) * sum(parts) / 3))
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    hue, lightness, saturation = colorsys.rgb_to_hls(*parts)
    while _contrast(parts) < CONTRAST and lightness < 1:
        lightness = min(1.0, lightness + 0.02)
        parts = list(colorsys.hls_to_rgb(hue, lightness, saturation))
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _contrast(parts: list[float]) -> float:
    """Contrast of a colour with the background of a dark page, as defined by WCAG."""
    return (_luminance(parts) + 0.05) / (_luminance([DARK_PAPER] * 3) + 0.05)


def _luminance(parts: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
