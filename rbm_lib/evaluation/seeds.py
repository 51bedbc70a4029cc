"""Variation between seeds: the margin by which trainings differ that have everything but the seed in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
Margins = Mapping[str, Mapping[str, float]]  # from predictor to metric to margin


def seed_margins(runs: pd.DataFrame) -> dict[str, float]:
    """The margin of one training around the mean over its seeds: a 95 % margin by Student's t, for each metric.

    margin = t(97.5 %, d) * s, s**2 the variance over seeds within a machine, pooled over the machines, d its degrees of
    freedom. With two or three trainings the variance is poorly known, and t is large: 4.3 for two degrees of freedom.

    Args:
        runs: DataFrame, a row for each training, with the columns `machine` (trainings of one machine differ only in
            their seeds) and `seed`; every other column is a metric.
    Returns:
        margins: dict from a metric to its margin, for `BootstrapComparison.gain`.
    Raises:
        ValueError: if no machine was trained with two seeds, or a column is missing.
    Example:
        >>> import pandas as pd
        >>> from rbm_lib.evaluation import seed_margins
        >>> runs = pd.DataFrame({"machine": list("aabb"), "seed": [1, 2, 1, 2], "auc": [0.80, 0.82, 0.75, 0.75]})
        >>> round(seed_margins(runs)["auc"], 3)
        0.043
    """
    missing = {"machine", "seed"} - set(runs.columns)
    if missing:
        raise ValueError(f"runs: expected the columns machine and seed, found no {' and no '.join(sorted(missing))}")
    by_machine = runs.drop(columns="seed").groupby("machine")
    degrees = len(runs) - by_machine.ngroups
    if degrees < 1:
        raise ValueError("runs: expected a machine with two seeds or more, found one training of each")
    squares = (by_machine.var(ddof=0).mul(by_machine.size(), axis=0)).sum()
    factor = stdtrit(degrees, (1 + LEVEL) / 2)
    return {str(metric): float(factor * np.sqrt(total / degrees)) for metric, total in squares.items()}
