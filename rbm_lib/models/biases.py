"""Biases of films and of users over the scale of ratings, fitted on their own before any weight (coupling) is learnt.

logit of value v for film i and user u = beta_v + t(v) . (alpha_i + a_u),    alpha_i ~ N(0, s_i), a_u ~ N(0, s_u)

t(v) are polynomials of the value. With only the first of them this is the cumulative bias of user and film; the second
describes how widely a user's or a film's ratings spread. The variances are estimated from the data, so biases are
shrunk more where few people rate few films. There is nothing to set.

References:
    Dempster, Laird and Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm".
    Koren (2010), "Factor in the neighbors", section 2.1: biases of users and items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from rbm_lib import sparse
from rbm_lib._checks import check_count

from .units.listed import ListedUnits

if TYPE_CHECKING:
    from rbm_lib.data import Ratings

    from .layer import RBMLayer

ROUNDS = 15  # of EM; after these the variances still change in their third digit
FIRST_VARIANCE, LEAST_VARIANCE = 0.3, 1e-4
TINY = 1e-9  # keeps shares off 0


class Biases(NamedTuple):
    """Fitted biases.

    Attributes:
        overall: float64 `(num_values,)`, beta, in nats.
        film: float64 `(num_items, degree)`, alpha; 0 for films without ratings.
        user: float64 `(num_users, degree)`, a; 0 for users without ratings.
        film_variance, user_variance: float64 `(degree,)`, of the priors.
        tilts: float32 `(num_values, degree)`, t.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.models import Biases, PolynomialSoftmax, fit_biases
        >>> ratings = Ratings.from_triples([1, 1, 2, 2], [10, 20, 10, 20], [5, 4, 2, 1])
        >>> biases = fit_biases(ratings, PolynomialSoftmax())
        >>> isinstance(biases, Biases), biases.film_logits().shape
        (True, (2, 5))
    """

    overall: NDArray[np.float64]
    film: NDArray[np.float64]
    user: NDArray[np.float64]
    film_variance: NDArray[np.float64]
    user_variance: NDArray[np.float64]
    tilts: NDArray[np.float32]

    def film_logits(self) -> NDArray[np.float64]:
        """beta + t . alpha of each film: float64 `(num_items, num_values)`, in nats."""
        logits: NDArray[np.float64] = self.overall + self.film @ self.tilts.T
        return logits

    def transpose(self) -> Biases:
        """The biases of the same ratings with users in place of films: the start of an item-based machine."""
        return self._replace(
            film=self.user, user=self.film, film_variance=self.user_variance, user_variance=self.film_variance
        )


def fit_biases(ratings: Ratings, units: ListedUnits, degree: int = 1) -> Biases:
    """Biases of films and users by expectation maximisation, Laplace's approximation in its first step.

    Args:
        ratings: `Ratings` of the units' values.
        units: visible units with a list of values.
        degree: int, 1 or 2, of the polynomials of the value; 1 for likes.
    Returns:
        biases: `Biases`.
    Raises:
        ValueError: if `degree` is out of range, or a rating is no value of the units.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.models import PolynomialSoftmax, fit_biases
        >>> ratings = Ratings.from_triples([1, 1, 2, 2], [10, 20, 10, 20], [5, 4, 2, 1])
        >>> user = fit_biases(ratings, PolynomialSoftmax()).user[:, 0]
        >>> bool(user[0] > 0 > user[1])
        True
    """
    degree = check_count(degree, "degree", most=2)
    units.check(ratings.rating, "ratings")
    values, tilts = np.asarray(units.values), units.tilts(degree)
    by_user, by_film = ratings, ratings.transpose()
    count = np.bincount(np.searchsorted(values, ratings.rating), minlength=len(values)) + 1.0
    found = Biases(
        np.log(count / count.sum()),
        np.zeros((ratings.num_items, degree)),
        np.zeros((ratings.num_users, degree)),
        np.full(degree, FIRST_VARIANCE),
        np.full(degree, FIRST_VARIANCE),
        tilts,
    )
    for _ in range(ROUNDS):
        film, film_variance, _ = _one_side(
            by_film, found.overall, found.user, found.film, found.film_variance, tilts, values
        )
        found = found._replace(film=film, film_variance=film_variance)
        user, user_variance, expected = _one_side(
            by_user, found.overall, found.film, found.user, found.user_variance, tilts, values
        )
        overall = found.overall + np.log(count / count.sum()) - np.log((expected + TINY) / (expected + TINY).sum())
        found = found._replace(user=user, user_variance=user_variance, overall=overall - overall.mean())
    return found


def _one_side(
    rows: Ratings,
    overall: NDArray[np.float64],
    others: NDArray[np.float64],
    last: NDArray[np.float64],
    variance: NDArray[np.float64],
    tilts: NDArray[np.float32],
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Biases of the rows, given those of the others and their own last values; their prior's variance; mean shares."""
    shares = softmax(overall + others @ tilts.T, axis=1)
    given = rows.row_splits, rows.item_index, rows.rating, shares, tilts, 1 / variance
    bias, spread, expected = sparse.infer_user_biases(*given, values=values, start=last)
    known = np.diff(rows.row_splits) > 0
    if known.any():
        variance = (bias[known].astype(np.float64) ** 2 + spread[known]).mean(axis=0)
    return bias.astype(np.float64), np.maximum(variance, LEAST_VARIANCE), expected.sum(axis=0)


def biases_for(layer: RBMLayer, ratings: Ratings) -> Biases:
    """Biases over the scale of a layer's units, of the degree of its users' biases; see `fit_biases`."""
    if not layer.user_bias:
        way_out = "`initialize_from_base_rates` starts a machine without"
        raise ValueError(f"user_bias: expected a machine with user_bias=1 or 2, found 0; {way_out}")
    return fit_biases(ratings, cast(ListedUnits, layer.units), layer.user_bias)


def start_from_biases(layer: RBMLayer, biases: Biases) -> None:
    """Sets a layer's visible biases, offset and prior of users' biases; see `RBM.initialize_from_biases`."""
    units = cast(ListedUnits, layer.units)
    _check_biases(biases, layer.num_items, units.tilts(layer.user_bias))
    log_shares = np.log(softmax(biases.film_logits(), axis=1)).astype(np.float32)
    layer.visible_bias.assign(units.bias_of(log_shares))
    layer.visible_offset.assign(units.mean_of(log_shares))
    layer.user_precision.assign(1 / biases.user_variance)


def _check_biases(biases: Biases, num_items: int, tilts: NDArray[np.float32]) -> None:
    """Refuses biases whose films or scale are not the machine's."""
    if len(biases.film) != num_items:
        raise ValueError(f"biases: expected those of {num_items} films, found {len(biases.film)}; None fits them")
    if biases.tilts.shape != tilts.shape or not np.allclose(biases.tilts, tilts):
        raise ValueError(
            f"biases: expected polynomials {tilts.T.tolist()} of the value, found {biases.tilts.T.tolist()};"
            " fit them with the machine's units and its user_bias as degree, or leave them out"
        )
