"""Compare the results files of two revisions: `python -m rbm_lib.collection.results diff REV [REV2]`.

It prints which records were added, removed or changed, with old and new values, and measured times separately. It also
prints which files under `rbm_lib/` and `notebooks/` changed between the two.
"""

import argparse
import sys
from pathlib import Path

from .. import places
from .comparing import compare_results, report_of
from .revisions import Repository, RevisionError

USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, or 2 for a revision or a folder that git does not know."""
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.collection.results", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    diff = commands.add_parser("diff", help="which records changed between two revisions", description=__doc__)
    diff.add_argument("old", metavar="REV", help="a commit, branch or tag, as HEAD~1")
    diff.add_argument("new", metavar="REV2", nargs="?", help="another one; the working tree if it is left out")
    diff.add_argument(
        "--repository", type=Path, default=places.REPOSITORY, metavar="DIR", help="a folder of the checkout to look at"
    )
    chosen = parser.parse_args(arguments)
    try:
        repository = Repository(chosen.repository)
        changes = compare_results(repository.results(chosen.old), repository.results(chosen.new))
        files = repository.changed_files(chosen.old, chosen.new)
    except (RevisionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    print(report_of(changes, files, f"{chosen.old} and {chosen.new or 'the working tree'}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
