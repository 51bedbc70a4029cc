"""Names of hidden units, from the planted hidden units of a synthetic data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.models import densify

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedTruth
    from rbm_lib.models import RBM

ALIKE = 0.3  # least absolute correlation between a unit and the planted unit that names it


def taste_names(model: RBM, ratings: Ratings, truth: PlantedTruth | None) -> list[str] | None:
    """A name for each hidden unit: its number, and the planted unit that it correlates with most.

    Args:
        model: user-based `RBM`.
        ratings: `Ratings` it was trained on, users in the order of the truth.
        truth: `Dataset.truth`, None for real ratings.
    Returns:
        names: one per unit: "unit 3, horror", "unit 3, against horror" for a negative correlation, "unit 3" for a weak
            one. None if the truth is unknown.
    """
    if truth is None or ratings.num_users != len(truth.hidden):
        return None
    rows = ratings.row_splits, ratings.item_index, ratings.rating
    learnt = model.rbm_layer.hidden_probabilities(*densify(*rows, ratings.num_items, model.units)).numpy()
    with np.errstate(invalid="ignore", divide="ignore"):  # a constant unit has no correlation
        alike = np.corrcoef(learnt.T, truth.hidden.T)[: learnt.shape[1], learnt.shape[1] :]
    alike = np.nan_to_num(alike)
    best = np.abs(alike).argmax(axis=1)
    names = []
    for unit, taste in enumerate(best.tolist()):
        found, name = alike[unit, taste], str(truth.hidden_names[taste])
        way = "" if found > 0 else "against "
        names.append(f"unit {unit + 1}, {way}{name}" if abs(found) >= ALIKE else f"unit {unit + 1}")
    return names
