"""Recommendations for one user: a user of the ratings file, or a new user with a few ratings, without training."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from rbm_lib._checks import check_count
from rbm_lib.data import Ratings, read_own_table, star_values

from .inspection import ratings_of_films

if TYPE_CHECKING:
    import pandas as pd

    from rbm_lib.models import RBM

LARGEST = 1e30  # limit of a rating, within float32
YOU = "you"  # default id of a new user
SUGGESTIONS = 3  # names in an error


def one_user(ratings: Ratings, user_id: int | str | None) -> Ratings:
    """The ratings of one user, over the same films.

    Args:
        ratings: `Ratings`.
        user_id: raw id, int or str; None takes the user whose number of ratings is the median.
    Returns:
        row: `Ratings` of one user.
    Raises:
        ValueError: for an unknown id, naming similar ones.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.analysis import one_user
        >>> ratings = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [5, 3, 4, 1])
        >>> one_user(ratings, 1).rating
        array([5., 3.], dtype=float32)
    """
    if user_id is None:
        order = np.argsort(ratings.ratings_per_user, kind="stable")
        place = int(order[len(order) // 2])
    else:
        known = list(map(str, ratings.user_id.tolist()))
        found = [place for place, name in enumerate(known) if name == str(user_id)]
        if not found:
            near = _near(str(user_id), known)
            raise ValueError(f"user_id: expected one of {ratings.num_users} users, found {user_id!r}{near}")
        place = int(found[0])
    return ratings.take_users([place])


def new_user(
    own: Iterable[tuple[int | str, float]], ratings: Ratings, items: "pd.DataFrame", user_id: int | str = YOU
) -> Ratings:
    """A new user with a few ratings: one row over the films of the file.

    Args:
        own: pairs (film, stars). A film is given by its title, in upper or lower case, without the year if that is
            clear, or by its id. A number is always an id; a text is an id if no film has that title.
        ratings: `Ratings` that a machine was trained on; only its films and its stars are accepted.
        items: DataFrame with item_id and title, in the order of `ratings`.
        user_id: id of the new user.
    Returns:
        row: `Ratings` of one user, for `model.recommend`.
    Raises:
        ValueError: for an unknown film (naming similar titles), stars that are not on the scale, a film rated twice, or
            no rating at all.
    Example:
        >>> from rbm_lib import load
        >>> from rbm_lib.analysis import new_user
        >>> data = load("planted")
        >>> own = [(data.items["title"][0], 5), (data.items["title"][1], 1)]
        >>> new_user(own, data.ratings, data.items).rating
        array([5., 1.], dtype=float32)
    """
    pairs: list[tuple[Any, ...]] = [tuple(pair) for pair in own]
    if not pairs:
        raise ValueError("own: expected at least one pair (film, stars), found none")
    names, values = _names_of_films(items), star_values(ratings)
    place_of: dict[int, float] = {}
    for number, pair in enumerate(pairs):
        if len(pair) != 2:
            raise ValueError(f"own, entry {number}: expected a pair (film, stars), found {pair!r}")
        film, stars = (part.item() if isinstance(part, np.generic) else part for part in pair)
        place = _find_film(film, names, items, f"own, entry {number}")
        if not _is_among(stars, values):
            known = ", ".join(f"{value:g}" for value in values)
            raise ValueError(f"own, entry {number}, {film!r}: expected stars among {known}, found {stars!r}")
        if place in place_of:
            title = items["title"].iloc[place]
            raise ValueError(f"own, entry {number}: expected each film once, found {title!r} a second time")
        place_of[place] = float(stars)
    places_rated = list(place_of)
    films = ratings.item_id[places_rated]
    return Ratings.from_triples([user_id] * len(pairs), films, list(place_of.values()), item_ids=ratings.item_id)


def read_own_pairs(path: str | os.PathLike[str], items: "pd.DataFrame") -> list[tuple[int | str, float]]:
    """One person's ratings from a file, as pairs for `new_user`.

    Args:
        path: a table of ratings without a column of users, as the explorer writes it (item, title, rating), or with one
            that has one user; any file that `rbm_lib.data.read_own_table` reads.
        items: DataFrame with item_id and title, those of the films in question.
    Returns:
        own: list of pairs (film, stars), films by their ids if id and title are those of `items`, else by title.
    Raises:
        ValueError: as `read_own_table`; for a file with ratings of several users.
    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from rbm_lib import load
        >>> from rbm_lib.analysis import read_own_pairs
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.csv")
        ...     _ = file.write_text("item,title,rating\\n17,Alien,5\\n18,Heat,2\\n")
        ...     read_own_pairs(file, load("planted").items)
        [('Alien', 5.0), ('Heat', 2.0)]
    """
    table = read_own_table(path, user=YOU)
    ratings = table.ratings
    if ratings.num_users > 1:
        found = f"found those of {ratings.num_users:,} users"
        raise ValueError(f"{os.fspath(path)}: expected one person's ratings, {found}; leave the lines of one")
    known = dict(zip(items["item_id"].astype(str), items["title"].astype(str), strict=True))
    pairs: list[tuple[int | str, float]] = []
    for film, value in zip(ratings.item_index.tolist(), ratings.rating.tolist(), strict=True):
        own = ratings.item_id[film].item()
        title = str(own) if table.titles is None else table.titles[film]
        by_id = known.get(str(own)) == title or (table.titles is None and isinstance(own, int))
        pairs.append((own if by_id else title, value))
    return pairs


def stand_in(
    ratings: Ratings, items: "pd.DataFrame", count: int = 12, among: int = 60
) -> list[tuple[int | str, float]]:
    """A simulated new user who likes the best-known film and films like it.

    The best-known film and the films most similar to it get the most stars, the least similar ones the fewest, all
    among the films with most ratings. The similarity is the cosine of two films' ratings minus each film's mean, 0 if
    unrated.

    Args:
        ratings, items: as for `new_user`.
        count: int >= 1, how many films; half of them, rounded up, get the most stars.
        among: int >= 1, how many of the best-known films are considered.
    Returns:
        own: list of pairs (item id, stars), those with most stars first.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import load
        >>> from rbm_lib.analysis import stand_in
        >>> data = load("planted")
        >>> own = stand_in(data.ratings, data.items, count=4)
        >>> [stars for film, stars in own]
        [5.0, 5.0, 1.0, 1.0]
    """
    count, among = check_count(count, "count"), check_count(among, "among")
    values = star_values(ratings)
    known = np.argsort(-ratings.ratings_per_item, kind="stable")[: max(among, count)]
    stars = ratings_of_films(ratings, known)
    apart = (stars - stars.mean()).fillna(0.0).to_numpy()
    size = np.linalg.norm(apart, axis=0)
    together = apart.T @ apart[:, 0] / np.maximum(size * size[0], np.finfo(np.float32).tiny)
    together[0] = np.inf
    order = np.argsort(-together, kind="stable")
    count = min(count, len(known))
    loved, unloved = known[order[: -(-count // 2)]], known[order[len(order) - count // 2 :][::-1]]
    marks = [(place, values[-1]) for place in loved] + [(place, values[0]) for place in unloved]
    return [(items["item_id"].iloc[place], mark) for place, mark in marks]


def opposite_of(row: Ratings, ratings: Ratings) -> Ratings:
    """The same films with the scale of stars reversed: the worst becomes the best.

    Args:
        row: `Ratings`, such as from `new_user`.
        ratings: `Ratings`, for the scale.
    Returns:
        row: `Ratings`.
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.analysis import one_user, opposite_of
        >>> ratings = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [5, 3, 4, 1])
        >>> opposite_of(one_user(ratings, 1), ratings).rating
        array([1., 4.], dtype=float32)
    """
    values = np.asarray(star_values(ratings), np.float32)
    return replace(row, rating=values[::-1][np.searchsorted(values, row.rating)])


def recommendation_table(
    model: "RBM", row: Ratings, ratings: Ratings, items: "pd.DataFrame", n: int = 10, fewest: int = 1
) -> "pd.DataFrame":
    """A model's recommendations to one user, beside each film's mean rating.

    Args:
        model: `RBM` of stars, trained on `ratings`.
        row: `Ratings` of one user, from `one_user` or `new_user`.
        ratings: `Ratings`, for the films' means and numbers of ratings.
        items: DataFrame with title, in the order of `ratings`.
        n: int >= 1, films at most.
        fewest: int, ratings that a film must have: predictions of films with hardly any ratings are unreliable.
    Returns:
        table: DataFrame indexed by rank: film, expected stars, mean stars of the film, its ratings.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    Example:
        >>> from rbm_lib import RBM, load
        >>> from rbm_lib.analysis import one_user, recommendation_table
        >>> data = load("planted")
        >>> model = RBM(data.ratings.num_items, num_hidden=3, units="softmax", seed=1)
        >>> table = recommendation_table(model, one_user(data.ratings, None), data.ratings, data.items, n=3)
        >>> table.index.tolist()
        [1, 2, 3]
    """
    import pandas as pd

    n, fewest = check_count(n, "n"), check_count(fewest, "fewest", least=0)
    item_index, score = model.recommend_positions(row, n if fewest <= 1 else ratings.num_items)
    count = ratings.ratings_per_item
    known = np.flatnonzero((item_index[0] >= 0) & (count[item_index[0]] >= fewest))[:n]
    found = item_index[0][known]
    total = np.bincount(ratings.item_index, ratings.rating, ratings.num_items)
    table = pd.DataFrame({
        "film": items["title"].to_numpy()[found],
        "expected stars": score[0][known],
        "film's mean": total[found] / np.maximum(count[found], 1),
        "ratings": count[found],
    })  # fmt: skip
    return table.set_index(pd.RangeIndex(1, len(table) + 1, name="rank"))


def _is_among(stars: Any, values: Iterable[float]) -> bool:
    """True for a number that is one of the values."""
    is_number = isinstance(stars, Real) and not isinstance(stars, bool)
    if not is_number or not abs(stars) < LARGEST:
        return False
    return any(np.float32(value) == np.float32(stars) for value in values)  # float32, as ratings are stored


def _names_of_films(items: "pd.DataFrame") -> dict[str, int | None]:
    """The accepted names of films, in lower case (id, title, title without year), and positions; None if ambiguous."""
    ids, titles = (items[name].astype(str).str.casefold() for name in ("item_id", "title"))
    bare = titles.str.replace(r"\s*\(\d{4}\)$", "", regex=True)
    spoken = bare.str.replace(r"^(.*), (the|a|an)$", r"\2 \1", regex=True)  # MovieLens writes "Matrix, The (1999)"
    names: dict[str, int | None] = {}
    for kind in (ids, spoken, bare, titles):  # a later kind wins: "300" is the title of a film before it is an id
        own: dict[str, int | None] = {}
        for place, name in enumerate(kind):
            own[name] = None if name in own else place
        names |= own
    return names


def _find_film(film: int | str, names: dict[str, int | None], items: "pd.DataFrame", where: str) -> int:
    """The position of a film: a number is an id; a text is a title or, if no film has that title, an id."""
    own = items["title"] if isinstance(film, str) else items["item_id"]
    exact = np.flatnonzero(own.astype(str).to_numpy() == str(film))
    if len(exact) == 1:
        return int(exact[0])
    key = str(film).strip().casefold()
    place = names.get(key)
    if place is not None:
        return place
    if key in names:
        raise ValueError(f"{where}: expected one film, found {film!r}, as several are called; give the year or the id")
    titles = {name: items["title"].iloc[place] for name, place in names.items() if place is not None}
    near = _near(key, list(titles), titles)
    raise ValueError(f"{where}: expected one of {len(items)} films, by title or id, found {film!r}{near}")


def _near(text: str, known: list[str], shown: dict[str, str] | None = None) -> str:
    """Names similar to `text`, as the end of an error."""
    close = difflib.get_close_matches(text, known, n=SUGGESTIONS, cutoff=0.5)
    found = dict.fromkeys((shown or {}).get(name, name) for name in close)
    return f"; close to it: {', '.join(map(repr, found))}" if found else ""
