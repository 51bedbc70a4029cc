"""Learning, to be watched: a tiny machine, of which everything can be listed, taught by four rules side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from rbm_lib._checks import check_count
from rbm_lib.collection.pages import Widget

from .tiny_machine import RULES, checked, watch_learning

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 5  # of weights and divergences in a page
ROWS = 6  # of the table without scripts, but for the last
LETTERS = "ABCDEFGHIJ"


class Learning(Widget):
    """Rules that teach the same tiny machine, in expectation: nothing is sampled, so that a line is a line.

    As the last line of a cell it shows itself: four rules side by side with a slider over the steps; then weights, the
    energies and probabilities of all states, and the chain, for the reader to move. Without scripts it is a table.

    Args:
        start: `TinyMachine`, where all rules begin.
        shares: float `(num_states,)`, the data's share of each state.
        rules: k of CD-k by the rule's name, None for the exact gradient.
        steps, learning_rate: as for `watch_learning`.
    Raises:
        ValueError: as `watch_learning`.
    """

    def __init__(
        self,
        start: Sequence[ArrayLike],
        shares: ArrayLike,
        *,
        rules: Mapping[str, int | None] = RULES,
        steps: int = 120,
        learning_rate: float = 0.5,
    ) -> None:
        self.start, self.rules = checked(start), dict(rules)
        self.shares, self.learning_rate = np.asarray(shares, np.float64), learning_rate
        self.steps = check_count(steps, "steps")
        self.machines, self._divergences = {}, {}
        for name, k in self.rules.items():
            found = watch_learning(start, shares, cd_steps=k, steps=self.steps, learning_rate=learning_rate)
            self.machines[name], self._divergences[name] = found
        super().__init__("learning", self._state(), self._table())

    @property
    def divergences(self) -> pd.DataFrame:
        """How far the machine is from the data, in nats: DataFrame, a row a step from 0 on, a column a rule."""
        import pandas as pd

        return pd.DataFrame(self._divergences).rename_axis("step")

    def _state(self) -> dict[str, Any]:
        """What a page needs: the data, and of each rule the machine and its divergence at every step."""
        films, hidden = self.start.weights.shape
        rules = [
            {
                "name": name,
                "k": k,
                "kl": np.round(self._divergences[name], DECIMALS).tolist(),
                "machines": [_flat(machine) for machine in self.machines[name]],
            }
            for name, k in self.rules.items()
        ]
        data = {"films": list(LETTERS[:films]), "hidden": hidden, "data": self.shares.tolist()}
        return data | {"rate": self.learning_rate, "rules": rules}

    def _table(self) -> str:
        """What stands in a page without scripts: the divergence of each rule at some steps, as HTML."""
        every = max(1, self.steps // ROWS)
        found = self.divergences.iloc[sorted({*range(0, self.steps, every), self.steps})]
        head = "".join(f'<th scope="col">{name}</th>' for name in ("nats from the people, step", *found.columns))
        rows = [f"<td>{step}</td>" + "".join(f"<td>{x:.3f}</td>" for x in row) for step, *row in found.itertuples()]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        films, hidden = self.start.weights.shape
        return f"Learning({films} films, {hidden} hidden units, {self.steps} steps of {', '.join(self.rules)})"


def _flat(machine: Sequence[np.ndarray]) -> list[float]:
    """Weights film by film, film biases, hidden biases, one after the other."""
    numbers: list[float] = np.round(np.concatenate([part.ravel() for part in machine]), DECIMALS).tolist()
    return numbers
