"""The engines side by side: seconds of an epoch, and how they grow with the data and with the model.

Times that are compared are measured in one run, in turns, and the best of several epochs counts, so that other
processes affect all of them equally.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rbm_lib._checks import check_count, check_seed

from .cost import dense_cost, sparse_cost
from .rows import Row, row

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.models import RBM

    Cases = Mapping[Any, tuple[Ratings, dict[str, Any]]]

SEED = 2007
STEPS_PER_CALL = 8  # Keras' `steps_per_execution`: Keras' work around a step takes a fifth of the step
ENGINES = ("dense", "sparse")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Plan:
    """The plan of the measurements.

    Attributes:
        repeats: int >= 1, pairs of epochs of each kind; the best epoch counts.
        num_hidden: int, the default number of hidden units.
        batch_size: int, users in a mini-batch.
        cd_steps, hidden: the values of k and the numbers of hidden units.
        films: factors by which the catalogue is widened, with the same ratings.
        users: shares of the users; 2 means every user twice.
    """

    repeats: int = 5
    num_hidden: int = 200
    batch_size: int = 256
    cd_steps: tuple[int, ...] = (1, 2, 5, 10, 20)
    hidden: tuple[int, ...] = (50, 100, 200, 400)
    films: tuple[int, ...] = (1, 2, 4, 8)
    users: tuple[float, ...] = (0.125, 0.25, 0.5, 1, 2)

    def __post_init__(self) -> None:
        for name in ("repeats", "num_hidden", "batch_size"):
            check_count(getattr(self, name), name)


QUICK = Plan(repeats=1, num_hidden=7, cd_steps=(1, 10), hidden=(3, 7), films=(1, 2), users=(1, 2))


def epoch_seconds(models: Mapping[K, tuple[RBM, Ratings]], batch_size: int, repeats: int) -> dict[K, float]:
    """Best seconds of an epoch of each model, taken in turns after one epoch to compile.

    Args:
        models: dict from a name to (`RBM`, `Ratings`).
        batch_size: int, users in a mini-batch.
        repeats: int >= 1, pairs of epochs.
    Returns:
        seconds: dict from a name to float.
    """
    from rbm_lib.models import EpochTimer

    best = dict.fromkeys(models, np.inf)
    for turn in range(repeats + 1):
        for name, (model, ratings) in models.items():
            timer = EpochTimer()
            model.fit(ratings, batch_size=batch_size, epochs=2 if turn else 1, callbacks=[timer], verbose=0)
            if turn:
                best[name] = min(best[name], *timer.seconds)
    return best


def make_model(
    ratings: Ratings,
    engine: str,
    *,
    num_hidden: int,
    batch_size: int,
    cd_steps: int = 1,
    seed: int = SEED,
    units: str = "bernoulli",
) -> RBM:
    """An RBM ready to train with Adam, several steps in a call where they divide an epoch; of likes, centred."""
    import keras

    from rbm_lib.models import RBM

    model = RBM(ratings.num_items, num_hidden, units=units, cd_steps=cd_steps, engine=engine, seed=seed)
    model.initialize_from_base_rates(ratings, centred=units == "bernoulli")
    steps = -(-ratings.num_users // batch_size)
    model.compile(keras.optimizers.Adam(0.003), steps_per_execution=1 if steps % STEPS_PER_CALL else STEPS_PER_CALL)
    return model


def growth_rows(
    group: str,
    cases: Cases,
    plan: Plan,
    label: str,
    engines: Sequence[str] = ENGINES,
) -> Iterator[Row]:
    """Seconds of an epoch along one axis.

    Args:
        group: name of the curve.
        cases: dict from the position on the axis to (`Ratings`, arguments of `make_model`).
        plan: `Plan`.
        label: text of a row's name, with `{x}` for the position.
        engines: names of the engines.
    Yields:
        row: one for each engine and position.
    """
    defaults: dict[str, Any] = {"num_hidden": plan.num_hidden, "batch_size": plan.batch_size}
    models = {
        (engine, x): (make_model(ratings, engine, **(defaults | arguments)), ratings)
        for x, (ratings, arguments) in cases.items()
        for engine in engines
    }
    for (engine, x), seconds in epoch_seconds(models, plan.batch_size, plan.repeats).items():
        name = f"{engine} epoch, {label.format(x=x)}"
        yield row(name, seconds, "s", group=group, series=engine, x=x)


def cd_step_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """Both engines by k, the cost of their epochs, and dense against sparse."""
    cases = {k: (ratings, {"cd_steps": k}) for k in plan.cd_steps}
    best = yield from _keep(growth_rows("k", cases, plan, "k={x}"))
    yield from cost_rows(ratings, plan)
    for k, bar in ((1, 6), (10, 10)):
        yield row(f"dense epoch / sparse epoch, k={k}", best["dense", k] / best["sparse", k], at_least=bar)


def cost_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """Cost of an epoch by k, from the data's shape; see `rbm_lib.collection.bench.cost`."""
    shape = (ratings.num_items, ratings.num_users, plan.num_hidden)
    for k in plan.cd_steps:
        costs = {
            "dense": dense_cost(*shape, cd_steps=k, batch_size=plan.batch_size),
            "sparse": sparse_cost(ratings.num_ratings, *shape, cd_steps=k, batch_size=plan.batch_size),
        }
        for engine, cost in costs.items():
            whose = f"a {engine} epoch, k={k}"
            place: dict[str, Any] = {"series": engine, "x": k}
            yield row(f"operations of {whose}", cost.operations / 1e9, "GFLOP", group="operations", **place)
            yield row(f"bytes of {whose}", cost.bytes / 1e9, "GB", group="bytes", **place)


def hidden_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """Both engines by the number of hidden units."""
    cases = {num: (ratings, {"num_hidden": num}) for num in plan.hidden}
    return growth_rows("hidden units", cases, plan, "{x} hidden units")


def film_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """The same ratings in wider catalogues; the sparse engine's time must hardly change."""
    cases: Cases = {ratings.num_items * times: (widen(ratings, times), {}) for times in plan.films}
    best = yield from _keep(growth_rows("films", cases, plan, "{x:,} films"))
    once, twice = (best["sparse", times * ratings.num_items] for times in (1, 2))
    yield row("twice the films: epoch time ratio", twice / once, at_most=1.2)


def rating_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """More and more users; the sparse engine must grow in proportion, no faster."""
    parts = [share_of_users(ratings, share) for share in plan.users]
    cases: Cases = {part.num_ratings: (part, {}) for part in parts}
    best = yield from _keep(growth_rows("ratings", cases, plan, "{x:,} ratings"))
    once, twice = (best["sparse", times * ratings.num_ratings] for times in (1, 2))
    yield row("twice the ratings: epoch time ratio", twice / once, at_most=2.2)


def _keep(rows: Iterator[Row]) -> Generator[Row, None, dict[tuple[str, Any], float]]:
    """Yields the rows of a curve; returns a dict from (series, x) to the value."""
    found = {}
    for one in rows:
        found[one["series"], one["x"]] = one["value"]
        yield one
    return found


def widen(ratings: Ratings, times: int) -> Ratings:
    """The same ratings over a catalogue `times` as wide, spread evenly; the films between have none."""
    items = np.arange(times * ratings.num_items)
    return replace(ratings, item_index=ratings.item_index * np.int32(times), item_id=items)


def share_of_users(ratings: Ratings, share: float) -> Ratings:
    """The first `share` of the users; a share of 2 takes every user twice."""
    whole, part = divmod(share, 1)
    chosen = np.concatenate([*[np.arange(ratings.num_users)] * int(whole), np.arange(int(part * ratings.num_users))])
    return replace(ratings.take_users(chosen), user_id=np.arange(len(chosen)))


def bare_pass_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """The sparse epoch at k=10 against its own arithmetic: one bare pass over the ratings times 2k + 3."""
    from rbm_lib.sparse import activations_of_rows

    rng = np.random.default_rng(SEED)
    weights = rng.normal(0, 0.1, (ratings.num_items, 1, plan.num_hidden)).astype(np.float32)
    zeros, nothing = np.zeros((ratings.num_items, 1), np.float32), np.empty((0, plan.num_hidden), np.float32)
    tables = (weights, zeros, np.zeros(plan.num_hidden, np.float32), zeros[:, 0].copy(), nothing)
    batches = list(ratings.batches(plan.batch_size, seed=SEED))
    model = make_model(ratings, "sparse", num_hidden=plan.num_hidden, batch_size=plan.batch_size, cd_steps=10)
    seconds = []
    for _ in range(2 * plan.repeats):
        start = time.perf_counter()
        for b in batches:
            likes = np.ones(len(b["rating"]), np.int8)  # a pass skips the weights of a dislike; here it reads all
            activations_of_rows(b["row_splits"], b["item_index"], likes, tables)
        seconds.append(time.perf_counter() - start)
    bare = min(seconds)
    sparse = epoch_seconds({"sparse": (model, ratings)}, plan.batch_size, plan.repeats)["sparse"]
    yield row("one bare pass over the ratings", bare, "s")
    yield row("sparse epoch / (bare pass x 23), k=10", sparse / (23 * bare), at_most=2)


def star_rows(stars: Ratings, plan: Plan) -> Iterator[Row]:
    """Both engines on stars: softmax units whose neighbours share, one coupling a star and hidden unit."""
    arguments: dict[str, Any] = {"num_hidden": plan.num_hidden, "batch_size": plan.batch_size, "units": "ordinal"}
    models = {e: (make_model(stars, e, **arguments), stars) for e in ENGINES}
    best = epoch_seconds(models, plan.batch_size, max(1, plan.repeats // 2))
    for engine, seconds in best.items():
        yield row(f"{engine} epoch, k=1, stars", seconds, "s", group="stars", series=engine, x=1)
    yield row("dense epoch / sparse epoch, k=1, stars", best["dense"] / best["sparse"])


def row_adam_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """The sparse engine with Adam and with `RowAdam`, which must not be slower if most films are rated."""
    from rbm_lib.models import RowAdam

    arguments: dict[str, Any] = {"num_hidden": plan.num_hidden, "batch_size": plan.batch_size}
    adam, by_rows = (make_model(ratings, "sparse", **arguments) for _ in range(2))
    by_rows.compile(RowAdam(0.003), steps_per_execution=adam.steps_per_execution)
    best = epoch_seconds({"Adam": (adam, ratings), "RowAdam": (by_rows, ratings)}, plan.batch_size, plan.repeats)
    for name, seconds in best.items():
        yield row(f"sparse epoch with {name}", seconds, "s", group="optimizers", series=name, x=1)
    yield row("sparse epoch with RowAdam / with Adam", best["RowAdam"] / best["Adam"], at_most=1)


def scikit_learn_rows(ratings: Ratings, plan: Plan) -> Iterator[Row]:
    """scikit-learn's BernoulliRBM, which has no mask, on the likes as a sparse matrix."""
    seconds = scikit_learn_seconds(
        ratings, num_hidden=plan.num_hidden, batch_size=plan.batch_size, repeats=plan.repeats
    )
    model = make_model(ratings, "sparse", num_hidden=plan.num_hidden, batch_size=plan.batch_size)
    models = {"sparse": (model, ratings)}
    sparse = epoch_seconds(models, plan.batch_size, plan.repeats)["sparse"]
    yield row("scikit-learn BernoulliRBM epoch", seconds, "s", group="others", series="scikit-learn", x=1)
    yield row("scikit-learn epoch / sparse epoch, k=1", seconds / sparse, at_least=4)


def scikit_learn_seconds(
    ratings: Ratings, *, num_hidden: int, batch_size: int, repeats: int, seed: int = SEED
) -> float:
    """Best seconds of an epoch (one Gibbs sweep a step, persistent chains) of scikit-learn's BernoulliRBM."""
    from scipy.sparse import csr_array
    from sklearn.neural_network import BernoulliRBM

    from .computer import best_seconds

    for name, value in (("num_hidden", num_hidden), ("batch_size", batch_size), ("repeats", repeats)):
        check_count(value, name)
    check_seed(seed)
    shape = (ratings.num_users, ratings.num_items)
    matrix = csr_array((ratings.rating, ratings.item_index, ratings.row_splits), shape=shape)
    other = BernoulliRBM(n_components=num_hidden, batch_size=batch_size, n_iter=1, random_state=seed)
    return best_seconds(other.fit, matrix, repeats=repeats)
