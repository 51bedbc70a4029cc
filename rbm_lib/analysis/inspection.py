"""Inspection of a trained RBM: its hidden units and their films, its chains, sampled (fantasy) users."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from rbm_lib import draws, sparse
from rbm_lib._checks import check_count, check_seed
from rbm_lib.data import Ratings
from rbm_lib.models import check_compiled, densify, gibbs_step, parameters_of_all

from . import annealing

if TYPE_CHECKING:
    from rbm_lib.models import RBM


def hidden_means(model: "RBM", ratings: Ratings) -> NDArray[np.float32]:
    """P(hidden unit on) of each user.

    Args:
        model: `RBM`.
        ratings: `Ratings` of likes and dislikes.
    Returns:
        hidden_means: float32 `(num_users, num_hidden)`.
    Raises:
        ValueError: for units that the compiled loops do not support.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import hidden_means
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> hidden_means(RBM(num_items=2, num_hidden=3, seed=1), likes).shape
        (3, 3)
    """
    rows = (ratings.row_splits, ratings.item_index, ratings.rating)
    values = check_compiled(model.units, "model").values
    return sparse.hidden_probabilities(*rows, parameters_of_all(model), values=values)


def films_of_hidden_units(
    model: "RBM", ratings: Ratings, titles: ArrayLike, *, num_units: int = 4, num_films: int = 6, min_ratings: int = 50
) -> pd.DataFrame:
    """The films that the most selective hidden units favour and disfavour.

    A weight is compared with the mean of its film's weights, which removes what all units share (the film is liked by
    all users). Units are ranked by how much they differ from user to user.

    Args:
        model: `RBM`.
        ratings: `Ratings` it was trained on.
        titles: str `(num_items,)`.
        num_units, num_films: int >= 1, how many units, and films at each end.
        min_ratings: int, films with fewer ratings are left out, because training hardly changed their weights.
    Returns:
        table: DataFrame with columns hidden_unit, end ("favours" or "disfavours") and films (titles, strongest first).
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import RBM, load
        >>> from rbm_lib.analysis import films_of_hidden_units
        >>> data = load("planted")
        >>> likes = data.ratings.binarize(3)
        >>> model = RBM(likes.num_items, num_hidden=3, seed=1)
        >>> films_of_hidden_units(model, likes, data.items["title"].to_numpy(), num_units=2).shape
        (4, 3)
    """
    num_units, num_films = check_count(num_units, "num_units"), check_count(num_films, "num_films")
    check_count(min_ratings, "min_ratings", least=0)
    couplings = model.parameters.interaction_weights.numpy()
    contrast = couplings - couplings.mean(axis=1, keepdims=True)
    known = np.flatnonzero(ratings.ratings_per_item >= min_ratings)
    spread = hidden_means(model, ratings)[ratings.ratings_per_user > 0].std(axis=0)
    rows = []
    for unit in np.argsort(-spread, kind="stable")[:num_units]:
        order = known[np.argsort(-contrast[known, unit], kind="stable")]
        for end, films in (("favours", order[:num_films]), ("disfavours", order[::-1][:num_films])):
            rows.append((int(unit), end, " · ".join(np.asarray(titles)[films])))
    return pd.DataFrame(rows, columns=["hidden_unit", "end", "films"])


def match_hidden_units(learnt: NDArray[np.floating], planted: NDArray[Any], names: Iterable[str]) -> pd.DataFrame:
    """Pairs each planted hidden unit with a learnt one, by the largest total of absolute correlations.

    Args:
        learnt: float `(num_users, num_hidden)`, P(unit on) of the trained model.
        planted: 0 or 1 `(num_users, num_planted)`.
        names: str `(num_planted,)`.
    Returns:
        correlation: DataFrame, the matched learnt units (rows, in the order of their partners) by planted units.
    Example:
        >>> import numpy as np
        >>> from rbm_lib.analysis import match_hidden_units
        >>> planted = np.array([[0, 1], [1, 1], [1, 0], [0, 0], [1, 0]])
        >>> match_hidden_units(1.0 - planted[:, ::-1], planted, np.array(["gore", "wit"])).round(2)
                gore   wit
        unit 1 -1.00  0.17
        unit 0  0.17 -1.00
    """
    num_learnt = learnt.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(learnt.T, planted.T)[:num_learnt, num_learnt:]
    correlation = np.nan_to_num(correlation)  # a unit that never changes has no correlation
    rows, columns = linear_sum_assignment(-np.abs(correlation))
    order = rows[np.argsort(columns)]
    return pd.DataFrame(correlation[order], index=[f"unit {row}" for row in order], columns=list(names))


def chain_of_user(
    model: "RBM", ratings: Ratings, user_index: int, *, gibbs_steps: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """One user's Gibbs chain on the films this user rated.

    Args:
        model: `RBM`.
        ratings: `Ratings` of likes and dislikes.
        user_index: int, the user.
        gibbs_steps: int >= 1, sweeps.
        seed: int, root of the random numbers.
    Returns:
        states: float `(gibbs_steps + 1, num_rated)`, the data first.
        item_index: int `(num_rated,)`, the films.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.analysis import chain_of_user
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> states, item_index = chain_of_user(RBM(num_items=2, num_hidden=3, seed=1), likes, 0, gibbs_steps=5, seed=1)
        >>> states.shape, item_index
        ((6, 2), array([0, 1], dtype=int32))
    """
    gibbs_steps, seed = check_count(gibbs_steps, "gibbs_steps"), check_seed(seed)
    user_index = check_count(user_index, "user_index", least=0, most=ratings.num_users - 1)
    own = slice(*ratings.row_splits[user_index : user_index + 2])
    item_index, rating = ratings.item_index[own], ratings.rating[own]
    visible, observed_mask = densify([0, len(item_index)], item_index, rating, ratings.num_items, model.units)
    address = draws.DrawAddress(seed, draws.PREDICTION, tf.constant(0), tf.constant([user_index]))
    states = [visible]
    for sweep in range(gibbs_steps):
        states.append(gibbs_step(states[-1], observed_mask, parameters_of_all(model), address, sweep))
    return np.concatenate(states)[:, item_index], item_index


def fantasy_users(
    model: "RBM",
    item_index: ArrayLike,
    *,
    num_people: int,
    num_temperatures: int = 100,
    gibbs_steps: int = 300,
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sampled users (fantasies): ratings of every listed film, drawn from the model itself.

    Each comes from a separate chain, which is annealed from independent films to the model and then continued, so that
    it does not depend on data. These users have rated the listed films and no others.

    Args:
        model: `RBM`.
        item_index: int `(num_films,)`, films of the mask, each once.
        num_people: int >= 1, independent chains.
        num_temperatures: int >= 1, steps of the annealing.
        gibbs_steps: int >= 0, sweeps of the model's own chain after it.
        seed: int >= 0, root of the random numbers.
    Returns:
        ratings: float32 `(num_people, num_films)`, values of the units.
        hidden_means: float32 `(num_people, num_hidden)`, P(hidden unit on) of each.
    Raises:
        ValueError: for a film listed twice, or one that the model does not have.
    Example:
        >>> from rbm_lib import RBM
        >>> from rbm_lib.analysis import fantasy_users
        >>> model = RBM(num_items=5, num_hidden=3, seed=1)
        >>> ratings, hidden = fantasy_users(model, [0, 2, 4], num_people=8, num_temperatures=5, gibbs_steps=5, seed=1)
        >>> ratings.shape, hidden.shape
        ((8, 3), (8, 3))
    """
    num_people = check_count(num_people, "num_people")
    num_temperatures = check_count(num_temperatures, "num_temperatures")
    gibbs_steps, seed = check_count(gibbs_steps, "gibbs_steps", least=0), check_count(seed, "seed", least=0)
    item_index = np.asarray(item_index)
    known = (item_index >= 0) & (item_index < model.num_items)
    if not known.all() or len(np.unique(item_index)) < len(item_index):
        raise ValueError(f"item_index: expected films from 0 to {model.num_items - 1}, each once, found {item_index}")
    rng = np.random.default_rng(seed)
    machine = annealing.UserMachine(item_index, parameters_of_all(model))
    visible = annealing.annealed_chains(machine, num_temperatures, num_people, gibbs_steps, rng)
    hidden_means = tf.sigmoid(machine.activation(visible)).numpy().astype(np.float32)
    return np.asarray(model.units.values, np.float32)[machine.decode(visible)], hidden_means


def ratings_of_films(ratings: Ratings, item_index: ArrayLike) -> pd.DataFrame:
    """Users' ratings of some films.

    Args:
        ratings: `Ratings`.
        item_index: int `(num_films,)`, the films.
    Returns:
        table: DataFrame, one row per user who rated any of them, one column per film, in this order; NaN if unrated.
    """
    table = pd.DataFrame({"user": ratings.user_index, "film": ratings.item_index, "rating": ratings.rating})
    table = table[table["film"].isin(item_index)].pivot(index="user", columns="film", values="rating")
    return table.reindex(columns=item_index)


def film_agreement(ratings: Ratings, item_index: ArrayLike, fantasies: NDArray[np.floating] | Ratings) -> pd.DataFrame:
    """Whether pairs of films correlate among fantasy users as they do among real ones.

    Args:
        ratings: `Ratings` of real users.
        item_index: int `(num_films,)`, the films.
        fantasies: float `(num_people, num_films)`, see `fantasy_users`; or `Ratings` of `fantasy_ratings`.
    Returns:
        table: DataFrame, one row per pair of films: first, second (indices into `item_index`), people, fantasies
            (correlation of the two films' ratings among those who rated both), raters (number of real users who did).
    Example:
        >>> import numpy as np
        >>> from rbm_lib import load
        >>> from rbm_lib.analysis import film_agreement
        >>> likes = load("planted").ratings.binarize(3)
        >>> best_known = np.argsort(-likes.ratings_per_item)[:3]
        >>> fantasies = np.random.default_rng(1).integers(0, 2, (50, 3)).astype(np.float32)
        >>> film_agreement(likes, best_known, fantasies).columns.tolist()
        ['first', 'second', 'people', 'fantasies', 'raters']
    """
    item_index = np.asarray(item_index)
    known = ratings_of_films(ratings, item_index)
    people, raters = known.corr().to_numpy(), known.notna().astype(int).T @ known.notna().astype(int)
    if isinstance(fantasies, Ratings):
        drawn = ratings_of_films(fantasies, item_index).corr().to_numpy()
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = np.atleast_2d(np.corrcoef(fantasies.T))  # of one film NumPy makes a number
    first, second = np.triu_indices(len(item_index), 1)
    columns = {"first": first, "second": second, "people": people[first, second], "fantasies": drawn[first, second]}
    return pd.DataFrame(columns | {"raters": raters.to_numpy()[first, second]})
