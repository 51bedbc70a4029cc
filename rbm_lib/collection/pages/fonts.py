"""Fonts embedded in a page: subsets of the characters it needs, compressed, as `data:` addresses."""

import base64
import functools
import importlib.util
import io
import logging
from pathlib import Path

# Latin letters with accents, punctuation, arrows and symbols in prose and tables.
LATIN = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180)])) + "–—‘’‚“”„†‡•…‰′″‹›⁄€™←↑→↓−≈≠≤≥×√∞ﬁﬂ"
# (package, file, family, weight, style)
TEXT_FACES = (
    ("font_source_serif_pro", "files/SourceSerifPro-Regular.ttf", "Page Serif", 400, "normal"),
    ("font_source_serif_pro", "files/SourceSerifPro-It.ttf", "Page Serif", 400, "italic"),
    ("font_source_serif_pro", "files/SourceSerifPro-Semibold.ttf", "Page Serif", 600, "normal"),
    ("font_source_sans_pro", "files/SourceSansPro-Regular.ttf", "Page Sans", 400, "normal"),
    ("font_source_sans_pro", "files/SourceSansPro-Semibold.ttf", "Page Sans", 600, "normal"),
)
MATH_FACE = ("ziamath", "fonts/STIXTwoMath-Regular.ttf", "Page Math", 400, "normal")


def font_file(package: str, name: str) -> Path | None:
    """Path of a font file in an installed package, None if there is none."""
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / name if found and found.origin else None
    return path if path and path.is_file() else None


@functools.lru_cache(maxsize=64)
def cut(path: Path, characters: str, features: tuple[str, ...]) -> str:
    """A subset of a font, as the `data:` address of a woff2 file."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(layout_features=list(features), notdef_outline=True, recalc_timestamp=False, hinting=False)
    options.flavor = "woff2"
    options.drop_tables += ["DSIG", "FFTM"]
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    return f"data:font/woff2;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def face(
    package: str, name: str, family: str, weight: int, style: str, characters: str, features: tuple[str, ...]
) -> str:
    """An `@font-face` rule, empty if the font is not installed: the page then uses the fonts of the reader's system."""
    path = font_file(package, name)
    if path is None:
        return ""
    source = f'url("{cut(path, characters, features)}") format("woff2")'
    return f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};src:{source}}}\n'


def text_faces() -> str:
    """Rules for the text fonts."""
    features = ("kern", "liga", "tnum", "lnum", "mark", "mkmk", "ccmp", "locl")
    return "".join(face(*one, LATIN, features) for one in TEXT_FACES)


def math_face(characters: set[str]) -> str:
    """The rule for the mathematics font, empty if the page has no formula."""
    if not characters:
        return ""
    return face(*MATH_FACE, "".join(sorted(characters)), ("ssty", "dtls", "flac"))
