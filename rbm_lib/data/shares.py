"""The distinct values of ratings, each film's smoothed shares of them, and the biases that reproduce these shares."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_number

from .checks import check_likes
from .ratings import Ratings

MOST_VALUES = 20  # distinct ratings; a scale of stars has no more


def star_values(ratings: Ratings) -> tuple[float, ...]:
    """The distinct ratings, ascending: the values that a visible unit must have.

    Args:
        ratings: `Ratings` in stars.
    Returns:
        values: tuple of floats, at least two.
    Raises:
        ValueError: if all ratings are the same, or have more than `MOST_VALUES` values.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import star_values
        >>> star_values(Ratings.from_triples([1, 2, 3], [10, 10, 20], [4, 5, 2.5]))
        (2.5, 4.0, 5.0)
    """
    values = tuple(float(value) for value in np.unique(ratings.rating))
    if len(values) < 2:
        raise ValueError(f"ratings: expected at least two different ratings, found {values[0]:g} everywhere")
    if len(values) > MOST_VALUES:
        raise ValueError(
            f"ratings: expected a scale of at most {MOST_VALUES} values, found {len(values)}, as {values[0]:g}, "
            f"{values[1]:g}, {values[2]:g}; round them, to half stars for example"
        )
    return values


def base_rate_logits(ratings: Ratings, smoothing: float = 5.0) -> NDArray[np.float32]:
    """Visible biases that reproduce each film's smoothed share of likes.

    log odds of (likes + smoothing * overall share) / (ratings + smoothing), film by film

    Args:
        ratings: `Ratings` of likes and dislikes.
        smoothing: float > 0, how many ratings at the overall share are added to each film.
    Returns:
        visible_bias: float32 `(num_items,)`, in nats.
    Raises:
        ValueError: for `smoothing` of 0 or less, or ratings other than 0 and 1.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import base_rate_logits
        >>> likes = Ratings.from_triples([1, 2, 3, 1], [10, 10, 10, 20], [1, 1, 1, 0])
        >>> base_rate_logits(likes, smoothing=1).round(2)
        array([ 2.51, -0.62], dtype=float32)
    """
    check_likes(ratings.rating, "ratings")
    log_share = star_base_rates(ratings, (0.0, 1.0), smoothing)
    return log_share[:, 1] - log_share[:, 0]


def star_base_rates(ratings: Ratings, values: Sequence[float], smoothing: float = 5.0) -> NDArray[np.float32]:
    """Log of each film's smoothed share of each value: (count + smoothing * overall share) / (ratings + smoothing).

    Args:
        ratings: `Ratings` of these values.
        values: ascending floats, the possible ratings.
        smoothing: float > 0, how many ratings at the overall shares are added to each film.
    Returns:
        visible_bias: float32 `(num_items, num_values)`, in nats.
    Raises:
        ValueError: for `smoothing` of 0 or less.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.data import star_base_rates
        >>> ratings = Ratings.from_triples([1, 2, 3, 1], [10, 10, 10, 20], [5, 5, 4, 4])
        >>> np.exp(star_base_rates(ratings, values=(4.0, 5.0), smoothing=2)).round(2)
        array([[0.4 , 0.6 ],
               [0.67, 0.33]], dtype=float32)
    """
    check_number(smoothing, "smoothing", above=0)
    state = np.searchsorted(np.asarray(values, np.float32), ratings.rating)
    place = ratings.item_index.astype(np.int64) * len(values) + state
    count = np.bincount(place, minlength=ratings.num_items * len(values)).reshape(-1, len(values))
    overall = count.sum(axis=0) + 1 / len(values)  # one rating spread over the values, so that no share is 0
    overall = overall / overall.sum()
    share = (count + smoothing * overall) / (count.sum(axis=1, keepdims=True) + smoothing)
    return np.log(share).astype(np.float32)
