"""Measures what an epoch costs and writes `reports/bench`: `python -m rbm_lib.collection.bench`.

A number with a target is marked as met or missed. Nothing is written before all measurements are done.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import computer
from . import engines as bench_engines
from .rows import Row, row

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedSettings

INTERRUPTED = 130
# Ratings as dense as MovieLens-25M's over as many films, of eight mini-batches of users.
WIDE_USERS, WIDE_FILMS, RATINGS_A_USER = 8192, 62_000, 154


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m rbm_lib.collection.bench",
        description=__doc__.splitlines()[0],
        epilog="On 2 processors the engines take about 9 minutes, the large part about 4.",
    )
    parser.add_argument("--dataset", default="ml-1m", help="planted or a MovieLens name (%(default)s)")
    parser.add_argument(
        "--repeats", type=int, default=5, help="pairs of epochs of each kind; the best epoch counts (%(default)s)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="tiny models, few points: a look at whether it works (with --no-large, and --dataset planted: seconds)",
    )
    parser.add_argument(
        "--large",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="an epoch at the size of MovieLens-32M, from memory and from shards, and steps over 620,000 films; takes "
        "3 GB of memory and, while it runs, 0.5 GB of disk in the scratch folder (default: --large)",
    )
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="folder for temporary files (the system's)")
    chosen = parser.parse_args(arguments)
    if chosen.repeats < 1:
        parser.error(f"--repeats: expected a whole number of at least 1, found {chosen.repeats}")
    return chosen


def plan_of(chosen: argparse.Namespace) -> bench_engines.Plan:
    """The `Plan` of the command line."""
    return replace(bench_engines.QUICK if chosen.quick else bench_engines.Plan(), repeats=chosen.repeats)


def measures(ratings: Ratings, stars: Ratings, chosen: argparse.Namespace) -> list[tuple[str, Iterable[Row]]]:
    """The measurements, in order: pairs of a name and an iterable of rows, none of them started.

    Args:
        ratings, stars: `Ratings` of likes and dislikes, and of stars: the training part.
        chosen: from `parse_arguments`.
    """
    plan = plan_of(chosen)
    sizes = {"floats": 2**16, "size": 64} if chosen.quick else {}
    steps = [("start", computer.start_rows(chosen.repeats))]
    if chosen.large:
        from rbm_lib.datasets import ML_32M

        from .catalogue import catalogue_rows
        from .large import large_rows

        steps.append(("large", large_rows(ML_32M, scratch=chosen.scratch)))
        steps.append(("wide catalogue", catalogue_rows(wide_settings())))
    return [
        *steps,
        ("machine", computer.roofline_rows(chosen.repeats, **sizes)),
        ("by k", bench_engines.cd_step_rows(ratings, plan)),
        ("bare pass", bench_engines.bare_pass_rows(ratings, plan)),
        ("stars", bench_engines.star_rows(stars, plan)),
        ("RowAdam", bench_engines.row_adam_rows(ratings, plan)),
        ("scikit-learn", bench_engines.scikit_learn_rows(ratings, plan)),
        ("by hidden units", bench_engines.hidden_rows(ratings, plan)),
        ("by films", bench_engines.film_rows(ratings, plan)),
        ("by ratings", bench_engines.rating_rows(ratings, plan)),
    ]


def wide_settings() -> PlantedSettings:
    """The ratings of `catalogue.catalogue_rows`."""
    from rbm_lib.datasets import PlantedSettings

    return PlantedSettings(
        num_users=WIDE_USERS, num_items=WIDE_FILMS, num_ratings=RATINGS_A_USER * WIDE_USERS, num_hidden=8, seed=3
    )


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 2 for a mistake, 130 if interrupted."""
    chosen = parse_arguments(arguments)
    rows = list(computer.computer_rows())  # before this process adds to the load
    try:
        page = measure_and_write(chosen, rows)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing was written, the former results stay", file=sys.stderr)
        return INTERRUPTED
    print(page)
    return 0


def measure_and_write(chosen: argparse.Namespace, rows: list[Row]) -> Path:
    """Measure everything, print each number as soon as it is known, and write the page; returns its path."""
    from tqdm import tqdm

    from rbm_lib.collection.results import provenance
    from rbm_lib.datasets import load
    from rbm_lib.splits import first_n

    from .page import write_page

    data = load(chosen.dataset)
    stars = first_n(data.ratings).inputs
    ratings = stars.binarize(data.threshold)
    began = time.monotonic()
    rows += shape_rows(ratings, plan_of(chosen))
    for one in rows:
        tqdm.write(told(one))
    steps = tqdm(measures(ratings, stars, chosen), disable=None, leave=False)
    for name, found in steps:
        steps.set_description(name)
        for one in found:
            rows.append(one)
            tqdm.write(told(one))
    # So that `results.json` contains the time that it takes to make it again.
    rows.append(row("time of the whole measurement", time.monotonic() - began, "s"))
    source = provenance(seed=bench_engines.SEED, dataset=chosen.dataset, data=data)
    return write_page(rows, about=describe(ratings, chosen), provenance=source)


def shape_rows(ratings: Ratings, plan: bench_engines.Plan) -> list[Row]:
    """The size of the data, for readers of the rows alone."""
    sizes = {
        "ratings": ratings.num_ratings,
        "users": ratings.num_users,
        "films": ratings.num_items,
        "hidden units where nothing else is said": plan.num_hidden,
        "users in a mini-batch": plan.batch_size,
    }
    return [row(name, size, group="shape") for name, size in sizes.items()]


def describe(ratings: Ratings, chosen: argparse.Namespace) -> str:
    """A sentence on the measurement."""
    plan = plan_of(chosen)
    shape = f"{ratings.num_ratings:,} ratings of {ratings.num_users:,} users, {ratings.num_items:,} films"
    return (
        f"On {chosen.dataset}: {shape}; {plan.num_hidden} hidden units, batches of {plan.batch_size} users and Adam "
        f"where nothing else is said; {bench_engines.STEPS_PER_CALL} steps in a call (`steps_per_execution`) where "
        f"they divide an epoch; the best epoch of {2 * plan.repeats}."
    )


def told(one: Row) -> str:
    """A row as a line of text."""
    bar = f"   bar {one['bar']}: {'holds' if one['holds'] else 'MISSED'}" if one["bar"] else ""
    return f"  {one['name']:<68} {one['value']:>9.4g} {one['unit']}{bar}"
