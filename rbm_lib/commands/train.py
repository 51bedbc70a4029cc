"""`train FILE -o MODEL`: the library's automatic recipe on a file of ratings, stored for `recommend`."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rbm_lib._files import refuse_devices
from rbm_lib.data import Reading, options_for
from rbm_lib.datasets import is_path, load

from . import trained
from .model_files import save
from .options import add_reading, reading_of
from .words import counted, path_typed, plain

HELP = "train on a file of ratings, by settings that fit it"
EXAMPLES = """examples:
  python -m rbm_lib train ratings.csv -o machine.rbm
  python -m rbm_lib train ratings.csv -o machine.rbm --force --unrated 99
  python -m rbm_lib train survey.xlsx -o machine.rbm --columns user=Name,item=Film,rating=Mark

A user-based and an item-based machine, settings chosen on a tenth of the ratings, then trained on all of them and
pooled: half a minute for 100,000 ratings on 2 processors, five for a million. --quick tries less.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("file", metavar="FILE", help="a table of ratings, or the name of a MovieLens set")
    parser.add_argument("-o", "--output", metavar="MODEL", required=True, help="the file to write, as machine.rbm")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_recipe(parser)
    add_reading(parser)


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """The shared arguments of commands that train."""
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="root of every draw (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one setting on small machines, to see that all works")


def run(chosen: argparse.Namespace) -> int:
    """Trains and writes; returns the exit status."""
    check_output(chosen.output, chosen.force)
    given = reading_of(chosen)
    data = load(chosen.file, **given)
    users, items = counted(data.ratings.num_users, "user"), counted(data.ratings.num_items, "item")
    print(f"{plain(chosen.file)}: {counted(data.ratings.num_ratings, 'rating')} of {users} for {items}", flush=True)
    begun = time.monotonic()
    reading = said_of(options_for(chosen.file, given)) if is_path(chosen.file) else {}
    found = trained.train(data, seed=chosen.seed, quick=chosen.quick, progress=shown, reading=reading)
    save(found, chosen.output)
    print(settings_in_words(found))
    size = Path(chosen.output).stat().st_size
    print(f"{plain(chosen.output)}: {size / 1e6:,.1f} MB, after {time.monotonic() - begun:.0f} s")
    user = str(found.ratings.user_id[0])
    user = shlex.quote(f"--user={user}") if user.startswith("-") else f"--user {shlex.quote(user)}"
    print(f"next: python -m rbm_lib recommend {path_typed(chosen.output)} {user}")
    return 0


def settings_in_words(found: trained.Trained) -> str:
    """The settings that the recipe chose, in a sentence."""
    chosen = {row["based"]: row for row in found.about["trials"] if row["chosen"]}
    bases = ["item" if trained.is_item_based(machine) else "user" for machine in found.machines]
    weights = found.pool.weights[:, 0]  # at the counts of the mean user and item
    said = ", ".join(
        f"{counted(bases.count(based), f'{based}-based machine')} with precision {row['prior_precision']:g} (weight "
        f"{sum(w for w, base in zip(weights[1:], bases, strict=False) if base == based):.2f}, the first alone with a "
        f"rating error of {row['rmse']:.3f})"
        for based, row in chosen.items()
    )
    return f"chosen on a tenth of the ratings: {said}; biases (weight {weights[0]:.2f})"


def said_of(reading: Reading) -> dict[str, Any]:
    """The options that are not their defaults, by name."""
    return {name: value for name, value in vars(reading).items() if value != getattr(Reading(), name)}


def check_output(path: str, force: bool) -> None:
    """Refuses an output that exists already, or that cannot be written, before any work is done.

    Raises:
        ValueError: naming the path and what to do.
        OSError: naming the path, if its folder cannot be written to.
    """
    place = Path(path)
    if place.is_dir():
        raise ValueError(f"{path}: expected the name of a file to write, found a folder; name a file in it")
    refuse_devices(place)
    if place.exists() and not force:
        raise ValueError(f"{path}: expected no file yet, found one; --force replaces it")
    parent = next((one for one in place.absolute().parents if one.exists()), place)
    if not parent.is_dir():
        raise ValueError(f"{path}: expected a folder to write into, found the file {parent}")
    try:
        tempfile.TemporaryFile(dir=parent).close()
    except OSError as error:  # read-only, without permission, or full
        raise OSError(error.errno, error.strerror, path) from None


def shown(recipes: Iterable[Any]) -> Iterator[Any]:
    """The recipes that are tried, with a progress bar; then prints what follows."""
    from tqdm import tqdm

    yield from tqdm(recipes, desc="trying settings", unit="machine", disable=None, leave=False)
    if sys.stderr.isatty():
        print("training on all ratings with the settings chosen ...", file=sys.stderr, flush=True)
