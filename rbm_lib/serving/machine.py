"""A trained machine in NumPy: expected ratings and lists, for one user or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbm_lib._checks import check_choice, check_count

from . import users
from .tables import INFERENCES, Tables, check

if TYPE_CHECKING:
    Item = int | str

AT_ONCE = 2**22  # most numbers held at a time in a table of users by films


class ServedMachine:
    """A trained user-based machine in NumPy, with the lists and ratings of its `RBM` up to rounding.

    Args:
        tables: `Tables`; `RBM.to_numpy` makes them, `serving.load` reads them.
    Raises:
        ValueError: naming the table, if shapes disagree or a number is not finite.
    Example:
        >>> from rbm_lib import RBM
        >>> machine = RBM(num_items=3, num_hidden=2).to_numpy(item_id=["Alien", "Heat", "Ran"])
        >>> machine.predict({"Alien": 1}, ["Heat", "Ran"]).round(2).tolist()
        [0.5, 0.5]
    """

    def __init__(self, tables: Tables) -> None:
        check(tables)
        self.tables = tables

    def __repr__(self) -> str:
        num_items, _, num_hidden = self.tables.weights.shape
        values = ", ".join(f"{value:g}" for value in self.tables.values)
        return f"ServedMachine(num_items={num_items}, num_hidden={num_hidden}, values=[{values}])"

    @cached_property
    def _place(self) -> dict[Any, int]:
        return {item: place for place, item in enumerate(self.tables.item_id.tolist())}

    def recommend(self, known: Mapping[Item, float], n: int = 10) -> list[tuple[Item, float]]:
        """The unrated films with the best predictions for a user.

        Args:
            known: dict from the id of a film to the user's rating.
            n: int >= 1, films at most.
        Returns:
            films: list of (id, mean-field P(like) or expected rating), best first.
        Raises:
            ValueError: for an unknown film, or a rating that is none of the machine's values.
        """
        films, score = self.recommend_positions(*self._row(known), n=n)
        ids = self.tables.item_id[films[0][films[0] >= 0]].tolist()
        return list(zip(ids, score[0].tolist(), strict=False))

    def predict(self, known: Mapping[Item, float], items: Iterable[Item], *, inference: str | None = None) -> Any:
        """P(like), or the expected rating, of some films.

        Args:
            known: as in `recommend`.
            items: ids of films.
            inference: "mean_field" or "exact"; default the model's own.
        Returns:
            rating: float64 `(num_asked,)`.
        Raises:
            ValueError: as `recommend`.
        """
        asked = np.array([self._position(item, "items") for item in items], np.int64)
        return self.shares(*self._row(known), [0, len(asked)], asked, inference=inference) @ self.tables.values

    def shares(
        self,
        row_splits: ArrayLike,
        item_index: ArrayLike,
        rating: ArrayLike,
        asked_splits: ArrayLike,
        asked_index: ArrayLike,
        *,
        inference: str | None = None,
    ) -> NDArray[np.float64]:
        """P(value) of the requested films, for many users at a time.

        Args:
            row_splits, item_index, rating: CSR of the known ratings, as those of a `Ratings`.
            asked_splits: int `(num_users + 1,)`; user u requests `asked_index[asked_splits[u]:asked_splits[u + 1]]`.
            asked_index: int `(num_asked,)`, positions of films.
            inference: as in `predict`.
        Returns:
            shares: float64 `(num_asked, num_values)`.
        Raises:
            ValueError: naming the argument.
        """
        tables = self.tables
        inference = check_choice(inference or tables.inference, INFERENCES, "inference")
        rows = self._rows(row_splits, item_index, rating)
        asked = self._indices(asked_splits, asked_index, "asked_index", len(rows.row_splits) - 1)
        tilt = users.tilts_of_users(tables, rows)
        activation = users.activations(tables, rows, tilt)
        user = np.repeat(np.arange(len(activation)), np.diff(asked[0]))
        answer, step = np.empty((len(user), len(tables.values))), max(1, AT_ONCE // tables.weights[0].size)
        for first in range(0, len(user), step):
            own, film = user[first : first + step], asked[1][first : first + step]
            how = self._exact if inference == "exact" else self._mean_field
            answer[first : first + step] = how(film, tilt[own], activation[own])
        return answer

    def _mean_field(self, film: Any, tilt: Any, activation: Any) -> NDArray[Any]:
        hidden = users.sigmoid(activation) - float(self.tables.hidden_offset)
        coupled = np.einsum("nkj,nj->nk", self.tables.weights[film], hidden)
        return users.softmax(self.tables.visible_bias[film] + tilt + coupled @ self.tables.scores.T)

    def _exact(self, film: Any, tilt: Any, activation: Any) -> NDArray[Any]:
        tables, offset = self.tables, float(self.tables.hidden_offset)
        weights = tables.weights[film]
        mean = users.mean_scores(tables, film, tilt)
        given = activation - np.einsum("nk,nkj->nj", mean, weights)
        logits = tables.visible_bias[film] + tilt
        for value, scores in enumerate(tables.scores):
            moved = np.einsum("k,nkj->nj", scores, weights)
            logits[:, value] += np.logaddexp(0, given + moved).sum(axis=1) - offset * moved.sum(axis=1)
        return users.softmax(logits)

    def recommend_positions(
        self, row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike, n: int = 10
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The unrated films with the best predictions, for each of many users; as `RBM.recommend_positions`.

        Args:
            row_splits, item_index, rating: CSR of the known ratings, as those of a `Ratings`.
            n: int >= 1, films a user.
        Returns:
            item_index: int32 `(num_users, n)`, best first; -1 where a user has rated nearly everything.
            score: float32 `(num_users, n)`, mean-field P(like) or expected rating; -inf beside -1.
        Raises:
            ValueError: naming the argument.
        """
        tables, n = self.tables, check_count(n, "n")
        rows = self._rows(row_splits, item_index, rating)
        tilt = users.tilts_of_users(tables, rows)
        hidden = users.sigmoid(users.activations(tables, rows, tilt)) - float(tables.hidden_offset)
        num_users, num_items = len(hidden), len(tables.weights)
        films, score = np.full((num_users, n), -1, np.int32), np.full((num_users, n), -np.inf, np.float32)
        step, count = max(1, AT_ONCE // (num_items * len(tables.values))), min(n, num_items)
        for first in range(0, num_users, step):
            own = slice(first, min(first + step, num_users))
            coupled = np.einsum("ikj,uj->uik", tables.weights, hidden[own], optimize=True)
            logits = tables.visible_bias + tilt[own, None, :] + coupled @ tables.scores.T
            expected = (users.softmax(logits) @ tables.values).astype(np.float32)
            known = slice(rows.row_splits[own.start], rows.row_splits[own.stop])
            expected[rows.row[known] - first, rows.item_index[known]] = -np.inf
            order = np.argsort(-expected, axis=1, kind="stable")[:, :count]
            score[own, :count] = np.take_along_axis(expected, order, axis=1)
            films[own, :count] = order
        films[np.isneginf(score)] = -1
        return films, score

    def _row(self, known: Mapping[Item, float]) -> tuple[list[int], NDArray[np.int64], NDArray[np.float64]]:
        """One user's ratings by position."""
        places = np.array([self._position(item, "known") for item in known], np.int64)
        order = places.argsort()
        return [0, len(places)], places[order], np.array(list(known.values()), np.float64)[order]

    def _position(self, item: Item, argument: str) -> int:
        place = self._place.get(item)
        if place is None:
            raise ValueError(f"{argument}: expected ids among the {len(self._place)} of the machine, found {item!r}")
        return place

    def _rows(self, row_splits: ArrayLike, item_index: ArrayLike, rating: ArrayLike) -> users.Rows:
        splits, items = self._indices(row_splits, item_index, "item_index", None)
        given, values = np.asarray(rating, np.float32), self.tables.values
        if given.shape != items.shape:
            raise ValueError(f"rating: expected {items.shape[0]} numbers, found shape {given.shape}")
        state = np.minimum(np.searchsorted(values, given), len(values) - 1)
        wrong = np.flatnonzero(values[state] != given)
        if len(wrong):
            allowed = ", ".join(f"{value:g}" for value in values)
            raise ValueError(f"rating: expected one of {allowed}, found {given[wrong[0]]:g}")
        return users.Rows(splits, items, state)

    def _indices(
        self, row_splits: ArrayLike, item_index: ArrayLike, argument: str, num_users: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        splits, items = np.asarray(row_splits, np.int64), np.asarray(item_index, np.int64)
        size = len(splits) - 1 if num_users is None else num_users
        if splits.shape != (size + 1,) or splits[0] != 0 or splits[-1] != len(items) or (np.diff(splits) < 0).any():
            raise ValueError(f"{argument}: expected splits from 0 to {len(items)} that ascend, one more than users")
        if len(items) and not (items.min() >= 0 and items.max() < len(self.tables.weights)):
            raise ValueError(f"{argument}: expected numbers from 0 to {len(self.tables.weights) - 1}, found others")
        return splits, items
