"""The results of all notebooks together, from their results files: answers, headlines, verdicts, gaps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rbm_lib.evaluation import VERDICTS

from .. import places
from .metrics import METRICS
from .notebooks import Notebook, find_notebooks
from .reading import Record, Results, ResultsError, load_results
from .typed import typed
from .wording import beside_text, record_text

if TYPE_CHECKING:
    import pandas as pd

MOST_WORDS = 40  # of an answer on the page of answers
SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z])")
SHARE_OF_LIKES = "share of likes among the inputs"  # as the first notebook calls it


@dataclass(frozen=True)
class Survey:
    """The existing results of every notebook before one. Made by `take_survey`.

    Attributes:
        dataset, profile: of the report.
        results: `Results` by notebook, in reading order.
        notebooks: `Notebook` by name, those without results included.
        damaged: the fault of each results file that cannot be read, by notebook.
    """

    dataset: str
    profile: str
    results: dict[str, Results]
    notebooks: dict[str, Notebook]
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Notebooks without results."""
        return [slug for slug in self.notebooks if slug not in self.results]

    def coverage(self) -> str:
        """How many notebooks have results, which have none, and the command that makes them."""
        run = f"{places.dataset_slug(self.dataset)}, {self.profile} profile"
        command = places.make_command(self.dataset, self.profile)
        command = typed(command) if "`" in command else f"`{command}`"
        if not self.missing:
            return f"All {len(self.notebooks)} notebooks before this one have left their results on {run}."
        if self.results:
            gone, broken = [slug for slug in self.missing if slug not in self.damaged], list(self.damaged)
            lacking = [f"Not there: {', '.join(gone)}"] * bool(gone) + [f"Damaged: {', '.join(broken)}"] * bool(broken)
            return (
                f"{len(self.results)} of {len(self.notebooks)} notebooks have left their results on {run}. "
                f"{'. '.join(lacking)}; {command} makes them."
            )
        others = other_reports()
        offer = f" There are results of {'; '.join(others)}: set `DATASET` and `PROFILE` to them." if others else ""
        return f"No notebook has left results on {run}: there is nothing to report. {command} makes them.{offer}"


def take_survey(own: str, *, dataset: str, profile: str) -> Survey:
    """The results of every notebook before this one.

    Args:
        own: the surveying notebook's name, such as `99-answers`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
    Returns:
        survey: `Survey`; missing or damaged results are not errors here: it names them.
    """
    folder = places.report_folder(dataset, profile) / "results"
    notebooks = {notebook.slug: notebook for notebook in find_notebooks() if notebook.slug < own}
    results, damaged = {}, {}
    for slug in notebooks:
        path = folder / f"{slug}.json"
        try:
            if path.exists():
                results[slug] = load_results(path)
        except ResultsError as error:
            damaged[slug] = str(error)
    return Survey(dataset, profile, results, notebooks, damaged)


def other_reports() -> list[str]:
    """Reports with results, such as `ml-1m with PROFILE full`."""
    root = places.reports_root()
    found = {(path.parent.parent.name, "full") for path in root.glob("*/results/[0-9][0-9]-*.json")}
    found |= {(path.parent.parent.name, "quick") for path in root.glob("quick/*/results/[0-9][0-9]-*.json")}
    return [f"{dataset} with the profile {profile}" for dataset, profile in sorted(found)]


def answers(survey: Survey) -> str:
    """Every question with its answer, as Markdown; `headlines` has their numbers.

    The notebook's number leads to its page; of a long answer the first sentences stand here.
    """
    parts = []
    for slug, notebook in survey.notebooks.items():
        results = survey.results.get(slug)
        legible = " that can be read" if slug in survey.damaged else ""
        said = shortened(results.answer) if results else f"*It has left no results{legible}.*"
        parts.append(f"[{notebook.number}]({slug}.ipynb) **{notebook.question}**\n{said}")
    return "\n\n".join(parts)


def shortened(text: str, most: int = MOST_WORDS) -> str:
    """The first sentences of a text, as many as have at most `most` words together; at least one."""
    kept: list[str] = []
    for sentence in SENTENCE_ENDS.split(text):
        if kept and len(" ".join([*kept, sentence]).split()) > most:
            break
        kept.append(sentence)
    return " ".join(kept)


def constant_answer(survey: Survey) -> str:
    """The answer of *always-like*: "dislike" if a notebook has recorded that likes are the minority, else "like"."""
    shares = [
        record["value"]
        for results in survey.results.values()
        for record in results.payload["records"]
        if record["name"] == SHARE_OF_LIKES
    ]
    return "dislike" if shares and shares[0] <= 0.5 else "like"


def standing(record: Record, base: Record, lower_is_better: bool) -> str:
    """The comparison of a record with its base rate, by their intervals; conservative, because both share their users.

    Args:
        record, base: with value, low and high; the ends may be None.
        lower_is_better: True for errors and losses.
    Returns:
        words: "better" or "worse" if the intervals do not overlap, else "overlapping"; "no interval" for a bare value.
    """
    if record["low"] is None:
        return "no interval"
    low, high = (base["value"] if base[end] is None else base[end] for end in ("low", "high"))
    above, below = record["low"] > high, record["high"] < low
    if not (above or below):
        return "overlapping"
    return "better" if above != lower_is_better else "worse"


def headlines(survey: Survey) -> pd.DataFrame:
    """One row for each notebook with a headline, as text: DataFrame, the value beside its base rate."""
    import pandas as pd

    rows = []
    for slug, results in survey.results.items():
        record, base = results.headline, results.base_rate
        if record is not None and base is not None:
            stands = stands_in_words(record, base)
            rows.append((slug[:2], record["name"], record_text(record), beside_text(base), stands))
    return pd.DataFrame(rows, columns=["notebook", "figure", "value", "beside it", "by the intervals"])


def stands_in_words(record: Record, base: Record) -> str:
    """`standing` of a record, or what its range is taken over; for times and errors lower is better."""
    if record["repeats"] is not None:
        return f"no interval, but the range of {record['over']}"
    lower = record["unit"] == "s" or (record["metric"] is not None and METRICS[record["metric"]].lower_is_better)
    return standing(record, base, lower)


def judgements(survey: Survey) -> dict[str, list[str]]:
    """Conclusions that state a verdict, after the notebook's number.

    Returns:
        conclusions: `holds`, those that say "better than" and nothing else; `fails`, those that say "worse than" or
            "not distinguishable from" as well.
    """
    better = VERDICTS[2]
    found: dict[str, list[str]] = {"holds": [], "fails": []}
    for slug, results in survey.results.items():
        for conclusion in results.payload["conclusions"]:
            if conclusion["verdicts"]:
                kind = "holds" if conclusion["verdicts"] == [better] else "fails"
                found[kind].append(f"{slug[:2]}: {conclusion['text']}")
    return found
