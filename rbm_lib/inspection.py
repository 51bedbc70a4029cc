"""Looking into a trained RBM: which films move a hidden unit, how its chain wanders, which planted unit it found."""

import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.optimize import linear_sum_assignment

from rbm_lib import contrastive_divergence, draws, feeds, sparse


def hidden_means(model, ratings):
    """P(hidden unit on) of each user.

    Args:
        model: `RBM`.
        ratings: `Ratings` of likes and dislikes.
    Returns:
        hidden_means: float32 `(num_users, num_hidden)`.
    """
    return sparse.hidden_probabilities(ratings.row_splits, ratings.item_index, ratings.rating, model.parameters)


def films_of_hidden_units(model, ratings, titles, *, num_units=4, num_films=6, min_ratings=50):
    """The films that the most selective hidden units favour and disfavour.

    A coupling is read against the mean of its film's couplings, so that what all units share (the film is liked by
    everybody) drops out. Units are ranked by how much they differ from user to user.

    Args:
        model: `RBM`.
        ratings: `Ratings` it was trained on.
        titles: str `(num_items,)`.
        num_units, num_films: int >= 1, how many units, and films at each end.
        min_ratings: int, films with fewer ratings are left out: their couplings hardly moved.
    Returns:
        table: DataFrame with columns hidden_unit, end ("favours" or "disfavours") and films (titles, strongest first).
    """
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


def match_hidden_units(learnt, planted, names):
    """Pairs each planted hidden unit with a learnt one, by the largest total of absolute correlations.

    Args:
        learnt: float `(num_users, num_hidden)`, P(unit on) of the trained model.
        planted: 0 or 1 `(num_users, num_planted)`.
        names: str `(num_planted,)`.
    Returns:
        correlation: DataFrame, the matched learnt units (rows, in the order of their partners) by planted units.
    """
    num_learnt = learnt.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(learnt.T, planted.T)[:num_learnt, num_learnt:]
    correlation = np.nan_to_num(correlation)  # a unit that never changes has no correlation
    rows, columns = linear_sum_assignment(-np.abs(correlation))
    order = rows[np.argsort(columns)]
    return pd.DataFrame(correlation[order], index=[f"unit {row}" for row in order], columns=list(names))


def chain_of_user(model, ratings, user_index, *, gibbs_steps, seed):
    """One user's Gibbs chain on the films this user rated.

    Args:
        model: `RBM`.
        ratings: `Ratings` of likes and dislikes.
        user_index: int, whose chain.
        gibbs_steps: int >= 1, sweeps.
        seed: int, root of the draws.
    Returns:
        states: float `(gibbs_steps + 1, num_rated)`, the data first.
        item_index: int `(num_rated,)`, the films.
    """
    own = slice(*ratings.row_splits[user_index : user_index + 2])
    item_index, rating = ratings.item_index[own], ratings.rating[own]
    visible, observed_mask = feeds.densify([0, len(item_index)], item_index, rating, ratings.num_items)
    address = draws.DrawAddress(seed, draws.PREDICTION, tf.constant(0), tf.constant([user_index]))
    states = [visible]
    for sweep in range(gibbs_steps):
        states.append(contrastive_divergence.gibbs_step(states[-1], observed_mask, model.parameters, address, sweep))
    return np.concatenate(states)[:, item_index], item_index
