"""The sparse engine: contrastive divergence and prediction on CSR batches, at a cost proportional to the ratings.

Public functions check every argument, then run compiled loops (`chains`, `gradients`, `predictions`). They use the same
parameters and the same random numbers as the dense engine, so both give the same numbers up to float rounding.

Shapes: `row_splits` int64 `(batch + 1,)`, `item_index` int32 and `rating` float32 `(num_observed,)`, `user_index` int32
`(batch,)`; `item_index` strictly ascending within a row. `values` are the possible ratings, ascending: 0 and 1 for
Bernoulli units, the stars for softmax units.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_choice, check_count, check_seed
from rbm_lib._states import LIKES
from rbm_lib.draws import PREDICTION, VISIBLE

from . import long_rows, predictions
from .best import best_of_rows
from .catalogue import numbers_of
from .checks import (
    Parameters,
    check_parameters,
    check_persistent,
    check_rows,
    check_sampling,
    check_targets,
    check_users,
)
from .direction import SparseDirection, listed_films, mean_difference
from .gradients import film_gradients
from .hidden import hidden_states, sigmoid
from .memory import Memory
from .rows import order_by_item
from .spread import Ranks, Rows, chains_and_losses, spread
from .tables import as_tables, by_value, checked, summed

# Methods of inference: from the hidden units' means, summed over their states, or sampled.
INFERENCES = ("mean_field", "exact", "sampled")


def ascent_direction(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    user_index: ArrayLike,
    parameters: Parameters,
    *,
    cd_steps: int,
    step: int,
    seed: int,
    values: ArrayLike = LIKES,
    persistent: ArrayLike | None = None,
    every_film: bool = False,
    films: ArrayLike | None = None,
    increments: bool = False,
    memory: Memory | None = None,
    ranks: Ranks | None = None,
) -> SparseDirection:
    """CD-k on a CSR batch; the sparse counterpart of `contrastive_divergence.ascent_direction`.

    Args:
        row_splits, item_index, rating, user_index, values: the batch, see the module's docstring.
        parameters: `RBMParameters` of NumPy arrays, float32.
        cd_steps: int >= 1.
        step: int >= 0, the number of steps before this one.
        seed: int, root of the random numbers.
        persistent: uint8 `(batch, num_hidden)`, hidden states from which persistent chains continue, or None for
            contrastive divergence; see `contrastive_divergence.persistent_direction`.
        every_film: bool, whether the direction lists every film, for optimizers that update all of them.
        films: int32 `(num_items,)`, if the parameters are those of some films only: their numbers in the whole
            catalogue. Random numbers and the listed films follow these numbers; `item_index` counts among the given
            films. See `rated_films`.
        increments: bool, whether weights (couplings) and visible biases, in arguments and results, are increments from
            value to value, as ordinal units train them.
        memory: `Memory` for the direction's large arrays, or None for new memory.
        ranks: `rbm_lib.workers.Ranks` that share the rows' chains, each with this batch, or None.
    Returns:
        direction: `SparseDirection`, means over the batch, in nats per unit of each parameter.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.zeros((4, 3)), np.zeros(4), np.zeros(3))
        >>> inputs = np.array([0, 2]), np.array([1, 3]), np.array([1.0, 0.0]), np.array([0])
        >>> sparse.ascent_direction(*inputs, parameters, cd_steps=1, step=0, seed=1).items  # those rated
        array([1, 3], dtype=int32)
    """
    parameters, row_splits, item_index, state = checked(row_splits, item_index, rating, parameters, values)
    num_items, num_hidden = len(parameters.visible_bias), len(parameters.hidden_bias)
    user_index = check_users(user_index, len(row_splits) - 1)
    persistent = check_persistent(persistent, len(user_index), num_hidden)
    cd_steps, step, seed = check_count(cd_steps, "cd_steps"), check_count(step, "step", least=0), check_seed(seed)
    numbers, places = numbers_of(films, item_index, num_items)
    memory = memory or Memory()
    tables = as_tables(summed(parameters, memory) if increments else parameters)
    rows, how = Rows(row_splits, item_index, places, state, user_index, persistent), (tables, cd_steps, step, seed)
    start, end, reconstruction, stop, loss = spread(lambda some: chains_and_losses(some, *how), rows, step, ranks)
    by_item = order_by_item(row_splits, item_index, num_items)
    listed = listed_films(by_item[0], every_film)
    offset = parameters.visible_offset.reshape(tables[1].shape)
    couplings = memory.empty((len(listed), offset.shape[1], num_hidden))
    rated = memory.empty((len(listed) if len(parameters.rated_weights) else 0, num_hidden))
    ends = state, reconstruction, start, end
    bias = film_gradients(listed, by_item, *ends, offset, bool(increments), couplings, rated)
    couplings = couplings.reshape(len(listed), *parameters.interaction_weights.shape[1:])
    bias = bias.reshape(len(listed), *parameters.visible_bias.shape[1:])
    hidden = mean_difference(start, end)
    return SparseDirection(numbers[listed], couplings, bias, hidden, rated, reconstruction == state, stop, loss)


def hidden_activations(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    parameters: Parameters,
    *,
    values: ArrayLike = LIKES,
) -> NDArray[np.float32]:
    """c + (v - m) W + D of each row; see `conditionals.hidden_activation`.

    Args:
        row_splits, item_index, rating, parameters, values: as in `hidden_probabilities`.
    Returns:
        activations: float32 `(batch, num_hidden)`, in nats.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.ones((5, 3)), np.zeros(5), np.zeros(3))
        >>> sparse.hidden_activations(np.array([0, 2]), np.array([0, 4]), np.array([1.0, 0.0]), parameters).tolist()
        [[1.0, 1.0, 1.0]]
    """
    parameters, *rows = checked(row_splits, item_index, rating, parameters, values)
    return predictions.activations_of_rows(*rows, as_tables(parameters))


def hidden_probabilities(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    parameters: Parameters,
    *,
    values: ArrayLike = LIKES,
) -> NDArray[np.float32]:
    """P(hidden unit on | ratings) of each row.

    Args:
        row_splits, item_index, rating: CSR of the ratings, int64 `(batch + 1,)`, int32 and float32 `(num_observed,)`.
        parameters: `RBMParameters` of float32 arrays.
        values: ascending floats, the possible ratings.
    Returns:
        hidden_probabilities: float32 `(batch, num_hidden)`.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.zeros((5, 3)), np.zeros(5), np.zeros(3))
        >>> row_splits, item_index, rating = np.array([0, 2, 3]), np.array([0, 4, 1]), np.array([1.0, 0.0, 1.0])
        >>> sparse.hidden_probabilities(row_splits, item_index, rating, parameters).tolist()
        [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]
    """
    return sigmoid(hidden_activations(row_splits, item_index, rating, parameters, values=values))


def free_energy(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    parameters: Parameters,
    *,
    values: ArrayLike = LIKES,
) -> NDArray[np.float32]:
    """Free energy of each row's ratings; see `energy.free_energy`.

    Args:
        row_splits, item_index, rating, parameters, values: as in `hidden_probabilities`.
    Returns:
        free_energy: float32 `(batch,)`, in nats.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.zeros((5, 3)), np.zeros(5), np.zeros(3))
        >>> sparse.free_energy(np.array([0, 2]), np.array([0, 4]), np.array([1.0, 0.0]), parameters).round(3)
        array([-2.079], dtype=float32)
    """
    parameters, row_splits, item_index, state = checked(row_splits, item_index, rating, parameters, values)
    activations = long_rows.activations_in_blocks(row_splits, item_index, state, as_tables(parameters))
    bias = parameters.visible_bias
    chosen = bias[item_index, state] if bias.ndim == 2 else bias[item_index] * state
    terms = np.bincount(np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits)), chosen, len(row_splits) - 1)
    return (-terms - np.logaddexp(0.0, activations).sum(axis=1)).astype(np.float32)


def predict_pairs(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    target_row_splits: ArrayLike,
    target_item_index: ArrayLike,
    parameters: Parameters,
    *,
    values: ArrayLike = LIKES,
    inference: str = "mean_field",
    targets_as_rated: bool = False,
    sampling: tuple[ArrayLike, int, int] | None = None,
) -> NDArray[np.float32]:
    """P(like), or P(star), of listed films given each row's ratings.

    Args:
        row_splits, item_index, rating, values: the inputs, see the module's docstring.
        target_row_splits, target_item_index: CSR of the requested films, over the same rows.
        parameters: `RBMParameters` of NumPy arrays, float32.
        inference: "mean_field"; "exact", the hidden units summed out film by film; or "sampled", one pass up and down.
        targets_as_rated: bool, whether a conditional RBM gets the requested films as rated films.
        sampling: `(user_index, repeat, seed)` for sampled inference.
    Returns:
        probability: float32 `(num_targets[, num_stars])`; 0 and 1 when sampled.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.zeros((4, 3)), np.array([0.0, 3.0, 1.0, 2.0]), np.zeros(3))
        >>> inputs = np.array([0, 1]), np.array([1]), np.array([1.0])
        >>> sparse.predict_pairs(*inputs, np.array([0, 2]), np.array([0, 2]), parameters).round(3)
        array([0.5  , 0.731], dtype=float32)
    """
    check_choice(inference, INFERENCES, "inference")
    parameters = check_parameters(parameters)
    num_items, num_splits = len(parameters.visible_bias), np.size(row_splits)
    targets = check_targets(target_row_splits, target_item_index, num_items, num_splits)
    drawn = check_sampling(inference, sampling, num_splits - 1)
    weights, bias = by_value(parameters)
    activation = hidden_activations(row_splits, item_index, rating, parameters, values=values)
    if targets_as_rated and len(parameters.rated_weights):
        predictions.add_rated(*targets, parameters.rated_weights, activation)
    if drawn is not None:
        means = _sample_pairs(sigmoid(activation), targets, weights, bias, *drawn)
    elif inference == "exact":
        offset = parameters.visible_offset.reshape(bias.shape)
        means = predictions.exact_means(*targets, activation, weights, bias, offset)
    else:
        means = predictions.visible_means(*targets, sigmoid(activation), weights, bias)
    return means.reshape(-1, *parameters.visible_bias.shape[1:])


def _sample_pairs(
    hidden: NDArray[np.float32],
    targets: tuple[NDArray[np.int64], NDArray[np.int32]],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    user_index: NDArray[np.int32],
    repeat: int,
    seed: int,
) -> NDArray[np.float32]:
    """One sampled pass: hidden states from their means, then ratings from theirs."""
    states = hidden_states(hidden, user_index, repeat, seed)
    means = predictions.visible_means(*targets, states, weights, bias)
    return predictions.draw_rows(means, *targets, user_index, repeat, VISIBLE, seed, PREDICTION)


def best_films(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    parameters: Parameters,
    count: int,
    *,
    values: ArrayLike = LIKES,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The unrated films with the highest P(like) or expected stars of each row, from the hidden units' means.

    Args:
        row_splits, item_index, rating, parameters, values: as in `predict_pairs`.
        count: int >= 1, films a row.
    Returns:
        films: int32 `(batch, count)`, best first; -1 where a row has no more unrated films.
        scores: float32 `(batch, count)`, P(like) or stars; -inf there.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import models, sparse
        >>> parameters = models.RBMParameters(np.zeros((4, 3)), np.array([0.0, 3.0, 1.0, 2.0]), np.zeros(3))
        >>> sparse.best_films(np.array([0, 1]), np.array([1]), np.array([1.0]), parameters, 2)[0]
        array([[3, 2]], dtype=int32)
    """
    count = check_count(count, "count")
    hidden = hidden_probabilities(row_splits, item_index, rating, parameters, values=values)
    parameters = check_parameters(parameters)
    rows = check_rows(row_splits, item_index, len(parameters.visible_bias))
    weights, bias = by_value(parameters)
    return best_of_rows(*rows, hidden, weights, bias, np.asarray(values, np.float32), count)
