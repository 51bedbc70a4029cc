"""Render every notebook into a report folder: `python -m rbm_lib.collection.reports` (`make reports`).

When nothing has changed it runs nothing and imports neither papermill nor pandas nor TensorFlow.
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from rbm_lib._files import Locked, folder_lock, reason_of, write_atomically
from rbm_lib.collection.pages import citation_file
from rbm_lib.collection.reference import documented_names
from rbm_lib.collection.results import Notebook, NotebookError, RunRecord, find_notebooks, write_run_times

from .. import places
from ..tools import check_packages
from .freshness import Ledger, digest, file_digest, is_ours
from .listing import listing
from .progress import Progress
from .runner import Outcome, Runner, own_first, remove_leftovers, with_prerequisites

TIMEOUTS = {"quick": 1800.0, "full": 6 * 3600.0}
FAILED, USAGE, LOCKED, INTERRUPTED = 1, 2, 3, 130
RUNNING = ("ipykernel", "nbconvert", "papermill")  # of the dependency group `notebooks`: what runs and draws them
WAY_OUT = "make room or a folder that can be written; RBM_REPORTS_DIR names another one"
STOPPED = "kernels stopped; what had finished is kept, what was running or waiting is as it was before"


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Command line of `python -m rbm_lib.collection.reports`."""
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.collection.reports", description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="planted", help="a data set's name, or the path of a table of ratings")
    parser.add_argument("--profile", default="quick", choices=places.PROFILES, help="quick: the notebooks' defaults")
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="notebooks that run at the same time; full: machines that one notebook trains",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NN-slug", help="these, and what they read")
    parser.add_argument("--force", action="store_true", help="run even what is fresh (with --only: only those named)")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="limit for one notebook (1800; full: 21600)")
    parser.add_argument("--notebooks", type=Path, metavar="DIR", help="folder of the notebooks (notebooks/)")
    parser.add_argument("--list", action="store_true", help="say what would run and why, and run nothing")
    chosen = parser.parse_args(arguments)
    if chosen.jobs < 1:
        parser.error(f"--jobs: expected a whole number of at least 1, found {chosen.jobs}")
    if chosen.timeout is not None and chosen.timeout <= 0:
        parser.error(f"--timeout: expected seconds above 0, found {chosen.timeout:g}")
    if places.is_path(chosen.dataset):
        path = Path(chosen.dataset).expanduser()
        if not path.exists():
            parser.error(f"--dataset: expected a data set's name or a file, found no file {chosen.dataset}")
        chosen.dataset = str(path.absolute())  # the kernels work in notebooks/
    chosen.timeout = chosen.timeout or TIMEOUTS[chosen.profile]
    return chosen


class Report:
    """One report folder and the notebooks that fill it.

    Args:
        dataset, profile: as on the command line.
        notebooks: folder of the sources, None for the collection's own.
    """

    def __init__(self, dataset: str, profile: str, notebooks: Path | None = None) -> None:
        self.notebooks = own_first(find_notebooks(notebooks), dataset)
        self.folder = places.report_folder(dataset, profile)
        self.ledger = Ledger(self.folder, dataset, profile)
        to_docs = Path(os.path.relpath(places.docs_folder(), self.folder)).as_posix()
        self.names = {name: f"{to_docs}/{at}" for name, at in documented_names(places.docs_folder()).items()}
        titles = [part for n in self.notebooks for part in (n.slug, n.title)]
        cited = citation_file()
        self.siblings = digest(*titles, str(sorted(self.names.items())), file_digest(cited) if cited else "none")
        self._renderer: Any = None  # imported with the first page

    def render(self, notebook: Notebook, executed: Path, results: Path, record: RunRecord) -> str:
        """The page of an executed notebook; notes in the record what it was drawn from."""
        from rbm_lib.collection.pages import Renderer

        self._renderer = self._renderer or Renderer(self.notebooks, self.names)
        record.page = self.ledger.page_key(notebook, executed, results, record, self.siblings)
        return self._renderer.page(notebook, executed, results, record)

    def redraw(self, progress: Progress) -> list[str]:
        """Draw the pages of finished runs again whose template, neighbours or file have changed."""
        problems = []
        for notebook in self.notebooks:
            record = self.ledger.run_record(notebook.slug)
            if record is None or record.state != "finished":
                continue
            executed, results = self.ledger.run_path(f"{notebook.slug}.ipynb"), self.ledger.results_path(notebook.slug)
            page = self.folder / f"{notebook.slug}.html"
            key = self.ledger.page_key(notebook, executed, results, record, self.siblings)
            if not executed.exists() or (page.exists() and record.page == key):
                continue
            try:
                write_atomically(page, self.render(notebook, executed, results, record))
            except ValueError as error:
                page.unlink(missing_ok=True)
                progress.end(notebook.slug, "failed", str(error))
                problems.append(notebook.slug)
                continue
            record.save(self.ledger.run_path(f"{notebook.slug}.json"))
            progress.end(notebook.slug, "drawn")
        return problems

    def standing(self, notebook: Notebook) -> tuple[str, str]:
        """State of a notebook on disk: (`finished`, ``), (`failed`, error) or (`stale`, why)."""
        record = self.ledger.run_record(notebook.slug)
        if record is not None and record.state == "failed":
            return "failed", record.error
        why = self.ledger.why_stale(notebook)
        return ("stale", why) if why else ("finished", "")

    def check_data(self) -> None:
        """Load the data set once here, so that a bad one is a single error and not one in every kernel.

        How your own file was read is printed, a line for each note.

        Raises:
            ValueError: saying in full why it cannot be loaded.
        """
        from rbm_lib import datasets

        from . import freshness

        try:
            data = datasets.load(self.ledger.dataset)
        except OSError as error:
            raise ValueError(str(error)) from None
        for note in getattr(data, "notes", ()):
            print(f"data: {note}")
        if self.ledger.shared["data"] == "absent":  # they have just been downloaded
            self.ledger.shared["data"] = freshness.fingerprint(self.ledger.dataset)

    def prune(self) -> None:
        """Delete the pages, results and figures of notebooks that no longer exist."""
        slugs = {notebook.slug for notebook in self.notebooks}
        for page in self.folder.glob("[0-9][0-9]-*.html"):
            if page.stem not in slugs and is_ours(page):
                page.unlink()
        for results in (self.folder / "results").glob("[0-9][0-9]-*.json"):
            if results.stem not in slugs:
                for figure in filter(is_ours, self.ledger.figures(results.stem)):
                    figure.unlink(missing_ok=True)
                results.replace(self.ledger.run_path(f"{results.stem}.previous.json"))

    def reference(self) -> str:
        """Address of the API reference as the index writes it, empty if `make docs` has not been run."""
        first = places.docs_folder() / "index.html"
        return Path(os.path.relpath(first, self.folder)).as_posix() if first.exists() else ""

    def write_glossary(self, run: str) -> str:
        """Write the page of the glossary of a run; returns its address, empty where the notebooks have none."""
        from rbm_lib.collection.pages import glossary_address, glossary_html

        folder = self.notebooks[0].path.parent
        address = glossary_address(folder)
        if address:
            text = (folder / "glossary.md").read_text(encoding="utf-8")
            write_atomically(self.folder / address, glossary_html(text, self.notebooks, run))
        return address

    def write_readable(self, standings: dict[str, tuple[str, str]]) -> None:
        """Write `notebooks/`, the executed notebooks for those who run nothing; those without a result go."""
        from rbm_lib.collection.pages import readable_notebook

        finished = {slug for slug, (state, _) in standings.items() if state == "finished"}
        for path in (self.folder / "notebooks").glob("[0-9][0-9]-*.ipynb"):
            if path.stem not in finished and is_ours(path):
                path.unlink()
        for slug in sorted(finished):
            text = readable_notebook(self.ledger.run_path(f"{slug}.ipynb"))
            write_atomically(self.folder / "notebooks" / f"{slug}.ipynb", text)

    def write_index(self) -> Path:
        """Write index.html, the glossary (and RESULTS.md for the full profile) if anything they show has changed."""
        index, seen = self.folder / "index.html", self.ledger.run_path(".index")
        standings = {notebook.slug: self.standing(notebook) for notebook in self.notebooks}
        records = [f"{standings[n.slug]} {self.ledger.run_record(n.slug)}" for n in self.notebooks]
        reference = self.reference()
        words = file_digest(self.notebooks[0].path.parent / "glossary.md")
        key = digest(self.ledger.presentation, self.siblings, reference, words, *records)
        is_there = index.exists() and (self.folder / "search.html").exists()
        if is_there and seen.exists() and seen.read_text(encoding="utf-8") == key:
            return index
        from rbm_lib.collection.pages import ReportFacts, index_html, results_markdown, search_html

        by_slug = {notebook.slug: self.ledger.run_record(notebook.slug) for notebook in self.notebooks}
        write_run_times(self.folder, {slug: r.seconds for slug, r in by_slug.items() if r and r.state == "finished"})
        if self.ledger.profile == "full":
            self.write_readable(standings)  # before RESULTS.md, which links to them
            text = results_markdown(self.folder, self.notebooks, standings)
            write_atomically(self.folder / "RESULTS.md", text)
        shared = self.ledger.shared
        known = (self.folder, shared["dataset"], self.ledger.profile, shared["data"], by_slug, standings)
        run = f"{shared['dataset']} · {self.ledger.profile} profile"
        facts = ReportFacts(*known, reference=reference, glossary=self.write_glossary(run))
        write_atomically(self.folder / "search.html", search_html(self.folder, self.notebooks, run))
        write_atomically(index, index_html(facts, self.notebooks))
        write_atomically(seen, key)
        return index


def check_tools() -> None:
    """Look for what runs notebooks before any of them is started.

    Raises:
        ValueError: naming what is missing and how to install it.
    """
    check_packages(RUNNING, "notebooks", ("notebooks",))


def shares_of(jobs: int, profile: str) -> tuple[int, int]:
    """How many notebooks run at the same time, and how many machines each trains at the same time.

    The results of the full profile hold measured times: there one notebook runs at a time, and has all processors.
    """
    return (1, jobs) if profile == "full" else (jobs, 1)


def run(chosen: argparse.Namespace) -> int:
    """Do what the command line asks; returns the exit status."""
    report = Report(chosen.dataset, chosen.profile, chosen.notebooks)
    if chosen.list:
        print(*listing(report.folder, [(n, *report.standing(n)) for n in report.notebooks]), sep="\n")
        return 0
    selected = with_prerequisites(report.notebooks, chosen.only)
    named = {Path(name).stem for name in chosen.only}
    force = {n.slug for n in selected if not named or n.slug in named or n.number in named} if chosen.force else set()
    if any(n.slug in force or report.ledger.why_stale(n) for n in selected):
        check_tools()
        report.check_data()
    progress = Progress(max(len(notebook.slug) for notebook in report.notebooks))
    with folder_lock(report.folder, "runs/.lock"):
        remove_leftovers(report.ledger)
        runner = Runner(report.ledger, report.render, timeout=chosen.timeout, progress=progress)
        together, workers = shares_of(chosen.jobs, chosen.profile)
        outcomes = runner.run(selected, jobs=together, workers=workers, force=force)
        report.prune()
        problems = report.redraw(progress)
        index = report.write_index()
    return summarise(outcomes, problems, index)


def summarise(outcomes: dict[str, Outcome], problems: list[str], index: Path) -> int:
    """Print a summary; the last line is the path of the index."""
    counts = {
        state: sum(o.state == state for o in outcomes.values()) for state in ("done", "fresh", "failed", "skipped")
    }
    bad = counts["failed"] + counts["skipped"] + len(problems)
    said = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    print(f"{len(outcomes)} notebooks: {said}" + (f"; {len(problems)} pages not drawn" if problems else ""))
    for slug, outcome in outcomes.items():
        if outcome.state == "failed":
            kept = index.parent / "runs" / f"{slug}.failed.ipynb"
            print(f"{slug} failed: {outcome.error}" + (f" (kept: {kept})" if kept.exists() else ""), file=sys.stderr)
    sys.stderr.flush()
    print(index, flush=True)
    return FAILED if bad else 0


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 1 failed, 2 usage, 3 locked, 130 interrupted."""
    chosen = parse_arguments(arguments)
    if os.environ.get("RBM_DATA_DIR"):
        os.environ["RBM_DATA_DIR"] = str(Path(os.environ["RBM_DATA_DIR"]).absolute())
    try:
        return run(chosen)
    except Locked as error:
        print(f"error: {error}", file=sys.stderr)
        return LOCKED
    except (NotebookError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"error: {reason_of(error)}; {WAY_OUT}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal may have been closed
            print(f"interrupted: {STOPPED}", file=sys.stderr, flush=True)
        return INTERRUPTED
