"""Names of hidden units where they are known: those of the tastes that a planted data set was drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.models import densify

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedTruth
    from rbm_lib.models import RBM

ALIKE = 0.3  # least correlation between a unit and the taste that it is called by


def taste_names(model: RBM, ratings: Ratings, truth: PlantedTruth | None) -> list[str] | None:
    """What each hidden unit is called: its number, and the planted taste that it follows, if it follows one.

    Args:
        model: `RBM` whose cases are users.
        ratings: `Ratings` it was trained on, users in the order of the truth.
        truth: `Dataset.truth`; None for real ratings, of whose tastes nobody knows the names.
    Returns:
        names: one a unit, as "unit 3, horror" or, where the taste switches it off, "unit 3, against horror"; or None.
    """
    if truth is None or ratings.num_users != len(truth.hidden):
        return None
    rows = ratings.row_splits, ratings.item_index, ratings.rating
    learnt = model.rbm_layer.hidden_probabilities(*densify(*rows, ratings.num_items, model.units)).numpy()
    with np.errstate(invalid="ignore", divide="ignore"):  # a unit that never changes
        alike = np.corrcoef(learnt.T, truth.hidden.T)[: learnt.shape[1], learnt.shape[1] :]
    alike = np.nan_to_num(alike)
    best = np.abs(alike).argmax(axis=1)
    names = []
    for unit, taste in enumerate(best.tolist()):
        found, name = alike[unit, taste], str(truth.hidden_names[taste])
        way = "" if found > 0 else "against "
        names.append(f"unit {unit + 1}, {way}{name}" if abs(found) >= ALIKE else f"unit {unit + 1}")
    return names
