"""The widget with a slider for k, and its data: bias, noise and cost of CD-k."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib.collection.pages import Widget

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 7
USERS = (1, 4, 16, 64, 256, 1024, 4096)
SHOWN = 6  # rows of the table without scripts


def chain_dial(
    tables: Mapping[str, pd.DataFrame], *, per_sweep: float, fixed: float, users: Sequence[int] = USERS
) -> Widget:
    """The widget on error, noise and cost of CD-k; without scripts a table for some k.

    Args:
        tables: results of `direction_table` by a name for the size of the weights, all for the same values of k.
        per_sweep, fixed: floats; the seconds of an epoch are fixed + per_sweep * k.
        users: list of int, mini-batch sizes.
    Returns:
        dial: `Widget`, the last line of a cell.
    """
    first = next(iter(tables.values()))
    k = first.loc[first["negative"] == "sampled", "cd_steps"].to_numpy()
    seconds = fixed + per_sweep * k
    state = {
        "k": k.tolist(),
        "weights": [{"name": name} | _by_chain(table) for name, table in tables.items()],
        "price": np.round(seconds / seconds[0], 4).tolist(),
        "users": list(users),
    }
    return Widget("chains", state, _table(tables, users[len(users) // 2]))


def _by_chain(table: pd.DataFrame) -> dict[str, Any]:
    return {
        negative: {name: np.round(rows[name], DECIMALS).tolist() for name in ("error", "noise")}
        for negative, rows in table.groupby("negative")
    }


def _table(tables: Mapping[str, pd.DataFrame], users: int) -> str:
    """Error of the mean direction and noise of a mini-batch, for some k and each size of weights."""
    rows = []
    for name, table in tables.items():
        drawn = table[table["negative"] == "sampled"]
        for row in drawn.iloc[np.unique(np.geomspace(1, len(drawn), SHOWN).astype(int)) - 1].itertuples():
            cells = (name, f"{row.cd_steps}", f"{100 * row.error:.2f}", f"{100 * row.noise / np.sqrt(users):.1f}")
            rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    names = ("weights", "k", "error of the mean, %", f"noise of {users} users, %")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{'</tr><tr>'.join(rows)}</tr></tbody></table>"
