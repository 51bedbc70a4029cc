"""The widget with a switch for each of the seven repairs, and its data."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.collection.pages import Widget

from .switches import METRICS, SWITCHES, worth_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DECIMALS = 5
PICKED = ("sampled_inference", "scored_on_training", "misaligned_users")  # faults in the columns of the table
SAID = {
    "sampled_inference": ("bits", "mean field"),
    "scored_on_training": ("training folder", "test folder"),
    "misaligned_users": ("others' ratings", "own ratings"),
}


def switch_board(figures: pd.DataFrame, references: Mapping[str, Mapping[str, float]]) -> Widget:
    """The widget with all combinations of repairs; without scripts a table of their accuracies.

    Args:
        figures: DataFrame, result of `every_combination`.
        references: accuracy, auc and log_loss by name of a predictor, drawn as lines.
    Returns:
        board: `Widget`, the last line of a cell.
    """
    state = {
        "switches": [asdict(switch) for switch in SWITCHES],
        "figures": {metric: _by_mask(worth_of(figures, metric)) for metric in METRICS},
        "references": [
            {"name": name} | {metric: _number(found[metric]) for metric in METRICS}
            for name, found in references.items()
        ],
    }
    return Widget("repairs", state, _table(figures))


def _by_mask(worth: NDArray[np.float64]) -> list[float | None]:
    """The metric by bit mask: bit n is set if repair n is made."""
    return [_number(value) for value in worth.transpose().ravel()]  # the first repair's index runs fastest


def _number(value: float) -> float | None:
    return round(float(value), DECIMALS) if np.isfinite(value) else None


def _table(figures: pd.DataFrame) -> str:
    """The accuracy of every combination: one row per training, one column per way of prediction and evaluation."""
    learnt = [switch for switch in SWITCHES if switch.fault not in PICKED]
    columns = list(product((True, False), repeat=len(PICKED)))
    found = figures.set_index([*(switch.fault for switch in learnt), *PICKED])["accuracy"]
    heads = [", ".join(SAID[name][not there] for name, there in zip(PICKED, one, strict=True)) for one in columns]
    rows = []
    for there in product((True, False), repeat=len(learnt)):
        made = [switch.repair for switch, fault in zip(learnt, there, strict=True) if not fault]
        cells = (f"<td>{100 * found.loc[(*there, *asked)]:.1f}</td>" for asked in columns)
        rows.append(f"<tr><td>{html.escape(', '.join(made) or 'none')}</td>{''.join(cells)}</tr>")
    names = ("accuracy in %, by the repairs of training", *heads)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def strongest_pair(interactions: NDArray[np.floating]) -> tuple[int, int]:
    """The pair of repairs with the largest interaction, from `shapley_interactions`."""
    pairs: Any = np.triu(interactions, 1)
    one, other = np.unravel_index(int(pairs.argmax()), pairs.shape)
    return int(one), int(other)
