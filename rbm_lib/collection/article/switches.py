"""All combinations of the seven repairs: their models, and the contribution of each repair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rbm_lib._parallel import run_all
from rbm_lib.evaluation import binary_metrics

from .machine import ArticleMachine, Faults
from .shapley import shapley_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split


@dataclass(frozen=True)
class Switch:
    """One of the seven repairs.

    Attributes:
        fault: a field of `Faults`.
        repair: its name, as in the waterfall.
        published: the rule in the article's code.
        repaired: the repaired rule.
        in_article: whether the rule is in the article's text, not only in its code.
    """

    fault: str
    repair: str
    published: str
    repaired: str
    in_article: bool = False


# In the order of the waterfall.
SWITCHES = (
    Switch("misaligned_users", "one's own ratings", "a user is judged by the ratings of somebody before",
           "a user is judged by the user's own ratings"),
    Switch("scored_on_training", "the test folder", "the score is of the ratings that were learnt",
           "the score is of held-out ratings"),
    Switch("sampled_inference", "mean field, not bits", "an answer is a bit drawn at random",
           "an answer is a probability", in_article=True),
    Switch("unrated_as_minus_one", "unrated films absent", "an unrated film counts as the rating −1",
           "an unrated film does not count", in_article=True),
    Switch("frozen_biases", "biases learn", "all biases stay at zero", "biases follow their gradient"),
    Switch("large_start", "small start", "weights start large, at random", "weights start near zero"),
    Switch("rate_scales_weights", "W + rate dW", "W ← α(W + ΔW), which allows only a rate of 1",
           "W ← W + αΔW, at a smaller rate"),
)  # fmt: skip
# These affect prediction and evaluation only, not training.
ASKED = ("misaligned_users", "scored_on_training", "sampled_inference")
TRAINED = tuple(switch.fault for switch in SWITCHES if switch.fault not in ASKED)
METRICS = ("accuracy", "auc", "log_loss")
PUBLISHED_STEP = {"learning_rate": 1.0, "weight_decay": 0.0}  # defaults


def trained_alike(machine: ArticleMachine, faults: Faults, settings: dict[str, Any]) -> bool:
    """Whether a model was trained with these settings and with these faults, except those of `ASKED`."""
    same = machine.faults.without(*ASKED) == faults.without(*ASKED)
    return same and all(getattr(machine, name) == value for name, value in (PUBLISHED_STEP | settings).items())


def with_faults(trained: Iterable[ArticleMachine], faults: Faults, settings: dict[str, Any]) -> ArticleMachine | None:
    """A copy, with these faults, of a model that was trained in the same way; None if there is none."""
    found = next((machine for machine in trained if trained_alike(machine, faults, settings)), None)
    if found is None:
        return None
    other = copy(found)
    other.faults = faults
    return other


def every_combination(
    split: Split,
    *,
    learning_rate: float,
    trained: Sequence[ArticleMachine] = (),
    n_jobs: int | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    **settings: Any,
) -> tuple[pd.DataFrame, list[ArticleMachine]]:
    """The metrics of the article's model with every combination of the seven faults.

    Three of the faults affect prediction and evaluation only. So the 128 combinations need 16 trainings, each evaluated
    in 8 ways. The article's update rule has the article's learning rate, 1; the repaired rule has `learning_rate`.

    Args:
        split: `Split` of likes and dislikes; inputs to train on. The metrics are computed on its targets, or on its
            inputs with the fault `scored_on_training`.
        learning_rate: float, of the repaired update rule.
        trained: list of trained `ArticleMachine`; those with the same settings are reused.
        n_jobs: int, number of parallel trainings; see `rbm_lib.models.train_recipes`.
        progress: wraps the list of trainings, as `tqdm` does.
        **settings: arguments of `ArticleMachine` for all models, except `faults`, `learning_rate` and `name`.
    Returns:
        figures: DataFrame, one row per combination: a bool column for each fault, True if present, and accuracy, auc
            and log_loss over ratings. The log loss of binary predictions is infinite.
        machines: list of the 16 trained `ArticleMachine`.
    """
    tasks = []
    for values in product((True, False), repeat=len(TRAINED)):
        faults = Faults(**dict(zip(TRAINED, values, strict=True)))
        of_this = settings | {"learning_rate": 1.0 if faults.rate_scales_weights else learning_rate}
        tasks.append((faults, of_this, with_faults(trained, faults, of_this)))
    names = ["every_combination: " + (", ".join(_named(faults)) or "no fault") for faults, *_ in tasks]
    found = run_all(
        _of_one_training, tasks, n_jobs, shared=(split.inputs, split.targets), names=names, progress=progress
    )
    rows = [row for machine_rows, _ in found for row in machine_rows]
    order = [switch.fault for switch in SWITCHES]
    figures = pd.DataFrame(rows).sort_values(order, ascending=False, ignore_index=True)
    return figures[[*order, *METRICS]], [machine for _, machine in found]


def _named(faults: Faults) -> list[str]:
    return [name for name, value in vars(faults).items() if value]


def _of_one_training(
    task: tuple[Faults, dict[str, Any], ArticleMachine | None], train: Ratings, targets: Ratings
) -> tuple[list[dict[str, Any]], ArticleMachine]:
    """The metrics of one trained model, evaluated in all ways, and the model."""
    faults, settings, machine = task
    if machine is None:
        machine = ArticleMachine(faults=faults, **settings).fit(train)
    rows = []
    for values in product((True, False), repeat=len(ASKED)):
        asked = copy(machine)
        asked.faults = Faults(**vars(faults) | dict(zip(ASKED, values, strict=True)))
        scored = train if asked.faults.scored_on_training else targets
        predicted = asked.predict(scored.user_index, scored.item_index, inputs=train)
        with np.errstate(divide="ignore"):
            metrics = binary_metrics(scored.rating, predicted)
        rows.append(vars(asked.faults) | {name: metrics[name] for name in METRICS})
    return rows, machine


def worth_of(figures: pd.DataFrame, metric: str) -> NDArray[np.float64]:
    """A metric of all combinations as an array with one axis per repair.

    Args:
        figures: DataFrame, result of `every_combination`.
        metric: str, its column.
    Returns:
        worth: float64 `(2,) * 7`, axes in the order of `SWITCHES`, index 1 if the repair is made.
    """
    places = tuple((~figures[switch.fault].to_numpy(bool)).astype(int) for switch in SWITCHES)
    worth = np.full((2,) * len(SWITCHES), np.nan)
    worth[places] = figures[metric]
    return worth


def worth_by_order(worth: NDArray[np.floating], repairs: Sequence[str] | None = None) -> pd.DataFrame:
    """The contribution of each repair to a metric, by its position in the order.

    Args:
        worth: float `(2, ..., 2)`, one axis per repair, in the order of the waterfall.
        repairs: their names; None for those of `SWITCHES`.
    Returns:
        table: DataFrame indexed by repair: `first`, as the only repair; `in order`, after those above it; `last`, after
            all others (the effect of the fault alone); `share`, the mean over all orders (Shapley value); `least` and
            `most`, the range over all sets of other repairs; `lowers`, the number of these sets for which the repair
            lowers the metric.
    """
    repairs = [switch.repair for switch in SWITCHES] if repairs is None else list(repairs)
    count = worth.ndim
    rows = []
    for axis in range(count):
        added = np.diff(worth, axis=axis).squeeze(axis)
        before = (1,) * axis + (0,) * (count - axis - 1)
        rows.append({
            "first": added[(0,) * (count - 1)], "in order": added[before], "last": added[(1,) * (count - 1)],
            "least": added.min(), "most": added.max(), "lowers": int((added < 0).sum()),
        })  # fmt: skip
    table = pd.DataFrame(rows, index=pd.Index(repairs, name="repair"))
    table.insert(3, "share", shapley_values(worth))
    return table


def waterfall_path(worth: NDArray[np.floating]) -> NDArray[np.float64]:
    """The metric after each repair in the waterfall's order, float64 `(n + 1,)`, first without any repair."""
    count = worth.ndim
    return np.array([worth[(1,) * made + (0,) * (count - made)] for made in range(count + 1)])
