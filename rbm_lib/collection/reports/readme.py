"""Refresh the generated blocks of README.md from a full run's results files.

Command line: `python -m rbm_lib.collection.reports.readme` (`make readme`).

A block lies between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; a notebook's name may follow NAME:

    headline    every headline with its interval and base rate, and what the brackets are
    notebooks   every notebook: question, run time quick and full
    verdict     the answer of all notebooks, in at most 80 words
    ladder      the ladder as a table, from the article's model to the best one
    hero        one notebook's answer
    figure      one notebook's first figure
    speed       the cost of an epoch, from `make bench`
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rbm_lib._files import reason_of, write_atomically
from rbm_lib.collection.pages import headline_rows
from rbm_lib.collection.results import (
    Notebook,
    NotebookError,
    Results,
    Survey,
    adopt_quick_times,
    brackets_sentence,
    find_notebooks,
    format_duration,
    ladder_brackets,
    ladder_rows,
    ladder_table,
    ladder_verdict,
    load_results,
    markdown_table,
    read_run_times,
    typed,
)

from .. import places

BLOCK = re.compile(
    r"(<!-- generated: (?P<name>[a-z]+)(?: (?P<arg>[\w-]+))? -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL
)
OPENING = re.compile(r"<!-- generated: [^>]*-->")


class ReadmeError(ValueError):
    """A block of the README that cannot be filled."""


class Blocks:
    """Fills blocks from one full report.

    Args:
        dataset: whose full report is shown.
        readme: the file that the blocks stand in; paths in it are relative to its folder.
        notebooks: folder of the sources, None for the collection's own.
    """

    def __init__(self, dataset: str, readme: Path, notebooks: Path | None = None) -> None:
        self.dataset, self.readme = dataset, readme
        self.folder = places.report_folder(dataset, "full")
        self.notebooks = find_notebooks(notebooks)
        paths = {n.slug: self.folder / "results" / f"{n.slug}.json" for n in self.notebooks}
        self.results = {slug: load_results(path) for slug, path in paths.items() if path.exists()}
        self.kinds: dict[str, Callable[[str | None], str]] = {
            "headline": self.headline,
            "notebooks": self.table,
            "verdict": self.verdict,
            "ladder": self.ladder,
            "hero": self.hero,
            "figure": self.figure,
            "speed": self.speed,
        }

    def missing(self, what: str = "The full run") -> str:
        """The text of a block without results."""
        return f"*{what} on {self.dataset} has not been made; `{places.make_command(self.dataset, 'full')}` makes it.*"

    def link(self, path: Path) -> str:
        """A path relative to the README."""
        return Path(os.path.relpath(path, self.readme.parent)).as_posix()

    def chosen(self, slug: str | None) -> Results | None:
        """The named notebook's results; without a name the first that has a headline. None if they are missing.

        Raises:
            ReadmeError: for a name that is no notebook.
        """
        if slug is not None and slug not in {notebook.slug for notebook in self.notebooks}:
            raise ReadmeError(f"{self.readme.name}: expected a notebook's name, found {slug!r}")
        if slug is not None:
            return self.results.get(slug)
        return next((results for results in self.results.values() if results.headline), None)

    def survey(self) -> Survey:
        """The results of all notebooks except those that survey the others."""
        notebooks = {notebook.slug: notebook for notebook in self.notebooks if not notebook.surveys}
        results = {slug: results for slug, results in self.results.items() if slug in notebooks}
        return Survey(self.dataset, "full", results, notebooks)

    def verdict(self, _: str | None = None) -> str:
        """The answer of all notebooks, from the fields of their records."""
        survey = self.survey()
        return ladder_verdict(survey, ladder_rows(survey)) or self.missing()

    def ladder(self, _: str | None = None) -> str:
        """The ladder as a table, and a sentence on its brackets."""
        rows = ladder_rows(self.survey())
        if rows.empty:
            return self.missing()
        table = markdown_table(["predictor", "reads", "accuracy", "AUC"], ladder_table(rows))
        return f"{table}\n\n{ladder_brackets(rows)}"

    def headline(self, _: str | None = None) -> str:
        """Every headline with its base rate, and a sentence on the brackets."""
        shown = list(self.survey().results.values())
        rows = headline_rows(shown)
        if not rows:
            return self.missing()
        table = markdown_table(["notebook", "figure", "value", "beside it"], rows)
        return "\n\n".join(filter(None, [table, brackets_sentence(shown)]))

    def table(self, _: str | None = None) -> str:
        """Every notebook: number, question, run times."""
        times = read_run_times(self.folder)

        def took(kind: str, notebook: Notebook) -> str:
            seconds = times[kind].get(notebook.slug)
            return "–" if seconds is None else format_duration(seconds)

        rows = []
        for notebook in self.notebooks:
            number = f"[{notebook.number}]({self.link(notebook.path)})"
            question = notebook.question.replace("|", "\\|")
            rows.append([number, question, took("quick_seconds", notebook), took("seconds", notebook)])
        table = markdown_table(["notebook", "question", "quick", f"full, {self.dataset}"], rows)
        if not times["seconds"]:
            return f"{table}\n\n{self.missing()}"
        whole = format_duration(sum(times["seconds"].values()))
        return (
            f"{table}\n\nRun times were measured on {times['processors']} processors; those of the full run add up to "
            f"{whole}."
        )

    def hero(self, slug: str | None = None) -> str:
        """One notebook's answer."""
        results = self.chosen(slug)
        return self.missing() if results is None else results.answer

    def figure(self, slug: str | None = None) -> str:
        """One notebook's first figure."""
        results = self.chosen(slug)
        if results is None or not results.payload["figures"]:
            return self.missing()
        figure = results.payload["figures"][0]
        return f"![{typed(figure['alt'])}]({self.link(self.folder / figure['file'])})"

    def speed(self, _: str | None = None) -> str:
        """The cost of an epoch, in one line."""
        from rbm_lib.collection.bench import read_bench, readers_sentence

        return readers_sentence(read_bench()) or "*The benchmark has not been made; `make bench` makes it.*"

    def fill(self, text: str) -> str:
        """The README's text with every block refreshed.

        Raises:
            ReadmeError: for a block of an unknown name, or one that is not closed.
        """
        closed = len(BLOCK.findall(text))
        if closed != len(OPENING.findall(text)):
            raise ReadmeError(
                f"{self.readme.name}: expected every `<!-- generated: NAME -->` to have its `<!-- end: NAME -->`"
            )

        def replace(match: re.Match[str]) -> str:
            if match["name"] not in self.kinds:
                known = ", ".join(self.kinds)
                raise ReadmeError(f"{self.readme.name}: expected a block named {known}; found {match['name']!r}")
            return f"{match[1]}{self.kinds[match['name']](match['arg'])}\n{match[4]}"

        return BLOCK.sub(replace, text)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, or 1 if `--check` finds a stale block, 2 for a mistake in the file."""
    program = "python -m rbm_lib.collection.reports.readme"
    parser = argparse.ArgumentParser(prog=program, description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a block is stale")
    parser.add_argument("--dataset", default="ml-1m", help="whose full report is shown")
    parser.add_argument("--file", type=Path, help="the file to refresh (README.md of the checkout)")
    parser.add_argument("--notebooks", type=Path, metavar="DIR", help="folder of the notebooks (notebooks/)")
    chosen = parser.parse_args(arguments)
    try:
        chosen.file = chosen.file or places.in_checkout("README.md", "name a file with --file FILE")
        if not chosen.check:
            adopt_quick_times(places.report_folder(chosen.dataset, "full"))
        blocks = Blocks(chosen.dataset, chosen.file.absolute(), chosen.notebooks)
        old = chosen.file.read_text(encoding="utf-8")
        new = blocks.fill(old)
    except (NotebookError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if new == old:
        return 0
    if chosen.check:
        print(f"{chosen.file}: generated blocks are stale; `make readme` refreshes them", file=sys.stderr)
        return 1
    try:
        write_atomically(chosen.file, new)
    except OSError as error:
        print(f"error: {reason_of(error)}", file=sys.stderr)
        return 2
    print(f"{chosen.file}: refreshed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
