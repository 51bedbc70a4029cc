"""The best possible predictions of planted ratings: those of the RBM that the ratings were sampled from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.datasets import Dataset
    from rbm_lib.splits import Split

BEST_POSSIBLE = "best possible"  # its name among the predictors


def predict_best_possible(data: Dataset, split: Split) -> NDArray[np.floating]:
    """P(like) of each target from the RBM that the ratings were sampled from: only chance can make a predictor better.

    It uses the stars of the inputs, and which other films each user rated, but not their stars.

    Args:
        data: `Dataset` whose `truth` is known.
        split: `Split` of its ratings, in stars or binarized.
    Returns:
        probability: float `(num_targets,)`.
    Raises:
        ValueError: if the truth behind the ratings is not known.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.evaluation import binary_metrics, predict_best_possible
        >>> data = load("planted")
        >>> split = random_n(data.ratings.binarize(3), 5, seed=1)
        >>> binary_metrics(split.targets.rating, predict_best_possible(data, split))["auc"] > 0.7
        True
    """
    if data.truth is None:
        raise ValueError(f"data: expected planted ratings, whose truth is known, found {data.name!r}")
    stars, inputs, targets = data.ratings, split.inputs, split.targets
    is_input = np.isin(np.asarray(stars.source_row), np.asarray(inputs.source_row))
    others = stars.select(~is_input & (inputs.ratings_per_user > 0)[stars.user_index])
    probability: NDArray[np.floating] = data.truth.predict_like(stars.select(is_input), others, data.threshold)
    return probability[np.isin(np.asarray(others.source_row), np.asarray(targets.source_row))]


def planted_model(data: Dataset) -> SimpleNamespace:
    """The RBM that the ratings were sampled from, with the attributes that likelihoods need of a model.

    Args:
        data: `Dataset` whose `truth` is known.
    Returns:
        model: with `parameters`, over the films of `data.ratings`, and `units`, softmax over five stars.
    Raises:
        ValueError: if the truth behind the ratings is not known.
    Example:
        >>> from rbm_lib import load
        >>> from rbm_lib.evaluation import planted_model
        >>> planted_model(load("planted")).parameters.interaction_weights.shape
        (1682, 5, 8)
    """
    from rbm_lib.models import RBMParameters, Softmax

    if data.truth is None:
        raise ValueError(f"data: expected planted ratings, whose truth is known, found {data.name!r}")
    truth, film = data.truth, np.searchsorted(data.truth.item_id, data.ratings.item_id)
    units = Softmax()
    arrays = truth.interaction_weights[film], truth.visible_bias[film], truth.hidden_bias
    return SimpleNamespace(parameters=RBMParameters(*arrays, units=units), units=units)
