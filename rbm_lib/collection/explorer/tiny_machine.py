"""An RBM small enough to enumerate: its states, its transition matrix, and expected contrastive divergence.

Nothing is sampled. Every user rates every film, so a vector of likes and dislikes is a state of the visible units. The
index of a state is its digits read in base 2, the first film's digit first: 0000, 0001, ..., 1111.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_softmax, softmax

from rbm_lib._checks import check_count, check_number
from rbm_lib._states import binary_states

MOST_FILMS = 10  # 1024 states; more are too many to enumerate
DEPTH = 5.0  # of `two_valleys`: every weight, in nats
OF_ONE_VALLEY = {"1111": 0.7, "1110": 0.1, "1101": 0.1, "1011": 0.1}  # the data of `two_valleys`
RULES: dict[str, int | None] = {"CD-1": 1, "CD-3": 3, "CD-10": 10, "exact": None}


class TinyMachine(NamedTuple):
    """Weights `(num_films, num_hidden)`, visible_bias `(num_films,)` and hidden_bias `(num_hidden,)`, float64.

    Also used for a gradient of these parameters.
    """

    weights: NDArray[np.float64]
    visible_bias: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]


def state_names(num_films: int) -> list[str]:
    """The states as strings of digits, one per film, 1 for a like: `["00", "01", "10", "11"]` for two films."""
    return ["".join(map(str, state)) for state in _states(num_films)]


def _states(num_films: int) -> NDArray[np.int64]:
    """All states, `(2**num_films, num_films)`, in ascending order of the number that their digits write."""
    return binary_states(num_films)[:, ::-1]


def checked(machine: Sequence[ArrayLike]) -> TinyMachine:
    """Weights and biases as a `TinyMachine`; `ValueError` if shapes disagree or there are too many states."""
    weights, visible_bias, hidden_bias = (np.asarray(part, np.float64) for part in machine)
    if weights.ndim != 2 or (visible_bias.shape, hidden_bias.shape) != ((len(weights),), (weights.shape[1],)):
        found = " and ".join(str(part.shape) for part in (weights, visible_bias, hidden_bias))
        raise ValueError(f"machine: expected weights (films, hidden) and a bias for each of both, found {found}")
    if max(weights.shape) > MOST_FILMS:
        raise ValueError(f"machine: expected at most {MOST_FILMS} films and hidden units, found {weights.shape}")
    return TinyMachine(weights, visible_bias, hidden_bias)


def hidden_chances(machine: TinyMachine) -> NDArray[np.float64]:
    """P(h_j = 1 | v) for every state v: `(num_states, num_hidden)`."""
    found: NDArray[np.float64] = expit(_states(len(machine.weights)) @ machine.weights + machine.hidden_bias)
    return found


def free_energies(machine: TinyMachine) -> NDArray[np.float64]:
    """Free energy of every state, hidden units summed out, in nats: `(num_states,)`.

    F(v) = -sum{ v * visible_bias } - sum{ softplus(hidden_bias + v . weights) }
    """
    states = _states(len(machine.weights))
    coupled = np.logaddexp(0, states @ machine.weights + machine.hidden_bias).sum(axis=1)
    found: NDArray[np.float64] = -(states @ machine.visible_bias) - coupled
    return found


def state_shares(machine: TinyMachine) -> NDArray[np.float64]:
    """p(v) of every state: `(num_states,)`, with sum 1."""
    found: NDArray[np.float64] = softmax(-free_energies(machine))
    return found


def transition_matrix(machine: TinyMachine) -> NDArray[np.float64]:
    """The transition matrix T[v, v'] of one Gibbs sweep, hidden units summed out: `(num_states, num_states)`."""
    up = hidden_chances(machine)
    hidden = binary_states(up.shape[1])
    down = expit(hidden @ machine.weights.T + machine.visible_bias)
    return _product(hidden, up) @ _product(_states(len(machine.weights)), down)


def _product(states: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(state | means) of independent units: `(num_means, num_states)`."""
    chance = np.where(states[None, :, :] == 1, means[:, None, :], 1 - means[:, None, :])
    found: NDArray[np.float64] = chance.prod(axis=2)
    return found


def divergence(shares: NDArray[np.floating], machine: TinyMachine) -> float:
    """Kullback-Leibler divergence of the model from the data, in nats: sum{ data * log(data / p) }.

    Args:
        shares: float `(num_states,)`, frequency of each state in the data.
        machine: `TinyMachine`.
    """
    seen = shares > 0
    return float(np.sum(shares[seen] * (np.log(shares[seen]) - log_softmax(-free_energies(machine))[seen])))


def expected_direction(machine: TinyMachine, shares: NDArray[np.floating], cd_steps: int | None) -> TinyMachine:
    """The expected CD-k update of weights and biases, over all draws of the chain.

    Args:
        machine: `TinyMachine`.
        shares: float `(num_states,)`, frequency of each state in the data.
        cd_steps: int >= 1, Gibbs sweeps from the data; None for the gradient of the log-likelihood, whose negative
            phase is an expectation under the model.
    Returns:
        direction: `TinyMachine`, positive phase minus negative phase, for gradient ascent.
    """
    if cd_steps is None:
        end = state_shares(machine)
    else:
        end = shares @ np.linalg.matrix_power(transition_matrix(machine), check_count(cd_steps, "cd_steps"))
    states, hidden, apart = _states(len(machine.weights)), hidden_chances(machine), shares - end
    return TinyMachine(np.einsum("s,si,sj->ij", apart, states, hidden), apart @ states, apart @ hidden)


def watch_learning(
    start: Sequence[ArrayLike], shares: ArrayLike, *, cd_steps: int | None, steps: int, learning_rate: float
) -> tuple[list[TinyMachine], NDArray[np.float64]]:
    """Gradient ascent by expected CD-k or by the exact gradient; returns every step.

    Args:
        start: `TinyMachine`, or its three arrays.
        shares: float `(num_states,)`, frequency of each state in the data.
        cd_steps: int >= 1, or None for the exact gradient.
        steps: int >= 1.
        learning_rate: float > 0, constant.
    Returns:
        machines: list of `steps + 1` `TinyMachine`, `start` first.
        divergences: float64 `(steps + 1,)`, Kullback-Leibler divergence of each from the data, in nats.
    Raises:
        ValueError: naming the argument.
    """
    machine, shares = checked(start), np.asarray(shares, np.float64)
    steps, learning_rate = check_count(steps, "steps"), check_number(learning_rate, "learning_rate", above=0)
    size = 2 ** len(machine.weights)
    if shares.shape != (size,) or shares.min() < 0 or not np.isclose(shares.sum(), 1):
        found = f"shape {shares.shape} and a sum of {shares.sum():g}"
        raise ValueError(f"shares: expected one for each of {size} states, adding up to 1, found {found}")
    machines = [machine]
    for _ in range(steps):
        change = expected_direction(machine, shares, cd_steps)
        machine = TinyMachine(*(part + learning_rate * by for part, by in zip(machine, change, strict=True)))
        machines.append(machine)
    return machines, np.array([divergence(shares, machine) for machine in machines])


def two_valleys() -> tuple[TinyMachine, NDArray[np.float64]]:
    """A model with two modes, and data from only one of them: short chains do not reach the other mode.

    Returns:
        machine: `TinyMachine` of four films and two hidden units, with modes where all films are liked and where all
            are disliked.
        shares: float64 `(16,)`, frequencies of users who like nearly everything.
    """
    machine = TinyMachine(np.full((4, 2), DEPTH), np.full(4, -DEPTH), np.full(2, -2 * DEPTH))
    return machine, np.array([OF_ONE_VALLEY.get(name, 0.0) for name in state_names(4)])
