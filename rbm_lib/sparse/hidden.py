"""Hidden units outside the compiled loops: their means, and the sampled states of a sampled prediction."""

import numpy as np
from numpy.typing import NDArray

from rbm_lib.draws import HIDDEN, PREDICTION

from .predictions import draw_rows


def sigmoid(activation: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + exp(-activation)), without overflow."""
    return np.float32(0.5) * (np.float32(1.0) + np.tanh(np.float32(0.5) * activation))


def hidden_states(
    hidden: NDArray[np.float32], user_index: NDArray[np.int32], repeat: int, seed: int
) -> NDArray[np.float32]:
    """Hidden states of a sampled prediction, sampled from their means: float32 0/1 `(batch, num_hidden)`."""
    batch, num_hidden = hidden.shape
    units = np.tile(np.arange(num_hidden, dtype=np.int32), batch)
    unit_splits = np.arange(batch + 1, dtype=np.int64) * num_hidden
    drawn: NDArray[np.float32] = draw_rows(
        hidden.reshape(-1, 1), unit_splits, units, user_index, repeat, HIDDEN, seed, PREDICTION
    )
    return drawn.reshape(hidden.shape)
