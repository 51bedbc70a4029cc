"""The options of `load` for your own table of ratings, and the file that stores them."""

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from rbm_lib._checks import check_choice, check_count, check_number

from .faults import fault, listed, shown

ROLES = ("user", "item", "rating", "timestamp", "title")
REPEATS = ("refuse", "last", "mean")
SCALES = ("as is", "counts")
BEST = ("high", "low")
MERGES = ("case", "zeros", "blanks")
SUFFIX = ".toml"  # of the file of options beside a file of ratings


@dataclass(frozen=True)
class Reading:
    """Options for reading a table of ratings: facts that the table does not contain. Every option has a default.

    Attributes:
        columns: which column is which. A dict from user, item, rating, timestamp or title to the name of the column, or
            to its number from 1; or the names of all columns in order, such as "user,item,rating", with "-" for one to
            skip.
        separator: between the values of a line; " " for any run of blanks. None detects it.
        encoding: of the text, such as "cp1252". None detects it.
        quotes: whether double quotes enclose text. False reads them as any other character. True also accepts a quote
            that is closed lines later. None reads them by context, and refuses a quote that looks like a stray one.
        table: the file in an archive, or the sheet of a workbook. None takes the only one.
        user: the id of the user, if the table has no column of users.
        unrated: the mark of unrated items, a number, a text or a list of them; those lines are skipped. An empty list
            means that all lines are ratings.
        scale: "as is" accepts any numbers; "counts" turns a count into 1 + log2(count), rounded down, at most 5; None
            refuses numbers that are no scale.
        best: "high" or "low", which end of the scale is the best.
        num_values: int from 2 to 1000, ratings are rounded to this number of values at equal distances; None does
            not round.
        threshold: the fewest stars of a like; None takes the middle of the scale.
        dates: "ignore" reads no times; else the format of the dates, such as "%d.%m.%Y", or the unit of the numbers:
            "s", "ms", "us", "ns". None detects it.
        repeats: what to do with a second rating of an item by a user: "refuse", "last" keeps the last, "mean".
        merge: which ids are the same: "case" for those that differ only in case, "zeros" in leading zeros, "blanks" in
            blanks within; a text or a list.
    Raises:
        ValueError: naming the option, for a value that it cannot have.
    Example:
        >>> from rbm_lib.data import Reading
        >>> Reading(unrated=99, repeats="last").unrated
        (99.0,)
    """

    columns: Any = None
    separator: str | None = None
    encoding: str | None = None
    quotes: bool | None = None
    table: str | None = None
    user: Any = None
    unrated: Any = None
    scale: str | None = None
    best: str = "high"
    num_values: int | None = None
    threshold: float | None = None
    dates: str | None = None
    repeats: str = "refuse"
    merge: Any = ()

    def __post_init__(self) -> None:
        check_choice(self.repeats, REPEATS, "repeats")
        check_choice(self.best, BEST, "best")
        if self.scale is not None:
            check_choice(self.scale, SCALES, "scale")
        if self.num_values is not None:
            object.__setattr__(self, "num_values", check_count(self.num_values, "num_values", least=2, most=1000))
        if self.threshold is not None:
            check_number(self.threshold, "threshold")
        for name in ("separator", "encoding", "table", "dates"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                raise ValueError(f"{name}: expected a text, found {value!r}")
        if self.quotes not in (None, True, False):
            raise ValueError(f"quotes: expected True, False or None, found {self.quotes!r}")
        _check_encoding(self.encoding)
        object.__setattr__(self, "columns", _columns(self.columns))
        object.__setattr__(self, "unrated", _markers(self.unrated))
        object.__setattr__(self, "merge", _merges(self.merge))
        if self.user is not None and (isinstance(self.user, bool) or not str(self.user).strip()):
            raise ValueError(f"user: expected a name, found {self.user!r}")


def options_for(path: str | os.PathLike[str], given: Mapping[str, Any]) -> Reading:
    """The options of a call, which take precedence over those in the file of options beside the ratings.

    Args:
        path: the file of ratings; the options for `ratings.csv` are in `ratings.csv.toml`.
        given: options by name; an unknown name is refused.
    Returns:
        reading: `Reading`.
    Raises:
        ValueError: for an unknown option, or a file of options that is no TOML.
    Example:
        >>> from rbm_lib.data import options_for
        >>> options_for("ratings.csv", {"unrated": 99}).unrated
        (99.0,)
    """
    beside = options_file(path)
    kept = _read_toml(beside) if os.path.isfile(beside) else {}
    check_names(kept, str(beside))
    check_names(given, "load")
    try:
        return Reading(**(kept | dict(given)))
    except ValueError as error:
        raise ValueError(
            f"{beside}: {error}" if set(kept) - set(given) and _is_of(error, kept, given) else str(error)
        ) from None


def options_file(path: str | os.PathLike[str]) -> Path:
    """The path of the options of a file of ratings: beside it, its name followed by `.toml`.

    Args:
        path: the file of ratings.
    Returns:
        path: `Path`, whether or not it exists.
    Example:
        >>> from rbm_lib.data import options_file
        >>> options_file("ratings.csv").name
        'ratings.csv.toml'
    """
    path = Path(path) if Path(path).name else Path(path).absolute()
    return path.parent / (path.name + SUFFIX)


def _is_of(error: ValueError, kept: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    name = str(error).split(":")[0].split(",")[0]
    return name in kept and name not in given


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"line {line[1]}" if line else ""
        raise fault(path, where, "options as TOML, a line each as unrated = 99", "something else") from None


def check_names(options: Mapping[str, Any], source: str) -> None:
    """Raises ValueError for the name of no option of `Reading`; `source` is who names it."""
    known = [field.name for field in dataclasses.fields(Reading)]
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"; {close[0]!r} perhaps" if close else ""
            raise ValueError(f"{source}: expected options among {', '.join(known)}, found {shown(name)}{meant}")


def _columns(columns: Any) -> Any:
    """None, a dict from role to name or number, or a tuple of the names of all columns."""
    if columns is None:
        return None
    if isinstance(columns, Mapping):
        for role, column in columns.items():
            if role not in ROLES:
                raise ValueError(f"columns: expected keys among {', '.join(ROLES)}, found {shown(role)}")
            is_number = isinstance(column, int) and not isinstance(column, bool) and column >= 1
            if not (is_number or (isinstance(column, str) and column)):
                raise ValueError(f"columns: expected a name or a number from 1 for {role}, found {column!r}")
        return dict(columns)
    if isinstance(columns, str):
        columns = [name.strip() for name in columns.split(",")]
    if not isinstance(columns, Sequence) or not all(isinstance(name, str) for name in columns):
        raise ValueError(f"columns: expected names in order, as 'user,item,rating', or a dict, found {columns!r}")
    unknown = [name for name in columns if name not in (*ROLES, "-", "")]
    if unknown:
        raise ValueError(
            f"columns: expected {', '.join(ROLES)}, or - for a column to leave out, found {listed(unknown)}; "
            f"a dict names the columns of a file with a header, as columns={{'item': 'Film'}}"
        )
    named = [name for name in columns if name in ROLES]
    if len(set(named)) < len(named):
        raise ValueError(f"columns: expected each name once, found {listed(list(columns))}")
    return tuple(name or "-" for name in columns)


def _markers(unrated: Any) -> tuple[float | str, ...] | None:
    if unrated is None:
        return None
    is_one = isinstance(unrated, str | Real) or not isinstance(unrated, Iterable)
    markers = (unrated,) if is_one else tuple(unrated)
    for one in markers:
        if isinstance(one, bool) or not isinstance(one, str | Real):
            raise ValueError(f"unrated: expected a number or a text, or a list of them, found {one!r}")
    return tuple(one if isinstance(one, str) else "" if one != one else float(one) for one in markers)


def _merges(merge: Any) -> tuple[str, ...]:
    kinds = tuple(one.strip() for one in merge.split(",")) if isinstance(merge, str) else tuple(merge)
    for kind in kinds:
        check_choice(kind, MERGES, "merge")
    return kinds


def _check_encoding(encoding: str | None) -> None:
    import codecs

    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(
                f"encoding: expected one that Python knows, as utf-8 or cp1252, found {encoding!r}"
            ) from None
