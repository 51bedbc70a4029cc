"""The part of a catalogue that a mini-batch rated: the parameters of its films, and their numbers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_count

from .checks import check_integers, check_rows
from .rows import films_and_places


def rated_films(
    row_splits: ArrayLike, item_index: ArrayLike, num_items: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The films that are rated in a batch, and the position of each rating's film among them.

    Args:
        row_splits, item_index: CSR of the batch, strictly ascending within a row.
        num_items: int >= 1, films in the catalogue.
    Returns:
        films: int32 `(num_rated,)`, ascending.
        places: int32 `(num_observed,)`, so that `films[places]` is `item_index`.
    Raises:
        ValueError: naming the argument.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.sparse import rated_films
        >>> rated_films(np.array([0, 2, 3]), np.array([2, 9, 2]), num_items=11)
        (array([2, 9], dtype=int32), array([0, 1, 0], dtype=int32))
    """
    num_items = check_count(num_items, "num_items")
    row_splits, item_index = check_rows(row_splits, item_index, num_items)
    found: tuple[NDArray[np.int32], NDArray[np.int32]] = films_and_places(item_index, num_items)
    return found


def numbers_of(
    films: ArrayLike | None, item_index: NDArray[np.int32], num_items: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The numbers of the given films in the whole catalogue, and of the film of each rating.

    Args:
        films: ints `(num_items,)`, strictly ascending, or None for the whole catalogue.
        item_index: int32 `(num_observed,)`, from 0 to `num_items - 1`.
        num_items: int, films of the parameters.
    Returns:
        numbers: int32 `(num_items,)`; places: int32 `(num_observed,)`.
    Raises:
        ValueError: if there is another number of films, or they do not ascend from 0 or more.
    """
    if films is None:
        return np.arange(num_items, dtype=np.int32), item_index
    films = check_integers(films, "films", np.int32)
    if len(films) != num_items:
        raise ValueError(f"films: expected {num_items} numbers, one for each row of couplings, found {len(films)}")
    if len(films) and (films[0] < 0 or (np.diff(films) <= 0).any()):
        raise ValueError(f"films: expected strictly ascending numbers from 0, found {films[:8].tolist()}")
    return films, films[item_index]
