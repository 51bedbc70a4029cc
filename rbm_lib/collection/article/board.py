"""The seven repairs as something to switch: what a page needs of the figures of all combinations."""

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
PICKED = ("sampled_inference", "scored_on_training", "misaligned_users")  # the columns of the table without scripts
SAID = {
    "sampled_inference": ("bits", "mean field"),
    "scored_on_training": ("training folder", "test folder"),
    "misaligned_users": ("others' ratings", "own ratings"),
}


def switch_board(figures: pd.DataFrame, references: Mapping[str, Mapping[str, float]]) -> Widget:
    """All combinations in the reader's hands; without scripts the accuracy of each, in a table.

    Args:
        figures: as `every_combination` returns.
        references: by the name of a predictor its accuracy, auc and log_loss, drawn as lines.
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
    """The figures by a number whose bit n is set where repair n is made."""
    return [_number(value) for value in worth.transpose().ravel()]  # the first repair's index runs fastest


def _number(value: float) -> float | None:
    return round(float(value), DECIMALS) if np.isfinite(value) else None


def _table(figures: pd.DataFrame) -> str:
    """The accuracy of every combination: a row a training, a column a way to ask and to score."""
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
    """The two repairs that make each other worth the most, by `shapley_interactions`."""
    pairs: Any = np.triu(interactions, 1)
    one, other = np.unravel_index(int(pairs.argmax()), pairs.shape)
    return int(one), int(other)
