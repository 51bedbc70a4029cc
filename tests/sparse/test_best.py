"""Lists by products of matrices: the films, scores and ties of the loop that scores every film, bit for bit."""

import numpy as np
import pytest
from support import best_loops

from rbm_lib.models import gram_polynomials
from rbm_lib.sparse import ScoredTables, best
from rbm_lib.sparse.scored import best as scored
from rbm_lib.sparse.scored.tables import check_tables

USERS = 23
KINDS = {
    "usual": (1.0, 1.0),
    "saturated": (40.0, 1.0),  # many a P(like) is 1: the first films are the best
    "hopeless": (1.0, 300.0),  # and many is 0
    "all alike": (0.0, 0.0),
    "twins": (1.0, 1.0),
    "infinite": (1.0, 1.0),
}


@pytest.fixture(params=[(5, 13), (best.ROWS, best.FILMS)], autouse=True, ids=["small blocks", "large blocks"])
def blocks(request, monkeypatch):
    for module in (best, scored):
        monkeypatch.setattr(module, "ROWS", request.param[0])
        monkeypatch.setattr(module, "FILMS", request.param[1])


def drawn(kind, num_items, num_values, num_hidden):
    """Rows and parameters; one user has rated nothing, one everything, one all but two."""
    rng = np.random.default_rng(num_items * num_values + num_hidden)
    scale, spread = KINDS[kind]
    rated = rng.random((USERS, num_items)) < 0.3
    rated[0], rated[1], rated[2] = False, True, np.arange(num_items) > 1
    row_splits = np.concatenate([[0], np.cumsum(rated.sum(axis=1))])
    item_index = np.nonzero(rated)[1].astype(np.int32)
    hidden = rng.random((USERS, num_hidden), np.float32)
    weights = (scale * rng.normal(0, 1, (num_items, num_values, num_hidden))).astype(np.float32)
    bias = (spread * rng.normal(-(spread > 100), 0.1, (num_items, num_values))).astype(np.float32)
    if kind == "twins":  # films that are scored alike, and films that differ by a rounding error
        weights[num_items // 2 :] = weights[: num_items - num_items // 2]
        bias[num_items // 2 :] = bias[: num_items - num_items // 2]
        bias[-3:] = np.nextafter(bias[-3:], np.float32(9))
    if kind == "infinite":
        bias[3], weights[5, 0, 0] = np.inf, -np.inf
    return (row_splits, item_index), hidden, weights, bias


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)  # scores included: no rounding error is allowed


@pytest.mark.parametrize("count", [1, 10, 131])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("num_items", "num_hidden"), [(127, 3), (67, 101)])
@pytest.mark.parametrize("values", [(0, 1), (1, 2, 3, 4, 5)], ids=["likes", "stars"])
def test_lists_are_those_of_the_loop_over_every_film(values, num_items, num_hidden, kind, count):
    num_values = 1 if values == (0, 1) else len(values)
    rows, *machine = drawn(kind, num_items, num_values, num_hidden)
    arguments = *rows, *machine, np.array(values, np.float32), count
    expected = best_loops.best_of_rows(*arguments)
    assert_same(best.best_of_rows(*arguments), expected)
    assert (expected[0][1] == -1).all()
    assert set(expected[0][2, : min(count, 2)]) <= {0, 1}


@pytest.mark.parametrize("num_scores", [1, 2, 3])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "infinite"])
@pytest.mark.parametrize(("num_items", "num_hidden"), [(127, 3), (66, 101), (65, 31), (64, 31)])  # all rests of 4
def test_lists_of_a_scored_machine_are_those_of_the_loop_over_every_film(num_items, num_hidden, kind, num_scores):
    values = np.arange(1, 6, dtype=np.float32)
    rows, hidden, weights, _ = drawn(kind, num_items, num_scores, num_hidden)
    bias = drawn(kind, num_items, len(values), num_hidden)[3]
    scores, shares = gram_polynomials(values, num_scores), np.full((num_items, 5), 0.2)
    none, tilts = np.zeros((0, num_hidden)), np.random.default_rng(3).normal(0, 1, (USERS, 5)).astype(np.float32)
    parts = weights, bias, np.zeros(num_hidden), shares, none, scores, scores[:, :1], np.ones(1)
    tables = check_tables(ScoredTables(*parts, hidden_offset=0.5))
    for count in (1, 10, 131):
        arguments = *rows, hidden - tables.hidden_offset, tilts, tables, values, count
        assert_same(scored.scored_best(*arguments), best_loops.scored_best(*arguments))


def test_few_films_are_scored_one_by_one():
    """What makes it fast: a film that the products leave below the list's worst is not scored, whatever it would be."""
    rng = np.random.default_rng(7)
    hidden, weights = rng.random((1, 101), np.float32), rng.normal(0, 0.3, (4096, 1, 101)).astype(np.float32)
    bias, films = np.zeros(4096, np.float32), np.full(10, -1, np.int32)
    scores = np.full(10, -np.inf, np.float32)
    logits = weights[:, 0] @ hidden[0]
    best_first = np.argsort(-logits)
    weights = weights[best_first, 0]
    weights[100:] = np.inf
    slack, none = best.slack_of(hidden, weights[:100, None], bias), np.zeros(0, np.int32)
    best._advance_likes(logits[best_first], bias, slack, 0, none, hidden[0], weights, films, scores)
    assert sorted(films.tolist()) == list(range(10))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("rows", "films"), [(1, 1), (4, 8), (5, 7), (7, 129), (16, 128)])
def test_products_at_any_ends(rows, films):
    rng = np.random.default_rng(3)
    hidden, table = rng.random((rows, 37), np.float32), rng.random((2 * films + 3, 37), np.float32)
    found = np.full((rows, films + 2), -1, np.float32)
    best.products(hidden, table, 3, 2, films, found)
    np.testing.assert_allclose(found[:, :films], hidden @ table[3 : 3 + 2 * films : 2].T, rtol=1e-5)
    assert (found[:, films:] == -1).all()
