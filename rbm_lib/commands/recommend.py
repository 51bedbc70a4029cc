"""`recommend MODEL`: the best unrated items for users of the file, or for a new user from an export of ratings."""

from __future__ import annotations

import argparse
import sys

from rbm_lib._files import folder_lock, remove_temporary_files
from rbm_lib.data import OwnTable
from rbm_lib.datasets import MOVIELENS, cache_folder, data_fingerprint, load

from . import lists, model_files, trained
from .near import find_user
from .options import add_reading, as_typed, flag, reading_of
from .personal import Personal, among_items, read_export
from .train import check_output, settings_in_words, shown
from .words import counted, library_version, plain

HELP = "recommend to users of a trained file, or to you by your own ratings"
EXAMPLES = """examples:
  python -m rbm_lib recommend machine.rbm --user anna --user 007 -n 5
  python -m rbm_lib recommend machine.rbm --all -o lists.csv
  python -m rbm_lib recommend machine.rbm --my-ratings mine.csv
  python -m rbm_lib recommend --movielens --my-ratings letterboxd.csv

MODEL is what `train` has written. With --movielens a MovieLens set is learnt in its place, once: what was learnt stays
in the cache. Items of --my-ratings are found by their titles; what is not found is listed and left out.
"""
MOVIELENS_SEED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="what `train` has written")
    parser.add_argument("--movielens", action="store_true", help="learn a MovieLens set in place of a MODEL")
    parser.add_argument("--dataset", metavar="NAME", help="which one (default: ml-latest-small)")
    whom = parser.add_argument_group("to whom")
    whom.add_argument("--user", action="append", metavar="ID", help="an id of the file; may be given more than once")
    whom.add_argument("--all", action="store_true", help="every user of the file, into the file that -o names")
    whom.add_argument("--my-ratings", metavar="FILE", help="somebody new, by a file of their ratings")
    whom.add_argument("--match", choices=("title", "id"),
                      help="how its items are found (default: by title, numbers that are ids by these)")  # fmt: skip
    whom.add_argument("--my-highest", type=float, metavar="STARS", help="where its scale of ratings ends")
    parser.add_argument("-n", type=int, default=10, metavar="N", help="items a list (default: %(default)s)")
    parser.add_argument("--fewest", type=int, default=1, metavar="N",
                        help="ratings that an item must have (default: %(default)s)")  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="CSV", help="write the lists to a file: user, rank, item, title, score"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument("--quick", action="store_true", help="with --movielens: one setting on small machines")
    add_reading(parser, leave_out=("user",))


def run(chosen: argparse.Namespace) -> int:
    """Recommends; returns the exit status."""
    check(chosen)
    own = read_export(chosen.my_ratings, reading_of(chosen)) if chosen.my_ratings else None
    if chosen.user and own is None and not chosen.movielens:  # checked early, before TensorFlow reads the machines
        known = model_files.read_user_ids(chosen.model)
        for one in chosen.user:
            find_user(known, one)
    model = learn(chosen) if chosen.movielens else model_files.read(chosen.model)
    if own is not None:
        return _to_somebody_new(chosen, own, model)
    ids = model.ratings.user_id
    places = range(len(ids)) if chosen.all else [find_user(ids, one) for one in chosen.user]
    found = model.best(list(places), chosen.n, chosen.fewest)
    if chosen.output:
        users, rows, warning = lists.write(chosen.output, found, model)
        print(f"{plain(chosen.output)}: {counted(rows, 'recommendation')} to {counted(users, 'user')}")
        _warn(warning)
        return 0
    said = [
        lists.in_words(best, model, chosen.n, model.ratings.take_users([place]), chosen.fewest)
        for place, best in zip(places, found, strict=True)
    ]
    print("\n\n".join(said))
    return 0


def check(chosen: argparse.Namespace) -> None:
    """Refuses arguments that cannot be combined, before any file is read.

    Raises:
        ValueError: naming the argument and what to do.
    """
    if chosen.movielens == (chosen.model is not None):
        found = "both" if chosen.movielens else "neither"
        raise ValueError(f"MODEL: expected a trained file or --movielens, found {found}; `train` makes such a file")
    beside = {"--movielens": ("--dataset", "--quick"), "--my-ratings": ("--match", "--my-highest")}
    for needed, names in beside.items():
        for name in names if not _said(chosen, needed) else ():
            if _said(chosen, name):
                raise ValueError(f"{name}: expected {needed} beside it, found none")
    if chosen.dataset is not None and chosen.dataset not in MOVIELENS:
        raise ValueError(f"--dataset: expected one of {', '.join(MOVIELENS)}, found {chosen.dataset!r}")
    if chosen.all and (chosen.user or chosen.my_ratings):
        raise ValueError("--all: expected neither --user nor --my-ratings beside it, found one")
    if not (chosen.all or chosen.user or chosen.my_ratings):
        raise ValueError("--user: expected an id, or --all, or --my-ratings FILE, found none of them")
    if chosen.all and not chosen.output:
        raise ValueError("--all: expected -o lists.csv beside it, to write the lists to, found none")
    if chosen.my_ratings and len(chosen.user or []) > 1:
        raise ValueError(f"--user: expected one beside --my-ratings, found {len(chosen.user)}")
    if not chosen.my_ratings and reading_of(chosen):
        name = flag(next(iter(reading_of(chosen))))
        raise ValueError(f"{name}: expected --my-ratings FILE, of which it says how it is read, found none")
    for name, value in (("-n", chosen.n), ("--fewest", chosen.fewest)):
        if value < 1:
            raise ValueError(f"{name}: expected a whole number of at least 1, found {value}")
    if chosen.output:
        check_output(chosen.output, chosen.force)


def _said(chosen: argparse.Namespace, option: str) -> bool:
    return bool(getattr(chosen, option.strip("-").replace("-", "_")))


def learn(chosen: argparse.Namespace) -> trained.Trained:
    """The trained recommender of a MovieLens set: from the cache, else trained now and stored there."""
    name = chosen.dataset or "ml-latest-small"
    digits = data_fingerprint(name)[:12]
    quick = "-quick" if chosen.quick else ""
    folder = cache_folder() / "learnt" / f"{name}-{digits}-{library_version()}-{model_files.VERSION}{quick}"
    path = folder / "machine.rbm"
    with folder_lock(folder):
        remove_temporary_files(folder)
        if path.exists():
            try:
                return model_files.read(path)
            except ValueError as error:
                _tell(f"{error}; {name} is learnt again")
        _tell(f"learning {name}; what is learnt is kept for the next time")
        data = load(name)
        found = trained.train(data, seed=MOVIELENS_SEED, quick=chosen.quick, progress=shown, reading={})
        model_files.save(found, path)
    _tell(f"{settings_in_words(found)}; kept as {path}")
    return found


def _to_somebody_new(chosen: argparse.Namespace, own: OwnTable, model: trained.Trained) -> int:
    user = chosen.user[0] if chosen.user else None
    given = {"user": user, "match": chosen.match, "highest": chosen.my_highest}
    personal = among_items(chosen.my_ratings, own, model, **given)
    print(matched_in_words(chosen.my_ratings, personal, model))
    best = model.best_for(personal.row, chosen.n, chosen.fewest)
    if chosen.output:
        _, rows, warning = lists.write(chosen.output, [best], model)
        print(f"{plain(chosen.output)}: {counted(rows, 'recommendation')}")
        _warn(warning)
    else:
        print(f"\n{lists.in_words(best, model, chosen.n, personal.row, chosen.fewest)}")
    return 0


def matched_in_words(path: str, personal: Personal, model: trained.Trained) -> str:
    """The result of each rating: found, found under another name or year, not found."""
    found, missing = personal.row.num_ratings, len(personal.missing)
    lines = [f"{plain(path)}: {counted(found + missing, 'rating')}, {found:,} of items of {plain(model.name)}"]
    lines += [f"  - {plain(as_typed(note))}" for note in personal.notes]
    if personal.elsewhere:
        lines += ["found under another name or year", *(f"  - {line}" for line in personal.elsewhere)]
    if personal.missing:
        lines += [f"not found, and left out: {missing:,}", *(f"  - {line}" for line in personal.missing)]
    return "\n".join(lines)


def _warn(warning: str) -> None:
    if warning:
        print(f"  - {warning}")


def _tell(message: str) -> None:
    print(plain(message), file=sys.stderr, flush=True)
