"""The notations of a rating: a number, a fraction, stars, a percentage, a word."""

import math
import re

FRACTION = re.compile(
    r"([+-]?\d+(?:[.,]\d+)?)\s*(?:/|out of|of|von|sur|de|di|su|sobre|av|из)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE
)
DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+,\d{1,2}|\d+,\d{4,}|0,\d+)")  # 1,000 may be a thousand
EITHER_COMMA = re.compile(r"[+-]?\d{1,3},\d{3}")  # a thousand, or a fraction
THOUSANDS = re.compile(r"\d{1,3}(?:([.,' ’\u00a0\u202f])\d{3})(?:\1\d{3})*")
HALVES = re.compile(r"(\d+)\s*½")
SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")  # of a thumb
UNITS = "stars?|sterne?|étoiles?|estrellas?|stelle|points?|pts|punkte?"
STARS_IN_WORDS = re.compile(rf"([\d.,]+)\s*(?:{UNITS})", re.IGNORECASE)
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
STARS = re.compile(r"([★⭐*]\ufe0f?)*½?[☆✩]*\ufe0f?")
WORDS = {
    1.0: "true yes like liked up thumbsup thumbs_up thumbs-up love loved positive 👍 ❤ ❤️",
    0.0: "false no dislike disliked down thumbsdown thumbs_down thumbs-down hate hated negative 👎",
}
_WORD = {word: value for value, words in WORDS.items() for word in words.split()}
BLANK = {"", "nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "-", "--", "\\n", "?", "."}  # nothing was rated


def number_in(text: str) -> float | None:
    """The number in a rating's text, or None: `4`, `4,5`, `4/5` (4), `★★★½` (3.5), `80%` (80), `like` (1)."""
    text = SKIN.sub("", text.strip().replace("\u2212", "-"))
    if PLAIN.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    if DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if found := FRACTION.fullmatch(text):
        return float(found[1].replace(",", "."))
    if text.endswith("%"):
        return number_in(text[:-1])
    if found := HALVES.fullmatch(text):
        return float(found[1]) + 0.5
    if found := STARS_IN_WORDS.fullmatch(text):
        return number_in(found[1])
    if text and STARS.fullmatch(text):
        return sum(text.count(star) for star in "★⭐*") + 0.5 * text.count("½")
    return _WORD.get(text.casefold().replace(" ", ""))


def fraction_of(text: str) -> float | None:
    """The denominator of a fraction, 5 of `4/5`, and 100 of a percentage; None for anything else."""
    text = text.strip()
    found = FRACTION.fullmatch(text)
    return float(found[2].replace(",", ".")) if found else 100.0 if text.endswith("%") else None


def has_fraction(text: str) -> bool:
    """Whether a comma can only be a decimal one: `3,5`, but not `3,500`."""
    return DECIMAL_COMMA.fullmatch(text.strip()) is not None


def without_thousands(text: str) -> str:
    """A whole number without the marks between its thousands: `1,234`, `1.234`, `1 234`; other text unchanged."""
    found = THOUSANDS.fullmatch(text.strip())
    return text.strip().replace(found[1], "") if found else text


def is_blank(text: str) -> bool:
    """Whether a text means that there is no number."""
    return text.strip().casefold() in BLANK
