"""The dependencies of a notebook's run, as content hashes; and the record of each run. Standard library only."""

import hashlib
from pathlib import Path

from rbm_lib._files import sha256_of_file
from rbm_lib.collection.results import (
    Notebook,
    ResultsError,
    RunRecord,
    figure_name,
    load_results,
    version_of,
    versions,
)

from .. import places
from .imports import code_of_notebook, reachable

LIBRARY = Path(__file__).resolve().parents[2]
# These files turn finished runs into pages. A change redraws every page, and runs only notebooks that import the file.
PRESENTATION = "collection/pages"
MOST_NAMED = 4  # names of changed parts, in the reason for a run
BENCHMARK = "bench/results.json"  # a notebook that reads it names it on its Reads line
DRAWING = ("matplotlib", "seaborn", "pandas", "scikit-learn", "scipy")


def digest(*parts: str | bytes) -> str:
    """SHA-256 over several texts, each preceded by its length, so that different lists never give the same bytes."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(f"{len(content)}:".encode() + content)
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, `none` if there is no such file."""
    return sha256_of_file(path) if path.is_file() else "none"


def library_files() -> dict[str, str]:
    """A hash of each of the library's files, by its path below the library; stubs, which are not executed, left out."""
    files = {}
    for path in sorted(LIBRARY.rglob("*")):
        relative = path.relative_to(LIBRARY)
        skipped = "__pycache__" in relative.parts or path.name.startswith(".") or path.suffix == ".pyi"
        if path.is_file() and not skipped:
            files[relative.as_posix()] = file_digest(path)
    return files


def library_parts(files: dict[str, str], notebook: Notebook) -> dict[str, str]:
    """Hashes of those files that the notebook can reach through imports; of all if that is not certain.

    Args:
        files: from `library_files`.
        notebook: the notebook whose code cells are followed.
    Returns:
        parts: hash by `rbm_lib/<path>`.
    """
    reached = reachable(code_of_notebook(notebook.path), LIBRARY)
    return {f"rbm_lib/{file}": found for file, found in files.items() if reached is None or file in reached}


def presentation_digest(files: dict[str, str]) -> str:
    """Hash of everything that pages are drawn with: the files of `PRESENTATION`, and those that they import."""
    code = f"from rbm_lib.{PRESENTATION.replace('/', '.')} import *"
    reached = reachable(code, LIBRARY) or frozenset(files)
    drawn = [pair for pair in files.items() if pair[0].startswith(f"{PRESENTATION}/") or pair[0] in reached]
    return digest(*(part for pair in drawn for part in pair))


def environment_digest() -> str:
    """Hash of the installed versions that the numbers and the figures depend on."""
    named = versions()
    named.pop("rbm_lib")  # its files are hashed one by one
    return digest(*(f"{k}={v}" for k, v in named.items()), *(f"{name}={version_of(name)}" for name in DRAWING))


def fingerprint(dataset: str) -> str:
    """Content hash of a data set, `absent` if its files do not exist yet (the first notebook fetches them)."""
    from rbm_lib.datasets import data_fingerprint

    try:
        return data_fingerprint(dataset)
    except (OSError, ValueError):
        return "absent"


def is_ours(path: Path) -> bool:
    """True for a path that a run may leave and a later one may remove: a file or a link, never a folder."""
    return path.is_symlink() or not path.is_dir()


class Ledger:
    """Decides which results are up to date in one report folder.

    Args:
        folder: the report folder.
        dataset, profile: the runner's parameters for every notebook.
    """

    def __init__(self, folder: Path, dataset: str, profile: str) -> None:
        self.folder, self.dataset, self.profile = folder, dataset, profile
        self.library = library_files()
        self.presentation = presentation_digest(self.library)
        self.shared = {
            "environment": environment_digest(),
            "data": fingerprint(dataset),
            "dataset": places.dataset_slug(dataset),
            "profile": profile,
        }

    def run_path(self, name: str) -> Path:
        """A file of the `runs/` folder."""
        return self.folder / "runs" / name

    def results_path(self, slug: str) -> Path:
        """A notebook's results file."""
        return self.folder / "results" / f"{slug}.json"

    def run_record(self, slug: str) -> RunRecord | None:
        """The record of a notebook's last run."""
        return RunRecord.load(self.run_path(f"{slug}.json"))

    def parameter_file(self, notebook: Notebook) -> Path | None:
        """The notebook's parameter file for this profile; the quick profile has none."""
        if self.profile == "quick":
            return None
        return notebook.path.parent / "params" / self.profile / f"{notebook.slug}.yaml"

    def models(self, slug: str) -> list[Path]:
        """Models and other large files of a notebook, without folders."""
        return sorted(path for path in (self.folder / "models").glob(f"{slug[:3]}*") if is_ours(path))

    def product(self, slug: str) -> str:
        """Hash of a notebook's output for others: its results file and its models."""
        named = [part for path in self.models(slug) for part in (f"models/{path.name}", file_digest(path))]
        return digest(file_digest(self.results_path(slug)), *named)

    def parts(self, notebook: Notebook) -> dict[str, str]:
        """Content hashes of everything that a run of the notebook depends on now."""
        parameters = self.parameter_file(notebook)
        own = {"notebook": notebook.checksum, "parameters": file_digest(parameters) if parameters else "none"}
        own |= library_parts(self.library, notebook)
        if BENCHMARK in (notebook.title_line("Reads") or ""):
            own["benchmark"] = file_digest(places.bench_results())
        return self.shared | own | {f"results of {slug}": self.product(slug) for slug in notebook.follows}

    def why_stale(self, notebook: Notebook) -> str:
        """Why the notebook has to run; empty if its last run is up to date."""
        record = self.run_record(notebook.slug)
        if record is None:
            return "never run"
        if record.state != "finished":
            return "failed last time"
        now = self.parts(notebook)
        changed = sorted(name for name in now.keys() | record.parts.keys() if now.get(name) != record.parts.get(name))
        if changed:
            more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
            return f"changed: {', '.join(changed[:MOST_NAMED])}{more}"
        if record.product != self.product(notebook.slug) or not self.run_path(f"{notebook.slug}.ipynb").exists():
            return "its results were changed or removed"
        figures = self.figures(notebook.slug)
        return "" if all(path.exists() for path in figures) else "a figure was removed"

    def page_key(self, notebook: Notebook, executed: Path, results: Path, record: RunRecord, siblings: str) -> str:
        """Hash of everything that a page is drawn from; `siblings` names its neighbours."""
        drawn = (self.presentation, siblings, notebook.slug, f"{record.seconds}")
        return digest(*drawn, file_digest(executed), file_digest(results))

    def figures(self, slug: str) -> list[Path]:
        """Figures that a notebook's results file names; empty without a readable one.

        A name is a plain one that starts with the notebook's number, so the paths lie in `figures/`, whatever it says.
        """
        try:
            listed = load_results(self.results_path(slug)).payload["figures"]
        except ResultsError:
            return []
        names = [figure_name(slug, figure["file"]) for figure in listed]
        return [self.folder / "figures" / name for name in names if name is not None]
