"""EASE against the regressions it is made of, by scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from rbm_lib.baselines.ease import Ease
from rbm_lib.data.ratings import Ratings


def test_two_films_worked_by_hand():
    """X = [[1, 1], [1, 0]]: X'X + 1 = [[3, 1], [1, 2]], its inverse is [[2, -1], [-1, 3]] / 5, so B = [[0, 1/3],
    [1/2, 0]]: who likes film 0 scores film 1 with 1/3."""
    likes = Ratings.from_dense([[1, 1], [1, 0]], np.array([[True, True], [True, False]]))
    np.testing.assert_allclose(Ease(penalty=1.0).fit(likes).couplings, [[0, 1 / 3], [1 / 2, 0]], atol=1e-12)


@pytest.mark.parametrize("dislike", [0.0, -0.5])
def test_each_column_is_a_ridge_regression_on_the_other_films(likes, dislike):
    ease = Ease(penalty=1.7, dislike=dislike).fit(likes)
    visible, observed = likes.to_dense()
    matrix = np.where(observed, np.where(visible == 1, 1.0, dislike), 0.0)
    for film in range(likes.num_items):
        others = np.delete(np.arange(likes.num_items), film)
        ridge = Ridge(alpha=1.7, fit_intercept=False).fit(matrix[:, others], matrix[:, film])
        np.testing.assert_allclose(ease.couplings[others, film], ridge.coef_, rtol=1e-8, atol=1e-10)
    assert (np.diag(ease.couplings) == 0).all()


def test_recommends_the_highest_scores_among_unseen_films(likes):
    ease = Ease(penalty=2.0).fit(likes)
    visible, observed = likes.to_dense()
    score = np.where(observed, -np.inf, (visible * observed) @ ease.couplings)
    found = ease.recommend(np.arange(likes.num_users), likes.num_items)
    for user, films in enumerate(found):
        unseen = np.flatnonzero(~observed[user])
        assert set(films[films >= 0]) == set(unseen)
        assert (np.diff(score[user, films[films >= 0]]) <= 1e-12).all()
        assert (films[len(unseen) :] == -1).all()


def test_folding_in_keeps_the_couplings_and_forgets_what_was_fitted(likes):
    """Users that were not fitted on get what the same ratings give anybody, and nothing of the others."""
    new = likes.user_index >= 8
    train, inputs = likes.select(~new), likes.select(new)
    ease = Ease(penalty=2.0).fit(train)
    couplings = ease.couplings.copy()
    assert ease.fold_in(inputs) is ease
    assert ease.seen is train
    assert np.array_equal(ease.couplings, couplings)
    visible, observed = inputs.to_dense()
    score = np.where(observed[9], -np.inf, visible[9] @ couplings)
    assert ease.recommend([9], 1)[0, 0] == np.argmax(score)


def test_settings_and_stars_are_checked(likes):
    for penalty in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="penalty: expected"):
            Ease(penalty=penalty)
    with pytest.raises(ValueError, match="dislike: expected"):
        Ease(dislike=np.nan)
    stars = Ratings.from_triples([1, 2], [10, 10], [4, 5])
    with pytest.raises(ValueError, match="train: expected ratings 0"):
        Ease().fit(stars)
