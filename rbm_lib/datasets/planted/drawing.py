"""Sampling a planted data set: films, who rates which, hidden units, stars; each stage from its own generator."""

import hashlib
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rbm_lib._states import binary_states

from .truth import STARS, PlantedSettings, PlantedTruth

N = TypeVar("N", np.int32, np.int64)

TASTES = (
    *("Sci-Fi", "Romance", "Comedy", "Thriller", "Adventure", "Musical"),
    *("Western", "Horror", "Animation", "Crime", "Fantasy", "War"),
)
# Shares of one to five stars of a film of average quality. Chosen with the numbers below so that the overall shares of
# stars are near those of MovieLens-1M, and that films, users and tastes each explain a visible part of them.
_BASE_SHARES = np.array([0.003, 0.03, 0.24, 0.45, 0.277])
# In logits per star: standard deviation of the films' quality, and the typical weight of a mood and of a taste.
_QUALITY_SPREAD = 0.58
_MOOD_STRENGTH = 0.65
_TASTE_STRENGTH = 0.9
_TASTES_PER_FILM = 3
_QUALITY_OF_FAME = 0.45  # correlation of quality and log popularity
_ACTIVITY_SHAPE = 0.75  # of the gamma distribution of a user's ratings beyond the minimum
_CELLS_AT_ONCE = 4_000_000  # bounds the memory of the vectorised stages


@dataclass(frozen=True, eq=False)
class PlantedDraw:
    """The true RBM, and the ratings in the order of the file to write.

    Attributes:
        truth: the RBM, with the hidden units that were sampled.
        user_index: int64 `(num_ratings,)`, ascending.
        item_index: int64 `(num_ratings,)`, in random order within a user.
        stars: int64 `(num_ratings,)`, 1 to 5.
    """

    truth: PlantedTruth
    user_index: NDArray[np.int64]
    item_index: NDArray[np.int64]
    stars: NDArray[np.int64]


def draw_planted(settings: PlantedSettings) -> PlantedDraw:
    """Sample films, hidden units and stars; a function of `settings` alone.

    Args:
        settings: size and seed.
    Returns:
        draw: every user's ratings, and the RBM they were sampled from.
    """
    films = draw_films(settings)
    user_index, item_index = _draw_mask(settings, films["popularity"])
    truth = PlantedTruth(**films, hidden=np.zeros((settings.num_users, settings.num_hidden), np.uint8))
    state = draw_hidden_states(truth, settings, user_index, item_index)
    truth = PlantedTruth(**films, hidden=truth.hidden_states[state].astype(np.uint8))
    stars = draw_stars(truth, settings.seed, state[user_index], item_index)
    order = np.lexsort((stage_rng(settings.seed, "file order").random(len(stars)), user_index))
    return PlantedDraw(truth, user_index[order], item_index[order], stars[order])


def draw_hidden_states(
    truth: PlantedTruth, settings: PlantedSettings, user_index: NDArray[np.int64], item_index: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Each user's hidden state from p(h | films) ~ exp{ hidden_bias . h } * prod_films Z(film, h).

    Args:
        truth: the RBM.
        settings: number of users, and the seed.
        user_index, item_index: int64 `(num_ratings,)`, which films each user rates.
    Returns:
        state: int64 `(num_users,)`, rows of `truth.hidden_states`.
    """
    uniform = stage_rng(settings.seed, "hidden units").random(settings.num_users)
    return hidden_states_at(uniform, truth, user_index, item_index)


def hidden_states_at(
    uniform: NDArray[np.float64],
    truth: PlantedTruth,
    user_index: NDArray[np.int64],
    item_index: NDArray[np.integer[Any]],
) -> NDArray[np.int64]:
    """`draw_hidden_states` of the users 0 to `len(uniform) - 1`, from one uniform number for each."""
    from scipy.sparse import csr_array

    shape = (len(uniform), len(truth.item_id))
    rated = csr_array((np.ones(len(user_index)), (user_index, item_index)), shape=shape)
    log_weights = rated @ truth.log_normaliser + truth.hidden_states @ truth.hidden_bias
    return _draw_from_log_weights(log_weights, uniform)


def draw_stars(
    truth: PlantedTruth, seed: int, state: NDArray[np.int64], item_index: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sample the stars of each rating from p(stars | h).

    Args:
        truth: the RBM.
        seed: root of the random numbers.
        state: int64 `(num_ratings,)`, the hidden state of each rating's user.
        item_index: int64 `(num_ratings,)`.
    Returns:
        stars: int64 `(num_ratings,)`, 1 to 5.
    """
    return stars_at(stage_rng(seed, "stars").random(len(item_index)), truth, state, item_index)


def stars_at(
    uniform: NDArray[np.float64], truth: PlantedTruth, state: NDArray[np.int64], item_index: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """`draw_stars` from one uniform number for each rating."""
    log_weights = truth.star_log_weights[item_index, :, state]
    return STARS[_draw_from_log_weights(log_weights, uniform)]


def stage_rng(seed: int, stage: str) -> np.random.Generator:
    """The generator of one stage: a change in one stage leaves the random numbers of the others as they are."""
    stage_key = int.from_bytes(hashlib.sha256(stage.encode()).digest()[:8], "little")
    return np.random.Generator(np.random.Philox(key=np.array([seed, stage_key], dtype=np.uint64)))


def draw_films(settings: PlantedSettings) -> dict[str, NDArray[Any]]:
    """Popularity, quality and weights of every film, and the bias of every hidden unit."""
    rng = stage_rng(settings.seed, "films")
    num_items, num_hidden = settings.num_items, settings.num_hidden
    fame, other = rng.standard_normal((2, num_items))
    popularity = np.exp(settings.popularity_spread * fame)
    popularity /= popularity.sum()
    quality = _QUALITY_OF_FAME * fame + np.sqrt(1 - _QUALITY_OF_FAME**2) * other
    # Popular films have more ratings; centring on them keeps the overall shares near the base shares.
    quality = _QUALITY_SPREAD * (quality - popularity @ quality)
    num_moods = num_hidden // 4
    active = rng.uniform(0.35, 0.65, num_hidden)  # how often a unit is on, not counting the effect of the rated films
    coupling = _balance(_draw_couplings(rng, num_items, num_hidden, num_moods), popularity)
    ordinal = STARS - STARS.mean()
    visible_bias = np.log(_BASE_SHARES) + ordinal * (quality - coupling @ active)[:, None]
    offset = _flat_offsets(visible_bias, coupling, active)
    names = [f"Generous mood {mood + 1}" for mood in range(num_moods)] + list(TASTES[: num_hidden - num_moods])
    return {
        "interaction_weights": ordinal[None, :, None] * coupling[:, None, :] - offset[:, None, :],
        "visible_bias": visible_bias,
        "hidden_bias": np.log(active / (1 - active)),
        "popularity": popularity,
        "item_id": np.arange(1, num_items + 1, dtype=np.int64),
        "hidden_names": np.array(names),
    }


def _draw_couplings(rng: np.random.Generator, num_items: int, num_hidden: int, num_moods: int) -> NDArray[np.float64]:
    """Weight of each film to each hidden unit, in logits per star, float64 `(num_items, num_hidden)`."""
    num_tastes = num_hidden - num_moods
    moods = _MOOD_STRENGTH * rng.uniform(0.7, 1.3, (num_items, num_moods))
    tastes = np.zeros((num_items, num_tastes))
    concerned = np.argsort(rng.random(tastes.shape), axis=1)[:, : min(_TASTES_PER_FILM, num_tastes)]
    sign = np.where(rng.random(concerned.shape) < 0.5, -1.0, 1.0)
    strength = _TASTE_STRENGTH * rng.uniform(0.6, 1.4, concerned.shape)
    np.put_along_axis(tastes, concerned, sign * strength, axis=1)
    return np.hstack([moods, tastes])


def _balance(coupling: NDArray[np.float64], popularity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the units' weights orthogonal under the popularity of the films, with little change.

    Two units that share many popular films would otherwise depend on each other through those films' normalisers, and
    users with many ratings would all have the same few hidden states.
    """
    if coupling.shape[0] < coupling.shape[1]:
        return coupling  # fewer films than hidden units: no orthogonal weights exist
    weight = np.sqrt(popularity)[:, None]
    left, _, right = np.linalg.svd(weight * coupling, full_matrices=False)
    return (left @ right) * np.linalg.norm(weight * coupling, axis=0) / weight


def _flat_offsets(
    visible_bias: NDArray[np.float64], coupling: NDArray[np.float64], active: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much each unit, when on, raises each film's log normaliser: the best linear fit over all states.

    After this is subtracted, the fact that a film was rated says little about the units. Otherwise p(h | films) would
    concentrate on the one state with the largest product of normalisers.
    """
    states = binary_states(len(active), np.float64)
    share = np.prod(np.where(states == 1, active, 1 - active), axis=1)  # of each state, for independent units
    tilt = (coupling @ states.T)[:, None, :] * (STARS - STARS.mean())[None, :, None]
    log_normaliser = np.logaddexp.reduce(visible_bias[:, :, None] + tilt, axis=1)
    mean_on = (log_normaliser * share) @ states / active
    mean_off = (log_normaliser * share) @ (1 - states) / (1 - active)
    return mean_on - mean_off


def _draw_mask(
    settings: PlantedSettings, popularity: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who rates which films: users ascending, popular films more often, every film at least once."""
    rng = stage_rng(settings.seed, "films rated")
    counts = draw_counts(settings, rng)
    users_at_once = max(1, _CELLS_AT_ONCE // settings.num_items)
    chosen = []
    for start in range(0, settings.num_users, users_at_once):
        chosen.append(rank_and_choose(rng, counts[start : start + users_at_once], popularity))
    item_index = give_every_film_a_rating(np.concatenate(chosen), settings.num_items, rng)
    return np.repeat(np.arange(settings.num_users), counts), item_index


def rank_and_choose(
    rng: np.random.Generator, counts: NDArray[np.int64], popularity: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A number of distinct films for each user, one by one in proportion to popularity; int64, user after user."""
    # The largest values of log popularity + Gumbel noise are exactly such a sample.
    keys = np.log(popularity) - np.log(-np.log(rng.random((len(counts), len(popularity)))))
    ranking = np.argsort(-keys, axis=1)
    return ranking[np.arange(len(popularity)) < counts[:, None]]


def draw_counts(settings: PlantedSettings, rng: np.random.Generator) -> NDArray[np.int64]:
    """Number of ratings of each user: at least `min_ratings`, a long tail, and the exact total."""
    activity = rng.standard_gamma(_ACTIVITY_SHAPE, settings.num_users)
    counts = np.full(settings.num_users, settings.min_ratings)
    while (left := settings.num_ratings - counts.sum()) > 0:
        open_users = np.flatnonzero(counts < settings.num_items)
        share = left * activity[open_users] / activity[open_users].sum()
        more = np.floor(share).astype(np.int64)
        largest_fractions = np.argsort(more - share, kind="stable")[: left - more.sum()]
        more[largest_fractions] += 1
        counts[open_users] = np.minimum(counts[open_users] + more, settings.num_items)
    return counts


def give_every_film_a_rating(item_index: NDArray[N], num_items: int, rng: np.random.Generator) -> NDArray[N]:
    """Gives each film without a rating a rating of some film that has several."""
    counts = np.bincount(item_index, minlength=num_items)
    unrated = np.flatnonzero(counts == 0).tolist()
    for place in rng.permutation(len(item_index)):
        if not unrated:
            break
        if counts[item_index[place]] > 1:
            counts[item_index[place]] -= 1
            item_index[place] = unrated.pop()
    return item_index


def _draw_from_log_weights(log_weights: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """One category a row, by inverting the cumulative weights at `uniform`."""
    cumulative = np.cumsum(np.exp(log_weights - log_weights.max(axis=1, keepdims=True)), axis=1)
    return (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(axis=1)
