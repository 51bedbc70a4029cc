"""Checks that a correct machine passes, and that each of the article's faults fails in one.

Every check takes `make`, a function of `ArticleMachine`'s arguments (except `faults`) that returns a machine, and
returns True if the machine passes. They are fast: a few films, a few users, a fraction of a second.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from rbm_lib._states import binary_states
from rbm_lib.data import Ratings

from .machine import AS_PUBLISHED, FAULT_NAMES, ArticleMachine, Faults

NUM_ITEMS, NUM_USERS, NUM_HIDDEN = 7, 53, 3
RATED = np.array([0, 2, 3, 4, 6])
COPIES = 4001  # of one user, in the check against enumeration
STANDARD_ERRORS = 5
Make = Callable[..., ArticleMachine]


def unrated_film_changes_nothing(make: Make) -> bool:
    """One more unrated film: the predictions of all others stay."""
    ratings = _ratings()
    wide = replace(ratings, item_id=np.arange(NUM_ITEMS + 1))
    pairs = _unrated_pairs()
    narrow, wider = (make(num_hidden=NUM_HIDDEN, epochs=2).fit(part).predict(*pairs) for part in (ratings, wide))
    return bool(np.allclose(narrow, wider, atol=1e-5))


def biases_learn(make: Make) -> bool:
    """After training, every film's bias and every hidden unit's bias has changed."""
    machine = make(num_hidden=NUM_HIDDEN, epochs=2).fit(_ratings())
    return bool(machine.visible_bias.all() and machine.hidden_bias.all())


def step_is_rate_times_direction(make: Make) -> bool:
    """No direction, no step; half the rate, half the step."""
    steps = []
    for rate, size in ((0.5, 0.0), (0.5, 1.0), (0.25, 1.0)):
        machine = make(num_hidden=NUM_HIDDEN, learning_rate=rate, epochs=0).fit(_ratings())
        direction, _ = machine.direction(next(_ratings().batches(NUM_USERS)))
        before = machine.interaction_weights
        machine.step(direction._replace(**{name: size * part for name, part in direction._asdict().items()}))
        steps.append(machine.interaction_weights - before)
    none, whole, half = steps
    return bool(not none.any() and whole.any() and np.allclose(whole, 2 * half, atol=1e-6))


def direction_is_enumerated(make: Make) -> bool:
    """Averaged over many samples, the direction is the positive phase minus one exact sweep later, rated films only."""
    ratings = Ratings.from_dense(
        np.tile([1, 0, 0, 1, 1, 0, 1], (COPIES, 1)), np.tile(np.isin(np.arange(NUM_ITEMS), RATED), (COPIES, 1))
    )
    machine = make(num_hidden=NUM_HIDDEN, cd_steps=1, epochs=0).fit(ratings)
    rng = np.random.Generator(np.random.Philox(key=11))
    machine.interaction_weights = rng.normal(0, 0.8, (NUM_ITEMS, NUM_HIDDEN)).astype(np.float32)
    machine.visible_bias = rng.normal(0, 0.5, NUM_ITEMS).astype(np.float32)
    machine.hidden_bias = rng.normal(0, 0.5, NUM_HIDDEN).astype(np.float32)
    found, _ = machine.direction(next(ratings.batches(COPIES)))
    expected = expected_direction(machine, ratings.rating[: len(RATED)])
    near = STANDARD_ERRORS * 0.5 / np.sqrt(COPIES)  # each number averages COPIES numbers from an interval of length 1
    return all(np.abs(one - other).max() < near for one, other in zip(found[:3], expected, strict=True))


def expected_direction(
    machine: ArticleMachine, likes: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The expected CD-1 direction of one user who rated `RATED`, by enumeration of all hidden and visible states.

    Args:
        machine: with weights and biases over `NUM_ITEMS` films.
        likes: 0 or 1 `(len(RATED),)`.
    Returns:
        directions: of the weights, the visible biases and the hidden biases, float64.
    """
    weights, bias = machine.interaction_weights[RATED].astype(np.float64), machine.visible_bias[RATED]
    hidden_states = binary_states(NUM_HIDDEN)
    visible_states = binary_states(len(RATED))

    def hidden_means(visible: NDArray[Any]) -> NDArray[np.float64]:
        return expit(visible @ weights + machine.hidden_bias)

    def share(states: NDArray[Any], mean: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.prod(np.where(states[:, None] == 1, mean, 1 - mean), axis=-1)

    up = share(hidden_states, hidden_means(likes)[None])[:, 0]
    end = share(visible_states, expit(hidden_states @ weights.T + bias)) @ up
    start, stop = hidden_means(likes), hidden_means(visible_states)
    couplings, visible = np.zeros((NUM_ITEMS, NUM_HIDDEN)), np.zeros(NUM_ITEMS)
    couplings[RATED] = np.outer(likes, start) - np.einsum("s,si,sh->ih", end, visible_states, stop)
    visible[RATED] = likes - end @ visible_states
    return couplings, visible, start - end @ stop


def predictions_repeat(make: Make) -> bool:
    """Two calls give the same predictions, and these are probabilities."""
    machine = make(num_hidden=NUM_HIDDEN, epochs=2).fit(_ratings())
    pairs = _unrated_pairs()
    first, second = (machine.predict(*pairs, repeat=repeat) for repeat in (0, 1))
    return bool(np.array_equal(first, second) and ((first > 0) & (first < 1)).all())


def untrained_is_undecided(make: Make) -> bool:
    """Before training, P(like) is near a half for every user and film."""
    machine = make(num_hidden=53, epochs=0).fit(_ratings())
    pairs = _unrated_pairs()
    mean = np.mean([machine.predict(*pairs, repeat=repeat) for repeat in range(101)], axis=0)
    return bool((np.abs(mean - 0.5) < 0.3).all())


def others_change_nothing(make: Make) -> bool:
    """A user's predictions do not depend on the other users in the call."""
    machine = make(num_hidden=NUM_HIDDEN, epochs=2).fit(_ratings())
    user_index, item_index = _unrated_pairs()
    later = user_index >= NUM_USERS // 2
    among_all = machine.predict(user_index, item_index)[later]
    return bool(np.array_equal(among_all, machine.predict(user_index[later], item_index[later])))


def score_refuses_training_ratings(make: Make) -> bool:
    """The machine refuses to be scored on its own training ratings."""
    machine = make(num_hidden=NUM_HIDDEN, epochs=0).fit(_ratings())
    try:
        machine.score(_ratings(), _ratings())
    except ValueError:
        return True
    return False


CHECKS = {
    "predictions repeat": predictions_repeat,
    "an unrated film changes nothing": unrated_film_changes_nothing,
    "the direction is the enumerated one": direction_is_enumerated,
    "biases learn": biases_learn,
    "the step is rate times direction": step_is_rate_times_direction,
    "untrained is undecided": untrained_is_undecided,
    "training ratings are no test": score_refuses_training_ratings,
    "who else is asked changes nothing": others_change_nothing,
}
# The check that detects each fault, whatever other checks it fails.
CAUGHT_BY = {
    "sampled_inference": "predictions repeat",
    "unrated_as_minus_one": "an unrated film changes nothing",
    "frozen_biases": "biases learn",
    "rate_scales_weights": "the step is rate times direction",
    "large_start": "untrained is undecided",
    "scored_on_training": "training ratings are no test",
    "misaligned_users": "who else is asked changes nothing",
}


def make_with(faults: Faults, seed: int = 0) -> Make:
    """A function that makes small machines with these faults, for the checks."""

    def make(**arguments: Any) -> ArticleMachine:
        return ArticleMachine(faults=faults, seed=seed, **{"cd_steps": 3, "batch_size": 11} | arguments)

    return make


def check_table(seed: int = 0) -> pd.DataFrame:
    """Every check on the repaired machine, on each fault alone, and on the machine as published.

    Args:
        seed: int, of the machines.
    Returns:
        table: DataFrame of bool, True if the check passes; a row for each machine, a column for each check.
    """
    machines = {"repaired": Faults()} | {name: Faults(**{name: True}) for name in FAULT_NAMES}
    machines["as published"] = AS_PUBLISHED
    rows = {name: {check: run(make_with(faults, seed)) for check, run in CHECKS.items()}
            for name, faults in machines.items()}  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("machine")


def _unrated_pairs() -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """(user_index, item_index) of the pairs that are not in `_ratings`."""
    user_index, item_index = np.nonzero(~_ratings().to_dense()[1])
    return user_index, item_index


def _ratings() -> Ratings:
    """53 users who rated about half of seven films, four in five with a like."""
    rng = np.random.Generator(np.random.Philox(key=7))
    observed_mask = rng.random((NUM_USERS, NUM_ITEMS)) < 0.5
    observed_mask[:, 0] = True  # no user without a rating
    return Ratings.from_dense(rng.random((NUM_USERS, NUM_ITEMS)) < 0.8, observed_mask)
