"""The sparse engine of scored machines: checks every argument, then runs the compiled loops of this folder.

Shapes of the batch as in `rbm_lib.sparse.engine`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_choice, check_count, check_seed
from rbm_lib.draws import PREDICTION, VISIBLE

from ..catalogue import numbers_of
from ..checks import check_persistent, check_sampling, check_targets, check_users
from ..direction import SparseDirection, listed_films, mean_difference
from ..engine import INFERENCES
from ..hidden import hidden_states, sigmoid
from ..memory import Memory
from ..predictions import add_rated, draw_rows
from ..rows import order_by_item
from ..spread import Ranks, Rows, spread
from .best import scored_best
from .chains import scored_chains
from .gradients import scored_gradients
from .left_out import scored_losses
from .long_rows import widened
from .predictions import scored_activations, scored_exact_means, scored_means
from .tables import ScoredTables, check_scored_rows, check_tables
from .user_biases import user_biases


def scored_direction(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    user_index: ArrayLike,
    tables: ScoredTables,
    *,
    values: ArrayLike,
    cd_steps: int,
    step: int,
    seed: int,
    drawing: bool = True,
    persistent: ArrayLike | None = None,
    every_film: bool = False,
    films: ArrayLike | None = None,
    memory: Memory | None = None,
    ranks: Ranks | None = None,
) -> SparseDirection:
    """CD-k of a scored machine on a CSR batch, as `rbm_lib.sparse.ascent_direction`.

    Args:
        row_splits, item_index, rating, user_index, values, cd_steps, step, seed, persistent, every_film, films, memory,
            ranks: as in `rbm_lib.sparse.ascent_direction`.
        tables: `ScoredTables`.
        drawing: bool, whether reconstructions are sampled, else expectations.
    Returns:
        direction: `SparseDirection` by the weights W of the scores; if reconstructions are expectations, its
            `agreement` is the probability of the rating.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import gram_polynomials
        >>> from rbm_lib.sparse import ScoredTables, scored_direction
        >>> scores = gram_polynomials([1, 2, 3], 1)  # one coupling a hidden unit, and one bias a user
        >>> shares, no_rated = np.full((4, 3), 1 / 3), np.zeros((0, 2))
        >>> parts = np.zeros((4, 1, 2)), np.log(shares), np.zeros(2), shares, no_rated, scores, scores, np.ones(1)
        >>> ratings = np.array([0, 2]), np.array([1, 3]), np.array([3.0, 2.0])  # one user's
        >>> user = {"user_index": np.array([0]), "values": [1, 2, 3]}
        >>> scored_direction(*ratings, tables=ScoredTables(*parts), **user, cd_steps=1, step=0, seed=1).items
        array([1, 3], dtype=int32)
    """
    tables = check_tables(tables)
    row_splits, item_index, state = check_scored_rows(row_splits, item_index, rating, values, tables)
    num_items, num_scores, num_hidden = tables.weights.shape
    user_index = check_users(user_index, len(row_splits) - 1)
    persistent = check_persistent(persistent, len(user_index), num_hidden)
    cd_steps, step, seed = check_count(cd_steps, "cd_steps"), check_count(step, "step", least=0), check_seed(seed)
    memory = memory or Memory()
    numbers, places = numbers_of(films, item_index, num_items)
    rows, how = Rows(row_splits, item_index, places, state, user_index, persistent), (cd_steps, step, seed)
    *chain, stop, loss = spread(lambda some: _chains_and_losses(some, tables, *how, bool(drawing)), rows, step, ranks)
    by_item = order_by_item(row_splits, item_index, num_items)
    listed = listed_films(by_item[0], every_film)
    couplings = memory.empty((len(listed), num_scores, num_hidden))
    rated = memory.empty((len(listed) if len(tables.rated) else 0, num_hidden))
    bias = scored_gradients(listed, by_item, state, tuple(chain), tables.hidden_offset, couplings, rated)
    hidden = mean_difference(chain[0], chain[1])
    agreement = chain[4][np.arange(len(state)), state]
    return SparseDirection(numbers[listed], couplings, bias, hidden, rated, agreement, stop, loss)


def _chains_and_losses(
    rows: Rows, tables: ScoredTables, cd_steps: int, step: int, seed: int, drawing: bool
) -> tuple[Any, ...]:
    """The results of `scored_chains` but for the users' biases, and those of `scored_losses`."""
    *batch, persistent = rows
    *chain, tilts, stop = scored_chains(*batch, tables, persistent, cd_steps, step, seed, drawing)
    loss = scored_losses(*batch[:2], rows.state, rows.user_index, chain[0], tilts, tables)
    return *chain, stop, loss


def scored_pairs(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    target_row_splits: ArrayLike,
    target_item_index: ArrayLike,
    tables: ScoredTables,
    *,
    values: ArrayLike,
    inference: str = "mean_field",
    targets_as_rated: bool = False,
    sampling: tuple[ArrayLike, int, int] | None = None,
) -> NDArray[np.float32]:
    """P(value) of listed films given each row's ratings, as `rbm_lib.sparse.predict_pairs`.

    Args:
        row_splits, item_index, rating, target_row_splits, target_item_index, values, inference, targets_as_rated,
            sampling: as in `rbm_lib.sparse.predict_pairs`.
        tables: `ScoredTables`.
    Returns:
        probability: float32 `(num_targets, num_values)`; 0 and 1 when sampled.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import gram_polynomials
        >>> from rbm_lib.sparse import ScoredTables, scored_pairs
        >>> scores = gram_polynomials([1, 2, 3], 1)  # one coupling a hidden unit, and one bias a user
        >>> shares, no_rated = np.full((4, 3), 1 / 3), np.zeros((0, 2))
        >>> parts = np.zeros((4, 1, 2)), np.log(shares), np.zeros(2), shares, no_rated, scores, scores, np.ones(1)
        >>> ratings = np.array([0, 2]), np.array([1, 3]), np.array([3.0, 2.0])  # one user's
        >>> targets = np.array([0, 1]), np.array([0])
        >>> shares = scored_pairs(*ratings, *targets, ScoredTables(*parts), values=[1, 2, 3])
        >>> bool(shares[0, 2] > shares[0, 0])  # the user leans to the upper end
        True
    """
    check_choice(inference, INFERENCES, "inference")
    tables = check_tables(tables)
    rows = check_scored_rows(row_splits, item_index, rating, values, tables)
    targets = check_targets(target_row_splits, target_item_index, len(tables.weights), len(rows[0]))
    drawn = check_sampling(inference, sampling, len(rows[0]) - 1)
    activation, tilts, _ = scored_activations(*rows, tables)
    if targets_as_rated and len(tables.rated):
        add_rated(*targets, tables.rated, activation)
    if inference == "exact":
        return scored_exact_means(*targets, activation, tilts, tables)
    hidden = sigmoid(activation)
    if drawn is None:
        return scored_means(*targets, hidden - tables.hidden_offset, tilts, tables)
    return _sample_pairs(hidden, tilts, targets, tables, *drawn)


def _sample_pairs(
    hidden: NDArray[np.float32],
    tilts: NDArray[np.float32],
    targets: tuple[NDArray[np.int64], NDArray[np.int32]],
    tables: ScoredTables,
    user_index: NDArray[np.int32],
    repeat: int,
    seed: int,
) -> NDArray[np.float32]:
    """One sampled pass: hidden states from their means, then ratings from theirs."""
    states = hidden_states(hidden, user_index, repeat, seed)
    means = scored_means(*targets, states - tables.hidden_offset, tilts, tables)
    address = user_index, repeat, VISIBLE, seed, PREDICTION
    if not tables.likes:
        return draw_rows(means, *targets, *address)
    likes = draw_rows(np.ascontiguousarray(means[:, 1:]), *targets, *address)
    return np.concatenate([1 - likes, likes], axis=1)


def scored_best_films(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    tables: ScoredTables,
    count: int,
    *,
    values: ArrayLike,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The unrated films with the highest expected value of each row, as `rbm_lib.sparse.best_films`.

    Args:
        row_splits, item_index, rating, count, values: as in `rbm_lib.sparse.best_films`.
        tables: `ScoredTables`.
    Returns:
        films: int32 `(batch, count)`, best first; -1 where a row has no more unrated films.
        scores: float32 `(batch, count)`, the expected value; -inf there.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import gram_polynomials
        >>> from rbm_lib.sparse import ScoredTables, scored_best_films
        >>> scores = gram_polynomials([1, 2, 3], 1)  # one coupling a hidden unit, and one bias a user
        >>> shares, no_rated = np.full((4, 3), 1 / 3), np.zeros((0, 2))
        >>> parts = np.zeros((4, 1, 2)), np.log(shares), np.zeros(2), shares, no_rated, scores, scores, np.ones(1)
        >>> ratings = np.array([0, 2]), np.array([1, 3]), np.array([3.0, 2.0])  # one user's
        >>> scored_best_films(*ratings, ScoredTables(*parts), 2, values=[1, 2, 3])[0]
        array([[0, 2]], dtype=int32)
    """
    tables, count = check_tables(tables), check_count(count, "count")
    rows = check_scored_rows(row_splits, item_index, rating, values, tables)
    activation, tilts, _ = scored_activations(*rows, tables)
    hidden = sigmoid(activation) - tables.hidden_offset
    return scored_best(*rows[:2], hidden, tilts, tables, np.asarray(values, np.float32), count)


def scored_free_energy(
    row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike, tables: ScoredTables, *, values: ArrayLike
) -> NDArray[np.float32]:
    """Free energy of each row's ratings given the row's own bias, as `rbm_lib.sparse.free_energy`.

    Args:
        row_splits, item_index, rating, values: as in `rbm_lib.sparse.free_energy`.
        tables: `ScoredTables`.
    Returns:
        free_energy: float32 `(batch,)`, in nats.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.models import gram_polynomials
        >>> from rbm_lib.sparse import ScoredTables, scored_free_energy
        >>> scores = gram_polynomials([1, 2, 3], 1)  # one coupling a hidden unit, and one bias a user
        >>> shares, no_rated = np.full((4, 3), 1 / 3), np.zeros((0, 2))
        >>> parts = np.zeros((4, 1, 2)), np.log(shares), np.zeros(2), shares, no_rated, scores, scores, np.ones(1)
        >>> ratings = np.array([0, 2]), np.array([1, 3]), np.array([3.0, 2.0])  # one user's
        >>> scored_free_energy(*ratings, ScoredTables(*parts), values=[1, 2, 3]).shape
        (1,)
    """
    tables = check_tables(tables)
    rows = check_scored_rows(row_splits, item_index, rating, values, tables)
    activation, tilts, moments = scored_activations(*rows, tables)
    wide = widened(*rows[:2], moments, activation, tables)
    row, state = np.repeat(np.arange(len(rows[0]) - 1), np.diff(rows[0])), rows[2]
    summed = tables.weights.sum(axis=2, dtype=np.float64)  # over hidden units; their offset multiplies it
    chosen = tables.visible_bias[rows[1], state] + tilts[row, state].astype(np.float64)
    chosen -= float(tables.hidden_offset) * (summed[rows[1]] * tables.scores[state]).sum(axis=1)
    terms = np.bincount(row, chosen, len(rows[0]) - 1)
    return (-terms - np.logaddexp(0.0, wide).sum(axis=1)).astype(np.float32)


def infer_user_biases(
    row_splits: ArrayLike,
    item_index: ArrayLike,
    rating: ArrayLike,
    shares: ArrayLike,
    tilts: ArrayLike,
    precision: ArrayLike,
    *,
    values: ArrayLike,
    start: ArrayLike | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """The bias of each row: the mode of its posterior given the row's ratings, their films' base rates and a prior.

    P(value v of film i | a) ~ share[i, v] * exp(a . t(v)), a ~ N(0, 1 / precision), by Newton's method.

    Args:
        row_splits, item_index, rating, values: CSR of the ratings, as in `rbm_lib.sparse.engine`.
        shares: float `(num_items, num_values)`, each film's base rates.
        tilts: float `(num_values, num_tilts)`, t; one or two columns.
        precision: float `(num_tilts,)`, above 0.
        start: float `(batch, num_tilts)`, biases near the result, which save steps; None starts at 0.
    Returns:
        bias: float32 `(batch, num_tilts)`, in nats per unit of t; 0 for a row without ratings.
        variance: float32 `(batch, num_tilts)`, of the posterior, by Laplace's approximation.
        expected: float64 `(batch, num_values)`, the sum over the row's films of the probabilities of the values.
    Raises:
        ValueError: naming the argument, before anything is computed.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import infer_user_biases
        >>> rows = np.array([0, 2, 4]), np.array([0, 1, 0, 1]), np.array([3.0, 3.0, 1.0, 2.0])
        >>> shares, tilts = np.full((2, 3), 1 / 3), np.array([[-1.0], [0.0], [1.0]])
        >>> infer_user_biases(*rows, shares, tilts, [1.0], values=[1, 2, 3])[0].round(2).tolist()
        [[0.9200000166893005], [-0.4399999976158142]]
    """
    shares = np.asarray(shares, np.float32)
    scores = np.zeros((shares.shape[-1], 1), np.float32)
    weights, hidden_bias, rated = (np.zeros(shape, np.float32) for shape in ((len(shares), 1, 0), (0,), (0, 0)))
    prior = np.asarray(tilts, np.float32), np.asarray(precision, np.float32)
    tables = check_tables(ScoredTables(weights, shares, hidden_bias, shares, rated, scores, *prior))
    if not tables.tilts.shape[1]:
        raise ValueError("tilts: expected one or two columns, found none")
    rows = check_scored_rows(row_splits, item_index, rating, values, tables)
    shape = len(rows[0]) - 1, tables.tilts.shape[1]
    begin = np.zeros(shape, np.float32) if start is None else np.array(start, np.float32)
    if begin.shape != shape or not np.isfinite(begin).all():
        raise ValueError(f"start: expected finite numbers of shape {shape}, found {begin.shape}")
    return user_biases(*rows, tables.shares, tables.tilts, tables.precision, begin)
