"""How many ratings each target's user and film have: pools and blends weight their predictors by these counts."""

import numpy as np
from numpy.typing import NDArray

from rbm_lib.splits import Split


def relative_log_counts(split: Split) -> NDArray[np.float64]:
    """log(1 + number of inputs) of each target's user and of its film, relative to the mean user and film.

    Being relative, counts in a part of the ratings and in all of them are comparable.

    Args:
        split: `Split`.
    Returns:
        counts: float64 `(num_targets, 2)`, of users first.
    """
    inputs, targets = split.inputs, split.targets
    both = (inputs.ratings_per_user, targets.user_index), (inputs.ratings_per_item, targets.item_index)
    columns = [np.log1p(counts[index]) - np.log1p(counts.mean()) for counts, index in both]
    return np.column_stack(columns)
