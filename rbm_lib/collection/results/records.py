"""One record: its fields, their rules, and its name for readers."""

import math
import re
from collections.abc import Iterable
from itertools import product
from typing import Any

from rbm_lib.evaluation import VERDICTS

from .metrics import METRICS
from .payload import FIELDS
from .reading import Record, ResultsError

# What an interval may be taken over: the things that another sample would change.
INTERVALS = ("users", "users and films", "users, films and seeds")
RUNS = {"seeds": "seed", "splits": "split", "lines of the log": "line of the log"}  # what a mean may be taken over
IDENTITY = ("predictor", "metric", "group", "validation", "over", "repeats")
KEY = re.compile(r"[^\W_]_[^\W_]|[a-z]\.[a-z]")  # `log_loss`, `rmse.blend`: a key of a program
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def plain(value: Any) -> Any:
    """A value as JSON stores it: Python types, floats to 6 significant digits, missing values as None."""
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return None if value != value else str(value)  # pandas' NaT and NA-like values differ from themselves


def finite(argument: str, value: object) -> int | float:
    """`value` as a plain finite number.

    Raises:
        ResultsError: naming the argument otherwise.
    """
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ResultsError(f"{argument}: expected a finite number, found {value!r}")
    return number


def one_of(argument: str, value: object, known: Iterable[object]) -> None:
    """Refuse a value that is not among the known ones.

    Raises:
        ResultsError: naming the argument, the known values and the one found.
    """
    if value not in known:
        raise ResultsError(f"{argument}: expected one of {', '.join(map(repr, known))}; found {value!r}")


def name_of(record: Record) -> str:
    """The name of a metric of a predictor, in words: `rating error of “average of RBMs”, mean over five splits`.

    Args:
        record: with predictor, metric, group, validation, over and repeats.
    """
    part = " on the validation part" * bool(record["validation"])
    words = [f"{METRICS[record['metric']].words} of “{record['predictor']}”{part}"]
    words += [record["group"]] if record["group"] else []
    count = record["repeats"]
    if count is not None:
        runs = RUNS[record["over"]] if count == 1 else record["over"]
        words.append(f"mean over {NUMBERS[count] if count < len(NUMBERS) else count} {runs}")
    return ", ".join(words)


def make_record(
    name: str | None, value: float, low: float | None, high: float | None, fields: dict[str, Any]
) -> Record:
    """A checked record with every field of `FIELDS`.

    Args:
        name: its name in words; None for a metric of a predictor, whose name is made of the fields.
        value, low, high: the number and its interval.
        fields: the other fields, as in `ReportFolder.record`.
    Returns:
        record: `base_rate` is still the notebook's name of it; `resolve_base_rates` replaces it by a record's name.
    Raises:
        ResultsError: naming the record and the field at fault.
    """
    record: Record = dict.fromkeys(FIELDS) | fields
    measured = record["metric"] is not None
    if measured:
        one_of("record: metric", record["metric"], METRICS)
    if measured != (record["predictor"] is not None):
        found = f"predictor={record['predictor']!r}, metric={record['metric']!r}"
        raise ResultsError(f"record {name!r}: expected predictor and metric, or neither; found {found}")
    if measured != (name is None):
        expected = "no name beside a metric of a predictor" if measured else "a name, or a predictor and its metric"
        raise ResultsError(f"record {name!r}: expected {expected}")
    check_spread(f"record {name or record['predictor']!r}", record, low is not None)
    record["name"] = name_of(record) if measured else name
    for words in (name or "", record["group"] or ""):
        if KEY.search(words):
            raise ResultsError(f"record {words!r}: expected words as a reader says them, found a key")
    return finish_record(record, value, low, high)


def check_spread(what: str, record: Record, has_ends: bool) -> None:
    """Check and complete what the ends of a record are taken over: an interval's users and films, or a range's runs."""
    record["repeats"] = plain(record["repeats"])
    record["over"] = record["over"] or (INTERVALS[0] if has_ends else None)
    if record["over"] is not None:
        one_of(f"{what}: over", record["over"], (*INTERVALS, *RUNS))
    if record["over"] is not None and not has_ends:
        raise ResultsError(f"{what}: over: expected low and high beside over={record['over']!r}, found neither")
    if record["repeats"] is not None:
        one_of(f"{what}: over", record["over"], RUNS)
        if not isinstance(record["repeats"], int) or record["repeats"] < 1:
            raise ResultsError(f"{what}: repeats: expected a whole number of at least 1, found {record['repeats']!r}")


def finish_record(record: Record, value: float, low: float | None, high: float | None) -> Record:
    """The record with its numbers, its unit and its verdict checked."""
    what = f"record {record['name']!r}"
    if (low is None) != (high is None):
        raise ResultsError(f"{what}: expected low and high, or neither; found low={low!r}, high={high!r}")
    record["value"] = finite(f"{what}: value", value)
    if low is not None:
        record["low"], record["high"] = finite(f"{what}: low", low), finite(f"{what}: high", high)
        if not record["low"] <= record["value"] <= record["high"]:
            raise ResultsError(f"{what}: expected low <= value <= high, found {low!r}, {value!r}, {high!r}")
    if record["metric"] is not None:
        own = METRICS[record["metric"]].unit
        one_of(f"{what}: unit", record["unit"], dict.fromkeys((None, own)))
        record["unit"] = own
    if record["verdict"] is not None:
        record["verdict"] = str(record["verdict"])
        one_of(f"{what}: verdict", record["verdict"], VERDICTS)
    return record | {"num_users": plain(record["num_users"]), "num_ratings": plain(record["num_ratings"])}


def find_record(records: dict[str, Record], name: str | None, fields: dict[str, Any]) -> Record | None:
    """The record of a name, or the first one with the given fields; None if there is none.

    Raises:
        ResultsError: for both a name and fields, for neither, or for a field that does not distinguish records.
    """
    if (name is None) == (not fields) or not fields.keys() <= set(IDENTITY):
        found = ", ".join([*([repr(name)] if name is not None else []), *fields]) or "nothing"
        raise ResultsError(f"record: expected a name, or fields of {', '.join(IDENTITY)}; found {found}")
    if name is not None:
        return records.get(name)
    fits = (one for one in records.values() if all(one[field] == value for field, value in fields.items()))
    return next(fits, None)


def resolve_base_rates(records: dict[str, Record]) -> list[Record]:
    """The records in their order, each with the name of its base rate's record.

    A metric of a predictor names its base rate by predictor. This is that predictor's record of the same metric, in the
    same group if there is one, else without a group; a mean over the same number of runs if there is one, else a single
    value.

    Raises:
        ResultsError: for a base rate that was never recorded.
    """
    return [one | {"base_rate": base_rate_name(one, records)} for one in records.values()]


def base_rate_name(record: Record, records: dict[str, Record]) -> str | None:
    """Name of the record shown beside another; None if it needs none."""
    wanted = record["base_rate"]
    if wanted is None or record["metric"] is None:
        if wanted not in (None, *records):
            raise ResultsError(f"record {record['name']!r}: its base rate {wanted!r} was never recorded")
        return wanted
    same = {field: record[field] for field in ("metric", "validation")} | {"predictor": wanted}
    for group, repeats in product((record["group"], ""), (record["repeats"], None)):
        found = find_record(records, None, same | {"group": group, "repeats": repeats})
        if found is not None:
            return found["name"]
    raise ResultsError(f"record {record['name']!r}: its base rate {wanted!r} was never recorded with this metric")
