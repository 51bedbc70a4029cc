"""A blend gives back the spread that a mean loses, trusts the better machine, and learns from validation alone."""

from dataclasses import replace

import numpy as np
import pytest

from rbm_lib import random_n
from rbm_lib.data.ratings import Ratings
from rbm_lib.models.blend import Blend

STARS = (1.0, 2.0, 3.0, 4.0, 5.0)
NUM_USERS, NUM_ITEMS = 211, 61


class Told:
    """A machine that says of every rating a normal-shaped distribution around a number it was told."""

    def __init__(self, centre, width=0.7):
        self.centre, self.width = centre, width

    def predict_ratings(self, split, output):
        assert output == "distribution"
        centre = self.centre[split.targets.user_index, split.targets.item_index][:, None]
        shares = np.exp(-(((np.array(STARS) - centre) / self.width) ** 2) / 2)
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def world():
    """Stars made of two tastes; each machine knows one of them; a validation part and a test part."""
    rng = np.random.default_rng(7)
    tastes = rng.normal(0, 0.9, (2, NUM_USERS, NUM_ITEMS))
    stars = np.clip(np.rint(3 + tastes[0] + 0.5 * tastes[1] + rng.normal(0, 0.3, tastes[0].shape)), 1, 5)
    observed_mask = rng.random(stars.shape) < 0.6
    split = random_n(Ratings.from_dense(stars, observed_mask), 7, seed=3)
    return split.validation(0.3, seed=5), split, [Told(3 + tastes[0]), Told(3 + tastes[1])]


def error(found, split):
    return np.sqrt(np.mean((found - split.targets.rating) ** 2))


def test_it_gives_back_what_a_mean_takes_away(world):
    tuning, split, machines = world
    found = Blend(STARS).fit(machines, tuning).predict_ratings(machines, split)
    mean = np.mean([m.predict_ratings(split, output="distribution") @ np.array(STARS) for m in machines], axis=0)
    slope = [np.polyfit(one, split.targets.rating, 1)[0] for one in (mean, found)]
    assert slope[0] > 1.2  # a mean that varies too little
    assert slope[1] == pytest.approx(1, abs=0.1)
    assert error(found, split) < 0.75 * error(mean, split)
    assert found.dtype == np.float32
    assert found.min() >= 1
    assert found.max() <= 5


def test_the_better_machine_is_believed_more(world):
    tuning, split, machines = world
    blend = Blend(STARS).fit(machines, tuning)
    found = blend.predict_ratings(machines, split)
    shuffled = np.random.default_rng(1).permutation(machines[0].centre.ravel()).reshape(machines[0].centre.shape)
    without_first = blend.predict_ratings([Told(shuffled), machines[1]], split)
    without_second = blend.predict_ratings([machines[0], Told(shuffled)], split)
    assert error(found, split) < error(without_second, split) < error(without_first, split)


def test_probabilities_of_a_like_are_calibrated(world):
    tuning, split, machines = world
    found = Blend(STARS, threshold=3).fit(machines, tuning).predict_ratings(machines, split)
    liked = split.targets.rating >= 3
    assert found.min() > 0
    assert found.max() < 1
    for part in np.array_split(np.argsort(found), 5):
        expected = found[part].mean()
        chance = np.sqrt(max(expected * (1 - expected), 0.01) / len(part))
        assert abs(liked[part].mean() - expected) < 5 * chance
    bare = machines[0].predict_ratings(split, output="distribution")[:, 2:].sum(axis=1)
    assert np.mean((found - liked) ** 2) < np.mean((bare - liked) ** 2)


def test_targets_have_no_say(world):
    """The test part's stars, turned over, leave every prediction as it was."""
    tuning, split, machines = world
    turned = split.targets.select(np.ones(split.targets.num_ratings, bool))
    object.__setattr__(turned, "rating", 6 - turned.rating)
    blend = Blend(STARS).fit(machines, tuning)
    other = replace(split, targets=turned)
    np.testing.assert_array_equal(blend.predict_ratings(machines, split), blend.predict_ratings(machines, other))


def test_what_cannot_be_blended_is_refused(world):
    tuning, split, machines = world
    with pytest.raises(ValueError, match="machines: expected at least one, found none"):
        Blend(STARS).fit([], tuning)
    with pytest.raises(ValueError, match="threshold: expected above 1 and up to 5, found 1"):
        Blend(STARS, threshold=1)
    with pytest.raises(ValueError, match="expected one that was fitted"):
        Blend(STARS).predict_ratings(machines, split)
    for threshold in (None, 3):
        blend = Blend(STARS, threshold=threshold).fit(machines, tuning)
        with pytest.raises(ValueError, match="machines: expected 2, as in fit, found 3"):
            blend.predict_ratings([*machines, machines[0]], split)
