"""The semi-restricted machine: two experts on the next like, in the shares it says, from the inputs alone."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib.baselines.ease import Ease
from rbm_lib.baselines.lists import PopularFilms
from rbm_lib.baselines.replicated_softmax import film_logits
from rbm_lib.baselines.semi_restricted import SemiRestricted, most_rated, standardised, told
from rbm_lib.data.ratings import Ratings
from rbm_lib.splits.new_users import new_users

SMALL = {"num_hidden": 3, "epochs": 40, "batch_size": 37, "learning_rate": 0.03, "penalty": 20.0, "seed": 1}


@pytest.fixture(scope="module")
def tastes():
    """Two kinds of people: each rates and likes mostly the films of its own half."""
    rng = np.random.default_rng(3)
    own = np.arange(14)[None, :] // 7 == (np.arange(211) % 2)[:, None]
    return Ratings.from_dense(rng.random((211, 14)) < 0.9, rng.random((211, 14)) < np.where(own, 0.6, 0.1))


@pytest.fixture(scope="module")
def split(tastes):
    return new_users(tastes, 0.3, seed=1, fold_in=0.5)


def lists_of(split, **changes):
    """Five films for every new user, from a machine that is made anew."""
    machine = SemiRestricted(**SMALL | changes).fit(split.train).fold_in(split.inputs)
    return machine.recommend(np.unique(split.targets.user_index), 5)


@pytest.fixture(scope="module")
def lists(split):
    return lists_of(split)


def test_without_the_hidden_half_it_is_ease(split):
    users = np.unique(split.targets.user_index)
    for dislike in (0.0, 0.5):
        ease = Ease(penalty=20.0, dislike=dislike).fit(split.train).fold_in(split.inputs)
        np.testing.assert_array_equal(lists_of(split, dislike=dislike, weight=0), ease.recommend(users, 5))


def test_the_hidden_half_alone_finds_the_films_of_a_users_kind(split):
    users = np.unique(split.targets.user_index)
    popular = PopularFilms().fit(split.train).fold_in(split.inputs).recommend(users, 1)
    found = lists_of(split, weight=1e6)
    of_their_kind = [np.mean(one[:, 0] // 7 == users % 2) for one in (found, popular)]
    assert of_their_kind[0] > 0.8 > of_their_kind[1]


def test_scores_are_the_sum_of_both_halves_each_divided_by_its_spread(split):
    machine = SemiRestricted(**SMALL, dislike=0.25, weight=0.6).fit(split.train).fold_in(split.inputs)
    visible, observed = split.inputs.to_dense()
    x = np.where(observed, np.where(visible == 1, 1, 0.25), 0)
    users = np.unique(split.targets.user_index)
    direct = (x @ Ease(penalty=20.0, dislike=0.25).fit(split.train).couplings)[users]
    hidden = film_logits(machine.matrix[users], machine.parameters)
    expected = sum(
        share * (half - half.mean(1, keepdims=True)) / half.std(1, keepdims=True)
        for share, half in ((1, direct), (0.6, hidden))
    )
    expected = np.where(observed[users], -np.inf, expected)
    found = machine.recommend(users, 14)
    for row, films in zip(expected, found, strict=True):
        films = films[films >= 0]
        assert len(films) == np.isfinite(row).sum()
        assert (np.diff(row[films]) <= 1e-5).all()


def test_rows_of_equal_scores_become_zeros():
    found = standardised(np.array([[3, 3, 3], [0, 0, 3]], np.float32))
    np.testing.assert_allclose(found, [[0, 0, 0], [-(0.5**0.5), -(0.5**0.5), 2**0.5]], rtol=1e-6)


def test_the_same_seed_gives_the_same_lists_and_another_gives_others(split, lists):
    np.testing.assert_array_equal(lists_of(split), lists)
    assert not np.array_equal(lists_of(split, seed=2), lists)


def opposite(ratings, part):
    """The same ratings, but those of `part` are the other way round."""
    changed = np.isin(ratings.source_row, part.source_row)
    return replace(ratings, rating=np.where(changed, 1 - ratings.rating, ratings.rating))


def test_lists_follow_from_the_inputs_and_never_from_the_targets(tastes, split, lists):
    of_targets = new_users(opposite(tastes, split.targets), 0.3, seed=1, fold_in=0.5)
    of_inputs = new_users(opposite(tastes, split.inputs), 0.3, seed=1, fold_in=0.5)
    for other in (of_targets, of_inputs):
        np.testing.assert_array_equal(other.targets.source_row, split.targets.source_row)
        np.testing.assert_array_equal(other.train.rating, split.train.rating)
    np.testing.assert_array_equal(lists_of(of_targets), lists)
    assert not np.array_equal(lists_of(of_inputs), lists)


def test_no_list_holds_a_film_of_the_inputs(split, lists):
    users, (_, mask) = np.unique(split.targets.user_index), split.inputs.to_dense()
    assert (lists >= 0).all()
    assert not mask[users[:, None], lists].any()


def test_of_too_many_films_the_most_rated_are_coupled(split):
    """The others keep their hidden units; a film nobody has rated is coupled to none."""
    machine = SemiRestricted(**SMALL, most_coupled=5).fit(split.train)
    count = split.train.ratings_per_item
    assert machine.couplings.shape == (5, 5)
    assert sorted(count[machine.coupled]) == sorted(count)[-5:]
    scores = machine._scores(machine.matrix[:7])
    others = np.setdiff1d(np.arange(14), machine.coupled)
    hidden = machine.weight * standardised(film_logits(machine.matrix[:7], machine.parameters))
    direct = (scores - hidden)[:, others]
    np.testing.assert_allclose(direct, np.tile(direct[:, :1], (1, len(others))), atol=1e-5)
    unrated = Ratings.from_triples([1, 2, 2], [10, 10, 20], [1, 1, 0]).select(np.array([True, True, False]))
    assert most_rated(unrated, 9).tolist() == [0]


def test_dislikes_that_count_for_nothing_are_not_told(likes):
    machine = SemiRestricted(**SMALL, dislike=0.0).fit(likes)
    assert machine.matrix.nnz == (likes.rating == 1).sum()
    assert told(machine.matrix).nnz == machine.matrix.nnz
    assert SemiRestricted(**SMALL, dislike=0.5).fit(likes).matrix.nnz == likes.num_ratings


def test_users_without_ratings_get_the_films_most_likely_for_anybody(split):
    """Their inputs tell nothing, so all of them get the same list."""
    machine = SemiRestricted(**SMALL).fit(split.train).fold_in(split.inputs)
    empty = np.flatnonzero(split.inputs.ratings_per_user == 0)[:2]
    found = machine.recommend(empty, 5)
    assert (found >= 0).all()
    np.testing.assert_array_equal(found[0], found[1])


def test_settings_and_stars_are_checked(likes):
    for argument, value in {"penalty": 0, "weight": -1, "hidden_out": 1, "most_coupled": 0}.items():
        with pytest.raises(ValueError, match=f"{argument}: expected"):
            SemiRestricted(**SMALL | {argument: value})
    stars = Ratings.from_triples([1, 2], [10, 10], [4, 5])
    with pytest.raises(ValueError, match="train: expected ratings 0"):
        SemiRestricted(**SMALL).fit(stars)
    with pytest.raises(ValueError, match="user_id: expected"):
        SemiRestricted(**SMALL).fit(likes).fold_in(stars)
