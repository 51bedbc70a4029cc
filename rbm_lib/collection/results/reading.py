"""Read a results file that a notebook wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import places

if TYPE_CHECKING:
    import pandas as pd

FIELDS = (
    "name", "value", "low", "high", "unit", "predictor", "metric", "group", "validation", "over", "repeats", "verdict",
    "base_rate", "num_users", "num_ratings",
)  # fmt: skip

Record = dict[str, Any]  # one of a results file, with the fields `FIELDS`
Payload = dict[str, Any]  # all that a results file holds, with the keys `PARTS` and some more

PARTS = {"notebook", "question", "records", "tables", "headline", "answer", "conclusions", "figures"}


class ResultsError(ValueError):
    """A results file is missing, unreadable, or would break a rule of the collection."""


@dataclass(frozen=True)
class Results:
    """What a notebook recorded: values, tables, answer. Made by `read_results`."""

    notebook: str
    folder: Path
    payload: Payload

    @property
    def question(self) -> str:
        """The notebook's question."""
        return self.payload["question"]

    @property
    def answer(self) -> str:
        """Its answer, a computed sentence (Markdown)."""
        return self.payload["answer"]

    @property
    def seed(self) -> int | None:
        """Root of its random draws."""
        return self.payload["seed"]

    @property
    def headline(self) -> Record | None:
        """The headline record, or None."""
        name = self.payload["headline"]
        return None if name is None else self.record(name)

    @property
    def base_rate(self) -> Record | None:
        """The record that stands beside the headline, or None."""
        headline = self.headline
        return None if headline is None else self.record(headline["base_rate"])

    @property
    def conclusions(self) -> list[str]:
        """Every conclusion, a computed sentence or more (Markdown), in order."""
        return [conclusion["text"] for conclusion in self.payload["conclusions"]]

    def record(self, name: str) -> Record:
        """A record, with the fields `FIELDS`.

        Raises:
            ResultsError: naming the records there are, if `name` is not one of them.
        """
        records: dict[str, Record] = {record["name"]: record for record in self.payload["records"]}
        if name not in records:
            known = ", ".join(sorted(records)) or "none"
            raise ResultsError(f"{self.notebook}: no record {name!r}; there are: {known}")
        return records[name]

    def value(self, name: str) -> float:
        """The value of a record."""
        return self.record(name)["value"]

    def table(self, name: str) -> pd.DataFrame:
        """A table as a DataFrame.

        Raises:
            ResultsError: naming the tables there are, if `name` is not one of them.
        """
        import pandas as pd

        tables = self.payload["tables"]
        if name not in tables:
            raise ResultsError(f"{self.notebook}: no table {name!r}; there are: {', '.join(sorted(tables)) or 'none'}")
        return pd.DataFrame(tables[name]["rows"], columns=tables[name]["columns"])


def load_results(path: Path) -> Results:
    """Read one results file.

    Raises:
        ResultsError: naming the file, if it is missing, no results file, or one of an earlier release.
    """
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
        missing = PARTS - payload.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise ResultsError(f"{path}: expected a results file, found {type(error).__name__}: {error}") from None
    if missing:
        raise ResultsError(f"{path}: expected a results file, found none of: {', '.join(sorted(missing))}")
    lacking = {field for record in payload["records"] for field in set(FIELDS) - record.keys()}
    if lacking or any(isinstance(conclusion, str) for conclusion in payload["conclusions"]):
        found = f"one of an earlier release, without {', '.join(sorted(lacking)) or 'verdicts'}"
        raise ResultsError(f"{path}: expected a results file of this release, found {found}; run its notebook again")
    return Results(payload["notebook"], path.parent.parent, payload)


def read_results(notebook: str, *, dataset: str, profile: str) -> Results:
    """What an earlier notebook recorded on the same data set and profile.

    Args:
        notebook: its file name without suffix, as `02-training`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
    Returns:
        results: `Results`.
    Raises:
        ResultsError: saying which command makes the file, if it is missing.
    """
    path = places.report_folder(dataset, profile) / "results" / f"{notebook}.json"
    if not path.exists():
        command = places.make_command(dataset, profile)
        raise ResultsError(f"{notebook}: no results at {path}; `{command}` makes them, or run that notebook first")
    return load_results(path)


def without_timings(payload: Payload) -> Payload:
    """A results payload without its measured times: what must be equal between two runs on one computer."""
    records = [record for record in payload["records"] if record["unit"] != "s"]
    tables = {name: table for name, table in payload["tables"].items() if not table["timing"]}
    return payload | {"records": records, "tables": tables}
