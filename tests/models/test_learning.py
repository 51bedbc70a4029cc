"""On ratings drawn from a known machine: training leaves the base rates behind and approaches the best possible."""

import keras
import numpy as np
import pytest

from rbm_lib import RBM, first_n, load
from rbm_lib.evaluation.ceiling import predict_best_possible
from rbm_lib.evaluation.comparison import predict_base_rates
from rbm_lib.evaluation.metrics import binary_metrics


@pytest.fixture(scope="module")
def planted():
    data = load("planted")
    return data, first_n(data.ratings.binarize(data.threshold))


@pytest.fixture(scope="module")
def auc_by_epoch(planted):
    """AUC on the targets after 0, 1, ... 36 epochs, in steps of six."""
    _, split = planted
    model = RBM(split.inputs.num_items, 20, weight_decay=0.001, seed=2007)
    model.initialize_from_base_rates(split.inputs, centred=True)
    model.compile(keras.optimizers.Adam(0.01))
    values = []
    for start in range(0, 42, 6):
        if start:
            model.fit(split.inputs, batch_size=64, initial_epoch=start - 6, epochs=start, verbose=0)
        values.append(binary_metrics(split.targets.rating, model.predict_ratings(split))["auc"])
    return values


def test_the_best_possible_predictor_is_above_every_base_rate_and_calibrated(planted):
    data, split = planted
    rating, probability = split.targets.rating, predict_best_possible(data, split)
    best = binary_metrics(rating, probability)
    for name, base in predict_base_rates(split).items():
        found = binary_metrics(rating, base)
        assert best["auc"] > found["auc"] + 0.05, name
        assert best["log_loss"] < found["log_loss"] - 0.02, name
    standard_error = np.sqrt(np.sum(probability * (1 - probability))) / len(rating)
    assert abs(rating.mean() - probability.mean()) < 4 * standard_error


def test_training_approaches_the_ceiling_from_below(planted, auc_by_epoch):
    data, split = planted
    ceiling = binary_metrics(split.targets.rating, predict_best_possible(data, split))["auc"]
    start, end = auc_by_epoch[0], auc_by_epoch[-1]
    bias = binary_metrics(split.targets.rating, predict_base_rates(split)["item+user bias"])["auc"]
    assert start < bias < end < ceiling
    assert (end - start) / (ceiling - start) > 0.2  # a fifth of the way and more


def test_more_epochs_help(auc_by_epoch):
    assert auc_by_epoch[1] < auc_by_epoch[3] < auc_by_epoch[-1]


def test_targets_of_unknown_truth_have_no_ceiling(planted, likes):
    from dataclasses import replace

    data, split = planted
    with pytest.raises(ValueError, match="data: expected planted ratings"):
        predict_best_possible(replace(data, truth=None), split)


def test_the_ceiling_of_a_part_is_the_ceiling_of_the_whole_there(planted):
    """Asked about some of the targets only, the answers about them stay the same: the mask is that of all ratings."""
    from rbm_lib.splits.split import Split

    data, split = planted
    some = split.targets.select(np.arange(split.targets.num_ratings) % 3 == 0)
    part = Split(split.inputs, some, "a third", split.dropped_users)
    whole = predict_best_possible(data, split)
    np.testing.assert_array_equal(predict_best_possible(data, part), whole[::3])
