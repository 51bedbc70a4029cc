"""A trained model as the tables of `rbm_lib.serving`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rbm_lib import serving
from rbm_lib._checks import check_choice

from .engines.scored import tables_of
from .training.divergence import check_finite
from .units.listed import ListedUnits

if TYPE_CHECKING:
    import os

    from numpy.typing import ArrayLike

    from .model import RBM


def served(model: RBM, path: str | os.PathLike[str] | None, item_id: ArrayLike | None) -> serving.ServedMachine:
    """As `RBM.to_numpy`."""
    check_finite(model, "to be served")
    if not isinstance(model.units, ListedUnits):
        raise ValueError(
            f"units: expected units with listed values, found {type(model.units).__name__}; model.save keeps them"
        )
    check_choice(model.inference, ("mean_field", "exact"), "inference")
    ids = np.arange(model.num_items) if item_id is None else np.asarray(item_id)
    if ids.shape != (model.num_items,) or len(set(ids.tolist())) < len(ids):
        raise ValueError(f"item_id: expected {model.num_items} different ids, found shape {ids.shape}")
    arrays = tables_of(model.rbm_layer)._asdict() | {"values": model.units.values}
    del arrays["likes"]
    made = serving.Tables(
        **{name: np.array(array, np.float32) for name, array in arrays.items()},
        item_id=ids.astype(str) if ids.dtype == object else ids,
        inference=model.inference,
    )
    if path is not None:
        serving.save(path, made)
    return serving.ServedMachine(made)
