"""The RBM of one user's mask, and annealed importance sampling (AIS) of its normaliser from both sides.

AIS goes from a machine without weights (couplings), at inverse temperature t = 0, whose normaliser is known, to the
user's own (t = 1). The visible biases stay as they are; the input of the hidden units is multiplied by t:

    f_t(v) = exp{ sum of b } * product over hidden units { 1 + exp(t * activation(v)) }

References:
    Neal (2001), "Annealed importance sampling".
    Salakhutdinov and Murray (2008), "On the quantitative analysis of deep belief networks", section 3: AIS for RBMs.
    Burda, Grosse and Salakhutdinov (2015), "Accurate and conservative estimates of MRF log-likelihood using reverse
        annealing": the chain run backwards from the model's own samples.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

from rbm_lib.models import RBMParameters, enumerate_hidden, is_conditional

BLOCK = 16_384  # values of films summed in float32; the sum of a million would have an error of some nats
_CHUNK = 512  # factors between 1 and 2 whose product cannot overflow


class PartitionEstimate(NamedTuple):
    """An estimate of log Z from weighted chains.

    Attributes:
        log_partition: float, in nats.
        standard_error: float, in nats: of the log of the mean weight, from the spread of the weights.
        effective_sample_size: float, from 1 to the number of chains: the number of equally weighted chains with this
            precision.
    """

    log_partition: float
    standard_error: float
    effective_sample_size: float


class UserMachine:
    """The RBM of one mask: only the rows of the rated films, in one form for all kinds of units.

    The first value of every film is the reference: its weights and bias are subtracted from those of the other values,
    which changes no probability. The reference's weights, the offsets of a centred RBM and the weights of which films
    were rated are added to the hidden biases.

    Args:
        item_index: int `(num_rated,)`, the films of the mask.
        parameters: `RBMParameters` of arrays or tensors.

    Attributes:
        couplings: float32 `(num_rated * (num_values - 1), num_hidden)`, value by value.
        visible_bias: float32 `(num_values - 1, num_rated)`.
        hidden_bias: float64 `(num_hidden,)`.
        constant: float, in nats: the visible biases of the first values.
    """

    def __init__(self, item_index: NDArray[np.integer], parameters: RBMParameters) -> None:
        weights, bias = (_rows(part, item_index) for part in parameters[:2])
        hidden_bias = np.asarray(parameters.hidden_bias, np.float64)
        if is_conditional(parameters):
            hidden_bias = hidden_bias + _rows(parameters.rated_weights, item_index).sum(axis=0)
        offset = np.asarray(parameters.visible_offset)
        if offset.ndim:
            hidden_bias = hidden_bias - np.tensordot(_rows(offset, item_index), weights, bias.ndim)
        if weights.ndim == 2:
            weights, bias, constant = weights[:, None], bias[:, None], 0.0
        else:
            hidden_bias = hidden_bias + weights[:, 0].sum(axis=0)
            constant = float(bias[:, 0].sum())
            weights, bias = weights[:, 1:] - weights[:, :1], bias[:, 1:] - bias[:, :1]
        num_hidden = len(hidden_bias)
        self.constant: float = constant
        self.couplings: NDArray[np.float32] = np.asarray(np.moveaxis(weights, 1, 0).reshape(-1, num_hidden), np.float32)
        self.visible_bias: NDArray[np.float32] = np.asarray(bias.T, np.float32)
        self.hidden_bias: NDArray[np.float64] = hidden_bias

    @property
    def base_log_partition(self) -> float:
        """Exact log Z at inverse temperature 0: independent films, and hidden units that are on half of the time."""
        films = logsumexp(np.pad(np.asarray(self.visible_bias, np.float64), ((1, 0), (0, 0))), axis=0)
        return self.constant + films.sum() + len(self.hidden_bias) * np.log(2.0)

    def encode(self, state: NDArray[np.integer]) -> NDArray[np.float32]:
        """Positions among the values, int `(num_chains, num_rated)`, as `visible`: float32, one-hot but for value 0."""
        values = np.arange(1, len(self.visible_bias) + 1)
        return np.asarray(state[:, None, :] == values[:, None], np.float32)

    def decode(self, visible: NDArray[np.float32]) -> NDArray[np.int8]:
        """The inverse of `encode`: int8 `(num_chains, num_rated)`."""
        return np.einsum("nvi,v->ni", visible, np.arange(1, visible.shape[1] + 1)).astype(np.int8)

    def activation(self, visible: NDArray[np.float32]) -> NDArray[np.float64]:
        """The input of the hidden units: float64 `(num_chains, num_hidden)`, in nats."""
        visible = visible.reshape(len(visible), -1)
        if visible.shape[1] <= BLOCK:
            return visible @ self.couplings + self.hidden_bias
        parts = [slice(first, first + BLOCK) for first in range(0, visible.shape[1], BLOCK)]
        return self.hidden_bias + sum(_wide(visible[:, part]) @ _wide(self.couplings[part]) for part in parts)

    def log_weight(self, visible: NDArray[np.float32]) -> NDArray[np.float64]:
        """-F(v), the log of the unnormalised probability: float64 `(num_chains,)`, in nats."""
        biases = (np.asarray(visible, np.float64) * self.visible_bias).sum(axis=(1, 2))
        return self.constant + biases + softplus_sum(self.activation(visible))

    def sample_hidden(
        self, activation: NDArray[np.float64], inverse_temperature: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Float32 0/1 `(num_chains, num_hidden)`."""
        uniform = rng.random(activation.shape, dtype=np.float32)
        mean = expit(np.asarray(inverse_temperature * activation, np.float32))
        return np.asarray(uniform < mean, np.float32)

    def sample_visible(
        self, hidden: NDArray[np.float32], inverse_temperature: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Ratings given hidden states: float32 `(num_chains, num_values - 1, num_rated)`, as `encode` gives them."""
        bias = self.visible_bias
        scaled = hidden * np.float32(inverse_temperature)
        logits = (scaled @ self.couplings.T).reshape(len(hidden), *bias.shape) + bias
        top = np.maximum(logits.max(axis=1), 0)
        odds, silent = np.exp(logits - top[:, None]), np.exp(-top)
        left = rng.random(silent.shape, dtype=np.float32) * (silent + odds.sum(axis=1)) - silent
        visible, passed = np.empty_like(odds), left >= 0
        for place in range(len(bias) - 1):
            left -= odds[:, place]
            visible[:, place] = passed & (left < 0)
            passed = left >= 0
        visible[:, -1] = passed
        return visible

    def sweep(
        self, visible: NDArray[np.float32], inverse_temperature: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """One Gibbs sweep, which leaves f_t invariant and is its own reverse."""
        hidden = self.sample_hidden(self.activation(visible), inverse_temperature, rng)
        return self.sample_visible(hidden, inverse_temperature, rng)

    def log_partition(self) -> float:
        """Exact log Z by enumeration of the hidden states, at most 2**20."""
        return logsumexp(self._state_log_weights()[1])

    def sample_exact(self, num_chains: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Independent exact samples of the ratings, by enumeration of the hidden states."""
        states, log_weights = self._state_log_weights()
        share = np.exp(log_weights - logsumexp(log_weights))
        drawn = states[rng.choice(len(states), num_chains, p=share / share.sum())]
        return self.sample_visible(np.asarray(drawn, np.float32), 1, rng)

    def _state_log_weights(self) -> tuple[NDArray[Any], NDArray[np.float64]]:
        states = enumerate_hidden(RBMParameters(None, None, self.hidden_bias))
        logits = np.tensordot(states, self.couplings, (1, 1)).reshape(len(states), *self.visible_bias.shape)
        logits = np.pad(logits + np.asarray(self.visible_bias, np.float64), ((0, 0), (1, 0), (0, 0)))
        return states, self.constant + states @ self.hidden_bias + logsumexp(logits, axis=1).sum(axis=1)


def forward_ais(
    machine: UserMachine, num_temperatures: int, num_chains: int, rng: np.random.Generator
) -> tuple[PartitionEstimate, NDArray[np.float32]]:
    """AIS from the machine without weights to the user's own.

    The mean weight is unbiased for Z, so its log is on average a lower bound of log Z.

    Args:
        machine: `UserMachine`.
        num_temperatures: int >= 1, steps of the inverse temperature from 0 to 1, of equal size.
        num_chains: int >= 2, independent chains.
        rng: `numpy.random.Generator`.
    Returns:
        estimate: `PartitionEstimate`.
        visible: float32, the final states of the chains, resampled in proportion to their weights: approximate samples
            of the machine, as `UserMachine.encode` gives them. Resampling drops chains in improbable states.
    """
    steps = np.linspace(0.0, 1.0, num_temperatures + 1)
    visible = machine.sample_visible(np.zeros((num_chains, len(machine.hidden_bias)), np.float32), 0.0, rng)
    log_weight = np.zeros(num_chains)
    for cooler, warmer in pairwise(steps):  # "warmer": the weights count for more
        activation = machine.activation(visible)
        log_weight += softplus_sum(warmer * activation) - softplus_sum(cooler * activation)
        visible = machine.sample_visible(machine.sample_hidden(activation, warmer, rng), warmer, rng)
    return _estimate(machine, log_weight, sign=1), visible[_resample(log_weight, rng)]


def annealed_chains(
    machine: UserMachine,
    num_temperatures: int,
    num_chains: int,
    gibbs_steps: int,
    rng: np.random.Generator,
    *,
    most: int | None = None,
) -> NDArray[np.float32]:
    """Approximate samples of the machine: chains annealed by `forward_ais`, then continued as its Gibbs chain.

    Args:
        machine, num_temperatures, num_chains, rng: as in `forward_ais`.
        gibbs_steps: int >= 0, sweeps after the annealing.
        most: int, how many of the chains are continued and returned; all by default.
    Returns:
        visible: float32, the final states, as `UserMachine.encode` gives them.
    """
    visible = forward_ais(machine, num_temperatures, num_chains, rng)[1][:most]
    for _ in range(gibbs_steps):
        visible = machine.sweep(visible, 1.0, rng)
    return visible


def reverse_ais(
    machine: UserMachine, visible: NDArray[np.float32], num_temperatures: int, rng: np.random.Generator
) -> PartitionEstimate:
    """AIS backwards, from samples of the user's own machine.

    The mean inverse weight is unbiased for 1 / Z if the chains start at exact samples. Then minus its log is on average
    an upper bound of log Z. Chains that start elsewhere give no bound.

    Args:
        machine, num_temperatures, rng: as in `forward_ais`.
        visible: float32, samples of the machine, as `UserMachine.encode` gives them.
    Returns:
        estimate: `PartitionEstimate`.
    """
    steps = np.linspace(1.0, 0.0, num_temperatures + 1)
    log_weight = np.zeros(len(visible))
    for warmer, cooler in pairwise(steps):
        activation = machine.activation(visible)
        log_weight += softplus_sum(warmer * activation) - softplus_sum(cooler * activation)
        visible = machine.sample_visible(machine.sample_hidden(activation, cooler, rng), cooler, rng)
    return _estimate(machine, log_weight, sign=-1)


def softplus_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the last axis of log(1 + exp(values)): float64 `(num_chains,)`; one logarithm for many factors."""
    factors = 1.0 + np.exp(-np.abs(values))
    products = np.multiply.reduceat(factors, np.arange(0, values.shape[1], _CHUNK), axis=1)
    return np.maximum(values, 0.0).sum(axis=1) + np.log(products).sum(axis=1)


def _resample(log_weight: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions sampled in proportion to the weights, by one uniform number (systematic); equal weights keep all."""
    share = np.exp(log_weight - log_weight.max()).cumsum()
    points = (np.arange(len(share)) + rng.random()) / len(share)
    return np.minimum(np.searchsorted(share / share[-1], points, side="right"), len(share) - 1)


def _estimate(machine: UserMachine, log_weight: NDArray[np.float64], sign: int) -> PartitionEstimate:
    """From log weights: of Z / Z_0 for sign 1, of its inverse (negated once) for sign -1."""
    weight = np.exp(sign * log_weight - (sign * log_weight).max())
    mean = weight.mean()
    error = weight.std(ddof=1) / mean / np.sqrt(len(weight))
    log_mean = np.log(mean) + (sign * log_weight).max()
    size = weight.sum() ** 2 / (weight**2).sum()
    return PartitionEstimate(machine.base_log_partition + sign * log_mean, error, size)


def _rows(part: Any, item_index: NDArray[np.integer]) -> NDArray[np.float64]:
    """The films' rows of a parameter, float64."""
    return np.asarray(np.asarray(part)[item_index], np.float64)


def _wide(part: NDArray[np.float32]) -> NDArray[np.float64]:
    return part.astype(np.float64)
