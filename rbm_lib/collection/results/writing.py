"""The output of a notebook: records, tables, figures and conclusions in one results file.

A notebook opens its report, records values with their base rates, draws its conclusions from them, and writes. Later
notebooks read that file instead of training again:

    report = open_report("02-the-machine", dataset=DATASET, profile=PROFILE, seed=SEED, data=data)
    report.record(None, 0.83, predictor="always-like", metric="accuracy")
    report.record(None, 0.86, 0.85, 0.87, predictor="RBM", metric="accuracy", base_rate="always-like")
    report.headline(predictor="RBM", metric="accuracy")
    report.conclude("...", verdict="better than")
    report.write()
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._files import write_atomically
from rbm_lib.evaluation import VERDICTS, Verdict

from .. import places
from .notebooks import SLUG, read_question
from .origin import provenance
from .palette import palette_png
from .reading import Record, ResultsError
from .records import find_record, make_record, one_of, plain, resolve_base_rates
from .showing import closing, conclude, end_notebook, repeat, show, show_figure, with_unknowns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from rbm_lib.datasets import Dataset

FIGURE_DPI = 160


class ReportFolder:
    """One notebook's part of a report folder. Made by `open_report`."""

    def __init__(
        self, notebook: str, *, dataset: str, profile: str, seed: int | None = None, data: Dataset | str | None = None
    ) -> None:
        if not SLUG.fullmatch(notebook):
            raise ResultsError(f"notebook: expected a name such as '02-the-machine', found {notebook!r}")
        self.notebook, self.dataset, self.profile, self.seed = notebook, dataset, profile, seed
        self.folder = places.report_folder(dataset, profile)
        self._target = self._staging() or self.folder
        self._data = data
        self._records: dict[str, Record] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        self._figures: dict[str, dict[str, Any]] = {}
        self._conclusions: dict[str, list[str]] = {}  # verdicts that each conclusion states
        self._answer: str | None = None
        self._headline: tuple[str | None, dict[str, Any]] | None = None

    def _staging(self) -> Path | None:
        """The runner's folder for all output until the notebook has finished; None in an interactive session."""
        staging = os.environ.get("RBM_STAGING")
        inside = staging and Path(staging).is_relative_to(self.folder)
        return Path(str(staging)) / self.notebook if inside else None

    def record(
        self,
        name: str | None,
        value: float,
        low: float | None = None,
        high: float | None = None,
        *,
        predictor: str | None = None,
        metric: str | None = None,
        group: str = "",
        validation: bool = False,
        over: str | None = None,
        repeats: int | None = None,
        verdict: str | Verdict | None = None,
        unit: str | None = None,
        num_users: int | None = None,
        num_ratings: int | None = None,
        base_rate: str | None = None,
    ) -> None:
        """Store one number; a second record of the same name replaces the first.

        Args:
            name: its name in words, unique in the notebook, such as `share of likes`; None for a metric of a predictor,
                whose name is made of the fields.
            value: the number; `low`, `high` its interval, both or neither; NaN at both ends means neither.
            predictor, metric: the predictor, and one of `METRICS`; both or neither.
            group: the comparison it belongs to, in words, such as `each user's last ten`; empty for the main one.
            validation: whether these ratings were used to choose anything; no survey compares such records.
            over: what low and high are taken over, by default `users`; for a comparison its `over`.
            repeats: number of seeds, splits or lines of the log (`over`) of which the value is the mean; low and high
                are then the lowest and the highest of them.
            verdict: one of `VERDICTS`, for a difference with an interval.
            unit: `share` (of one), `stars`, `nats`, or `s` (a measured time: only these may change from run to run); a
                metric brings its own.
            num_users, num_ratings: the users and ratings that it was measured on.
            base_rate: the record to show beside it: the predictor whose record of the same metric it is, or, for a
                record with a name, the name of another.
        Raises:
            ResultsError: naming the field, for a number that is not finite, half an interval, an interval without its
                value, an unknown metric or verdict, or a name that is a key.
        """
        if low != low and high != high:  # an interval of too few users does not exist
            low, high, over = None, None, over if repeats is not None else None
        fields = {
            "predictor": predictor, "metric": metric, "group": group, "validation": bool(validation), "over": over,
            "repeats": repeats, "verdict": verdict, "unit": unit, "num_users": num_users, "num_ratings": num_ratings,
            "base_rate": base_rate,
        }  # fmt: skip
        record = make_record(name, value, low, high, fields)
        self._records[record["name"]] = record

    def table(self, name: str, frame: pd.DataFrame, *, timing: bool = False) -> None:
        """Store a table (DataFrame); a named index becomes a column. `timing` flags measured times."""
        index = frame.index
        if index.nlevels > 1 or index.name is not None or index.dtype.kind not in "iu":
            frame = frame.reset_index()
        columns = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]
        rows = [[plain(value) for value in row] for row in frame.itertuples(index=False, name=None)]
        self._tables[name] = {"columns": columns, "rows": rows, "timing": bool(timing)}

    def headline(self, name: str | None = None, **fields: Any) -> None:
        """Choose the record for the index, by its name or by its fields; `write` checks that it has a base rate.

        Args:
            name: of a record that has one.
            fields: for a metric of a predictor, such as `predictor="RBM", metric="accuracy"`; of several the first.
        """
        self._headline = (name, fields)

    def conclude(
        self, text: str, *, verdict: str | Verdict | Iterable[str | Verdict] | None = None, answer: bool = False
    ) -> None:
        """Show a computed sentence and store it. The first one, or the one with `answer`, answers the question.

        Args:
            text: the sentence or sentences, Markdown.
            verdict: the verdict that it states, one of `VERDICTS`, or all of them if it states several.
            answer: whether it answers the notebook's question.
        Raises:
            ResultsError: for an empty text or an unknown verdict.
        """
        text = with_unknowns(" ".join(text.split()))
        if not text:
            raise ResultsError("conclude: expected a sentence, found an empty text")
        given = [verdict] if verdict is None or isinstance(verdict, str | Verdict) else verdict
        stated = {str(one) for one in given if one is not None}
        for one in stated:
            one_of("conclude: verdict", one, VERDICTS)
        self._conclusions[text] = [one for one in VERDICTS if one in stated]  # a cell run twice says it once
        if answer:
            self._answer = text
        conclude(text)

    def say(self, text: str) -> None:
        """Show a sentence (Markdown) that is no conclusion; names from the data must be passed through `typed`."""
        if text:
            show(text)

    def close_if(self, reason: str, so_far: str = "") -> None:
        """End the notebook as finished, with a sentence, if these ratings cannot answer its question.

        Args:
            reason: why not, Markdown; empty if they can, and nothing happens.
            so_far: earlier findings, which are then the answer, with their headline; empty for none.
        """
        if reason:
            self._headline = self._headline if so_far else None
            self.conclude(closing(reason, so_far), answer=True)
            self.write()
            end_notebook()

    def recap(self) -> None:
        """Show the answer once more, as a summary; nothing if it is the last conclusion, and so stands right above."""
        repeat(self._answer, list(self._conclusions))

    def save_figure(self, figure: Figure, name: str, *, alt: str, lead: bool = False) -> None:
        """Save a figure as PNG, the same bytes for the same figure, and show it once with its alternative text.

        A run of `make reports` shows it as SVG too, which its page takes, wide and for a phone.

        Args:
            figure: matplotlib figure; it is closed afterwards.
            name: file name without suffix; starts with the notebook's number, such as `02-learning-curves`.
            alt: one sentence for those who cannot see the figure.
            lead: whether it stands for the notebook on the index page and in the README; without one the first does.
        Raises:
            ResultsError: if the name belongs to another notebook, or the alternative text is empty.
        """
        self._check_own("save_figure", name)
        if not alt.strip():
            raise ResultsError(f"save_figure {name!r}: expected an alternative text (alt), found an empty one")
        buffer = io.BytesIO()
        metadata = {"Software": None}  # matplotlib's version would change the bytes with every upgrade
        figure.savefig(buffer, format="png", dpi=FIGURE_DPI, bbox_inches="tight", facecolor="white", metadata=metadata)
        png = palette_png(buffer.getvalue())
        write_atomically(self._target / "figures" / f"{name}.png", png)
        alt = " ".join(alt.split())
        self._figures[name] = {"file": f"figures/{name}.png", "alt": alt}
        if lead:
            self._figures = {name: self._figures.pop(name), **self._figures}
        show_figure(figure, png, FIGURE_DPI, alt, for_page=self._staging() is not None)

    def model_path(self, name: str) -> Path:
        """Path of a model or of another large file, `models/<name>`: this notebook writes it, later ones read it.

        Args:
            name: file name that starts with the writing notebook's number, such as `02-the-machine.keras`.
        Raises:
            ResultsError: if another notebook should have written it, but the file is missing.
        """
        if name.startswith(self.notebook[:3]):
            path = self._target / "models" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            return path
        path = self.folder / "models" / name
        if not path.exists():
            way_out = f"`{places.make_command(self.dataset, self.profile)}` makes it"
            raise ResultsError(f"{name}: not found in {path.parent}; {way_out}")
        return path

    def _check_own(self, what: str, name: str) -> None:
        start = self.notebook[:3]
        if not re.fullmatch(rf"{start}[\w.-]*", name):
            raise ResultsError(f"{what}: expected a plain file name that starts with {start!r}, found {name!r}")

    def provenance(self) -> dict[str, Any]:
        """Versions, seed, data set, data checksum and commit."""
        return provenance(seed=self.seed, dataset=self.dataset, data=self._data)

    def provenance_table(self) -> pd.DataFrame:
        """The provenance as a table (DataFrame) for the last cell."""
        import pandas as pd

        rows = {"profile": self.profile} | self.provenance()
        return pd.DataFrame({"value": {key: str(value) for key, value in rows.items() if value is not None}})

    def write(self) -> None:
        """Write `results/<notebook>.json`, completely or not at all.

        Raises:
            ResultsError: without a conclusion, or if the headline names no base rate.
        """
        records, headline = resolve_base_rates(self._records), self._headline_name()
        if not self._conclusions:
            raise ResultsError(f"{self.notebook}: expected at least one conclude(...) before write(), found none")
        payload = {
            "notebook": self.notebook,
            "question": read_question(self.notebook),
            "dataset": places.dataset_slug(self.dataset),
            "profile": self.profile,
            "seed": self.seed,
            "records": records,
            "tables": self._tables,
            "headline": headline,
            "answer": self._answer or next(iter(self._conclusions)),
            "conclusions": [{"text": text, "verdicts": verdicts} for text, verdicts in self._conclusions.items()],
            "figures": list(self._figures.values()),
            "provenance": self.provenance(),
        }
        text = json.dumps(payload, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        write_atomically(self._target / "results" / f"{self.notebook}.json", text + "\n")

    def _headline_name(self) -> str | None:
        if self._headline is None:
            return None
        record, called = find_record(self._records, *self._headline), self._headline[0] or self._headline[1]
        if record is None:
            raise ResultsError(f"headline {called!r}: expected a recorded name or its fields, found no such record")
        if record["base_rate"] in (None, record["name"], record["predictor"]):
            raise ResultsError(f"headline {called!r}: expected a base rate beside it; record it with base_rate=...")
        return record["name"]


def open_report(
    notebook: str, *, dataset: str, profile: str, seed: int | None = None, data: Dataset | str | None = None
) -> ReportFolder:
    """Open a notebook's part of the report folder.

    Args:
        notebook: the notebook's file name without suffix, such as `02-the-machine`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
        seed: root of all random numbers.
        data: the loaded `Dataset` (for its checksum), or None.
    Returns:
        report: `ReportFolder`.
    Raises:
        ValueError: for an unknown profile or an ill-formed notebook name.
    """
    return ReportFolder(notebook, dataset=dataset, profile=profile, seed=seed, data=data)
