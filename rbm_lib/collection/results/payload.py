"""The valid contents of a results file: every name, number and text is checked before use. Standard library only.

Results files are committed and exchanged. Every file that one of them names, above all figures, must have a plain name
in the results file's own report folder; the types are those that `ReportFolder.write` writes.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from rbm_lib.evaluation import VERDICTS

from .metrics import METRICS
from .notebooks import SLUG

FIELDS = (
    "name", "value", "low", "high", "unit", "predictor", "metric", "group", "validation", "over", "repeats", "verdict",
    "base_rate", "num_users", "num_ratings",
)  # fmt: skip
PARTS = (
    "notebook", "question", "dataset", "profile", "seed", "records", "tables", "headline", "answer", "conclusions",
    "figures", "provenance",
)  # fmt: skip
LARGEST = 1e300  # limit of a number: the sum of two larger ones may be infinite
MOST = 2**53  # of a count
SHOWN = 60  # characters of a found value in an error


class PayloadFault(ValueError):
    """A fault of a payload: where, expected, found."""


def figure_name(slug: str, file: object) -> str | None:
    """The plain name of a figure's file, `02-curve.png`; None for anything that is not `figures/<such a name>`.

    Args:
        slug: the notebook, whose number the name starts with.
        file: the name in the results file.
    """
    match = re.fullmatch(rf"figures/({re.escape(slug[:3])}[\w.-]+\.png)", file) if isinstance(file, str) else None
    return match[1] if match else None


def check_payload(payload: Any, slug: str) -> None:
    """Refuse a payload that `ReportFolder.write` cannot have written.

    Args:
        payload: the content of the JSON file.
        slug: the notebook that the file is named after.
    Raises:
        PayloadFault: naming the place, what was expected and what was found.
    """
    _expect(isinstance(payload, dict), "", "a mapping", payload)
    missing = sorted(set(PARTS) - payload.keys())
    if missing:
        raise PayloadFault(f"expected a results file, found none of: {', '.join(missing)}")
    _expect(SLUG.fullmatch(slug), "the file's name", "a notebook's, as '02-the-machine.json'", slug)
    _expect(payload["notebook"] == slug, "notebook", f"{slug!r}, as the file's name", payload["notebook"])
    for name in ("question", "dataset", "profile", "answer"):
        _each(payload, name, _is_text, "a text")
    _each(payload, "seed", _or_none(_is_whole), "a whole number or null")
    records = _list(payload, "records")
    for place, record in enumerate(records):
        _check_record(record, f"records[{place}]")
    names = [record["name"] for record in records]
    _expect(len(set(names)) == len(names), "records", "names that differ", names)
    for place, record in enumerate(records):
        base = record["base_rate"]
        _expect(base in (None, *names), f"records[{place}].base_rate", "a record's name", base)
    _check_headline(payload["headline"], {record["name"]: record for record in records})
    _check_tables(payload["tables"])
    for place, one in enumerate(_list(payload, "conclusions")):
        _check_conclusion(one, f"conclusions[{place}]")
    for place, one in enumerate(_list(payload, "figures")):
        _check_figure(one, f"figures[{place}]", slug)
    provenance = payload["provenance"]
    _expect(isinstance(provenance, dict), "provenance", "a mapping", provenance)
    _expect(all(_is_text(key) for key in provenance), "provenance", "names as texts", list(provenance))
    for key in provenance:
        _each(provenance, key, _or_none(_is_cell), "a text or a number", "provenance.")


def _check_record(record: Any, where: str) -> None:
    _expect(isinstance(record, dict), where, "a mapping", record)
    lacking = sorted(set(FIELDS) - record.keys())
    if lacking:
        raise PayloadFault(
            f"expected a results file of this release, found one of an earlier release, without {', '.join(lacking)}; "
            "run its notebook again"
        )
    prefix = f"{where}."
    for name in ("name", "group"):
        _each(record, name, _is_text, "a text", prefix)
    for name in ("unit", "predictor", "over", "base_rate"):
        _each(record, name, _or_none(_is_text), "a text or null", prefix)
    for name in ("repeats", "num_users", "num_ratings"):
        _each(record, name, _or_none(_is_count), "a count or null", prefix)
    _each(record, "validation", lambda value: isinstance(value, bool), "true or false", prefix)
    _each(record, "value", _is_number, "a finite number", prefix)
    for name in ("low", "high"):
        _each(record, name, _or_none(_is_number), "a finite number or null", prefix)
    _expect((record["low"] is None) == (record["high"] is None), where, "low and high, or neither", record)
    _each(record, "metric", _one_of((None, *METRICS)), "a metric of this release or null", prefix)
    _each(record, "verdict", _one_of((None, *VERDICTS)), "a verdict or null", prefix)
    _expect(
        (record["metric"] is None) == (record["predictor"] is None), where, "predictor and metric, or neither", record
    )


def _check_headline(headline: Any, records: dict[str, dict[str, Any]]) -> None:
    if headline is not None:
        _expect(_is_text(headline) and headline in records, "headline", "a record's name or null", headline)
        _expect(records[headline]["base_rate"] is not None, "headline", "a record with a base rate", headline)


def _check_tables(tables: Any) -> None:
    _expect(isinstance(tables, dict) and all(map(_is_text, tables)), "tables", "a mapping from names", tables)
    for name, table in tables.items():
        where = f"tables[{name[:SHOWN]!r}]"
        _expect(isinstance(table, dict) and {"columns", "rows", "timing"} <= table.keys(), where, "a table", table)
        columns, rows = _list(table, "columns", f"{where}."), _list(table, "rows", f"{where}.")
        _expect(all(map(_is_text, columns)), f"{where}.columns", "texts", columns)
        _each(table, "timing", lambda value: isinstance(value, bool), "true or false", f"{where}.")
        for row in rows:
            fits = isinstance(row, list) and len(row) == len(columns) and all(map(_or_none(_is_cell), row))
            _expect(fits, f"{where}.rows", f"rows of {len(columns)} texts and numbers", row)


def _check_conclusion(one: Any, where: str) -> None:
    if isinstance(one, str):
        raise PayloadFault(
            "expected a results file of this release, found one of an earlier release, without verdicts; "
            "run its notebook again"
        )
    _expect(isinstance(one, dict) and {"text", "verdicts"} <= one.keys(), where, "a text and its verdicts", one)
    _each(one, "text", _is_text, "a text", f"{where}.")
    verdicts = _list(one, "verdicts", f"{where}.")
    _expect(all(map(_one_of(VERDICTS), verdicts)), f"{where}.verdicts", "verdicts", verdicts)


def _check_figure(one: Any, where: str, slug: str) -> None:
    _expect(isinstance(one, dict) and {"file", "alt"} <= one.keys(), where, "a file and its alternative text", one)
    plain = f"a plain name in its own folder, as 'figures/{slug[:3]}name.png'"
    _expect(figure_name(slug, one["file"]) is not None, f"{where}.file", plain, one["file"])
    _each(one, "alt", _is_text, "a text", f"{where}.")


def _each(holder: dict[str, Any], name: str, holds: Callable[[Any], bool], expected: str, prefix: str = "") -> None:
    _expect(holds(holder[name]), f"{prefix}{name}", expected, holder[name])


def _list(holder: dict[str, Any], name: str, prefix: str = "") -> list[Any]:
    _each(holder, name, lambda value: isinstance(value, list), "a list", prefix)
    found: list[Any] = holder[name]
    return found


def _expect(holds: object, where: str, expected: str, found: object) -> None:
    if not holds:
        shown = repr(found)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        raise PayloadFault((f"{where}: " if where else "") + f"expected {expected}, found {shown}")


def _is_text(value: object) -> bool:
    """A text that can be written again: half a surrogate pair cannot."""
    return isinstance(value, str) and not re.search(r"[\ud800-\udfff]", value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_count(value: Any) -> bool:
    """A count; a count that was summed as a float must be whole."""
    return _is_number(value) and 0 <= value <= MOST and value == int(value)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < LARGEST if isinstance(value, int) else math.isfinite(value) and abs(value) < LARGEST


def _is_cell(value: object) -> bool:
    return _is_text(value) or isinstance(value, bool) or _is_number(value)


def _or_none(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or holds(value)


def _one_of(known: tuple[Any, ...]) -> Callable[[Any], bool]:
    return lambda value: (value is None or isinstance(value, str)) and value in known
