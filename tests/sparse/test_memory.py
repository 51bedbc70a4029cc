"""Memory that is used again: never while somebody holds an array in it, and no more of it than is kept."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.sparse.memory import ALIGNMENT, Memory


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("shape", [(7,), (5, 3), (2, 3, 11)])
def test_arrays_have_their_shape_and_start_where_tensorflow_wants_them(shape):
    array = Memory().empty(shape)
    assert array.shape == shape
    assert array.dtype == np.float32
    assert address(array) % ALIGNMENT == 0


def test_memory_is_used_again_once_nobody_holds_it():
    memory = Memory()
    first = memory.empty((17, 19))
    before = address(first)
    del first
    assert address(memory.empty((17, 19))) == before


def test_a_somewhat_smaller_array_fits_into_the_same_memory():
    memory = Memory()
    before = address(memory.empty((1000, 3)))
    assert address(memory.empty((900, 3))) == before
    assert address(memory.empty((100, 3))) != before


def test_memory_in_use_is_left_alone():
    """Also where only a view of the array is left."""
    memory = Memory()
    view = memory.empty((17, 19)).reshape(-1)[3:5]
    view[:] = 7.0
    for _ in range(11):
        memory.empty((17, 19))[:] = 1.0
    np.testing.assert_array_equal(view, [7.0, 7.0])


def test_what_tensorflow_took_over_is_left_alone():
    memory = Memory()

    def fill(number):
        array = memory.empty((1009, 13))
        array[:] = number
        return array

    tensors = [tf.numpy_function(fill, [tf.constant(number)], tf.float32) for number in np.float32([2, 3, 5])]
    for tensor, number in zip(tensors, (2, 3, 5), strict=True):
        np.testing.assert_array_equal(tensor.numpy(), np.full((1009, 13), number, np.float32))


def test_no_more_blocks_are_kept_than_asked_for():
    memory = Memory(kept=3)
    held = [memory.empty((size, 2)) for size in range(1, 12)]
    assert len(memory._blocks) == 3
    assert len({address(array) for array in held}) == 11


def test_a_somewhat_larger_array_fits_into_the_same_memory():
    """The next mini-batch rates a few films more or less."""
    memory = Memory()
    before = address(memory.empty((1000, 3)))
    assert address(memory.empty((1100, 3))) == before
    assert address(memory.empty((1300, 3))) != before
