"""`evaluate FILE`: how well a machine predicts held-out ratings, beside predictors without personal tastes."""

from __future__ import annotations

import argparse
import importlib.util
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.datasets import load
from rbm_lib.splits import random_fraction, user_last

from .options import add_reading, reading_of
from .train import add_recipe, shown
from .trained import check_learnable, make_machine
from .words import NOTHING, counted, plain, table, with_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.datasets import Dataset
    from rbm_lib.evaluation import AutomaticMachine, StarComparison
    from rbm_lib.splits import Split

HELP = "measure on held-out ratings how well a machine predicts"
EXAMPLES = """examples:
  python -m rbm_lib evaluate ratings.csv
  python -m rbm_lib evaluate ratings.csv --split last
  python -m rbm_lib evaluate ratings.csv --json > errors.json

The machine is trained as by `train`, without the ratings held out. Brackets are 95 % intervals over users.
"""
FEWEST_TARGETS, FEWEST_USERS = 30, 5  # fewer cannot distinguish predictors
RESAMPLES = 200
MACHINE, BIASES, OVERALL = "pool of RBMs", "item+user bias", "overall mean"
METRICS = ("rmse", "log_loss", "auc")
LAST_N, LAST_OF = 10, 10  # at most so many of a user's last ratings are held out, and at most one in so many


@dataclass(frozen=True, eq=False)
class Measured:
    """The measured results.

    Attributes:
        split: `Split`.
        comparison: `StarComparison`.
        auc: interval (value, low, high) of the AUC of likes, by predictor; NaN where it does not exist.
        notes: the values that do not exist, and why.
    """

    split: Split
    comparison: StarComparison
    auc: dict[str, tuple[float, float, float]]
    notes: list[str]

    def interval(self, predictor: str, metric: str) -> tuple[float, float, float]:
        """(value, low, high), NaN if a predictor lacks a metric."""
        if metric == "auc":
            return self.auc[predictor]
        if (predictor, metric) not in self.comparison.resampled.columns:
            return (float("nan"),) * 3
        return self.comparison.interval(predictor, metric)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("file", metavar="FILE", help="a table of ratings, or the name of a MovieLens set")
    parser.add_argument("--split", choices=("random", "last"), default="random",
                        help="what is held out: a tenth of all ratings at random, or each user's last ones, where "
                        "dates are known (default: %(default)s)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    add_recipe(parser)
    add_reading(parser)


def run(chosen: argparse.Namespace) -> int:
    """Measures and prints; returns the exit status."""
    data = load(chosen.file, **reading_of(chosen))
    check_learnable(data.ratings)
    split = split_of(data.ratings, chosen.split, chosen.seed)
    measured = measure(data, split, seed=chosen.seed, quick=chosen.quick)
    if chosen.json:
        print(json.dumps(as_json(data, measured, chosen), indent=2, allow_nan=False))
    else:
        print(in_words(data, measured, chosen))
    return 0


def split_of(ratings: Ratings, kind: str, seed: int) -> Split:
    """The held-out part.

    Raises:
        ValueError: if dates are required but not known, or too few ratings are left to evaluate.
    """
    if kind == "random":
        split = random_fraction(ratings, 0.1, seed=seed)
    else:
        if ratings.timestamp is None:
            raise ValueError("--split: expected random, found last, and no dates in the file to say which are last")
        if np.ptp(ratings.timestamp) == 0:
            raise ValueError("--split: expected random, found last, and one moment for all ratings: none is the last")
        counts = ratings.ratings_per_user
        n = max(1, min(LAST_N, int(np.median(counts[counts > 0])) // LAST_OF))
        if counts.max() <= 2 * n:
            found = f"{counts.max()} at most"
            raise ValueError(
                f"--split: expected users with more than {2 * n} ratings, found {found}; random needs none"
            )
        split = user_last(ratings, n=n, more_than=2 * n)
    users = len(np.unique(split.targets.user_index))
    if split.targets.num_ratings < FEWEST_TARGETS or users < FEWEST_USERS:
        held = f"{counted(split.targets.num_ratings, 'rating')} of {counted(users, 'user')}"
        raise ValueError(
            f"ratings: expected enough to hold out {FEWEST_TARGETS} of {FEWEST_USERS} users, found {held} held out of "
            f"{ratings.num_ratings:,}; with so few nothing can be measured"
        )
    return split


def measure(data: Dataset, split: Split, *, seed: int, quick: bool) -> Measured:
    """Trains all predictors on a split's inputs and compares their predictions of its targets."""
    from rbm_lib.baselines import BiasedFactorisation, OrdinalBiases
    from rbm_lib.evaluation import StarComparison

    values = np.unique(data.ratings.rating).astype(np.float64)
    where = split.targets.user_index, split.targets.item_index
    notes, predictions, liked = [], {}, {}
    if importlib.util.find_spec("surprise") is not None:
        predictions[BiasedFactorisation.name] = BiasedFactorisation(seed=seed).fit(split.inputs).predict(*where)
    else:
        notes.append("biased factorisation needs the package scikit-surprise, which is not installed")
    machine = make_machine(seed=seed, quick=quick, progress=shown)
    predictors: dict[str, OrdinalBiases | AutomaticMachine] = {OrdinalBiases.name: OrdinalBiases(), MACHINE: machine}
    for name, predictor in predictors.items():
        shares = predictor.fit(split.inputs).predict_ratings(split, output="distribution")
        predictions[name] = np.zeros((len(shares), len(values)))  # P(value) is 0 for a value that only the targets have
        predictions[name][:, np.searchsorted(values, predictor.values)] = shares
        liked[name] = predictions[name][:, values >= np.float32(data.threshold)].sum(axis=1)
    comparison = StarComparison(split, predictions, values=values, resamples=RESAMPLES, seed=seed)
    auc, said = auc_of_likes(comparison, liked, data.threshold)
    return Measured(split, comparison, auc, notes + said)


def auc_of_likes(
    comparison: StarComparison, liked: dict[str, NDArray[np.floating]], threshold: float
) -> tuple[dict[str, tuple[float, float, float]], list[str]]:
    """The AUC of each predictor for likes: by P(like) if it has one, else by its expected stars."""
    from rbm_lib.evaluation import bootstrap_users, interval

    targets = comparison.split.targets
    is_like = (targets.rating >= np.float32(threshold)).astype(np.float64)
    if len(np.unique(is_like)) < 2:
        kind = "likes" if is_like[0] else "dislikes"
        nothing = (float("nan"),) * 3
        return dict.fromkeys(comparison.predictions, nothing), [f"all ratings held out are {kind}: there is no AUC"]
    scores = {name: liked.get(name, answer) for name, answer in comparison.predictions.items()}
    scores = {name: _within_0_and_1(np.asarray(score, np.float64)) for name, score in scores.items()}
    drawn = bootstrap_users(
        is_like, scores, targets.user_index, targets.item_index, only=("auc",), **comparison.drawing
    )
    return {name: interval(drawn[name, "auc"]) for name in scores}, []


def _within_0_and_1(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in the same order, from 0 to 1, as `bootstrap_users` needs them: the AUC depends on their order only."""
    low, high = score.min(), score.max()
    return (score - low) / (high - low) if high > low else np.zeros_like(score)


def in_words(data: Dataset, measured: Measured, chosen: argparse.Namespace) -> str:
    """The table of errors and its verdict in words."""
    targets = measured.split.targets
    users = len(np.unique(targets.user_index))
    rows = [
        [name, *(with_interval(*measured.interval(name, metric)) for metric in METRICS)]
        for name in measured.comparison.predictions
    ]
    lines = [
        f"{plain(chosen.file)}: {counted(measured.split.inputs.num_ratings, 'rating')} to learn from, "
        f"{counted(targets.num_ratings, 'rating')} of {counted(users, 'user')} held out by {measured.split.protocol}; "
        f"seed {chosen.seed}",
        "",
        table(["predictor", "RMSE", "log loss (nats)", "AUC of likes"], rows),
        "",
        f"A like is {data.threshold:g} and more. Brackets are 95 % intervals over {measured.comparison.over}. "
        f"{NOTHING} stands where a predictor gives no probabilities.",
        *(f"{note[:1].upper()}{note[1:]}." for note in measured.notes),
        verdict(measured),
    ]
    return "\n".join(lines)


def verdict(measured: Measured) -> str:
    """Whether the machine is better than the biases, by an interval of the difference on the same ratings."""
    from rbm_lib.evaluation import compare

    gain, low, high = measured.comparison.gain(MACHINE, BIASES, "rmse")
    return f"By RMSE the machine is {compare(low, high)} {BIASES} ({gain:+.4f} [{low:+.4f}, {high:+.4f}])."


def as_json(data: Dataset, measured: Measured, chosen: argparse.Namespace) -> dict[str, Any]:
    """All results as JSON; null for a number that does not exist."""
    split = measured.split
    return {
        "file": str(chosen.file),
        "split": split.protocol,
        "seed": chosen.seed,
        "quick": chosen.quick,
        "threshold": float(data.threshold),
        "values": measured.comparison.values.tolist(),
        "inputs": split.inputs.num_ratings,
        "targets": split.targets.num_ratings,
        "users": measured.comparison.num_users,
        "predictors": {
            name: {metric: _ends(measured.interval(name, metric)) for metric in METRICS}
            for name in measured.comparison.predictions
        },
        "gain": {"over": BIASES, "rmse": _ends(measured.comparison.gain(MACHINE, BIASES, "rmse"))},
        "notes": measured.notes,
    }


def _ends(found: tuple[float, float, float]) -> dict[str, float | None]:
    names = ("value", "low", "high")
    return {name: float(end) if np.isfinite(end) else None for name, end in zip(names, found, strict=True)}
