"""The notations of a rating: a number, a fraction, stars, a percentage, a word."""

import math
import re

FRACTION = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(?:/|out of|von|sur|de)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+,\d{1,2}|0,\d+)")  # 1,000 may be a thousand
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
    text = text.strip()
    if PLAIN.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    if DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if found := FRACTION.fullmatch(text):
        return float(found[1].replace(",", "."))
    if text.endswith("%"):
        return number_in(text[:-1])
    if found := STARS_IN_WORDS.fullmatch(text):
        return number_in(found[1])
    if text and STARS.fullmatch(text):
        return sum(text.count(star) for star in "★⭐*") + 0.5 * text.count("½")
    return _WORD.get(text.casefold().replace(" ", ""))


def fraction_of(text: str) -> float | None:
    """The denominator of a fraction: 5 of `4/5`; None for anything else."""
    found = FRACTION.fullmatch(text.strip())
    return float(found[2].replace(",", ".")) if found else None


def is_blank(text: str) -> bool:
    """Whether a text means that there is no number."""
    return text.strip().casefold() in BLANK
