"""A trained machine as a small bundle of JSON for a web page, which infers and predicts from it without this library.

The bundle holds films by their titles, and weights; it never holds ratings. The JavaScript that reads it is in
`collection/pages/assets`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr
from scipy.special import expit, softmax

from rbm_lib import sparse
from rbm_lib._checks import check_choice, check_count
from rbm_lib._states import LIKES
from rbm_lib.models import tables_of

if TYPE_CHECKING:
    import pandas as pd

    from rbm_lib.models import RBM

ENCODINGS = ("int8", "float16", "float32")
LITTLE = {"int8": "<i1", "float16": "<f2", "float32": "<f4"}  # the stored types, little-endian
ARRAYS = ("weights", "visible_bias", "hidden_bias", "shares", "rated", "scores", "tilts", "precision")
SMALL = ("hidden_bias", "scores", "tilts", "precision")  # always float32, whatever the encoding
COUPLINGS = ("weights", "rated")  # the large arrays: int8 is for these
FIRST, AMONG = 10, 60  # first films to show, of the best known
PEOPLE, RATED = 50, 12  # simulated users on whom the loss is measured, and how many films each rates
KNOWN = 200  # best-known films that describe the units
FEWEST = 20  # the least number of films with anything to suggest


def portable_machine(
    model: RBM,
    items: pd.DataFrame,
    counts: ArrayLike,
    *,
    num_films: int = 1000,
    most_bytes: int = 200_000,
    including: ArrayLike = (),
    encoding: str = "int8",
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A user-based machine as a bundle of JSON: with the best-known films, as many as fit.

    Args:
        model: `RBM` whose rows are users, of likes or of a list of values; with user biases or without.
        items: DataFrame with item_id and title, in the order of the machine's films.
        counts: int `(num_items,)`, how many ratings each film has: films are taken in this order.
        num_films: int >= 1, the most films that are taken.
        most_bytes: int, the largest size of the bundle as JSON; films that do not fit are left out, one by one.
        including: int, positions of films that are taken even if few users rated them.
        encoding: "int8" (couplings in one byte with a scale for each unit, the rest float16), "float16" or "float32".
        names: names of the hidden units, one each; None for a unit without a name.
    Returns:
        bundle: dict for `json.dumps`, films from the best known on: values, titles, ids (left out if they equal the
            titles), hidden_offset, averages (the meaning of the films' base rates and a user's bias, or None), names,
            first (positions of the first films to show), loss (the error of the encoding on simulated users: mean and
            largest difference of the expected rating) and arrays, of `sparse.ScoredTables`: shape, dtype, scale, data
            (base64).
    Raises:
        ValueError: naming the argument; for item-based machines, and for units whose ratings are not a list of values.
    Example:
        >>> from rbm_lib import RBM, load
        >>> from rbm_lib.analysis import portable_machine
        >>> data = load("planted")
        >>> model = RBM(data.ratings.num_items, num_hidden=3, units="polynomial", seed=1)
        >>> bundle = portable_machine(model, data.items, data.ratings.ratings_per_item, num_films=50)
        >>> len(bundle["titles"]), bundle["values"], bundle["arrays"]["weights"]["shape"]
        (50, [1.0, 2.0, 3.0, 4.0, 5.0], [50, 1, 3])
    """
    num_films = check_count(num_films, "num_films")
    most_bytes = check_count(most_bytes, "most_bytes")
    check_choice(encoding, ENCODINGS, "encoding")
    values, tables = _tables(model)
    items, counts = _checked(items, counts, len(tables.weights))
    names = None if names is None else [str(name) for name in names]
    if names is not None and len(names) != len(tables.hidden_bias):
        raise ValueError(f"names: expected one for each of {len(tables.hidden_bias)} units, found {len(names)}")
    order = np.argsort(-counts, kind="stable")
    first = np.isin(order, np.asarray(including, np.int64))
    known = np.concatenate([order[first], order[~first]])[:num_films]
    known = known[: _that_fit(items.iloc[known], tables, encoding, most_bytes)]
    known = order[np.isin(order, known)]
    kept = _taken(tables, known)
    bundle: dict[str, Any] = {
        "values": values,
        "titles": items["title"].iloc[known].astype(str).tolist(),
        "ids": [own.item() if isinstance(own, np.generic) else own for own in items["item_id"].iloc[known]],
        "hidden_offset": float(kept.hidden_offset),
        "averages": _averages(kept),
        "names": names,
        "first": _first(kept),
        "arrays": {name: _encoded(kept, name, encoding) for name in ARRAYS},
    }
    bundle["loss"] = _loss(kept, unpacked(bundle), values) | {"encoding": encoding}
    if list(map(str, bundle["ids"])) == bundle["titles"]:
        del bundle["ids"]
    return bundle


def _tables(model: RBM) -> tuple[list[float], sparse.ScoredTables]:
    """The values of a machine and its tables, or ValueError with the reason why it has none."""
    layer = getattr(model, "rbm_layer", None)
    if layer is None:
        found = type(model).__name__
        raise ValueError(f"model: expected an RBM whose cases are users, as somebody new is one, found {found}")
    if not model.units.values:
        raise ValueError(f"model: expected units with a list of values, found {model.units.name} units")
    tables = tables_of(layer)
    if not all(np.isfinite(part).all() for part in tables):
        raise ValueError("model: expected finite parameters, found some that are not; train it again in smaller steps")
    return [float(value) for value in model.units.values], tables


def _checked(items: pd.DataFrame, counts: ArrayLike, num_items: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """`items` and `counts`, or ValueError naming the one that does not fit the machine."""
    missing = [name for name in ("item_id", "title") if name not in items.columns]
    if missing or len(items) != num_items:
        found = f"{len(items)} rows" + "".join(f", no column {name}" for name in missing)
        raise ValueError(f"items: expected item_id and title of {num_items} films, found {found}")
    counts = np.asarray(counts)
    if counts.shape != (num_items,):
        raise ValueError(f"counts: expected a number for each of {num_items} films, found shape {counts.shape}")
    return items, counts.astype(np.int64)


def _that_fit(items: pd.DataFrame, tables: sparse.ScoredTables, encoding: str, most_bytes: int) -> int:
    """How many films fit into `most_bytes`, or ValueError if that is too few to suggest any."""
    size = {"int8": 1, "float16": 2, "float32": 4}[encoding]
    couplings = math.prod(tables.weights.shape[1:]) + (tables.rated.shape[1] if len(tables.rated) else 0)
    rest = 2 * tables.visible_bias.shape[1] * min(4, max(2, size))
    per_film = (couplings * size + rest) * 4 / 3
    pairs = zip(items["title"].astype(str), items["item_id"].astype(str), strict=True)
    words = [len(json.dumps(pair)) for pair in pairs]
    fixed = 3000 + 24 * couplings  # names of fields, scales of units, small arrays
    fit = int(np.searchsorted(fixed + np.cumsum(per_film + np.array(words, np.float64)), most_bytes, side="right"))
    if fit < min(FEWEST, len(items)):
        found = f"room for {fit} of {tables.weights.shape[-1]} hidden units"
        raise ValueError(f"most_bytes: expected room for {FEWEST} films, found {found}; take fewer units or more bytes")
    return fit


def _taken(tables: sparse.ScoredTables, films: NDArray[np.int64]) -> sparse.ScoredTables:
    """The tables of these films only."""
    of_films = {name: getattr(tables, name)[films] for name in ("weights", "visible_bias", "shares")}
    rated = tables.rated[films] if len(tables.rated) else tables.rated
    return tables._replace(rated=rated, **of_films)


def _averages(tables: sparse.ScoredTables) -> str | None:
    """The meaning of the films' shares without any unit, in words; None for a machine that is not centred."""
    if tables.tilts.shape[1]:
        return "film and user averages"
    centred = tables.shares[:, 1:].any()
    return "film averages" if centred else None


def _first(tables: sparse.ScoredTables) -> list[int]:
    """The first films to show: of the best known, those with strong weights that differ most."""
    couplings = tables.weights[:AMONG].reshape(len(tables.weights[:AMONG]), -1).astype(np.float64)
    order = qr(couplings.T, mode="r", pivoting=True)[1]
    return sorted(order[: min(FIRST, len(couplings))].tolist())


def _encoded(tables: sparse.ScoredTables, name: str, encoding: str) -> dict[str, Any]:
    """One array of a bundle."""
    array = np.asarray(getattr(tables, name), np.float32)
    about: dict[str, Any] = {"shape": list(array.shape)}
    if name in SMALL:
        encoding = "float32"
    elif encoding == "int8" and name not in COUPLINGS:
        encoding = "float16"
    if encoding == "int8":
        rows = array.reshape(len(array), math.prod(array.shape[1:]))
        largest = np.abs(rows).max(axis=0, initial=0.0)
        scale = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
        array = np.clip(np.rint(rows / scale), -127, 127)
        about["scale"] = [float(one) for one in scale]
    raw = np.ascontiguousarray(array, LITTLE[encoding]).tobytes()
    return about | {"dtype": encoding, "data": base64.b64encode(raw).decode()}


def unpacked(bundle: dict[str, Any]) -> sparse.ScoredTables:
    """The machine in a bundle, in the form of the compiled loops.

    Args:
        bundle: from `portable_machine`.
    Returns:
        tables: `sparse.ScoredTables`.
    Example:
        >>> from rbm_lib import RBM, load
        >>> from rbm_lib.analysis import portable_machine, unpacked
        >>> data = load("planted")
        >>> model = RBM(data.ratings.num_items, num_hidden=3, units="polynomial", seed=1)
        >>> bundle = portable_machine(model, data.items, data.ratings.ratings_per_item, num_films=50)
        >>> unpacked(bundle).weights.shape
        (50, 1, 3)
    """
    found: dict[str, Any] = {}
    for name, array in bundle["arrays"].items():
        numbers = np.frombuffer(base64.b64decode(array["data"]), LITTLE[array["dtype"]]).astype(np.float32)
        if "scale" in array:
            numbers = (numbers.reshape(-1, len(array["scale"])) * np.array(array["scale"], np.float32)).ravel()
        found[name] = numbers.reshape(array["shape"])
    likes = tuple(bundle["values"]) == LIKES
    return sparse.ScoredTables(**found, hidden_offset=bundle["hidden_offset"], likes=likes)


def films_of_units(bundle: dict[str, Any], *, num_units: int = 8, num_films: int = 3) -> pd.DataFrame:
    """The films at the ends of the most important hidden units: those that each unit raises, and those it lowers.

    The effect of a unit on a film is the change of the expected rating, to first order, with all other units at rest;
    only the 200 best-known films are considered.

    Args:
        bundle: from `portable_machine`.
        num_units, num_films: int >= 1, how many units, and films at each end.
    Returns:
        table: DataFrame, a row for each unit, those with the largest effects first: unit (its name, or its number from
            1), lifts and lowers (lists of titles, strongest first).
    Example:
        >>> from rbm_lib import RBM, load
        >>> from rbm_lib.analysis import films_of_units, portable_machine
        >>> data = load("planted")
        >>> model = RBM(data.ratings.num_items, num_hidden=3, units="polynomial", seed=1)
        >>> bundle = portable_machine(model, data.items, data.ratings.ratings_per_item, num_films=50)
        >>> films_of_units(bundle, num_units=2).columns.tolist()
        ['unit', 'lifts', 'lowers']
    """
    import pandas as pd

    num_units, num_films = check_count(num_units, "num_units"), check_count(num_films, "num_films")
    slopes, titles = unit_slopes(bundle), bundle["titles"]
    rows = []
    for unit in np.argsort(-(slopes**2).mean(axis=0), kind="stable")[:num_units].tolist():
        order = np.argsort(-slopes[:, unit], kind="stable")
        lifts = [titles[film] for film in order[:num_films] if slopes[film, unit] > 0]
        lowers = [titles[film] for film in order[::-1][:num_films] if slopes[film, unit] < 0]
        rows.append((bundle["names"][unit] if bundle["names"] else f"unit {unit + 1}", lifts, lowers))
    return pd.DataFrame(rows, columns=["unit", "lifts", "lowers"])


def unit_slopes(bundle: dict[str, Any]) -> NDArray[np.float64]:
    """The effect of each unit on each well-known film: float64 `(num_films, num_hidden)`, in units of the ratings.

    It is the covariance of value and weight, with hidden units at rest and nothing known of the user.
    """
    tables, values = unpacked(bundle), np.array(bundle["values"])
    known = _taken(tables, np.arange(min(KNOWN, len(tables.weights))))
    rest = expit(known.hidden_bias.astype(np.float64)) - known.hidden_offset
    shares = softmax(known.visible_bias + (known.weights @ rest) @ known.scores.T, axis=1)
    apart = (values - (shares @ values)[:, None]) * shares
    return np.einsum("is,sk,ikh->ih", apart, known.scores, known.weights)


def _loss(tables: sparse.ScoredTables, stored: sparse.ScoredTables, values: list[float]) -> dict[str, float]:
    """The error of the encoding: differences of the expected ratings of all films, for simulated users."""
    rng = np.random.default_rng(2007)
    num_films, rated = len(tables.weights), min(RATED, len(tables.weights))
    films = np.sort([rng.choice(num_films, rated, replace=False) for _ in range(PEOPLE)], axis=1)
    films = films.ravel().astype(np.int32)
    rating = rng.choice(np.array(values, np.float32), len(films))
    rows = np.arange(PEOPLE + 1) * rated, films, rating
    targets = np.arange(PEOPLE + 1) * num_films, np.tile(np.arange(num_films, dtype=np.int32), PEOPLE)
    expected = [sparse.scored_pairs(*rows, *targets, one, values=values) @ np.array(values) for one in (tables, stored)]
    apart = np.abs(expected[0] - expected[1])
    return {"mean": float(apart.mean()), "largest": float(apart.max())}
