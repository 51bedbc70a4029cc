"""Thresholds of likes and of list items: the default that fits the scale, or a notebook's parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rbm_lib._checks import check_number

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import Dataset

TOP = 0.75  # of the way up the scale: four stars of one to five


def with_threshold(data: Dataset, threshold: float | None) -> Dataset:
    """The data set with another threshold of a like.

    Args:
        data: `Dataset`, whose own threshold fits its scale, or is given beside its file.
        threshold: fewest stars of a like; None keeps the data set's own.
    Returns:
        data: `Dataset`.
    Raises:
        ValueError: unless the threshold is one of the ratings or between two of them; otherwise all ratings would be
            likes, or none.
    """
    if threshold is None:
        return data
    threshold = float(check_number(threshold, "THRESHOLD"))
    low, high = float(data.ratings.rating.min()), float(data.ratings.rating.max())
    if not low < threshold <= high and low < high:
        expected = f"more than {low:g} and at most {high:g}, so that there are likes and dislikes"
        raise ValueError(f"THRESHOLD: expected {expected}, found {threshold:g}")
    return replace(data, threshold=threshold)


def like_in_words(data: Dataset) -> str:
    """A sentence (Markdown) that says what a like is, on which scale."""
    values = np.unique(data.ratings.rating)
    scale = f"only {values[0]:g}" if len(values) == 1 else f"from {values[0]:g} to {values[-1]:g}"
    return f"A like is a rating of {data.threshold:g} or more; the ratings are {scale}."


def relevant_from(data: Dataset, relevant: float | None) -> float:
    """Fewest stars of a film that is relevant for a list.

    Args:
        data: `Dataset`.
        relevant: a number; None takes the lowest rating in the top quarter of the scale, but at least the threshold of
            a like.
    Returns:
        relevant: float.
    Raises:
        ValueError: if no rating is that high.
    """
    values = np.unique(data.ratings.rating).astype(np.float64)
    if relevant is not None:
        return float(check_number(relevant, "RELEVANT", most=float(values[-1])))
    least = max(values[0] + TOP * (values[-1] - values[0]), min(data.threshold, values[-1]))
    return float(values[np.searchsorted(values, least - 1e-6)])


def constant_answer(likes: Ratings) -> str:
    """The answer of the base rate *always-like*: "like", or "dislike" if likes are not the majority.

    Args:
        likes: `Ratings` of likes and dislikes that it is fitted on.
    """
    return "like" if likes.rating.mean(dtype=np.float64) > 0.5 else "dislike"
