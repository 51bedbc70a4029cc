"""Numbers into words: formatted values and intervals."""

import math
import re
from collections.abc import Mapping
from typing import Any

from .metrics import METRICS
from .reading import Record

KEYS = re.compile(r"^(?!rbm_lib$)[a-z0-9]+(?:_[a-z0-9]+)+$|\b[a-z0-9]+(?:_[a-z0-9]+)+(?==)")  # alone, or before a value


def short_number(value: float) -> str:
    """A count in the form of an axis label: `400`, `3,706`, `29.6k`, `1.9M`."""
    if value >= 1e6:
        return f"{value / 1e6:.3g}M"
    return f"{value / 1e3:.3g}k" if value >= 1e4 else f"{value:,.0f}"


def markdown_table(columns: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; columns of numbers are aligned to the right."""

    def show(value: object) -> str:
        text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
        return text.replace("|", "\\|").replace("\n", " ")

    numeric = [all(isinstance(row[place], int | float | None) for row in rows) for place in range(len(columns))]
    lines = [columns, ["---:" if right else "---" for right in numeric], *([show(v) for v in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


DIMENSIONLESS = ("AUC", "correlation")  # units that name the kind of number and are not shown after it


def format_duration(seconds: float) -> str:
    """A run time in words: `8 s`, `2 min 5 s`, `1 h 12 min`."""
    whole = max(1, round(seconds)) if seconds > 0 else 0
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes + (rest >= 30)} min"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min"


def is_whole(value: float) -> bool:
    """True for what `format_value` shows as a count."""
    return isinstance(value, int) or (float(value).is_integer() and abs(value) >= 100)


def decimals_of(record: Record) -> int | None:
    """Decimals for a record's value and both ends of its interval: two digits of the interval's width, three to six.

    Args:
        record: with value, low, high and unit.
    Returns:
        decimals: None if `format_value` decides alone: shares, times, counts, and values without an interval.
    """
    value, low, high = record.get("value"), record.get("low"), record.get("high")
    if record.get("unit") in ("share", "s") or value is None or low is None or high is None:
        return None
    if all(is_whole(number) for number in (value, low, high)):
        return None
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return 3
    return min(max(1 - math.floor(math.log10(width)), 3), 6)


def format_value(value: float, unit: str | None = None, decimals: int | None = None) -> str:
    """A value with its unit: shares as per cent, counts with their thousands set off, the rest with three decimals.

    Args:
        value: the value.
        unit: shown after it, unless it is one of `DIMENSIONLESS`.
        decimals: how many, for plain numbers, from `decimals_of`; None chooses them from the value.
    Returns:
        text: the formatted value.
    """
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "s":
        return format_duration(value) if value >= 1 else f"{value:.3g} s"
    if decimals is not None:
        text = f"{value:z.{decimals}f}"
    elif is_whole(value):
        text = f"{int(value):,}"
    else:
        text = f"{value:.3f}" if 1e-3 <= abs(value) < 1e5 else f"{value:.4g}"
    return f"{text} {unit}" if unit and unit not in DIMENSIONLESS else text


def format_interval(record: Record) -> str:
    """The interval of a record, `[86.9, 87.4]`, in the scale of `format_value`; empty without one."""
    low, high, unit = record.get("low"), record.get("high"), record.get("unit")
    if low is None or high is None:
        return ""
    if unit == "share":
        return f"[{100 * low:.1f}, {100 * high:.1f}]"
    decimals = decimals_of(record)
    return f"[{format_value(low, decimals=decimals)}, {format_value(high, decimals=decimals)}]"


def record_text(record: Record) -> str:
    """A record as text: value, interval."""
    value = format_value(record["value"], record["unit"], decimals_of(record))
    return " ".join(filter(None, [value, format_interval(record)]))


def gain_text(row: Mapping[str, Any], unit: str = "", *, scale: float = 1.0, decimals: int = 4) -> str:
    """A gain with its interval, `+0.0182 stars [+0.0025, +0.0355]`.

    Args:
        row: of a table of `gains`: gain, low, high and verdict.
        unit: shown after the gain.
        scale: by which the numbers are multiplied, 100 for points.
        decimals: int.
    Returns:
        text: with a clause where the verdict, which is corrected for the number of rows, is weaker than the interval.
    """
    gain, low, high = (f"{scale * row[name]:+.{decimals}f}" for name in ("gain", "low", "high"))
    weaker = row["low"] * row["high"] > 0 and row["verdict"] not in ("better than", "worse than")
    clause = ", as chance brings among so many steps" if weaker else ""
    return f"{' '.join(filter(None, [gain, unit]))} [{low}, {high}]{clause}"


def beside_text(base: Record) -> str:
    """A base rate for display beside a figure: name and value."""
    return f"{base['name']}: {record_text(base)}"


def spoken(text: str) -> str:
    """A table's heading or cell as words: `log_loss` becomes `log loss`; text that is not a key is unchanged.

    Args:
        text: a key, or settings such as `learning_rate=0.01, num_hidden=20`, whose keys become words as well.
    """
    if text.removeprefix("val_") in METRICS:  # Keras' names of metrics on the validation part
        return "validation " * text.startswith("val_") + METRICS[text.removeprefix("val_")].words
    return KEYS.sub(lambda key: key[0].replace("_", " "), text)
