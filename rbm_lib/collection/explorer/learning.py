"""A widget that compares learning rules on an RBM small enough to enumerate."""

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

DECIMALS = 5  # of weights and divergences in the widget's state
ROWS = 6  # of the table without scripts, excluding the last one
LETTERS = "ABCDEFGHIJ"


class Learning(Widget):
    """Learning rules applied to the same small RBM, in expectation: nothing is sampled, so curves have no noise.

    As the last line of a cell it displays itself: the rules side by side with a slider over the steps, then sliders for
    weights, biases and the Gibbs chain, with energies and probabilities of all states. Without scripts it is a table.

    Args:
        start: `TinyMachine`, the initial parameters for all rules.
        shares: float `(num_states,)`, frequency of each state in the data.
        rules: k of CD-k by name of the rule, None for the exact gradient.
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
        """Kullback-Leibler divergence from the data, in nats: DataFrame, a row per step from 0, a column per rule."""
        import pandas as pd

        return pd.DataFrame(self._divergences).rename_axis("step")

    def _state(self) -> dict[str, Any]:
        """The widget's state: the data, and for each rule the parameters and the divergence at every step."""
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
        """The table shown without scripts: the divergence of each rule at some steps, as HTML."""
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
    """Weights film by film, film biases, hidden biases, concatenated."""
    numbers: list[float] = np.round(np.concatenate([part.ravel() for part in machine]), DECIMALS).tolist()
    return numbers
