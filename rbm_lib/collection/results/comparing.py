"""Two revisions of the results files, record by record: added, removed and changed records."""

from dataclasses import dataclass

from .reading import Payload, Record
from .records import IDENTITY

SHOWN = ("value", "low", "high", "unit", "verdict", "base_rate", "num_users", "num_ratings")


@dataclass(frozen=True)
class Change:
    """One record that differs.

    Attributes:
        file: path of the results file.
        kind: `added`, `removed` or `changed`.
        name: the record's name; the new one if both exist.
        old, new: the records, or None.
    """

    file: str
    kind: str
    name: str
    old: Record | None
    new: Record | None

    @property
    def is_timing(self) -> bool:
        """True for a measured time, which differs from run to run."""
        one = self.new or self.old
        return one is not None and one["unit"] == "s"

    def __str__(self) -> str:
        old, new = (None if one is None else record_in_full(one) for one in (self.old, self.new))
        if self.old is None or self.new is None:
            return f"{self.kind:<8} {self.name}: {new or old}"
        if old != new:
            return f"{self.kind:<8} {self.name}: {old} -> {new}"
        pairs = {field: (self.old.get(field), self.new.get(field)) for field in SHOWN}
        said = ", ".join(f"{field} {was!r} -> {now!r}" for field, (was, now) in pairs.items() if was != now)
        return f"{self.kind:<8} {self.name}: {new}; {said}"


def record_in_full(record: Record) -> str:
    """Value, interval and unit with every digit in the file: when rounded, two values might look the same."""
    ends = "" if record["low"] is None else f" [{record['low']}, {record['high']}]"
    return f"{record['value']}{ends}{' ' * bool(record['unit'])}{record['unit'] or ''}"


def identity(record: Record) -> tuple[object, ...]:
    """The identity of a record: the fields of a metric of a predictor, the name of any other record."""
    if record.get("metric") is None:  # files of an earlier release have only names
        return (record["name"],)
    return tuple(record.get(field) for field in IDENTITY)


def compare_results(old: dict[str, Payload], new: dict[str, Payload]) -> list[Change]:
    """Every record that differs between two sets of results files.

    Args:
        old, new: payload by path of the results file; a file may be in one of them only.
    Returns:
        changes: by file, in the order of the new records, the removed ones last.
    """
    changes = []
    for file in sorted(old.keys() | new.keys()):
        before, after = ({identity(one): one for one in part.get(file, {}).get("records", ())} for part in (old, new))
        for key, record in after.items():
            if key not in before:
                changes.append(Change(file, "added", record["name"], None, record))
            elif any(before[key].get(field) != record.get(field) for field in SHOWN):
                changes.append(Change(file, "changed", record["name"], before[key], record))
        gone = (record for key, record in before.items() if key not in after)
        changes += [Change(file, "removed", record["name"], record, None) for record in gone]
    return changes


def report_of(changes: list[Change], files: list[str], what: str) -> str:
    """The changes as text: records by file, timings apart, then the files that changed.

    Args:
        changes: from `compare_results`.
        files: lines that name the changed files under `rbm_lib/` and `notebooks/`.
        what: the two revisions, in words.
    """
    lines = []
    for title, part in (
        ("Records", [change for change in changes if not change.is_timing]),
        ("Timings", [change for change in changes if change.is_timing]),
    ):
        lines.append(f"{title} that differ between {what}: {len(part) or 'none'}")
        for file in dict.fromkeys(change.file for change in part):
            lines += [f"  {file}", *(f"    {change}" for change in part if change.file == file)]
    lines.append(f"Files that differ under rbm_lib/ and notebooks/: {len(files) or 'none'}")
    return "\n".join([*lines, *(f"  {file}" for file in files)])
