"""From probabilities to what is asked for: four ways, worked by hand, and the metrics of held-out stars."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM
from rbm_lib.models.outputs import TargetMetrics, summarize, summarize_shares
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.ordinal import OrdinalSoftmax
from rbm_lib.models.units.softmax import Softmax
from rbm_lib.splits.split import Split

STARS = (0.5, 2.0, 3.5)
LIKES = np.array([0.25, 0.5, 0.75], np.float32)
SHARES = np.array([[0.5, 0.25, 0.25], [0.125, 0.25, 0.625], [0.25, 0.5, 0.25]], np.float32)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("expected", [0.25, 0.5, 0.75]),
        ("mode", [0, 0, 1]),  # at one half, the lower value
        ("like", [0.25, 0.5, 0.75]),
        ("distribution", [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]),
    ],
)
def test_likes_worked_by_hand(output, expected):
    found = summarize(LIKES, Bernoulli(), output, threshold=99)  # a threshold of stars means nothing here
    np.testing.assert_array_equal(found, np.float32(expected))
    assert found.dtype == np.float32


@pytest.mark.parametrize("kind", [Softmax, OrdinalSoftmax])
@pytest.mark.parametrize(
    ("output", "threshold", "expected"),
    [
        ("expected", 3, [0.25 + 0.5 + 0.875, 0.0625 + 0.5 + 2.1875, 0.125 + 1.0 + 0.875]),
        ("mode", 3, [0.5, 3.5, 2.0]),
        ("like", 3, [0.25, 0.625, 0.25]),
        ("like", 3.5, [0.25, 0.625, 0.25]),
        ("like", 2, [0.5, 0.875, 0.75]),
        ("distribution", 3, SHARES),
    ],
)
def test_stars_worked_by_hand(kind, output, threshold, expected):
    found = summarize(SHARES, kind(STARS), output, threshold)
    np.testing.assert_array_equal(found, np.float32(expected))
    assert found.dtype == np.float32


def test_shares_that_add_up_to_more_than_one_make_no_like_more_than_certain():
    """In float32 a softmax may add up to a little more than one."""
    shares = np.float32([[0.0, 0.5, 0.5000002]])
    assert shares.sum() > 1
    found = summarize(shares, Softmax(STARS), "like", 2)
    assert (found.tolist(), found.dtype) == ([1.0], np.float32)


def test_of_equally_likely_stars_the_lowest_is_the_mode():
    np.testing.assert_array_equal(summarize(np.full((1, 3), 1 / 3), Softmax(STARS), "mode"), [0.5])


@pytest.mark.parametrize("threshold", [0.5, 0, 3.6, np.nan])
def test_a_threshold_that_makes_everything_or_nothing_a_like_is_refused(threshold):
    expected = "a finite number" if np.isnan(threshold) else r"above 0\.5 and up to 3\.5"
    with pytest.raises(ValueError, match=f"threshold: expected {expected}, found"):
        summarize(SHARES, Softmax(STARS), "like", threshold)


def test_an_unknown_output_is_refused():
    with pytest.raises(ValueError, match="output: expected one of expected, mode, like, distribution, found 'median'"):
        summarize(SHARES, Softmax(STARS), "median")


@pytest.fixture
def question():
    """A model of stars and one of likes, and a split of three ratings to predict."""
    inputs = Ratings.from_triples([1, 2, 3], [10, 11, 10], [0.5, 3.5, 2.0], item_ids=[10, 11, 12])
    targets = Ratings.from_triples([1, 2, 3], [11, 12, 12], [2.0, 0.5, 3.5], item_ids=[10, 11, 12])
    split = Split(inputs, targets, "by hand", inputs.user_id[:0])
    return RBM(3, 2, units=Softmax(STARS), seed=1), RBM(3, 2, seed=1), split


def test_the_model_gives_what_summarize_makes_of_its_probabilities(question):
    stars, likes, split = question
    stars.rbm_layer.visible_bias.assign(np.log(SHARES))
    for model, asked in ((stars, split), (likes, split.binarize())):
        share = model.predict_ratings(asked, output="distribution")
        assert share.shape == (3, len(model.units.values))
        probability = share[:, 1] if model is likes else share
        for output in ("expected", "mode", "like"):
            expected = summarize(probability, model.units, output)
            np.testing.assert_allclose(model.predict_ratings(asked, output=output), expected, atol=1e-6)
        for inference in ("exact", "sampled"):
            found = model.predict_ratings(asked, inference=inference, output="mode")
            assert set(found) <= set(np.float32(model.units.values))


def test_the_model_refuses_before_it_computes(question):
    stars, likes, split = question
    with pytest.raises(ValueError, match="output: expected one of"):
        likes.predict_ratings(split.binarize(), output="stars")
    with pytest.raises(ValueError, match="threshold: expected above"):
        stars.predict_ratings(split, output="like", threshold=4)
    with pytest.raises(ValueError, match="inference: expected one of"):
        stars.predict_ratings(split, inference="guess")
    with pytest.raises(ValueError, match=r"targets: expected ratings 0 \(dislike\) or 1 \(like\)"):
        likes.predict_ratings(Split(split.inputs.binarize(), split.targets, "stars", split.dropped_users))


def test_metrics_of_stars_worked_by_hand():
    metrics = TargetMetrics(Softmax(STARS))
    rating, expected = np.float32([0.5, 3.5, 3.5]), SHARES @ np.float32(STARS)
    for rows in (slice(0, 2), slice(2, 3)):  # in two batches: each rating counts once
        found = metrics.update(tf.constant(rating[rows]), tf.constant(SHARES[rows]))
    assert list(found) == ["loss", "rmse", "mae", "log_loss"]
    assert float(found["loss"]) == float(found["log_loss"])
    assert float(found["rmse"]) == pytest.approx(np.sqrt(np.mean((expected - rating) ** 2)), rel=1e-6)
    assert float(found["mae"]) == pytest.approx(np.mean(np.abs(expected - rating)), rel=1e-6)
    assert float(found["log_loss"]) == pytest.approx(-np.mean(np.log([0.5, 0.625, 0.25])), rel=1e-6)


def test_metrics_of_likes_worked_by_hand():
    found = TargetMetrics(Bernoulli()).update(tf.constant([0.0, 1.0, 1.0]), tf.constant(LIKES))
    assert float(found["accuracy"]) == pytest.approx(2 / 3)  # one half is no like
    assert float(found["auc"]) == pytest.approx(1.0, abs=1e-3)
    assert float(found["log_loss"]) == pytest.approx(-np.mean(np.log([0.75, 0.5, 0.75])), rel=1e-6)


def test_a_probability_of_nought_costs_much_and_not_everything():
    certain = tf.constant([[1.0, 0.0, 0.0]])
    found = TargetMetrics(Softmax(STARS)).update(tf.constant([3.5]), certain)
    assert 10 < float(found["log_loss"]) < 20


def test_the_model_evaluates_stars_by_these_metrics(question):
    stars, _, split = question
    stars.compile()
    found = stars.evaluate(split, verbose=0, return_dict=True)
    share, expected = (stars.predict_ratings(split, output=output) for output in ("distribution", "expected"))
    rating = split.targets.rating
    given = share[np.arange(3), np.searchsorted(STARS, rating)]
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((expected - rating) ** 2)), rel=1e-5)
    assert found["mae"] == pytest.approx(np.mean(np.abs(expected - rating)), rel=1e-5)
    assert found["log_loss"] == pytest.approx(-np.mean(np.log(given)), rel=1e-5)


def test_what_a_matrix_product_flags_and_drops_is_no_warning(recwarn):
    """A warning in a notebook is an error on its page; parameters that are no numbers are refused before."""
    found = summarize_shares(np.array([[0.25, 0.75], [np.inf, 0.0]]), np.array([0.0, 1.0]), "expected")
    assert found[0] == 0.75
    assert not recwarn.list


@pytest.mark.parametrize("kind", [Softmax, OrdinalSoftmax])
def test_stars_that_are_nought_and_one_are_stars(kind):
    """Their two shares were taken for one probability of a like, and the graph failed."""
    metrics = TargetMetrics(kind((0.0, 1.0)))
    found = metrics.update(tf.constant([1.0, 0.0]), tf.constant([[0.25, 0.75], [0.5, 0.5]]))
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        {"loss": -np.log(0.375) / 2, "rmse": np.sqrt((0.0625 + 0.25) / 2), "mae": 0.375, "log_loss": -np.log(0.375) / 2}
    )
