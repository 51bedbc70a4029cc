"""Results files and changed files of a git revision, or of the working tree."""

import json
import re
import subprocess
from pathlib import Path

from .reading import Payload

RESULTS_FILE = re.compile(r"reports/[^/]+/results/\d\d-[a-z0-9-]+\.json")  # quick reports are deeper, and not committed
NEEDED = {"name", "value", "low", "high", "unit"}  # fields of a record in every release
WATCHED = ("rbm_lib", "notebooks")


class RevisionError(ValueError):
    """A revision that git does not know, or a folder without git."""


class Repository:
    """A git repository that holds reports.

    Args:
        folder: a folder of it.
    Raises:
        RevisionError: if git is missing, or the folder belongs to no repository.
    """

    def __init__(self, folder: Path) -> None:
        self.root = Path(folder)
        try:
            self.root = Path(self._git("rev-parse", "--show-toplevel").strip())
        except RevisionError as error:
            raise RevisionError(f"{folder}: expected a folder of a git repository; git says: {error}") from None

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, encoding="utf-8")
        except OSError as error:
            raise RevisionError(f"git cannot be run: {error}") from None
        if done.returncode:
            raise RevisionError((done.stderr.strip() or f"git {arguments[0]} failed").splitlines()[0])
        return done.stdout

    def commit(self, revision: str) -> str:
        """The full name of a commit.

        Raises:
            RevisionError: for a revision that git does not know.
        """
        try:
            return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
        except RevisionError:
            expected = f"expected a commit, branch or tag of {self.root.name}"
            raise RevisionError(f"revision: {expected}, found {revision!r}; `git log` lists commits") from None

    def results(self, revision: str | None = None) -> dict[str, Payload]:
        """The committed results files of a revision, or those of the working tree if None: payload by path.

        Raises:
            RevisionError: naming a file that is no valid results file.
        """
        if revision is None:
            paths = [path.relative_to(self.root).as_posix() for path in self.root.glob("reports/*/results/*.json")]
            texts = {path: (self.root / path).read_text(encoding="utf-8") for path in paths if is_results(path)}
        else:
            commit = self.commit(revision)
            paths = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "reports/").split("\0")
            texts = {path: self._git("show", f"{commit}:{path}") for path in paths if is_results(path)}
        return {path: parsed(path, text) for path, text in texts.items()}

    def changed_files(self, old: str, new: str | None = None) -> list[str]:
        """Files under `WATCHED` that differ: `M rbm_lib/models/energy.py`; untracked ones as `?`."""
        ends = [self.commit(old), *([self.commit(new)] if new else [])]
        lines = self._git("diff", "--name-status", "--no-renames", *ends, "--", *WATCHED).splitlines()
        found = [line.replace("\t", " ") for line in lines]
        if new is None:
            others = self._git("ls-files", "--others", "--exclude-standard", "--", *WATCHED).splitlines()
            found += [f"? {path}" for path in others]
        return found


def is_results(path: str) -> bool:
    """True for the path of a full report's results file."""
    return RESULTS_FILE.fullmatch(path) is not None


def parsed(path: str, text: str) -> Payload:
    """A results file's payload, from any release.

    Raises:
        RevisionError: naming the file, if it is not valid.
    """
    try:
        payload: Payload = json.loads(text)
        if all(record.keys() >= NEEDED for record in payload["records"]):
            return payload
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    raise RevisionError(f"{path}: expected a results file, found something else")
