"""AUC within users, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rbm_lib.evaluation.resampling import draw_samples
from rbm_lib.evaluation.within_users import auc_of_users, bootstrap_user_auc


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(17)
    user_index = rng.integers(0, 29, 307) * 3
    rating = (rng.random(307) < 0.8).astype(np.float32)
    return rating, np.round(rng.random(307) * 0.5 + rating * 0.2, 1), user_index  # rounded, so with ties


def test_four_ratings_worked_by_hand():
    """The likes of user 4 beat the dislike once, lose once and tie once; user 9 only likes."""
    auc = auc_of_users([1, 0, 1, 1, 1], [0.9, 0.5, 0.5, 0.1, 0.3], [4, 4, 4, 4, 9])
    assert auc.to_dict() == {4: pytest.approx(0.5)}
    assert auc_of_users([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1], [4, 4, 4, 4]).tolist() == [pytest.approx(3.5 / 4)]


def test_agrees_with_scikit_learn(drawn):
    rating, probability, user_index = drawn
    found = auc_of_users(*drawn)
    both = [user for user in np.unique(user_index) if 0 < rating[user_index == user].mean() < 1]
    assert found.index.tolist() == both
    assert len(both) < len(np.unique(user_index))
    expected = [roc_auc_score(rating[user_index == user], probability[user_index == user]) for user in both]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_bootstrap_draws_users_as_elsewhere_and_starts_with_the_data(drawn):
    rating, probability, user_index = drawn
    values = bootstrap_user_auc(
        rating, {"mine": probability, "none": 0 * probability}, user_index, seed=3, resamples=50
    )
    auc = auc_of_users(*drawn)
    assert values["mine"].iloc[0] == pytest.approx(auc.mean())
    np.testing.assert_allclose(values["none"], 0.5)
    weights = draw_samples(user_index, resamples=50, seed=3).user_weights
    place = np.searchsorted(np.unique(user_index), auc.index)
    np.testing.assert_allclose(values["mine"].iloc[7], np.average(auc, weights=weights[7, place]))


@pytest.mark.parametrize(
    ("rating", "probability", "user_index", "message"),
    [
        ([1, 2], [0.1, 0.2], [0, 0], "rating: expected 0 and 1"),
        ([1, 0], [0.1, np.nan], [0, 0], "probability: expected numbers"),
        ([1, 0], [0.1], [0, 0], "probability: expected one a rating"),
    ],
)
def test_what_does_not_fit_is_refused(rating, probability, user_index, message):
    with pytest.raises(ValueError, match=message):
        auc_of_users(rating, probability, user_index)


def test_nobody_with_both_is_refused():
    with pytest.raises(ValueError, match="rating: expected a user with both"):
        bootstrap_user_auc([1, 0], {"mine": [0.5, 0.5]}, [0, 1], seed=1)
