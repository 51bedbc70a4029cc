"""The replicated softmax machine: each like is sampled from one softmax over all films, given the hidden units."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float = NDArray[np.float32]

NEVER = np.float32(-1e9)  # logit of a film among the inputs: it is no candidate
ADAM = 0.9, 0.999, 1e-7  # decay of the mean gradient and of its square, and the constant added to the root


@dataclass
class Parameters:
    """Parameters of a replicated softmax machine, all float32.

    Attributes:
        interaction_weights: `(num_items, num_hidden)`, the weights (couplings) from films to hidden units and back.
        visible_bias: `(num_items,)`.
        hidden_bias: `(num_hidden,)`.
        scale: `(1,)`, one factor of all weights.
    """

    interaction_weights: Float
    visible_bias: Float
    hidden_bias: Float
    scale: Float


def initial_parameters(likes: csr_array, num_hidden: int, rng: np.random.Generator) -> Parameters:
    """Small random weights, and the films' base rates as their biases.

    Args:
        likes: float32 csr `(num_users, num_items)`, 1 where a user likes a film.
        num_hidden: int, hidden units.
        rng: generator of the signs and sizes of the weights.
    Returns:
        parameters: `Parameters`.
    """
    num_users, num_items = likes.shape
    base_rate = np.asarray(likes.sum(axis=0)).ravel() / max(1, num_users)
    weights = rng.standard_normal((num_items, num_hidden), np.float32) * np.float32(0.02)
    visible_bias = np.log(base_rate + 1e-4).astype(np.float32)
    return Parameters(weights, visible_bias, np.zeros(num_hidden, np.float32), np.full(1, 3, np.float32))


def normalised(shown: csr_array) -> csr_array:
    """Each user's row divided by the root of 1 + the number of its entries: long rows do not saturate hidden units."""
    factor = 1 / np.sqrt(1 + np.diff(shown.indptr))
    return csr_array(
        (shown.data * np.repeat(factor, np.diff(shown.indptr)).astype(np.float32), shown.indices, shown.indptr),
        shape=shown.shape,
    )


def film_logits(shown: csr_array, parameters: Parameters) -> Float:
    """Logits of the next like, after one pass to the hidden units' means and back.

    h = sigmoid(c + s W'x / sqrt(1 + n)), logits = b + s W h, where x are the n input films.

    Args:
        shown: float32 csr `(batch, num_items)`, the inputs: 1 for a like, other numbers for other information.
        parameters: `Parameters`.
    Returns:
        logits: float32 `(batch, num_items)`, in nats.
    """
    return _forward(normalised(shown), parameters)[2]


def _forward(inputs: csr_array, parameters: Parameters) -> tuple[Float, Float, Float]:
    """The inputs of the hidden units, the hidden means and the films' logits."""
    weights, scale = parameters.interaction_weights, parameters.scale
    field = inputs @ weights
    hidden = expit(scale * field + parameters.hidden_bias)
    return field, hidden, (scale * hidden) @ weights.T + parameters.visible_bias


def loss_and_gradient(
    shown: csr_array, hidden_out: csr_array, parameters: Parameters, weight_decay: float
) -> tuple[float, Parameters]:
    """The loss of predicting the held-out likes from the inputs, and its gradient by backpropagation.

    loss = -mean over users of sum over held-out likes i of log softmax(logits)_i + weight_decay |W|^2; the softmax is
    over the films that are not inputs.

    Args:
        shown: float32 csr `(batch, num_items)`, the inputs, as in `film_logits`.
        hidden_out: float32 csr `(batch, num_items)`, 1 for a held-out like; none of them is an input.
        parameters: `Parameters`.
        weight_decay: float >= 0.
    Returns:
        loss: float, in nats a user.
        gradient: `Parameters`, of the loss.
    """
    weights, scale, batch = parameters.interaction_weights, parameters.scale, shown.shape[0]
    inputs = normalised(shown)
    field, hidden, logits = _forward(inputs, parameters)
    logits[_places(shown)] = NEVER
    logits -= logits.max(axis=1, keepdims=True)
    places, asked = _places(hidden_out), np.asarray(hidden_out.sum(axis=1), np.float32).reshape(batch, 1)
    of_targets = float((hidden_out.data * logits[places]).sum(dtype=np.float64))
    shares = np.exp(logits, out=logits)
    total = shares.sum(axis=1, keepdims=True)
    loss = (float((asked * np.log(total)).sum(dtype=np.float64)) - of_targets) / batch
    # d loss / d logits = (number held out * softmax - held out) / batch
    shares *= asked / (total * batch)
    shares[places] -= hidden_out.data / np.float32(batch)
    sent_down = shares @ weights
    of_field = scale * sent_down * hidden * (1 - hidden)
    of_weights = scale * (shares.T @ hidden) + scale * (inputs.T @ of_field) + np.float32(2 * weight_decay) * weights
    of_scale = np.sum(hidden * sent_down) + np.sum(of_field * field)
    gradient = Parameters(of_weights, shares.sum(axis=0), of_field.sum(axis=0), np.full(1, of_scale, np.float32))
    return loss + weight_decay * float((weights**2).sum(dtype=np.float64)), gradient


def _places(rows: csr_array) -> tuple[NDArray[np.intp], NDArray[np.integer]]:
    """Row and column of every entry."""
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.indices


def train(
    told: csr_array,
    parameters: Parameters,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    hidden_out: float,
    rng: np.random.Generator,
) -> Parameters:
    """Adam on `loss_and_gradient`; in each pass another random part of every user's row is held out.

    Args:
        told: float32 csr `(num_users, num_items)`, 1 for a like; other entries may be inputs, and are never predicted.
        parameters: initial `Parameters`; they are overwritten.
        epochs, batch_size: ints, passes over the users, and users in a step.
        learning_rate: float, of the first step; it falls linearly to 0.
        weight_decay: float >= 0.
        hidden_out: float between 0 and 1, the share of each row that is held out, on average.
        rng: generator of the users' order and of the held-out entries.
    Returns:
        parameters: `Parameters`, trained.
    """
    num_users = told.shape[0]
    steps = epochs * -(-num_users // batch_size)
    names = [field.name for field in fields(Parameters)]
    moments = {name: [np.zeros_like(getattr(parameters, name)) for _ in range(2)] for name in names}
    step = 0
    for _ in range(epochs):
        order = rng.permutation(num_users)
        for start in range(0, num_users, batch_size):
            shown, asked = divide(told[order[start : start + batch_size]], hidden_out, rng)
            _, gradient = loss_and_gradient(shown, asked, parameters, weight_decay)
            rate, step = learning_rate * (1 - step / steps), step + 1
            for name in names:
                _adam(getattr(parameters, name), getattr(gradient, name), moments[name], rate, step)
    return parameters


def divide(rows: csr_array, hidden_out: float, rng: np.random.Generator) -> tuple[csr_array, csr_array]:
    """Holds out each entry with probability `hidden_out`.

    Args:
        rows: float32 csr `(batch, num_items)`, 1 for a like.
        hidden_out: float between 0 and 1.
        rng: generator of the random numbers, one for each entry.
    Returns:
        shown: csr of the same shape, the entries that stay.
        asked: csr of the same shape, the held-out likes.
    """
    is_out = rng.random(rows.nnz) < hidden_out
    return _entries(rows, ~is_out), _entries(rows, is_out & (rows.data == 1))


def _entries(rows: csr_array, kept: NDArray[np.bool_]) -> csr_array:
    """The rows with only some of their entries."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return csr_array((rows.data[kept], rows.indices[kept], before[rows.indptr]), shape=rows.shape)


def _adam(value: Float, gradient: Float, moments: list[Float], rate: float, step: int) -> None:
    """One step of Adam on one array, in place (Kingma and Ba 2015, Algorithm 1)."""
    mean, square = moments
    keep_mean, keep_square, epsilon = ADAM
    mean += np.float32(1 - keep_mean) * (gradient - mean)
    square += np.float32(1 - keep_square) * (gradient * gradient - square)
    root = np.sqrt(square / np.float32(1 - keep_square**step))
    root += np.float32(epsilon)
    value -= np.float32(rate / (1 - keep_mean**step)) * mean / root
