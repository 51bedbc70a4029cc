"""Parameters of the films that a batch rated: the same draws and directions as from those of the whole catalogue."""

import numpy as np
import pytest
from support.family_making import MEMBERS, draw_parameters, make_model, random_ratings

from rbm_lib import sparse
from rbm_lib.models.engines.sparse import OF_FILMS
from rbm_lib.sparse import RowMoments, moved_rows, rated_films

NUM_ITEMS = 1009


def wide(member):
    """A batch of five users whose seven films stand far apart, and a machine of the whole catalogue."""
    ratings = random_ratings(member)
    batch = next(iter(ratings.batches(5, seed=1)))
    numbers = np.int32([3, 64, 257, 300, 301, 702, 1008])
    model = make_model(member, draw_parameters(member, num_items=NUM_ITEMS))
    return batch | {"item_index": numbers[batch["item_index"]]}, model


@pytest.mark.parametrize("name", MEMBERS)
def test_a_part_of_the_catalogue_gives_the_same_bits(name):
    """Draws are by a film's number in the whole catalogue."""
    member = MEMBERS[name]
    batch, model = wide(member)
    films, places = rated_films(batch["row_splits"], batch["item_index"], NUM_ITEMS)
    np.testing.assert_array_equal(films[places], batch["item_index"])
    loops = model.engine_in_use.loops_of(model)
    whole = [np.asarray(array) for array in loops.trained(model.rbm_layer)]
    part = [one[films] if place in OF_FILMS and one.ndim else one for place, one in enumerate(whole)]
    how = {"values": member.values, "cd_steps": 3, "step": 5, "seed": 7}
    found = []
    for items, arrays, numbers in ((batch["item_index"], whole, None), (places, part, films)):
        rows = batch["row_splits"], items, batch["rating"], batch["user_index"]
        found.append(loops.direction(rows, arrays, films=numbers, **how))
    for expected, one in zip(*found, strict=True):
        np.testing.assert_array_equal(one, expected)
    assert set(found[0].items) == set(batch["item_index"])
    assert not np.asarray(found[0].agreement).all()  # something was drawn otherwise than it was rated


def test_numbers_that_are_no_films_are_refused():
    batch, model = wide(MEMBERS["bernoulli"])
    arrays = model.engine_in_use.loops_of(model).trained(model.rbm_layer)
    rows = batch["row_splits"], batch["item_index"], batch["rating"], batch["user_index"]
    direction = model.engine_in_use.loops_of(model).direction
    how = {"values": [0, 1], "cd_steps": 1, "step": 0, "seed": 1}
    for films, message in (
        (np.arange(NUM_ITEMS - 1), r"films: expected 1009 numbers, one for each row of couplings, found 1008"),
        (np.arange(NUM_ITEMS)[::-1], r"films: expected strictly ascending numbers from 0, found \[1008, 1007"),
        (np.arange(NUM_ITEMS) - 1, r"films: expected strictly ascending numbers from 0, found \[-1, 0"),
    ):
        with pytest.raises(ValueError, match=message):
            direction(rows, [np.asarray(one) for one in arrays], films=films, **how)
    with pytest.raises(ValueError, match="item_index: expected numbers from 0 to 4, found 2 to 9"):
        rated_films(np.array([0, 2]), np.array([2, 9]), num_items=5)


def moments(num_rows=5):
    zeros = np.zeros((num_rows, 3), np.float32)
    return RowMoments(zeros, zeros, zeros, np.zeros(num_rows, np.int32))


@pytest.mark.parametrize("listed", [[1, 1], [3, 2], [-1, 2], [1, 5]])
def test_rows_that_are_not_there_or_listed_twice_are_refused(listed):
    with pytest.raises(ValueError, match="listed: expected rows from 0 to 4, each once, ascending, found"):
        moved_rows(np.ones((2, 3), np.float32), np.int32(listed), moments(), (0.1, 0.9, 0.999, 1e-7))


def test_gradients_of_other_rows_are_refused():
    with pytest.raises(ValueError, match=r"gradient: expected shape \(1, 3\), as rows are listed, found \(2, 3\)"):
        moved_rows(np.ones((2, 3), np.float32), np.int32([1]), moments(), (0.1, 0.9, 0.999, 1e-7))


def test_memory_is_used_again_for_rows():
    memory = sparse.Memory(3)
    for _ in range(5):
        moved_rows(np.ones((5, 3), np.float32), None, moments(), (0.1, 0.9, 0.999, 1e-7), memory)
    assert len(memory._blocks) == 3
