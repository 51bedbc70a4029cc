"""Shares of worth against all orders written out, and the laws that make them the only fair ones."""

from itertools import permutations

import numpy as np
import pytest

from rbm_lib.collection.article.shapley import shapley_interactions, shapley_values


def random_worth(count, seed=0):
    return np.random.default_rng(seed).normal(size=(2,) * count)


def by_all_orders(worth):
    """What each change adds when it is made, averaged over every order."""
    shares, orders = np.zeros(worth.ndim), list(permutations(range(worth.ndim)))
    for order in orders:
        made = [0] * worth.ndim
        for change in order:
            before = worth[tuple(made)]
            made[change] = 1
            shares[change] += (worth[tuple(made)] - before) / len(orders)
    return shares


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_shares_are_the_means_over_all_orders(count):
    worth = random_worth(count)
    np.testing.assert_allclose(shapley_values(worth), by_all_orders(worth), atol=1e-12)


def test_efficiency_the_shares_add_up_to_what_all_changes_are_worth():
    worth = random_worth(7)
    assert shapley_values(worth).sum() == pytest.approx(worth[(1,) * 7] - worth[(0,) * 7])


def test_symmetry_changes_that_always_add_the_same_have_the_same_share():
    worth = random_worth(5)
    worth = worth + worth.swapaxes(1, 3)
    shares = shapley_values(worth)
    assert shares[1] == pytest.approx(shares[3])
    assert abs(shares[0] - shares[1]) > 1e-3


def test_a_null_player_that_never_adds_anything_has_no_share():
    worth = np.stack([random_worth(3)] * 2, axis=2)
    shares = shapley_values(worth)
    assert shares[2] == 0
    assert np.abs(shares[[0, 1, 3]]).min() > 1e-3


def test_linearity_shares_of_a_sum_are_sums_of_shares():
    one, other = random_worth(3), random_worth(3, seed=1)
    np.testing.assert_allclose(shapley_values(one + 2 * other), shapley_values(one) + 2 * shapley_values(other))


def test_worked_by_hand_two_wrongs_that_lean_on_each_other():
    worth = [[10.0, 4.0], [6.0, 12.0]]  # each alone costs, both together help
    np.testing.assert_allclose(shapley_values(worth), [2.0, 0.0])
    np.testing.assert_allclose(shapley_interactions(worth), [[0.0, 12.0], [12.0, 0.0]])


def test_interactions_are_how_a_share_changes_when_the_other_change_is_made():
    """The index is the share of i where j is made, minus its share where j is not, in the game of the others."""
    worth = random_worth(5)
    found = shapley_interactions(worth)
    np.testing.assert_array_equal(found, found.T)
    for i, j in ((0, 1), (1, 4), (3, 2)):
        without, within = (shapley_values(worth.take(made, axis=j)) for made in (0, 1))
        place = i - (i > j)
        assert found[i, j] == pytest.approx(within[place] - without[place])


def test_changes_that_only_add_up_do_not_interact():
    worth = np.add.outer(np.add.outer([0.0, 3.0], [0.0, 5.0]), [0.0, -2.0])
    np.testing.assert_allclose(shapley_values(worth), [3, 5, -2])
    np.testing.assert_allclose(shapley_interactions(worth), 0, atol=1e-12)


@pytest.mark.parametrize("worth", [1.0, [1.0, 2.0, 3.0], np.zeros((2, 3))])
def test_a_table_of_another_shape_is_refused(worth):
    with pytest.raises(ValueError, match="worth: expected an axis of length 2 for each change, found shape"):
        shapley_values(worth)
