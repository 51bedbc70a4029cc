"""Run notebooks in order, several at a time if asked, and publish the outputs of each one that finishes."""

import concurrent.futures
import contextlib
import shutil
import textwrap
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rbm_lib._files import reason_of, remove_temporary_files, write_atomically
from rbm_lib.collection.results import INJECTED, Notebook, NotebookError, RunRecord

from .. import places
from . import jupyter
from .freshness import Ledger, fingerprint, is_ours
from .progress import Progress

OWN_RATINGS = "-your-own-ratings"  # the name of the notebook on your own ratings, after its number
TICK = 0.25  # seconds between two checks of the running notebooks


def read_parameters(notebook: Notebook, ledger: Ledger) -> dict[str, Any]:
    """The values to inject: the notebook's parameter file for the profile, then DATASET and PROFILE.

    Raises:
        NotebookError: if the file is not a mapping, or a name or a value does not fit what the notebook declares.
    """
    values: Any = {}
    path = ledger.parameter_file(notebook)
    if path and path.exists():
        import yaml

        try:
            values = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise NotebookError(f"{path}: expected YAML, found: {' '.join(str(error).split())}") from None
        if not isinstance(values, dict):
            found = "an empty file" if values is None else type(values).__name__
            raise NotebookError(f"{path}: expected lines NAME: value, or {{}} for the defaults, found {found}")
        for name in INJECTED:
            if name in values:
                raise NotebookError(f"{path}: {name} comes from the command line; found {values[name]!r} in the file")
    return notebook.check(values | {"DATASET": ledger.dataset, "PROFILE": ledger.profile})


def own_first(notebooks: list[Notebook], dataset: str) -> list[Notebook]:
    """The order in which notebooks are listed and started: for your own ratings, the notebook on these is first.

    Args:
        notebooks: in reading order.
        dataset: a data set's name, or the path of a table of ratings.
    Returns:
        notebooks: the same; in reading order for a named set.
    """
    leads = [n for n in notebooks if n.slug.endswith(OWN_RATINGS) and not n.follows and places.is_path(dataset)]
    return [*leads, *(notebook for notebook in notebooks if notebook not in leads)]


def with_prerequisites(notebooks: list[Notebook], only: list[str]) -> list[Notebook]:
    """The named notebooks and those whose results they read, in reading order; all of them if none is named.

    Raises:
        NotebookError: for a name that is no notebook.
    """
    if not only:
        return notebooks
    by_slug = {notebook.slug: notebook for notebook in notebooks}
    wanted: set[str] = set()
    open_names = [Path(name).stem for name in only]
    while open_names:
        name = open_names.pop()
        matches = [slug for slug in by_slug if slug == name or slug[:2] == name]
        if not matches:
            raise NotebookError(f"--only: expected a notebook, found {name!r}; there are: {', '.join(by_slug)}")
        if matches[0] not in wanted:
            wanted.add(matches[0])
            open_names += by_slug[matches[0]].reads
    return [notebook for notebook in notebooks if notebook.slug in wanted]


def remove_leftovers(ledger: Ledger) -> None:
    """Remove the leftovers of a killed run: incomplete files, partly executed copies, staged outputs.

    Only while the folder is locked.
    """
    for folder in (ledger.folder, *(ledger.folder / name for name in ("results", "figures", "models", "runs"))):
        remove_temporary_files(folder)
    for part in ledger.run_path("x").parent.glob(".[0-9][0-9]-*.part.ipynb"):
        if is_ours(part):
            part.unlink(missing_ok=True)
    staging = ledger.run_path(".staging")
    for staged in staging.glob("[0-9][0-9]-*") if not staging.is_symlink() else ():
        if not staged.is_symlink():
            shutil.rmtree(staged, ignore_errors=True)


@dataclass
class Outcome:
    """State of a notebook after this command: `fresh`, `done`, `failed`, `skipped` or `stopped`."""

    state: str
    error: str = ""


Running = dict[concurrent.futures.Future[Outcome], Notebook]


class Runner:
    """Runs those notebooks that are out of date.

    Args:
        ledger: decides what is up to date, and has the paths.
        render: `render(notebook, executed, results, record)` -> HTML; raises ValueError for an unfit page.
        timeout: seconds that one notebook may take.
        progress: reports every start and end.
    """

    def __init__(self, ledger: Ledger, render: Callable[..., str], *, timeout: float, progress: Progress) -> None:
        self.ledger, self.render, self.timeout, self.progress = ledger, render, timeout, progress
        self.kernels = jupyter.Kernels()
        self.workers = 1

    def run(
        self, notebooks: list[Notebook], *, jobs: int = 1, workers: int = 1, force: Set[str] = frozenset()
    ) -> dict[str, Outcome]:
        """Run the notebooks that are out of date.

        Args:
            notebooks: in reading order, prerequisites included.
            jobs: how many run at the same time.
            workers: how many machines each trains at the same time.
            force: names to run even if fresh.
        Returns:
            outcomes: by name.
        Raises:
            NotebookError: before anything runs, if a parameter does not fit.
            KeyboardInterrupt: after every kernel has been stopped.
        """
        parameters = {notebook.slug: read_parameters(notebook, self.ledger) for notebook in notebooks}
        outcomes: dict[str, Outcome] = {}
        self.workers = workers
        waiting = list(notebooks)
        running: Running = {}
        pool = concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            while waiting or running:
                for notebook in [n for n in waiting if self._settled(n, waiting, running)]:
                    if len(running) >= jobs:
                        break
                    waiting.remove(notebook)
                    why = self._why(notebook, outcomes, force)
                    if notebook.slug in outcomes:
                        continue
                    future = pool.submit(self._run_one, notebook, parameters[notebook.slug], why)
                    running[future] = notebook
                for future in concurrent.futures.wait(running, TICK, "FIRST_COMPLETED").done if running else ():
                    outcomes[running.pop(future).slug] = future.result()
                self.progress.tick()
        except BaseException:
            self._stop(running)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return outcomes

    @staticmethod
    def _settled(notebook: Notebook, waiting: list[Notebook], running: Running) -> bool:
        """True when every notebook that this one reads or surveys has ended."""
        ahead = {other.slug for other in waiting} | {other.slug for other in running.values()}
        return not ahead & set(notebook.follows)

    def _why(self, notebook: Notebook, outcomes: dict[str, Outcome], force: Set[str]) -> str:
        """Why the notebook runs; empty, and its outcome recorded, if it need not or cannot."""
        lacking = [
            slug for slug in notebook.reads if slug in outcomes and outcomes[slug].state in ("failed", "skipped")
        ]
        if lacking:
            reason = f"waits for {', '.join(lacking)}"
            outcomes[notebook.slug] = Outcome("skipped", reason)
            self.progress.end(notebook.slug, "skipped", reason)
            return ""
        why = "forced" if notebook.slug in force else self.ledger.why_stale(notebook)
        if not why:
            outcomes[notebook.slug] = Outcome("fresh")
        return why

    def _run_one(self, notebook: Notebook, parameters: dict[str, Any], why: str) -> Outcome:
        """Run one notebook; publish all of its outputs, or none."""
        slug, ledger = notebook.slug, self.ledger
        self.progress.start(slug, why)
        executed, staged = ledger.run_path(f".{slug}.part.ipynb"), ledger.run_path(".staging") / slug
        shutil.rmtree(staged, ignore_errors=True)
        try:
            record = RunRecord("finished", parts=ledger.parts(notebook))
            record.seconds = round(self._execute(notebook, parameters, executed), 2)
            page = self.render(notebook, executed, staged / "results" / f"{slug}.json", record)
            self._publish(notebook, executed, staged, page, record)
        except Exception as error:
            if self.kernels.stopped:
                return Outcome("stopped")
            message = reason_of(error) if isinstance(error, OSError) else str(error) or type(error).__name__
            message = textwrap.shorten(message, 300, placeholder=" …")
            try:
                self._set_aside(slug, executed, RunRecord("failed", error=message))
            except OSError as second:  # a disk that is full for the results is full for the record of the failure
                message += f"; nor could that be recorded: {reason_of(second)}"
            self.progress.end(slug, "failed", message)
            return Outcome("failed", message)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            with contextlib.suppress(OSError):
                executed.unlink(missing_ok=True)
        self.progress.end(slug, "done")
        return Outcome("done")

    def _execute(self, notebook: Notebook, parameters: dict[str, Any], executed: Path) -> float:
        log = self.ledger.run_path(f"{notebook.slug}.log")
        log.unlink(missing_ok=True)
        environment = {
            "RBM_REPORTS_DIR": str(places.reports_root()),
            "RBM_NOTEBOOKS_DIR": str(notebook.path.parent),
            "RBM_STAGING": str(self.ledger.run_path(".staging")),
            "RBM_JOBS": str(self.workers),
            "JOBLIB_TEMP_FOLDER": str(self.ledger.run_path(".staging") / notebook.slug / "shared"),  # gone with it
            "PYTHONPATH": places.python_path(),
        }
        folder = notebook.path.parent
        job = jupyter.Job(notebook.path, executed, log, parameters, folder, environment, self.timeout)
        seconds = jupyter.execute(job, self.kernels)
        log.unlink(missing_ok=True)
        return seconds

    def _publish(self, notebook: Notebook, executed: Path, staged: Path, page: str, record: RunRecord) -> None:
        """Move a finished notebook's files into place; the record comes last, so that an unfinished move runs again."""
        slug, ledger = notebook.slug, self.ledger
        ledger.run_path(f"{slug}.json").unlink(missing_ok=True)
        for old in [*ledger.figures(slug), *ledger.models(slug), ledger.results_path(slug)]:
            if is_ours(old):  # never a folder, whatever the results file names
                old.unlink(missing_ok=True)
        for kind in ("models", "figures", "results"):
            for path in sorted((staged / kind).glob("*")):
                target = ledger.folder / kind / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
        write_atomically(ledger.folder / f"{slug}.html", page)
        executed.replace(ledger.run_path(f"{slug}.ipynb"))
        for remnant in (f"{slug}.failed.ipynb", f"{slug}.previous.json"):
            ledger.run_path(remnant).unlink(missing_ok=True)
        if record.parts["data"] == "absent":  # the notebook has just downloaded them
            record.parts["data"] = ledger.shared["data"] = fingerprint(ledger.dataset)
        record.product = ledger.product(slug)
        record.save(ledger.run_path(f"{slug}.json"))

    def _set_aside(self, slug: str, executed: Path, record: RunRecord) -> None:
        """Keep a failed run's notebook as `.failed.ipynb`; remove what an earlier run had published.

        The record comes last: steps that need no disk space are done even if the disk is full.
        """
        ledger = self.ledger
        ledger.run_path(f"{slug}.json").unlink(missing_ok=True)  # from here on the notebook is not marked as finished
        if executed.exists():
            executed.replace(ledger.run_path(f"{slug}.failed.ipynb"))
        if ledger.results_path(slug).exists():
            ledger.results_path(slug).replace(ledger.run_path(f"{slug}.previous.json"))
        (ledger.folder / f"{slug}.html").unlink(missing_ok=True)
        ledger.run_path(f"{slug}.ipynb").unlink(missing_ok=True)
        record.save(ledger.run_path(f"{slug}.json"))

    def _stop(self, running: Running) -> None:
        """Stop every kernel and wait for the threads that watched them."""
        self.kernels.stop_all()
        self.progress.clear()
        concurrent.futures.wait(running, 15)
