"""Known exports, recognised by the names of their columns, with the facts that the files do not contain."""

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import plain_name


@dataclass(frozen=True)
class Layout:
    """The export of a service.

    Attributes:
        name: of the service.
        marks: columns that together occur in no other export, in plain names.
        columns: from role to the column, in plain names.
        personal: whether all ratings are one person's.
        unrated: the value of unrated items.
        year: whether the year belongs to the name of an item, to distinguish films of the same name.
    """

    name: str
    marks: tuple[str, ...]
    columns: dict[str, str]
    personal: bool = True
    unrated: tuple[float | str, ...] = ()
    year: bool = False

    def columns_in(self, names: Sequence[str]) -> dict[str, int]:
        """From role to the number of its column, from 1, for the columns that exist."""
        plain = [plain_name(name) for name in names]
        return {role: plain.index(name) + 1 for role, name in self.columns.items() if name in plain}

    def year_in(self, names: Sequence[str]) -> int | None:
        """The position of the year that belongs to an item's name, from 0, or None."""
        plain = [plain_name(name) for name in names]
        return plain.index("year") if self.year and "year" in plain else None


BLANK = ("",)
LAYOUTS = (
    Layout(
        "Letterboxd",
        ("letterboxduri", "rating"),
        {"item": "name", "rating": "rating", "timestamp": "date"},
        unrated=BLANK,
        year=True,
    ),
    Layout(
        "IMDb",
        ("const", "yourrating"),
        {"item": "const", "rating": "yourrating", "timestamp": "daterated", "title": "title"},
        unrated=BLANK,
        year=True,
    ),
    Layout(
        "Goodreads",
        ("bookid", "myrating"),
        {"item": "bookid", "rating": "myrating", "timestamp": "dateadded", "title": "title"},
        unrated=(0,),
    ),
    Layout("StoryGraph", ("isbnuid", "starrating"), {"item": "title", "rating": "starrating"}, unrated=BLANK),
    Layout(
        "Trakt",
        ("ratedat", "rating", "title", "type"),
        {"item": "title", "rating": "rating", "timestamp": "ratedat"},
        unrated=BLANK,
        year=True,
    ),
)


def layout_of(names: Sequence[str]) -> Layout | None:
    """The export with these columns, or None."""
    plain = {plain_name(name) for name in names}
    return next((layout for layout in LAYOUTS if plain.issuperset(layout.marks) and "userid" not in plain), None)
