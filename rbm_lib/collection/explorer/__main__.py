"""`python -m rbm_lib.collection.explorer`: trains a model that fits into a page, and writes the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rbm_lib._files import write_atomically
from rbm_lib.datasets import Dataset, load

from ..tools import check_packages, exit_status

if TYPE_CHECKING:
    from rbm_lib.models import RBM

    from .explorer import Explorer

DRAWING = ("bs4", "jinja2", "nbconvert")  # of the dependency group `notebooks`: what draws the page
INVENTED = " Films and ratings are invented: drawn from a machine whose tastes are known."
EXAMPLES = """examples:
  python -m rbm_lib.collection.explorer planted -o explorer.html
  python -m rbm_lib.collection.explorer ml-latest-small -o explorer.html
  python -m rbm_lib.collection.explorer ratings.csv -o explorer.html --hidden 20

The page is one file: it opens without a network, runs in the browser alone, and holds titles and weights, no ratings.
"""


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.collection.explorer", description=__doc__, epilog=EXAMPLES,
                                     formatter_class=form)  # fmt: skip
    parser.add_argument("dataset", metavar="DATASET", help="a data set's name, or a table of ratings")
    parser.add_argument("-o", "--output", metavar="HTML", required=True, type=Path, help="the page to write")
    parser.add_argument("--hidden", type=int, default=50, metavar="N", help="hidden units (default: %(default)s)")
    parser.add_argument("--precision", type=float, default=15.0, metavar="X",
                        help="of the couplings' prior; fewer ratings take more (default: %(default)s)")  # fmt: skip
    parser.add_argument("--films", type=int, default=1000, metavar="N", help="films at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2007, metavar="N", help="root of every draw (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser.parse_args(arguments)


def run(chosen: argparse.Namespace) -> int:
    """Train the model and write the page; returns the exit status."""
    if chosen.output.exists() and not chosen.force:
        raise ValueError(f"{chosen.output}: expected no file yet, found one; --force replaces it")
    check_packages(DRAWING, "explorer", ("notebooks",))
    data = load(chosen.dataset)

    from rbm_lib.models import Recipe  # imports TensorFlow

    from .explorer import Explorer
    from .page import explorer_page
    from .tastes import taste_names

    settings: dict[str, Any] = {"num_hidden": chosen.hidden, "prior_precision": chosen.precision, "seed": chosen.seed}
    model = cast("RBM", Recipe.for_ratings(data.ratings, based="user", **settings).train(data.ratings)[0])
    names = taste_names(model, data.ratings, data.truth)
    explorer = Explorer(model, data.ratings, data.items, num_films=chosen.films, names=names)
    page = explorer_page(explorer, about=about(explorer, chosen, data))
    write_atomically(chosen.output, page)
    print(f"{chosen.output}: {len(page.encode()) / 1000:,.0f} kB, {explorer}")
    return 0


def about(explorer: Explorer, chosen: argparse.Namespace, data: Dataset) -> str:
    """A paragraph on the model, its training data and the content of the page."""
    from rbm_lib.collection.results import typed

    ratings, bundle = data.ratings, explorer.bundle
    return (
        f"A user-based machine of {chosen.hidden} hidden units, trained on {ratings.num_ratings:,} ratings of "
        f"{ratings.num_users:,} users for {ratings.num_items:,} films ({typed(data.name)}). The page holds the "
        f"{len(bundle['titles']):,} films that most people rated, by their titles, and the machine's couplings in one "
        f"byte each, which moves what is expected by {bundle['loss']['mean']:.4f} in the mean. It holds no rating, and "
        f"what you rate does not leave it.{INVENTED if data.truth else ''}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 1 failed, 2 usage."""
    chosen = parse_arguments(arguments)
    return exit_status(lambda: run(chosen))


if __name__ == "__main__":
    sys.exit(main())
