"""Numbers into words: formatted values, and verdicts that an interval chooses."""

import math
from dataclasses import dataclass

DIMENSIONLESS = ("AUC", "correlation")  # units that say what a number is, and add nothing behind it
VERDICTS = ("worse than", "not distinguishable from", "better than")


def compare(low: float, high: float, words: tuple[str, str, str] = VERDICTS, *, lower_is_better: bool = False) -> str:
    """Choose a verdict by the interval of a paired difference.

    Args:
        low, high: ends of the interval of (ours - theirs).
        words: verdicts for an interval below zero, around zero and above zero.
        lower_is_better: True for errors and losses, where a negative difference is the good one.
    Returns:
        verdict: one of `words`; the middle one whenever the interval contains zero.
    Raises:
        ValueError: if the interval is not finite or its ends are swapped.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"low, high: expected finite numbers, found {low!r}, {high!r}")
    if low > high:
        raise ValueError(f"low, high: expected low <= high, found {low!r} > {high!r}")
    if len(words) != 3:
        raise ValueError(f"words: expected three verdicts, found {len(words)}")
    if lower_is_better:
        low, high = -high, -low
    if low > 0:
        return words[2]
    return words[0] if high < 0 else words[1]


@dataclass(frozen=True)
class Verdict:
    """A paired difference with its interval, and the words that the interval chooses.

    Args:
        mean: the difference (ours - theirs).
        low, high: its interval.
        words, lower_is_better: as in `compare`.
    """

    mean: float
    low: float
    high: float
    words: tuple[str, str, str] = VERDICTS
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        compare(self.low, self.high, self.words)

    @property
    def verdict(self) -> str:
        """The words chosen by the interval."""
        return compare(self.low, self.high, self.words, lower_is_better=self.lower_is_better)

    def __str__(self) -> str:
        return self.verdict


def format_duration(seconds: float) -> str:
    """A run time as a reader says it: `8 s`, `2 min 5 s`, `1 h 12 min`."""
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


def decimals_of(record: dict) -> int | None:
    """Decimals for a record's value and both ends of its interval: two digits of the interval's width, three to six.

    Args:
        record: with value, low, high and unit.
    Returns:
        decimals: None where `format_value` decides alone: shares, times, counts, and values without an interval.
    """
    ends = [record.get("value"), record.get("low"), record.get("high")]
    if record.get("unit") in ("share", "s") or None in ends or all(is_whole(end) for end in ends):
        return None
    width = ends[2] - ends[1]
    if not (math.isfinite(width) and width > 0):
        return 3
    return min(max(1 - math.floor(math.log10(width)), 3), 6)


def format_value(value: float, unit: str | None = None, decimals: int | None = None) -> str:
    """A value with its unit: shares as per cent, counts with their thousands set off, the rest with three decimals.

    Args:
        value: the value.
        unit: shown behind it, unless it is one of `DIMENSIONLESS`.
        decimals: how many, for plain numbers, as `decimals_of` says; None leaves it to the value.
    Returns:
        text: the value as a reader sees it.
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


def format_interval(record: dict) -> str:
    """The interval of a record, `[86.9, 87.4]`, in the scale of `format_value`; empty without one."""
    low, high, unit = record.get("low"), record.get("high"), record.get("unit")
    if low is None or high is None:
        return ""
    if unit == "share":
        return f"[{100 * low:.1f}, {100 * high:.1f}]"
    decimals = decimals_of(record)
    return f"[{format_value(low, decimals=decimals)}, {format_value(high, decimals=decimals)}]"


def record_text(record: dict) -> str:
    """A record as text: value, interval."""
    value = format_value(record["value"], record["unit"], decimals_of(record))
    return " ".join(filter(None, [value, format_interval(record)]))


def spoken(name: str) -> str:
    """A record's name as words: `rbm_accuracy` becomes `rbm accuracy`; `always-like` keeps its hyphen."""
    return name.replace("_", " ")
