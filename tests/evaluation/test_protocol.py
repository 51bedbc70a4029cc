"""Every predictor is asked the same way, and none that has seen an answer is let through."""

import numpy as np
import pytest

from rbm_lib.baselines.base_rates import ItemMean, ItemUserBias
from rbm_lib.baselines.lists import PopularFilms
from rbm_lib.baselines.star_base_rates import StarItemMean
from rbm_lib.datasets.loading import load
from rbm_lib.evaluation.comparison import Comparison
from rbm_lib.evaluation.machines import Machine, Mean, question
from rbm_lib.evaluation.protocol import check_unseen, evaluate, fit_predictor
from rbm_lib.evaluation.tuning import score
from rbm_lib.models.recipes import Recipe
from rbm_lib.splits.held_out import random_fraction, random_n
from rbm_lib.splits.new_users import new_users

SMALL = {"num_hidden": 3, "epochs": 2, "batch_size": 37}


class Oracle:
    """Answers with the truth, and admits it."""

    name = "oracle"

    def __init__(self, truth):
        self.truth = truth

    def fit(self, train):
        self.seen = self.truth
        return self

    def predict(self, user_index, item_index):
        return np.full(len(item_index), 0.5)


@pytest.fixture(scope="module")
def stars():
    ratings = load("planted").ratings
    few = np.zeros(ratings.num_ratings, bool)
    few[: ratings.row_splits[211]] = True
    return random_n(ratings.select(few), 3, seed=1, more_than=5)


@pytest.fixture(scope="module")
def likes(stars):
    return stars.binarize(3)


def test_who_was_fitted_on_targets_is_refused(likes):
    """The leak: targets fed as training ratings."""
    whole = load("planted").ratings.binarize(3)
    with pytest.raises(
        ValueError, match=r"targets: expected no rating that is also in what 'oracle' has seen, found \d+"
    ):
        evaluate([Oracle(whole)], likes, seed=1)


def test_inputs_that_hold_the_targets_are_refused(likes):
    model = ItemMean().fit(likes.targets)
    with pytest.raises(ValueError, match="item mean"):
        check_unseen(model, likes.targets)


def test_who_does_not_say_what_was_seen_is_refused(likes):
    class Silent(Oracle):
        def fit(self, train):
            return self

    with pytest.raises(ValueError, match="oracle: expected seen"):
        evaluate([Silent(None)], likes, seed=1)


def test_what_was_seen_are_ratings(likes):
    with pytest.raises(ValueError, match=r"oracle: expected seen, .*, found 3; keep them in fit, `self.seen = train`"):
        evaluate([Oracle(3)], likes, seed=1)


def test_what_is_no_predictor_is_refused_before_anything_is_fitted(likes):
    class Nameless:
        fit = predict = None

    first = Oracle(likes.inputs)
    for wrong, message in (
        (PopularFilms(), r"predictors: expected name, fit\(train\) and predict\(user_index, item_index\), as "
         r"rbm_lib.baselines.Predictor describes, found 'popular films' without predict\(user_index, item_index\)"),
        (Nameless(), r"found 'Nameless' without name and fit\(train\) and predict"),
        (ItemMean, r"found the class ItemMean; make one of it: ItemMean\(\.\.\.\)"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            evaluate([first, wrong], likes, seed=1)
    assert not hasattr(first, "seen")
    with pytest.raises(ValueError, match=r"predictor: expected .* without recommend\(user_index, n\)"):
        score(ItemMean(), likes, "ndcg@10")
    with pytest.raises(ValueError, match=r"predictor: expected .* without predict\(user_index, item_index\)"):
        score(PopularFilms(), likes, "auc")


def test_two_of_one_name_are_refused(likes):
    with pytest.raises(ValueError, match="different names"):
        evaluate([ItemMean(), ItemMean()], likes, seed=1)


def test_base_rates_stand_beside_and_answers_are_those_of_predict(likes):
    found = evaluate([Machine(Recipe(units="bernoulli", **SMALL), "rbm")], likes, resamples=7, seed=1)
    assert list(found.probabilities) == ["always-like", "popularity", "item mean", "item+user bias", "rbm"]
    where = likes.targets.user_index, likes.targets.item_index
    np.testing.assert_array_equal(found.probabilities["item mean"], ItemMean().fit(likes.inputs).predict(*where))


def test_stars_are_scored_as_stars(stars):
    found = evaluate([StarItemMean()], stars, resamples=7, seed=1)
    assert found.interval("item mean", "rmse")[0] < found.interval("overall mean", "rmse")[0]


def test_likes_may_be_scored_as_stars(likes):
    """A file of noughts and ones has errors too: it was judged by likes alone, and no table had an RMSE."""
    comparison = evaluate([StarItemMean()], likes, as_stars=True, resamples=5, seed=1)
    wrong = comparison.predictions["item mean"] - likes.targets.rating
    assert comparison.interval("item mean", "rmse")[0] == pytest.approx(np.sqrt(np.mean(wrong**2)))
    assert "rmse" not in evaluate([StarItemMean()], likes, resamples=5, seed=1).table()


@pytest.mark.parametrize("based", ["user", "item"])
def test_a_machine_of_stars_answers_for_likes_as_the_rbm_does(stars, based):
    machine = Machine(Recipe(based=based, **SMALL), "rbm", threshold=3)
    found = evaluate([machine], stars, threshold=3, resamples=7, seed=1)
    expected = machine.predictor.predict_ratings(stars, output="like", threshold=3)
    np.testing.assert_array_equal(found.probabilities["rbm"], expected.astype(float))
    assert machine.seen is stars.inputs


def test_pairs_may_come_in_any_order(stars):
    machine = Machine(Recipe(**SMALL), "rbm").fit(stars.inputs)
    order = np.random.default_rng(3).permutation(stars.targets.num_ratings)
    where = stars.targets.user_index, stars.targets.item_index
    np.testing.assert_array_equal(machine.predict(*(w[order] for w in where)), machine.predict(*where)[order])


def test_a_question_about_an_input_is_refused(stars):
    with pytest.raises(ValueError, match="also in inputs"):
        question(stars.inputs, stars.inputs.user_index[:1], stars.inputs.item_index[:1])


def test_a_question_asked_twice_is_refused(stars):
    with pytest.raises(ValueError, match="found 1 again"):
        question(stars.inputs, stars.targets.user_index[[0, 0]], stars.targets.item_index[[0, 0]])


def test_new_users_are_folded_in():
    split = new_users(load("planted").ratings.binarize(3), 0.2, seed=1)
    machine = fit_predictor(Machine(Recipe(units="bernoulli", **SMALL), "rbm"), split)
    assert machine.seen is split.train
    users = np.flatnonzero(split.inputs.ratings_per_user)[:5]
    films = machine.recommend(users, 7)
    expected, _ = machine.predictor.recommend_positions(split.inputs, 7)
    np.testing.assert_array_equal(films, expected[users])


def test_who_cannot_take_in_new_users_says_so():
    split = new_users(load("planted").ratings.binarize(3), 0.2, seed=1)
    with pytest.raises(ValueError, match=r"item mean: expected fold_in, as .* new users, found none; add fold_in"):
        fit_predictor(ItemMean(), split)
    with pytest.raises(ValueError, match="expected users as cases"):
        fit_predictor(Machine(Recipe(based="item", units="bernoulli", **SMALL), "rbm"), split)


def test_the_mean_averages_and_fits_nobody_twice(stars):
    one, other = Machine(Recipe(**SMALL), "a").fit(stars.inputs), Machine(Recipe(based="item", **SMALL), "b")
    trained = one.predictor
    mean = Mean([one, other], "mean").fit(stars.inputs)
    assert one.predictor is trained
    where = stars.targets.user_index, stars.targets.item_index
    np.testing.assert_allclose(mean.predict(*where), (one.predict(*where) + other.predict(*where)) / 2)


class Extreme:
    """What a machine learnt, as far as `Machine` asks it: certain of everything, and beyond."""

    def predict_ratings(self, split, **_):
        answers = np.float32([0, 1, np.nextafter(np.float32(1), 2), 0.25])
        return np.resize(answers, split.targets.num_ratings)


@pytest.mark.parametrize(("threshold", "of_likes"), [(3, True), (None, True), (None, False)])
def test_a_machine_is_never_certain_of_a_like(stars, likes, threshold, of_likes):
    split = stars if threshold or not of_likes else likes
    machine = Machine(Recipe(**SMALL), "rbm", threshold=threshold)
    machine.predictor, machine.seen, machine.inputs = Extreme(), split.inputs, split.inputs
    found = machine.predict(split.targets.user_index, split.targets.item_index)
    assert (found.dtype, found[3]) == (np.float64, 0.25)
    if not of_likes:
        assert (found[0], found[1]) == (0, 1)  # stars are left alone
        return
    assert np.isfinite(np.log([found, 1 - found])).all()
    np.testing.assert_allclose(found[:3], [0, 1, 1], atol=2e-7)
    loss = Comparison(likes, {"rbm": found}, resamples=2, seed=1, only=("log_loss",)).interval("rbm", "log_loss")
    assert np.isfinite(loss).all()


def test_a_mean_of_stars_and_likes_is_refused():
    of_stars, of_likes = Machine(Recipe(**SMALL), "a", threshold=3), ItemMean()
    message = "predictors: expected all to read stars, or none, found a that read them and item mean that do not"
    with pytest.raises(ValueError, match=message):
        Mean([of_stars, of_likes], "mean")
    assert Mean([of_stars, Machine(Recipe(**SMALL), "b", threshold=3)], "mean").reads_stars
    assert not Mean([of_likes, ItemUserBias()], "mean").reads_stars


def test_parts_of_a_comparison_are_the_comparison_of_parts(likes):
    found = evaluate([], likes, resamples=7, seed=1)
    mask = likes.targets.item_index % 2 == 0
    part = found.where(mask)
    assert part.num_ratings == mask.sum()
    right = (found.probabilities["item mean"][mask] > 0.5) == likes.targets.rating[mask]
    assert part.interval("item mean", "accuracy")[0] == pytest.approx(right.mean())


def test_base_rates_of_new_users_learn_from_the_others():
    split = new_users(load("planted").ratings.binarize(3), 0.2, seed=1)
    found = evaluate([], split, resamples=7, seed=1)
    expected = ItemMean().fit(split.train).predict(split.targets.user_index, split.targets.item_index)
    np.testing.assert_array_equal(found.probabilities["item mean"], expected)


def test_stars_of_another_fraction_are_compared_in_parts(stars):
    found = evaluate([], random_fraction(load("planted").ratings, 0.05, seed=2), resamples=7, seed=1)
    part = found.where(found.split.targets.rating >= 4)
    error = found.predictions["item mean"] - found.split.targets.rating
    expected = np.sqrt(np.mean(error[found.split.targets.rating >= 4] ** 2))
    assert part.interval("item mean", "rmse")[0] == pytest.approx(expected)
