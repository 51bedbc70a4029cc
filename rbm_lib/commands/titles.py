"""Titles as users write them, matched with the titles of a catalogue. Pure: texts in, positions out.

Two titles match if they agree in letters and digits, without case and accents, with articles in front. Looser matches
(without the article, or by a part) are tried only if no stricter one exists, and the answer names them.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

ARTICLES = (
    *("the", "a", "an"),
    *("le", "la", "les", "l'", "un", "une", "des"),
    *("el", "los", "las", "lo", "una", "unos", "unas"),
    *("il", "i", "gli", "uno", "o", "os", "as", "um", "uma"),
    *("der", "die", "das", "ein", "eine", "de", "het", "een", "den", "det", "en", "ett", "et"),
)
_ARTICLE = "|".join(sorted(map(re.escape, ARTICLES), key=len, reverse=True))
BEHIND = re.compile(rf"(?P<rest>.+?),\s*(?P<article>{_ARTICLE})(?=\s*$|\s*[(:])", re.IGNORECASE)
BEFORE = re.compile(rf"^(?:(?:{_ARTICLE})\s+|l')(?=\S)", re.IGNORECASE)
YEAR = re.compile(r"(?P<name>.*\S)\s*\((?P<year>(?:18|19|20)\d\d)(?:\s*[-–—]\s*(?:\d{2,4})?)?\)\s*")
BRACKETS = re.compile(r"(?P<name>.*\S)\s*\((?P<inside>[^()]+)\)\s*")
ALSO = re.compile(r"^\s*(?:a\.?\s?k\.?\s?a\.?|also known as)\s*:?\s+", re.IGNORECASE)
PIECES = re.compile(r":\s+|\s+[-–—]\s+")
APOSTROPHES = str.maketrans("’‘ʼ´`", "'''''")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
LONGEST = 500  # characters of a title that is parsed
SHORTEST = 4  # letters of a part that may match a whole title
NAMED = 3  # titles in an answer
WHOLE, OTHER, BARE, PART = range(4)  # levels of matching; see `readings`
SAME, NEXT, BY_PART = 0, 10, 20  # how a title was found: in its year, in an adjacent year, by a part


@dataclass(frozen=True)
class Match:
    """The match of a title.

    Attributes:
        wanted: the requested title, followed by its year.
        place: position among the known titles, or None.
        note: the other name or year under which it was found; if it was not found, why.
        distance: 0 for an exact match; larger for a looser one.
    """

    wanted: str
    place: int | None = None
    note: str = ""
    distance: int = 0


def match_titles(
    known: Sequence[str], wanted: Iterable[tuple[str, int | None]], weight: Sequence[int] | None = None
) -> list[Match]:
    """Finds titles among known ones; no known title is matched with two requested ones.

    Args:
        known: titles of the catalogue, as "Matrix, The (1999)".
        wanted: pairs (title, year); the year may be None, or be at the end of the title instead.
        weight: int for each known title; of several with the same name and year, the one with the largest weight is
            taken.
    Returns:
        matches: `Match` of each, in order.
    """
    index = TitleIndex(known, weight)
    found = [index.find(title, year) for title, year in wanted]
    owner: dict[int, Match] = {}
    for number in sorted(range(len(found)), key=lambda number: found[number].distance):
        match = found[number]
        if match.place is None:
            continue
        first = owner.setdefault(match.place, match)
        if first is not match:
            found[number] = Match(match.wanted, None, f"the same as {first.wanted!r}")
    return found


class TitleIndex:
    """Known titles, by all their possible names.

    Args:
        known: titles of the catalogue.
        weight: int for each, or None.
    """

    def __init__(self, known: Sequence[str], weight: Sequence[int] | None = None) -> None:
        self.known = list(known)
        self.weight = [0] * len(self.known) if weight is None else list(weight)
        self.year: list[int | None] = []
        self.names: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(PART + 1)]
        self.written: dict[str, list[int]] = defaultdict(list)
        for place, title in enumerate(self.known):
            name, year = name_and_year(title)
            self.year.append(year)
            self.written[_written(title)].append(place)
            for level, names in enumerate(readings(name)):
                for one in names:
                    self.names[level][one].append(place)

    def find(self, title: str, year: int | None = None) -> Match:
        """The known title that matches.

        Args:
            title: as it is written, with or without a year at the end.
            year: if it is known separately.
        Returns:
            match: `Match`.
        """
        name, behind = name_and_year(title)
        asked = Match(title.strip() if year is None or behind is not None else f"{name} ({year})")
        year = year if behind is None else behind
        exact = self.written.get(_written(asked.wanted), [])
        if exact and (year is not None or len(exact) == 1):
            return self._heaviest(asked, exact)
        levels = readings(name)
        strict = list(self._found(levels))
        if year is None:
            if strict and len(strict[0][1]) == 1:
                return self._heaviest(replace(asked, distance=strict[0][0]), strict[0][1])
        else:
            match = self._of_year(asked, strict, year) or self._by_part(asked, levels, year)
            if match is not None:
                return match
        return replace(asked, note=self._why_not(levels, strict, year))

    def _found(self, levels: list[set[str]]) -> Iterator[tuple[int, set[int]]]:
        """(Looseness, positions) for each pair of levels with a match, the strictest first."""
        pairs = [(own, theirs) for own in range(PART) for theirs in range(PART)]
        for own, theirs in sorted(pairs, key=lambda pair: (max(pair), sum(pair))):
            places = {place for name in levels[own] for place in self.names[theirs].get(name, ())}
            if places:
                yield max(own, theirs), places

    def _of_year(self, asked: Match, strict: list[tuple[int, set[int]]], year: int) -> Match | None:
        """The one of that year, else the only one of the year before or after, else the only one of unknown year."""
        for level, places in strict:
            same = [place for place in places if self.year[place] == year]
            if same:
                return self._heaviest(replace(asked, distance=SAME + level), same)
        for level, places in strict:
            near = [place for place in places if abs((self.year[place] or 0) - year) == 1]
            undated = [place for place in places if self.year[place] is None]
            if len(near) == 1 or (len(undated) == len(places) == 1):
                return self._heaviest(replace(asked, distance=NEXT + level), near or undated)
        return None

    def _by_part(self, asked: Match, levels: list[set[str]], year: int) -> Match | None:
        """The only one of that year in which a part beside a colon or a dash is the whole title, or the reverse."""
        pairs = [(own, self.names[PART]) for own in levels[WHOLE]] + [(own, self.names[WHOLE]) for own in levels[PART]]
        places = {place for own, names in pairs for place in names.get(own, ()) if self.year[place] == year}
        return self._heaviest(replace(asked, distance=BY_PART), places) if len(places) == 1 else None

    def _heaviest(self, asked: Match, places: Collection[int]) -> Match:
        best = max(places, key=lambda place: (self.weight[place], -place))
        note = f"as {self.known[best]!r}" if asked.distance not in (WHOLE, OTHER) else ""
        if len(places) > 1:
            note = f"as the best known of {len(places)} called {self.known[best]!r}"
        return replace(asked, place=best, note=note)

    def _why_not(self, levels: list[set[str]], strict: list[tuple[int, set[int]]], year: int | None) -> str:
        if strict:
            places = sorted(strict[0][1])
            names = ", ".join(repr(self.known[place]) for place in places[:NAMED])
            more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
            return f"{'several are called so' if year is None else 'not of this year'}: {names}{more}"
        near = self._near(levels)
        return f"not there; close to it: {', '.join(map(repr, near))}" if near else "not there"

    def _near(self, levels: list[set[str]]) -> list[str]:
        """Known titles with the same beginning that are similar to one of the readings."""
        found: dict[str, None] = {}
        for own in sorted(set().union(*levels[:PART])):
            begins = self._by_beginning.get(own[:2], {})
            for name in difflib.get_close_matches(own, begins, n=NAMED, cutoff=0.85):
                found |= dict.fromkeys(self.known[place] for place in begins[name])
        return list(found)[:NAMED]

    @cached_property
    def _by_beginning(self) -> dict[str, dict[str, list[int]]]:
        """Positions by name, by the first two letters of the name."""
        names: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for level in reversed(self.names[:PART]):
            for name, places in level.items():
                names[name[:2]][name] = places
        return names


def name_and_year(title: str) -> tuple[str, int | None]:
    """A title without the year at its end, and the year. A title that is a number, such as "1917", is no year."""
    found = YEAR.fullmatch(title) if len(title) <= LONGEST else None
    return (found["name"].strip(), int(found["year"])) if found else (title.strip(), None)


def readings(name: str) -> list[set[str]]:
    """The possible names of a title.

    Args:
        name: a title without its year.
    Returns:
        levels: four disjoint sets of keys: `WHOLE`, the title as written, with and without the brackets at its end;
            `OTHER`, the text in these brackets; `BARE`, both without an article in front; `PART`, the text before and
            after a colon or a dash.
    """
    if len(name) > LONGEST:
        return [{key(name)}, set(), set(), set()]
    main, inside = name, []
    while found := BRACKETS.fullmatch(main):
        main = found["name"]
        inside += _others(found["inside"])
    levels = [
        {key(in_front(name)), key(in_front(main))},
        {key(in_front(one)) for one in inside},
        {key(BEFORE.sub("", in_front(one).translate(APOSTROPHES), count=1)) for one in (main, *inside)},
        {one for one in map(key, PIECES.split(in_front(main))) if len(one) >= SHORTEST},
    ]
    return [level - {""}.union(*levels[:number]) for number, level in enumerate(levels)]


def _others(inside: str) -> list[str]:
    """The titles in brackets: one, or several after "a.k.a."."""
    if not ALSO.match(inside):
        return [inside]
    text = ALSO.sub("", inside, count=1)
    return [text, *re.split(rf",\s+(?!(?:{_ARTICLE})\s*(?:,|$))", text, flags=re.IGNORECASE)]


def in_front(name: str) -> str:
    """A title with the article in front if it is after a comma: "Matrix, The" becomes "The Matrix"."""
    found = BEHIND.match(name.translate(APOSTROPHES))
    return f"{found['article']} {found['rest']}{name[found.end() :]}" if found else name


def key(text: str) -> str:
    """Letters and digits of a text without case and accents; the text itself if it has none."""
    text = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS).replace("&", " and "))
    text = unicodedata.normalize("NFC", "".join(one for one in text if not "\u0300" <= one <= "\u036f"))
    return "".join(one for one in text if one.isalnum() or unicodedata.category(one)[0] == "M") or text.strip()


def _written(title: str) -> str:
    return unicodedata.normalize("NFC", title).strip()
