"""Ratings sampled from a known RBM, so that the best possible predictor can be computed beside every trained one.

The model has one softmax unit of five stars for each film and a few binary hidden units of two kinds: moods, which
raise all of a user's stars a little, and tastes, each of which likes some films and dislikes others.

The films that a user rates are sampled first: popular films more often, and popular films are better on average, as in
MovieLens. This does not depend on the user's hidden units, so the stars are missing at random. Given the films, the
hidden units are sampled from their exact marginal p(h | films), by enumeration of all 2**num_hidden states, and the
stars from p(stars | h): together an exact sample from the RBM masked to those films.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import LARGEST_LONG_SEED, check_count, check_number, check_seed
from rbm_lib._states import binary_states
from rbm_lib.data import Ratings

STARS = np.arange(1, 6)
_MOST_HIDDEN = 12  # 2**12 states are enumerated for each user


@dataclass(frozen=True)
class PlantedSettings:
    """Size and seed of a planted data set; the default has the shape of MovieLens-100K.

    Attributes:
        num_users: at least 1.
        num_items: films, at least 2; each gets at least one rating.
        num_ratings: shared among the users with a long tail.
        num_hidden: hidden units, 1 to 12; one in four is a mood, the others are tastes.
        seed: root of all random numbers, from 0 to 2**64 - 1.
        min_ratings: the fewest ratings of a user.
        popularity_spread: standard deviation of the films' log popularity, 0 to 5; a larger one makes a longer tail.
    Raises:
        ValueError: names the setting that is out of range, and the range.
    Example:
        >>> from rbm_lib import load
        >>> from rbm_lib.datasets import PlantedSettings
        >>> settings = PlantedSettings(num_users=50, num_items=30, num_ratings=1200, seed=3)
        >>> load("planted", planted=settings).ratings
        Ratings(num_users=50, num_items=30, num_ratings=1200)
    """

    num_users: int = 943
    num_items: int = 1682
    num_ratings: int = 100_000
    num_hidden: int = 8
    seed: int = 2007
    min_ratings: int = 20
    popularity_spread: float = 1.3

    def __post_init__(self) -> None:
        check_count(self.num_users, "num_users", most=10_000_000)
        check_count(self.num_items, "num_items", least=2, most=1_000_000)
        check_count(self.num_hidden, "num_hidden", most=_MOST_HIDDEN)
        check_seed(self.seed, most=LARGEST_LONG_SEED)
        check_count(self.min_ratings, "min_ratings", most=self.num_items)
        fewest = max(self.num_users * self.min_ratings, self.num_items)
        check_count(self.num_ratings, "num_ratings", least=fewest, most=self.num_users * self.num_items)
        check_number(self.popularity_spread, "popularity_spread", least=0, most=5)

    def digest(self) -> str:
        """SHA-256 of the settings, hexadecimal."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=int).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class PlantedTruth:
    """The RBM from which the ratings were sampled.

    Attributes:
        interaction_weights: float64 `(num_items, 5, num_hidden)`.
        visible_bias: float64 `(num_items, 5)`.
        hidden_bias: float64 `(num_hidden,)`.
        popularity: float64 `(num_items,)`, sums to 1; films are sampled in proportion to it, without replacement.
        item_id: int64 `(num_items,)`, ascending.
        hidden_names: str `(num_hidden,)`, the meaning of each hidden unit.
        hidden: uint8 `(num_users, num_hidden)`, the hidden units sampled for each user, in the order of the user ids.
    Example:
        >>> from rbm_lib import load
        >>> load("planted").truth.interaction_weights.shape
        (1682, 5, 8)
    """

    interaction_weights: NDArray[np.float64]
    visible_bias: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    popularity: NDArray[np.float64]
    item_id: NDArray[np.int64]
    hidden_names: NDArray[np.str_]
    hidden: NDArray[np.uint8]

    @cached_property
    def hidden_states(self) -> NDArray[np.float64]:
        """Every state of the hidden units, float64 `(2**num_hidden, num_hidden)`."""
        return binary_states(len(self.hidden_bias), np.float64)

    @cached_property
    def star_log_weights(self) -> NDArray[np.float64]:
        """visible_bias + interaction_weights . hidden for every state, float64 `(num_items, 5, num_states)`."""
        return self.visible_bias[:, :, None] + self.interaction_weights @ self.hidden_states.T

    @cached_property
    def log_normaliser(self) -> NDArray[np.float64]:
        """Log of the sum of each film's star weights, in every state, float64 `(num_items, num_states)`."""
        return np.logaddexp.reduce(self.star_log_weights, axis=1)

    def predict_stars(self, inputs: Ratings, targets: Ratings) -> NDArray[np.float64]:
        """P(stars | the input stars, and which films are rated) of each target: no predictor can be better.

        p(h | inputs, films) ~ exp{ hidden_bias . h } * prod_inputs exp{ w(film, stars, h) } * prod_targets Z(film, h),
        where w are the star weights and Z(film, h) = sum over stars of exp{ w(film, stars, h) }: a target's own stars
        are summed out, but the fact that its film was rated is used. A film in neither part counts as unrated.

        Args:
            inputs: stars 1 to 5.
            targets: over the same users and items; its stars are not read.
        Returns:
            probabilities: float64 `(num_targets, 5)`, in the order of `targets`.
        Raises:
            ValueError: if an input is not a whole number of stars, an item is unknown or the vocabularies differ.
        """
        from rbm_lib.data import check_same_vocabulary

        check_same_vocabulary(inputs, targets, ("inputs", "targets"))
        item = self._film_index(inputs)
        probabilities = np.empty((targets.num_ratings, len(STARS)))
        for user in np.flatnonzero(targets.ratings_per_user):
            seen = slice(inputs.row_splits[user], inputs.row_splits[user + 1])
            asked = slice(targets.row_splits[user], targets.row_splits[user + 1])
            films = item[targets.item_index[asked]]
            log_posterior = self.hidden_states @ self.hidden_bias + self.log_normaliser[films].sum(axis=0)
            star = _star_index(inputs.rating[seen])
            log_posterior += self.star_log_weights[item[inputs.item_index[seen]], star].sum(axis=0)
            posterior = np.exp(log_posterior - np.logaddexp.reduce(log_posterior))
            given_state = np.exp(self.star_log_weights[films] - self.log_normaliser[films][:, None, :])
            probabilities[asked] = given_state @ posterior
        return probabilities

    def predict_like(self, inputs: Ratings, targets: Ratings, threshold: float = 3) -> NDArray[np.float64]:
        """P(at least `threshold` stars) of each target: the best possible prediction.

        Args:
            inputs: stars 1 to 5, not binarized.
            targets: over the same users and items; its stars are not read.
            threshold: the fewest stars of a like.
        Returns:
            probability: float64 `(num_targets,)`, in the order of `targets`.
        Raises:
            ValueError: as in `predict_stars`.
        """
        check_number(threshold, "threshold")
        return self.predict_stars(inputs, targets)[:, threshold <= STARS].sum(axis=1)

    def _film_index(self, ratings: Ratings) -> NDArray[np.int64]:
        if ratings.item_id.dtype != self.item_id.dtype:
            raise ValueError(f"inputs: expected {self.item_id.dtype} item ids, found {ratings.item_id.dtype}")
        place = np.searchsorted(self.item_id, ratings.item_id)
        known = (place < len(self.item_id)) & (
            self.item_id[np.minimum(place, len(self.item_id) - 1)] == ratings.item_id
        )
        if not known.all():
            found = ratings.item_id[~known][0].item()
            raise ValueError(f"inputs: expected items of the planted data set, found {found!r}")
        return place


def _star_index(rating: NDArray[np.float32]) -> NDArray[np.int64]:
    star = rating.astype(np.int64) - STARS[0]
    wrong = (star < 0) | (star >= len(STARS)) | (star + STARS[0] != rating)
    if wrong.any():
        raise ValueError(f"inputs: expected whole stars from 1 to 5, not likes, found {rating[wrong][0]:g}")
    return star
