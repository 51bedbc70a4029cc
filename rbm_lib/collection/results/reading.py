"""Read a results file that a notebook wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._files import read_json

from .. import places
from .payload import PayloadFault, check_payload

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]  # one record of a results file, with the fields `payload.FIELDS`
Payload = dict[str, Any]  # the content of a results file


class ResultsError(ValueError):
    """A results file is missing, unreadable, or would break a rule of the collection."""


@dataclass(frozen=True)
class Results:
    """The records of a notebook: values, tables, answer. Made by `read_results`."""

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
        """Root of its random numbers."""
        return self.payload["seed"]

    @property
    def headline(self) -> Record | None:
        """The headline record, or None."""
        name = self.payload["headline"]
        return None if name is None else self.record(name)

    @property
    def base_rate(self) -> Record | None:
        """The record shown beside the headline, or None."""
        headline = self.headline
        return None if headline is None else self.record(headline["base_rate"])

    @property
    def conclusions(self) -> list[str]:
        """Every conclusion, a computed sentence or more (Markdown), in order."""
        return [conclusion["text"] for conclusion in self.payload["conclusions"]]

    def record(self, name: str) -> Record:
        """A record, with the fields `FIELDS`.

        Raises:
            ResultsError: naming the existing records, if `name` is not one of them.
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
            ResultsError: naming the existing tables, if `name` is not one of them.
        """
        import pandas as pd

        tables = self.payload["tables"]
        if name not in tables:
            raise ResultsError(f"{self.notebook}: no table {name!r}; there are: {', '.join(sorted(tables)) or 'none'}")
        return pd.DataFrame(tables[name]["rows"], columns=tables[name]["columns"])


def load_results(path: Path) -> Results:
    """Read one results file.

    Raises:
        ResultsError: naming the file and the place, if it is missing, damaged, no results file, one of an earlier
            release, or contains paths outside its own folder.
    """
    try:
        payload = read_json(path)
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: expected a results file, found {error}") from None
    try:
        check_payload(payload, path.stem)
    except PayloadFault as fault:
        raise ResultsError(f"{path}: {fault}") from None
    return Results(payload["notebook"], path.parent.parent, payload)


def read_results(notebook: str, *, dataset: str, profile: str) -> Results:
    """The results of an earlier notebook on the same data set and profile.

    Args:
        notebook: its file name without suffix, such as `02-the-machine`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
    Returns:
        results: `Results`.
    Raises:
        ResultsError: with the command that makes the file, if it is missing.
    """
    path = places.report_folder(dataset, profile) / "results" / f"{notebook}.json"
    if not path.exists():
        command = places.make_command(dataset, profile)
        raise ResultsError(f"{notebook}: no results at {path}; `{command}` makes them, or run that notebook first")
    return load_results(path)


def without_timings(payload: Payload) -> Payload:
    """A results payload without its measured times: the part that two runs on one computer must have in common."""
    records = [record for record in payload["records"] if record["unit"] != "s"]
    tables = {name: table for name, table in payload["tables"].items() if not table["timing"]}
    return payload | {"records": records, "tables": tables}
