"""Compare the results files of two revisions: `python -m rbm_lib.collection.results diff REV [REV2]`.

It prints which records were added, removed or changed, with old and new values, and measured times separately. It also
prints which files under `rbm_lib/` and `notebooks/` changed between the two.
"""

import argparse
import sys
from pathlib import Path

from .. import places
from ..tools import exit_status
from .comparing import compare_results, report_of
from .revisions import Repository


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 1 for a file that cannot be read, 2 for what git does not know."""
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.collection.results", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    diff = commands.add_parser("diff", help="which records changed between two revisions", description=__doc__)
    diff.add_argument("old", metavar="REV", help="a commit, branch or tag, as HEAD~1")
    diff.add_argument("new", metavar="REV2", nargs="?", help="another one; the working tree if it is left out")
    diff.add_argument(
        "--repository", type=Path, metavar="DIR", help="a folder of the checkout to look at (the package's own)"
    )
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> int:
    """Compare and print; returns the exit status."""
    repository = Repository(chosen.repository or places.in_checkout("reports", "name it with --repository DIR"))
    changes = compare_results(repository.results(chosen.old), repository.results(chosen.new))
    files = repository.changed_files(chosen.old, chosen.new)
    print(report_of(changes, files, f"{chosen.old} and {chosen.new or 'the working tree'}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
