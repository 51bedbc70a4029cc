"""Write the API reference into `docs/` of the reports folder: `python -m rbm_lib.collection.reference` (`make docs`).

If nothing in the library has changed, it writes nothing and imports neither pdoc nor TensorFlow.
"""

import argparse
import hashlib
import platform
from pathlib import Path

from rbm_lib._files import write_atomically
from rbm_lib.collection.results import version_of

from .. import places
from ..tools import check_packages, exit_status
from .names import face_names

PLAN = "plan.html"

LIBRARY = Path(__file__).resolve().parents[2]
NEEDED = ("pdoc", "pygments", "jinja2", "bs4")  # of the dependency groups `docs` and `notebooks`
INCOMPLETE = 1


def made_from() -> str:
    """SHA-256 of the sources of the pages: library files, benchmark results, versions of Python and the tools."""
    total = hashlib.sha256(f"{platform.python_version()} {version_of('pdoc')} {version_of('pygments')}".encode())
    for path in sorted(LIBRARY.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            total.update(f"{path.relative_to(LIBRARY).as_posix()}:{len(content)}:".encode() + content)
    measured = places.bench_results()
    total.update(measured.read_bytes() if measured.is_file() else b"")
    return total.hexdigest()


def page_path(folder: Path, face: str) -> Path:
    """Path of the page of a package's public names."""
    return folder / ("index.html" if face == face_names()[0] else f"{face.split('.')[1]}.html")


def is_fresh(folder: Path, digest: str) -> bool:
    """Whether every page exists and is made from the current sources."""
    paths = [*(page_path(folder, face) for face in face_names()), folder / PLAN]
    return all(path.is_file() and digest in path.read_text(encoding="utf-8")[:1000] for path in paths)


def write_reference(folder: Path) -> Path:
    """Write every page, unless all exist and are up to date.

    Args:
        folder: created if missing; pages of packages that no longer exist are removed.
    Returns:
        index: path of the first page.
    Raises:
        ValueError: if the packages that draw the pages are missing.
    """
    digest = made_from()
    index = page_path(folder, face_names()[0])
    if is_fresh(folder, digest):
        return index
    check_packages(NEEDED, "reference", ("docs", "notebooks"))
    from .pages import page  # imports pdoc, pygments and, through the public names, TensorFlow
    from .plan import plan_page

    pages = {folder / PLAN: plan_page(digest)}
    pages |= {page_path(folder, face): page(face, digest) for face in reversed(face_names())}
    for path in folder.glob("*.html"):
        if path not in pages:
            path.unlink()
    for path, content in pages.items():
        write_atomically(path, content)  # the first page is written last
    return index


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 1 if `--check` finds something or the disk refuses, 2 without pdoc."""
    program = "python -m rbm_lib.collection.reference"
    parser = argparse.ArgumentParser(prog=program, description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the pages go (docs/ of the reports folder)")
    parser.add_argument("--check", action="store_true", help="write nothing; list what docstrings leave out")
    parser.add_argument("--quiet", action="store_true", help="do not print the path of the first page")
    chosen = parser.parse_args(arguments)
    return check() if chosen.check else exit_status(lambda: run(chosen))


def check() -> int:
    """Print what docstrings leave out; returns the exit status."""
    from .checks import problems

    found = problems()
    for name, what in found.items():
        print(f"{name}: {', '.join(what)}")
    return INCOMPLETE if found else 0


def run(chosen: argparse.Namespace) -> int:
    """Write the pages and print the path of the first; returns the exit status."""
    index = write_reference(chosen.folder or places.docs_folder())
    if not chosen.quiet:
        print(index)
    return 0
