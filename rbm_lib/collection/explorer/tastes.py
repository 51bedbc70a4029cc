"""Tastes of hidden units: their names, where the data were drawn from known ones; and whether units differ at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.models import densify

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedTruth
    from rbm_lib.models import RBM

ALIKE = 0.3  # least correlation between a unit and the taste that it is called by
MOST_USERS = 2_000  # over which units are compared
ROWS = 100  # of them at a time: a table of all films each


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
