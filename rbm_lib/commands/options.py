"""The options of `Reading` on the command line: one option for each field."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import re
import shlex
from collections.abc import Collection
from typing import Any

from rbm_lib.data import Reading

NAMES = tuple(field.name for field in dataclasses.fields(Reading))
ALIASES = {"separator": ("--sep",)}
# The help texts; `Reading` documents the same options in Python.
HELP: dict[str, dict[str, Any]] = {
    "columns": {
        "action": "append",
        "metavar": "NAMES",
        "help": "which column is which: item=Film,rating=Stars by name, item=2 by number from 1; or all in order, as "
        "user,item,-,rating, - for one to leave out",
    },
    "separator": {"metavar": "SIGN", "help": "between the values of a line, as ';' or tab; ' ' for any run of blanks"},
    "encoding": {"metavar": "NAME", "help": "of the text, as cp1252"},
    "quotes": {
        "action": argparse.BooleanOptionalAction,
        "help": "double quotes enclose text, even over lines; with --no-quotes they are signs as any other",
    },
    "table": {"metavar": "NAME", "help": "the file in an archive, or the sheet of a workbook"},
    "user": {"metavar": "NAME", "help": "whose ratings these are, where no column says it"},
    "unrated": {
        "action": "append",
        "metavar": "MARK",
        "help": "what stands where nothing was rated, as 99; may be given more than once; those lines are left out. "
        "--no-unrated says that all of them are ratings",
    },
    "scale": {
        "metavar": "RULE",
        "help": "'as is' takes any numbers without asking; counts makes 1 + log2 of how often, at most 5",
    },
    "best": {"metavar": "END", "help": "high or low, which end of the scale is the best (default: %(default)s)"},
    "num_values": {"metavar": "N", "type": int, "help": "round ratings to so many values at equal distances"},
    "threshold": {
        "metavar": "STARS",
        "type": float,
        "help": "the fewest stars of a like; else the middle of the scale",
    },
    "dates": {"metavar": "FORMAT", "help": "of the times, as %%d.%%m.%%Y, or s, ms, us, ns; ignore reads none"},
    "repeats": {
        "metavar": "RULE",
        "help": "a second rating of an item by a user: refuse, last keeps the last, mean (default: %(default)s)",
    },
    "merge": {
        "action": "append",
        "metavar": "KIND",
        "help": "ids that are one though they differ in case, in zeros before them, or in blanks: case, zeros, blanks",
    },
}
_PAIR = re.compile(r"^\s*(user|item|rating|timestamp|title)\s*=")
_BETWEEN = re.compile(r",(?=\s*(?:user|item|rating|timestamp|title)\s*=)")
_VALUE = r"\{[^}]*\}|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\w.+-]*\w"
_SAID = re.compile(rf"(?P<quoted>(?<![\w=])'[^']*')|(?<![\w-])(?P<name>{'|'.join(NAMES)})=(?P<value>{_VALUE})?")
_FIRST = re.compile(rf"^(?P<name>{'|'.join(NAMES)})(?=[:,])")


def flag(name: str) -> str:
    """The option of the command line for a field of `Reading`."""
    return f"--{name.replace('_', '-')}"


def add_reading(parser: argparse.ArgumentParser, leave_out: Collection[str] = ()) -> None:
    """Adds an option for each field of `Reading`, in a separate group.

    Args:
        parser: of a command that reads a table.
        leave_out: fields that the command does not use.
    """
    said = "What the file leaves unsaid. The same can be kept beside it, in FILE.toml, a line each as unrated = 99."
    group = parser.add_argument_group("how the file is read", said)
    for field in dataclasses.fields(Reading):
        if field.name in leave_out:
            continue
        own = dict(HELP.get(field.name, {"metavar": "VALUE", "help": "see rbm_lib.data.Reading"}))
        if "%(default)s" in own["help"]:
            own["help"] = own["help"].replace("%(default)s", str(field.default))
        flags = [flag(field.name), *ALIASES.get(field.name, ())]
        group.add_argument(*flags, dest=_dest(field.name), default=argparse.SUPPRESS, **own)
        if field.name == "unrated":
            no: dict[str, Any] = {
                "action": "store_const",
                "const": [],
                "default": argparse.SUPPRESS,
                "help": argparse.SUPPRESS,
            }
            group.add_argument("--no-unrated", dest=_dest(field.name), **no)


def reading_of(chosen: argparse.Namespace) -> dict[str, Any]:
    """The options of `load` from a command line, by name, with Python values.

    Raises:
        ValueError: naming the option, for a value that it cannot have.
    """
    given = {name: getattr(chosen, _dest(name)) for name in NAMES if hasattr(chosen, _dest(name))}
    for name, convert in CONVERT.items():
        if name in given:
            given[name] = convert(given[name])
    Reading(**given)
    return given


def as_typed(text: str) -> str:
    """The library's text on its options, with those of the command line: `unrated=99` becomes `--unrated 99`."""
    text = _FIRST.sub(lambda found: flag(found["name"]), text, count=1)
    return _SAID.sub(lambda found: found["quoted"] or _option(found["name"], found["value"]), text)


def _option(name: str, value: str | None) -> str:
    if value is None:
        return flag(name)
    try:
        meant = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        meant = value
    if isinstance(meant, bool):
        return flag(name) if meant else f"--no-{name.replace('_', '-')}"
    if isinstance(meant, dict):
        meant = ",".join(f"{role}={column}" for role, column in meant.items())
    return f"{flag(name)} {shlex.quote(str(meant))}"


def _dest(name: str) -> str:
    return f"reading_{name}"


def _columns(given: list[str]) -> dict[str, str | int] | str:
    """Columns by name or number, or the names of all of them in order."""
    if not any(_PAIR.match(text) for text in given):
        return ",".join(given)
    found: dict[str, str | int] = {}
    for pair in (pair for text in given for pair in _BETWEEN.split(text)):
        role, _, column = pair.partition("=")
        found[role.strip()] = int(column) if column.strip().isdecimal() else column.strip()
    return found


def _marks(given: list[str]) -> list[float | str]:
    return [_number(text) for text in given]


def _number(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number - number == 0 else text


def _sign(text: str) -> str:
    return {"tab": "\t", r"\t": "\t"}.get(text, text)


CONVERT: dict[str, Any] = {"columns": _columns, "unrated": _marks, "separator": _sign, "merge": ",".join}
