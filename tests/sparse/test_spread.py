"""A mini-batch over several ranks has the direction of one, bit for bit, for every machine, also with empty ranks."""

import contextlib

import numpy as np
import pytest

from rbm_lib.draws import NOT_STARTED
from rbm_lib.models import RBMParameters, gram_polynomials, make_units
from rbm_lib.sparse import ScoredTables, ascent_direction, scored_direction
from rbm_lib.sparse.spread import bounds_of
from rbm_lib.workers.packing import joined, packed, sizes_of

NUM_USERS, NUM_ITEMS, NUM_HIDDEN = 5, 7, 3
VALUES = {"likes": (0, 1), "stars": (1, 2, 3)}


class NotYet(Exception):
    """The parts of the other ranks are not there."""


class Rank:
    """One of several ranks that run one after the other: what each tells is kept until all have told it."""

    def __init__(self, rank, size, told):
        self.rank, self.size, self.told = rank, size, told

    def gathered(self, parts, where):
        self.told[self.rank] = parts
        if len(self.told) < self.size:
            raise NotYet
        all_parts = [self.told[rank] for rank in range(self.size)]
        lengths = np.array([[len(part) for part in some] for some in all_parts])
        sizes = sizes_of(parts, lengths)
        whole = np.concatenate([packed(some, own) for some, own in zip(all_parts, sizes, strict=True)])
        return joined(whole, parts, lengths, sizes)


def a_batch(values):
    rng = np.random.default_rng(11)
    observed = rng.random((NUM_USERS, NUM_ITEMS)) < 0.6
    observed[2] = False  # a user without ratings
    splits = np.concatenate([[0], observed.sum(axis=1).cumsum()])
    ratings = rng.choice(np.array(values, np.float32), observed.sum())
    return splits, np.nonzero(observed)[1], ratings, rng.permutation(NUM_USERS * 3)[:NUM_USERS]


def plain(values, conditional, increments=False):
    rng = np.random.default_rng(7)
    axes = (NUM_ITEMS,) if values == VALUES["likes"] else (NUM_ITEMS, len(values))
    shapes = ((*axes, NUM_HIDDEN), axes, (NUM_HIDDEN,), axes)
    arrays = [rng.normal(0, 0.5, shape).astype(np.float32) for shape in shapes]
    rated = rng.normal(0, 0.5, (NUM_ITEMS, NUM_HIDDEN)).astype(np.float32) if conditional else 0.0
    units = make_units("bernoulli" if values == VALUES["likes"] else "softmax")
    parameters = RBMParameters(*arrays, rated, units)
    return lambda batch, **how: ascent_direction(*batch, parameters, values=values, increments=increments, **how)


def scored(drawing, conditional):
    rng, scores = np.random.default_rng(7), gram_polynomials(VALUES["stars"], 2)
    shares = rng.dirichlet(np.ones(3), NUM_ITEMS)
    rated = rng.normal(0, 0.5, (NUM_ITEMS, NUM_HIDDEN)) if conditional else np.zeros((0, NUM_HIDDEN))
    weights = rng.normal(0, 0.5, (NUM_ITEMS, 2, NUM_HIDDEN))
    tables = ScoredTables(weights, np.log(shares), np.zeros(3), shares, rated, scores, scores, np.ones(2), 0.5)
    return lambda batch, **how: scored_direction(*batch, tables, values=VALUES["stars"], drawing=drawing, **how)


MACHINES = {
    "likes": (VALUES["likes"], plain(VALUES["likes"], False)),
    "likes, conditional": (VALUES["likes"], plain(VALUES["likes"], True)),
    "ordinal, conditional": (VALUES["stars"], plain(VALUES["stars"], True, increments=True)),
    "user biases": (VALUES["stars"], scored(True, True)),
    "user biases, expected": (VALUES["stars"], scored(False, False)),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("chains", [False, True])
@pytest.mark.parametrize("machine", MACHINES)
def test_ranks_have_the_direction_of_one(machine, chains, size):
    values, direction = MACHINES[machine]
    batch = a_batch(values)
    persistent = np.random.default_rng(3).integers(0, 2, (NUM_USERS, NUM_HIDDEN)).astype(np.uint8)
    persistent[1] = NOT_STARTED
    how = {"cd_steps": 2, "step": 4, "seed": 1, "persistent": persistent if chains else None}
    expected, told = direction(batch, **how), {}
    ranks = [Rank(rank, size, told) for rank in range(size)]
    for rank in ranks:
        with contextlib.suppress(NotYet):
            direction(batch, ranks=rank, **how)
    assert sorted(told) == list(range(size))
    for rank in ranks:
        for name, found in direction(batch, ranks=rank, **how)._asdict().items():
            np.testing.assert_array_equal(found, getattr(expected, name), err_msg=name)
            assert found.dtype == getattr(expected, name).dtype


def test_ranks_have_about_equal_numbers_of_ratings():
    row_splits = np.concatenate([[0], np.random.default_rng(5).integers(1, 50, 101).cumsum()])
    for size in (1, 2, 3, 8):
        bounds = bounds_of(row_splits, size)
        assert (bounds[0], bounds[-1], len(bounds)) == (0, 101, size + 1)
        shares = np.diff(row_splits[bounds]) / row_splits[-1]
        assert abs(shares - 1 / size).max() < 60 / row_splits[-1]
    assert bounds_of(np.array([0]), 3).tolist() == [0, 0, 0, 0]
    assert np.diff(bounds_of(np.array([0, 5, 9]), 5)).sum() == 2
