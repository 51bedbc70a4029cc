"""Settings chosen by the library: the better precision, and no worse than biases where there is no taste."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib.baselines.contract import Predictor, check_predictor
from rbm_lib.baselines.ordinal_biases import OrdinalBiases
from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets import PlantedSettings, load
from rbm_lib.evaluation.automatic import AutomaticMachine
from rbm_lib.models.recipes import Recipe
from rbm_lib.splits.held_out import random_fraction

SMALL = {"kinds": ["linear"], "num_hidden": 12, "epochs": 4}


@pytest.fixture(scope="module")
def split():
    settings = PlantedSettings(num_users=300, num_items=150, num_ratings=15000)
    return random_fraction(load("planted", planted=settings).ratings, 0.1, seed=1)


@pytest.fixture(scope="module")
def machine(split):
    return AutomaticMachine(precisions=[30, 1e6], **SMALL).fit(split.inputs)


@pytest.fixture(scope="module")
def again(split):
    """The same settings on the same ratings once more, to answer for likes."""
    return AutomaticMachine(precisions=[30, 1e6], threshold=4, **SMALL).fit(split.inputs)


def rmse(predictor, split):
    targets = split.targets
    return float(np.sqrt(np.mean((predictor.predict(targets.user_index, targets.item_index) - targets.rating) ** 2)))


def test_it_is_a_predictor_that_passes_the_biases(machine, split):
    assert isinstance(machine, Predictor)
    check_predictor(machine, Predictor)
    assert machine.seen is split.inputs
    assert rmse(machine, split) < rmse(OrdinalBiases().fit(split.inputs), split) - 0.01


def test_the_better_precision_of_each_base_is_chosen(machine):
    trials = machine.trials
    for based, recipe in zip(("item", "user"), machine.recipes, strict=True):
        own = trials[trials["based"] == based]
        best = own.loc[own["rmse"].idxmin()]
        assert recipe.based == based
        assert recipe.prior_precision == best["prior_precision"] != 1e6  # with which nothing is learnt
        assert own["chosen"].sum() == 1
        assert best["chosen"]


def test_all_of_its_ratings_train_the_machines_in_the_end(machine, split):
    for member in machine.members[1:]:
        assert member.predict_ratings(split).shape == (split.targets.num_ratings,)
    assert machine.members[0].seen is split.inputs


def test_the_same_ratings_give_the_same_machine(machine, again, split):
    np.testing.assert_array_equal(again.predict_ratings(split), machine.predict_ratings(split))


def test_where_there_is_no_taste_it_stays_at_the_biases():
    """Ratings from biases alone: within 0.5 % of what the biases reach."""
    rng = np.random.default_rng(3)
    user, item = (rng.normal(0, s, n) for s, n in ((0.5, 300), (0.7, 150)))
    stars = np.clip(np.rint(3.4 + user[:, None] + item + rng.normal(0, 0.8, (300, 150))), 1, 5)
    ratings = Ratings.from_dense(stars.astype(np.float32), rng.random((300, 150)) < 0.2)
    split = random_fraction(ratings, 0.2, seed=1)
    machine = AutomaticMachine(precisions=[30], **SMALL).fit(split.inputs)
    assert rmse(machine, split) < 1.005 * rmse(OrdinalBiases().fit(split.inputs), split)


def test_all_kinds_of_machines_are_pooled(split):
    """Each with the precision that validation chose for its base."""
    machine = AutomaticMachine(precisions=[30], num_hidden=4, epochs=2).fit(split.inputs)
    units = [(r.based, r.units, r.user_bias, r.hidden_offset, r.prior_precision) for r in machine.recipes]
    linear = [(based, "polynomial", 1, 0.5, 30) for based in ("item", "user")]
    others = [(b, "ordinal", *rest) for b in ("item", "user") for rest in ((1, 0.5, 30), (0, 0.0, 15))]
    assert units == linear + others
    assert len(machine.members) == 7
    assert machine.pool.weights.shape == (9, 3)
    assert rmse(machine, split) < rmse(OrdinalBiases().fit(split.inputs), split)


def test_ratings_of_one_sitting_inform_each_other(split):
    """All of a user's ratings of one evening are higher, of another lower; nobody else can know."""
    ratings, rng = split.inputs, np.random.default_rng(2)
    evening = rng.integers(0, 8, ratings.num_ratings)
    mood = rng.choice([-1, 1], (ratings.num_users, 8))[ratings.user_index, evening]
    moody = replace(ratings, rating=np.clip(ratings.rating + mood, 1, 5).astype(np.float32),
                    timestamp=86_400 * evening + rng.integers(0, 3600, ratings.num_ratings))  # fmt: skip
    moody = random_fraction(moody, 0.2, seed=1)
    machine = AutomaticMachine(precisions=[30], drift=True, **SMALL).fit(moody.inputs)
    errors = machine.predict_ratings(moody) - moody.targets.rating
    assert np.sqrt(np.mean(errors**2)) < rmse(machine, moody) - 0.05  # pairs have no moment
    shares = machine.predict_ratings(moody, output="distribution")
    np.testing.assert_allclose(machine.predict_ratings(moody), shares @ np.arange(1, 6), rtol=1e-5)
    likes = machine.predict_ratings(moody, output="like", threshold=4)
    np.testing.assert_allclose(likes, shares[:, 3:].sum(axis=1), rtol=1e-5)
    with pytest.raises(ValueError, match="train: expected ratings that say when they were given"):
        machine.fit(replace(moody.inputs, timestamp=None))


def test_likes_have_probabilities(split):
    likes = random_fraction(load("planted").ratings.binarize(3).take_users(np.arange(200)), 0.1, seed=1)
    machine = AutomaticMachine(precisions=[30], **SMALL | {"kinds": ["plain", "ordinal"]}).fit(likes.inputs)
    assert [recipe.user_bias for recipe in machine.recipes] == [1, 1, 0, 0]  # likes have no neighbouring stars
    found = machine.predict_ratings(likes)
    assert ((found > 0) & (found < 1)).all()
    assert machine.recipes[0].units == "bernoulli"
    shares = machine.predict_ratings(likes, output="distribution")
    np.testing.assert_allclose(shares[:, 1], found, rtol=1e-5)


def test_it_may_answer_for_likes_and_be_told_stars(machine, again, split):
    assert AutomaticMachine(threshold=4).reads_stars
    found = again.predict(split.targets.user_index, split.targets.item_index)
    np.testing.assert_allclose(found, machine.predict_ratings(split, output="like", threshold=4), rtol=1e-5)


def test_a_rating_that_is_held_out_alone_is_nothing_to_stumble_over(machine, split):
    """Its value is unknown to the machine, which does not look at it."""
    rating = split.targets.rating.copy()
    rating[3] = 4.5
    odd = replace(split, targets=replace(split.targets, rating=rating))
    expected = machine.predict_ratings(split, output="distribution")
    np.testing.assert_array_equal(machine.predict_ratings(odd, output="distribution"), expected)


def test_values_that_only_others_give_can_be_named():
    """Nobody has given 2.5 yet."""
    ratings = Ratings.from_triples(np.arange(120) // 6, np.arange(120) % 6, 1 + np.arange(120) * 7 % 5)
    settings = {"kinds": ["linear", "plain"], "precisions": [30], "num_hidden": 2, "epochs": 1}
    machine = AutomaticMachine(**settings, stars=(1, 2, 2.5, 3, 4, 5)).fit(ratings)
    shares = machine.predict_ratings(random_fraction(ratings, 0.2, seed=1), output="distribution")
    assert shares.shape[1] == 6
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert np.isfinite(shares).all()


@pytest.mark.parametrize(
    ("users", "most"),
    [(30, 1), (10_000, 1), (3, 2)],  # (3, 2): by chance
)
def test_ratings_of_which_none_can_be_held_out_are_refused(users, most):
    """Or else the mean of no errors would be a warning, and no number."""
    user = np.repeat(np.arange(users), most)
    ratings = Ratings.from_triples(user, np.arange(len(user)) % 7, 1 + np.arange(len(user)) % 3)
    with pytest.raises(ValueError, match=rf"train: expected enough ratings .* found {len(user):,}, at most {most} of"):
        AutomaticMachine(fraction=0.01).fit(ratings)


def test_refusals(split):
    with pytest.raises(ValueError, match="fraction: expected a number between 0 and 1"):
        AutomaticMachine(fraction=1)
    with pytest.raises(ValueError, match="kinds: expected one of linear, ordinal, plain, found 'softmax'"):
        AutomaticMachine(kinds=["softmax"])
    with pytest.raises(ValueError, match="precisions: expected at least one number, found none"):
        AutomaticMachine(precisions=[])
    with pytest.raises(ValueError, match="prior_precision: expected a finite number of at least 0"):
        AutomaticMachine(precisions=[-1]).fit(split.inputs)
    alone = Ratings.from_triples([1, 2, 3], [1, 2, 3], [5, 5, 5])
    with pytest.raises(ValueError, match="ratings: expected at least two values, found 5 alone"):
        AutomaticMachine().fit(alone)


@pytest.mark.parametrize("based", ["user", "item"])
def test_the_recipe_for_ratings_takes_their_values(based):
    halves = Ratings.from_triples([1, 1, 2, 2], [1, 2, 1, 2], [0.5, 1.5, 4.0, 1.5])
    recipe = Recipe.for_ratings(halves, based=based, epochs=1, num_hidden=2)
    assert (recipe.stars, recipe.based, recipe.units, recipe.epochs) == ((0.5, 1.5, 4.0), based, "polynomial", 1)
    model = recipe.make(halves)
    model = getattr(model, "model", model)
    assert model.weight_decay == pytest.approx(recipe.prior_precision / 2)  # two users, two films
    assert model.units.values == (0.5, 1.5, 4.0)
    likes = Recipe.for_ratings(halves.binarize(1))
    assert likes.units == "bernoulli"
