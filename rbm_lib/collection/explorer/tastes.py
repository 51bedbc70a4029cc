"""Names of hidden units, from the planted hidden units of a synthetic data set; and how much units differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.models import densify

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedTruth
    from rbm_lib.models import RBM

ALIKE = 0.3  # least absolute correlation between a unit and the planted unit that names it
MOST_USERS = 2_000  # over which units are compared
ROWS = 100  # users at a time: each takes a row of all films


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


def units_alike(model: RBM, ratings: Ratings) -> float:
    """How alike the hidden units are: the mean correlation of two of them over users, its sign left aside.

    Args:
        model: `RBM` whose cases are users.
        ratings: `Ratings` of them, over the films of the machine.
    Returns:
        alike: from 0 to 1, where all units say the same of everybody; 0 for a single unit.
    """
    users = np.unique(np.linspace(0, ratings.num_users - 1, min(MOST_USERS, ratings.num_users)).astype(np.int64))
    means = []
    for chosen in np.array_split(users, -(-len(users) // ROWS)):
        some = ratings.take_users(chosen)
        dense = densify(some.row_splits, some.item_index, some.rating, some.num_items, model.units)
        means.append(model.rbm_layer.hidden_probabilities(*dense).numpy())
    with np.errstate(invalid="ignore", divide="ignore"):  # a unit that never changes
        found = np.nan_to_num(np.atleast_2d(np.corrcoef(np.concatenate(means).T)))
    pairs = np.abs(found[np.triu_indices(len(found), 1)])
    return float(pairs.mean()) if len(pairs) else 0.0
