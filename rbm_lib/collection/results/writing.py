"""What a notebook leaves behind: records, tables, figures and conclusions in one results file.

A notebook opens its report, records values with their base rates, draws its conclusions from them, and writes. Later
notebooks read that file instead of training again:

    report = open_report("02-training", dataset=DATASET, profile=PROFILE, seed=SEED, data=data)
    report.record("always_like", 0.83, unit="share")
    report.record("accuracy", 0.86, low=0.85, high=0.87, unit="share", base_rate="always_like")
    report.headline("accuracy")
    report.conclude("...")
    report.write()
"""

import io
import json
import math
import os
import re
from pathlib import Path

from rbm_lib._files import write_atomically
from rbm_lib.evaluation import Verdict, compare

from .. import places
from .notebooks import SLUG, read_question
from .origin import provenance
from .reading import Results, ResultsError, read_results, without_timings
from .wording import format_interval, format_value

__all__ = [
    "ReportFolder",
    "Results",
    "ResultsError",
    "Verdict",
    "compare",
    "conclude",
    "format_interval",
    "format_value",
    "open_report",
    "provenance",
    "read_results",
    "without_timings",
]

FIGURE_DPI = 160
PIXELS_PER_INCH = 100  # on the page: figures are drawn sharper than they are shown


def plain(value):
    """A value as JSON keeps it: Python types, floats to 6 significant digits, missing values as None."""
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


def finite(argument: str, value):
    """`value` as a plain finite number.

    Raises:
        ResultsError: naming the argument otherwise.
    """
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ResultsError(f"{argument}: expected a finite number, found {value!r}")
    return number


def conclude(text: str) -> None:
    """Show a computed sentence (Markdown) in the notebook."""
    from IPython.display import display

    data = {"text/markdown": text, "text/plain": text}
    display(data, raw=True, metadata={"rbm_lib": "conclusion"})


class ReportFolder:
    """One notebook's part of a report folder. Made by `open_report`."""

    def __init__(self, notebook: str, *, dataset: str, profile: str, seed: int | None = None, data=None):
        if not SLUG.fullmatch(notebook):
            raise ResultsError(f"notebook: expected a name such as '02-training', found {notebook!r}")
        self.notebook, self.dataset, self.profile, self.seed = notebook, dataset, profile, seed
        self.folder = places.report_folder(dataset, profile)
        self._target = self._staging() or self.folder
        self._data = data
        self._records: dict[str, dict] = {}
        self._tables: dict[str, dict] = {}
        self._figures: dict[str, dict] = {}
        self._conclusions: list[str] = []
        self._answer: str | None = None
        self._headline: str | None = None

    def _staging(self) -> Path | None:
        """Where the runner wants everything until the notebook has finished; None in an interactive session."""
        staging = os.environ.get("RBM_STAGING")
        if not staging or not Path(staging).is_relative_to(self.folder):
            return None
        return Path(staging) / self.notebook

    def record(
        self,
        name: str,
        value: float,
        low: float | None = None,
        high: float | None = None,
        *,
        unit: str | None = None,
        num_users: int | None = None,
        num_ratings: int | None = None,
        base_rate: str | None = None,
    ) -> None:
        """Keep one number; a second record of the same name replaces the first.

        Args:
            name: short and unique in the notebook, as `accuracy`.
            value: the number; `low`, `high` its interval, both or neither.
            unit: `share` (of one), `stars`, `nats`, or `s` (a measured time: only these may change from run to run).
            num_users, num_ratings: what it was measured on.
            base_rate: name of the record that a reader must see beside this one.
        Raises:
            ResultsError: for a number that is not finite, half an interval, or an interval without its value.
        """
        if (low is None) != (high is None):
            raise ResultsError(f"record {name!r}: expected low and high, or neither; found low={low!r}, high={high!r}")
        record = {"name": name, "value": finite(f"record {name!r}: value", value), "low": None, "high": None}
        if low is not None:
            record["low"], record["high"] = finite(f"record {name!r}: low", low), finite(f"record {name!r}: high", high)
            if not record["low"] <= record["value"] <= record["high"]:
                found = f"{low!r}, {value!r}, {high!r}"
                raise ResultsError(f"record {name!r}: expected low <= value <= high, found {found}")
        record |= {"unit": unit, "base_rate": base_rate, "num_users": plain(num_users)}
        self._records[name] = record | {"num_ratings": plain(num_ratings)}

    def table(self, name: str, frame, *, timing: bool = False) -> None:
        """Keep a table (DataFrame); a named index becomes a column. `timing` flags measured times."""
        index = frame.index
        if index.nlevels > 1 or index.name is not None or index.dtype.kind not in "iu":
            frame = frame.reset_index()
        columns = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]
        rows = [[plain(value) for value in row] for row in frame.itertuples(index=False, name=None)]
        self._tables[name] = {"columns": columns, "rows": rows, "timing": bool(timing)}

    def headline(self, name: str) -> None:
        """Choose the record that the index shows; `write` checks that it names a base rate."""
        self._headline = name

    def conclude(self, text: str, *, answer: bool = False) -> None:
        """Show a computed sentence and keep it. The first one, or the one with `answer`, answers the question."""
        text = " ".join(text.split())
        if not text:
            raise ResultsError("conclude: expected a sentence, found an empty text")
        if text not in self._conclusions:  # a cell run twice in a live session says it once
            self._conclusions.append(text)
        if answer:
            self._answer = text
        conclude(text)

    def recap(self) -> None:
        """Show every conclusion so far once more, as a list."""
        conclude("\n".join(f"- {text}" for text in self._conclusions))

    def save_figure(self, figure, name: str, *, alt: str, lead: bool = False) -> None:
        """Save a figure as PNG, the same bytes for the same figure, and show it once with its alternative text.

        Args:
            figure: matplotlib figure; it is closed afterwards.
            name: file name without suffix; starts with the notebook's number, as `02-learning-curves`.
            alt: one sentence for those who cannot see the figure.
            lead: whether it stands for the notebook on the index page and in the README; without one the first does.
        Raises:
            ResultsError: if the name belongs to another notebook, or the alternative text is empty.
        """
        from IPython.display import display
        from matplotlib import pyplot

        self._check_own("save_figure", name)
        if not alt.strip():
            raise ResultsError(f"save_figure {name!r}: expected an alternative text (alt), found an empty one")
        buffer = io.BytesIO()
        metadata = {"Software": None}  # matplotlib's version would change the bytes with every upgrade
        figure.savefig(buffer, format="png", dpi=FIGURE_DPI, bbox_inches="tight", facecolor="white", metadata=metadata)
        pyplot.close(figure)  # otherwise the inline backend shows it a second time
        png = buffer.getvalue()
        write_atomically(self._target / "figures" / f"{name}.png", png)
        alt = " ".join(alt.split())
        self._figures[name] = {"file": f"figures/{name}.png", "alt": alt}
        if lead:
            self._figures = {name: self._figures.pop(name), **self._figures}
        width = round(int.from_bytes(png[16:20], "big") * PIXELS_PER_INCH / FIGURE_DPI)
        display({"image/png": png, "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt, "width": width}})

    def model_path(self, name: str) -> Path:
        """Path of a model or of another large file, `models/<name>`: this notebook writes it, later ones read it.

        Args:
            name: file name that starts with the writing notebook's number, as `02-training.keras`.
        Raises:
            ResultsError: if another notebook should have written it and has not.
        """
        if name.startswith(self.notebook[:3]):
            path = self._target / "models" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            return path
        path = self.folder / "models" / name
        if not path.exists():
            command = places.make_command(self.dataset, self.profile)
            raise ResultsError(f"{name}: not found in {path.parent}; `{command}` makes it")
        return path

    def _check_own(self, what: str, name: str) -> None:
        if not re.fullmatch(r"[\w.-]+", name) or not name.startswith(self.notebook[:3]):
            expected = f"a plain file name that starts with {self.notebook[:3]!r}"
            raise ResultsError(f"{what}: expected {expected}, found {name!r}")

    def provenance(self) -> dict:
        """Versions, seed, data set, data checksum and commit."""
        return provenance(seed=self.seed, dataset=self.dataset, data=self._data)

    def provenance_table(self):
        """The provenance as a table (DataFrame) for the last cell."""
        import pandas as pd

        rows = {"profile": self.profile, **self.provenance()}
        return pd.DataFrame({"value": {key: str(value) for key, value in rows.items() if value is not None}})

    def write(self) -> None:
        """Write `results/<notebook>.json`, whole or not at all.

        Raises:
            ResultsError: without a conclusion, or if the headline names no base rate.
        """
        self._check_headline()
        if not self._conclusions:
            raise ResultsError(f"{self.notebook}: expected at least one conclude(...) before write(), found none")
        payload = {
            "notebook": self.notebook,
            "question": read_question(self.notebook),
            "dataset": places.dataset_slug(self.dataset),
            "profile": self.profile,
            "seed": self.seed,
            "records": list(self._records.values()),
            "tables": self._tables,
            "headline": self._headline,
            "answer": self._answer or self._conclusions[0],
            "conclusions": self._conclusions,
            "figures": list(self._figures.values()),
            "provenance": self.provenance(),
        }
        text = json.dumps(payload, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        write_atomically(self._target / "results" / f"{self.notebook}.json", text + "\n")

    def _check_headline(self) -> None:
        for record in self._records.values():
            base = record["base_rate"]
            if base is not None and base not in self._records:
                raise ResultsError(f"record {record['name']!r}: its base rate {base!r} was never recorded")
        if self._headline is None:
            return
        if self._headline not in self._records:
            raise ResultsError(f"headline {self._headline!r}: expected a recorded name, found no such record")
        if self._records[self._headline]["base_rate"] in (None, self._headline):
            raise ResultsError(
                f"headline {self._headline!r}: expected a base rate beside it; record it with base_rate=..."
            )


def open_report(notebook: str, *, dataset: str, profile: str, seed: int | None = None, data=None) -> ReportFolder:
    """Open a notebook's part of the report folder.

    Args:
        notebook: the notebook's file name without suffix, as `02-training`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
        seed: root of every random draw.
        data: the loaded `Dataset` (for its checksum), or None.
    Returns:
        report: `ReportFolder`.
    Raises:
        ValueError: for an unknown profile or an ill-formed notebook name.
    """
    return ReportFolder(notebook, dataset=dataset, profile=profile, seed=seed, data=data)
