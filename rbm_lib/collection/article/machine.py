"""The article's machine, with its rules as options that can be switched off one by one.

This module is for one notebook, `03-the-article`, and for its test. It is not part of the public interface: do not
train with these rules. Without faults it is plain CD-k with plain gradient ascent, and takes the same steps as
`rbm_lib.RBM` with Keras' SGD.

If an unrated film counts as -1, no matrix of users by films is needed. With every film in the hidden input,

    c + sum over rated { v W } + sum over unrated { -W } = c - sum over all { W } + sum over rated { (v + 1) W },

which is a masked RBM whose ratings are offset by -1 and whose hidden biases are lowered by the sum of all weights. So
the compiled chains of `rbm_lib.sparse` compute the article's machine with the same random numbers.

References:
    Oppermann (2018), "Deep Learning Meets Physics: Restricted Boltzmann Machines Part II", and its code,
        github.com/artem-oppermann/Restricted-Boltzmann-Machine: `rbm_model.py`, `model_helper.py`, `train.py`.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from rbm_lib import sparse
from rbm_lib._checks import check_count, check_number, check_seed
from rbm_lib.data import Ratings, iterate_batches, splits_from_counts
from rbm_lib.models import Bernoulli, Increments, RBMParameters
from rbm_lib.splits import Split

LARGE_START, SMALL_START = 0.5, 0.02  # standard deviations of the initial weights
PAIRS_AT_A_TIME = 20_000


@dataclass(frozen=True)
class Faults:
    """The article's rules, each named for its effect; False is the repaired rule.

    Attributes:
        sampled_inference: a prediction is a bit, sampled anew each time (`inference`), not a probability.
        unrated_as_minus_one: unrated films enter the hidden input and the gradient as -1 (`_sample_h`,
            `_compute_gradients`), instead of not at all.
        frozen_biases: the biases' gradients are zero (`_compute_gradients` returns its initial zeros).
        rate_scales_weights: W = rate * (W + dW) (`_update_parameter`), instead of W + rate * dW.
        large_start: weights are initialised from N(0, 0.5) (`model_helper`), instead of N(0, 0.02).
        scored_on_training: the score's default targets are the training ratings (the flags of `train.py`).
        misaligned_users: the n-th user with targets is predicted from the inputs of the n-th of all users: a user
            without targets does not advance the inputs (the test loop of `train.py`), and all later users get the wrong
            inputs.
    """

    sampled_inference: bool = False
    unrated_as_minus_one: bool = False
    frozen_biases: bool = False
    rate_scales_weights: bool = False
    large_start: bool = False
    scored_on_training: bool = False
    misaligned_users: bool = False

    def without(self, *names: str) -> "Faults":
        """The same faults without the named ones."""
        return replace(self, **dict.fromkeys(names, False))


FAULT_NAMES = tuple(asdict(Faults()))
AS_PUBLISHED = Faults(**dict.fromkeys(FAULT_NAMES, True))


Watch = Callable[["ArticleMachine", int, int, float], None]


class ArticleMachine:
    """A Bernoulli RBM trained by CD-k, with any of the article's faults.

    Args:
        num_hidden: int >= 1.
        faults: `Faults`.
        epochs: int >= 0, passes over the users that `fit` makes.
        batch_size: int >= 1, users in a mini-batch.
        cd_steps: int >= 1, the k of CD-k.
        learning_rate: float > 0, the step along the mean direction of a mini-batch.
        weight_decay: float >= 0, L2 regularisation of the weights: their direction loses weight_decay * W.
        seed: int, 0 <= seed < 2**32, root of the initial weights, of the users' order and of all random numbers.
        name: str, as shown in tables.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    """

    def __init__(
        self,
        num_hidden: int = 200,
        *,
        faults: Faults = Faults(),
        epochs: int = 17,
        batch_size: int = 32,
        cd_steps: int = 10,
        learning_rate: float = 1.0,
        weight_decay: float = 0.0,
        seed: int = 0,
        name: str = "article machine",
    ) -> None:
        self.num_hidden, self.cd_steps = check_count(num_hidden, "num_hidden"), check_count(cd_steps, "cd_steps")
        self.epochs, self.batch_size = check_count(epochs, "epochs", least=0), check_count(batch_size, "batch_size")
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.weight_decay, self.faults = check_number(weight_decay, "weight_decay", least=0), faults
        self.seed, self.name = check_seed(seed), name

    def begin(self, train: Ratings) -> Self:
        """Samples the weights and zeroes the biases; a film's start does not depend on how many films follow it."""
        Bernoulli().check(train.rating, "train")
        rng = np.random.Generator(np.random.Philox(key=[self.seed, 0]))
        scale = LARGE_START if self.faults.large_start else SMALL_START
        shape = (train.num_items, self.num_hidden)
        self.interaction_weights = (scale * rng.standard_normal(shape)).astype(np.float32)
        self.visible_bias = np.zeros(train.num_items, np.float32)
        self.hidden_bias = np.zeros(self.num_hidden, np.float32)
        self.seen, self.steps = train, 0
        return self

    def fit(self, train: Ratings, watch: Watch | None = None) -> Self:
        """Trains from the start on likes and dislikes.

        Args:
            train: `Ratings` of 0 and 1.
            watch: None, or a function of (machine, epoch, batch, agreement), called after every step; `agreement` is
                the share of the mini-batch's ratings that the end of the chain reproduces.
        Returns:
            self.
        """
        self.begin(train)
        for epoch in range(self.epochs):
            batches = iterate_batches(train, self.batch_size, seed=self.seed, epoch=epoch)
            for number, batch in enumerate(batches):
                direction, agreement = self.direction(batch)
                self.step(direction)
                if watch is not None:
                    watch(self, epoch, number, agreement)
        return self

    def repaired(self, *names: str) -> Self:
        """The same trained machine without the named faults of prediction and scoring."""
        other = copy(self)
        other.faults = self.faults.without(*names)
        return other

    @property
    def parameters(self) -> RBMParameters:
        """`RBMParameters` that give the library's masked conditionals this machine's hidden input."""
        weights, lowered, offset = self.interaction_weights, self.hidden_bias, np.zeros_like(self.visible_bias)
        if self.faults.unrated_as_minus_one:
            lowered, offset = self.hidden_bias - weights.sum(axis=0), offset - 1
        return RBMParameters(weights, self.visible_bias, lowered, offset, units=Bernoulli())

    def direction(self, batch: dict[str, Any]) -> tuple[Increments, float]:
        """The machine's estimate of the gradient of a mini-batch, by CD-k and its faults.

        Args:
            batch: dict of `row_splits`, `item_index`, `rating`, `user_index`, as `Ratings.batches` gives.
        Returns:
            direction: `Increments` of NumPy arrays, means over the batch.
            agreement: float, share of the ratings that the end of the chain reproduces.
        """
        csr = (batch["row_splits"], batch["item_index"], batch["rating"], batch["user_index"])
        where: dict[str, Any] = {"cd_steps": self.cd_steps, "step": self.steps, "seed": self.seed}
        found = sparse.ascent_direction(*csr, self.parameters, **where, every_film=True)
        weights, visible, hidden = found.interaction_weights, found.visible_bias, found.hidden_bias
        if self.faults.unrated_as_minus_one:
            weights = weights - hidden  # -1 times each hidden unit's change, at every film; the rated films' 1 is in
        if self.faults.frozen_biases:
            visible, hidden = np.zeros_like(visible), np.zeros_like(hidden)
        return Increments(weights, visible, hidden), float(found.agreement.mean())

    def step(self, direction: Increments) -> None:
        """Updates the parameters along a direction, by the machine's own rule."""
        rate = np.float32(self.learning_rate)
        decayed = direction.interaction_weights
        if self.weight_decay:
            decayed = decayed - np.float32(self.weight_decay) * self.interaction_weights
        moves = {
            "interaction_weights": decayed,
            "visible_bias": direction.visible_bias,
            "hidden_bias": direction.hidden_bias,
        }
        for name, move in moves.items():
            old = getattr(self, name)
            setattr(self, name, rate * (old + move) if self.faults.rate_scales_weights else old + rate * move)
        self.steps += 1

    def predict(
        self, user_index: ArrayLike, item_index: ArrayLike, *, inputs: Ratings | None = None, repeat: int = 0
    ) -> NDArray[np.float64]:
        """P(like) of each pair from the user's training ratings, or a bit if inference is sampled.

        Args:
            user_index, item_index: int `(num_pairs,)`, in any order, no pair twice; for a machine with misaligned
                users, all pairs of the evaluation.
            inputs: `Ratings` to predict from; None takes those of `fit`.
            repeat: int >= 0, which of the independent repeats of sampled inference.
        Returns:
            probability: float64 `(num_pairs,)`.
        """
        inputs, repeat = self.seen if inputs is None else inputs, check_count(repeat, "repeat", least=0)
        user, item = np.asarray(user_index, np.int32), np.asarray(item_index, np.int32)
        if self.faults.misaligned_users:
            user = np.unique(user, return_inverse=True)[1].astype(np.int32)
        if not self.faults.sampled_inference:
            return self._mean_field(inputs, user, item)
        order = np.lexsort((item, user))
        splits = splits_from_counts(np.bincount(user, minlength=inputs.num_users))
        csr = (inputs.row_splits, inputs.item_index, inputs.rating, splits, item[order])
        sampling = (np.arange(inputs.num_users, dtype=np.int32), repeat, self.seed)
        bits = np.empty(len(order))
        bits[order] = sparse.predict_pairs(*csr, self.parameters, inference="sampled", sampling=sampling)
        return bits

    def _mean_field(
        self, inputs: Ratings, user_index: NDArray[np.int32], item_index: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """In float64: weights as large as the article's make probabilities that float32 rounds to 0 and 1."""
        hidden = sparse.hidden_probabilities(inputs.row_splits, inputs.item_index, inputs.rating, self.parameters)
        activation = self.visible_bias[item_index].astype(np.float64)
        for start in range(0, len(item_index), PAIRS_AT_A_TIME):
            some = slice(start, start + PAIRS_AT_A_TIME)
            pairs = self.interaction_weights[item_index[some]], hidden[user_index[some]]
            activation[some] += np.einsum("nh,nh->n", *pairs, dtype=np.float64)
        mean: NDArray[np.float64] = expit(activation)
        return mean

    def score(self, inputs: Ratings, targets: Ratings | None = None, *, repeat: int = 0) -> float:
        """The article's accuracy: for each user the mean of 1 - |error| of the bits, then the mean over users.

        Args:
            inputs: `Ratings`, the known ratings of the users.
            targets: `Ratings` to predict; None takes the article's default, if the machine has that fault.
            repeat: as in `predict`.
        Returns:
            accuracy: float, share.
        Raises:
            ValueError: if a target is an input, unless the machine has that fault.
        """
        if not self.faults.scored_on_training:
            if targets is None:
                raise ValueError("targets: expected held-out ratings, found None")
            Split(inputs, targets, "score", inputs.user_id[:0])  # refuses an overlap
        targets = inputs if targets is None else targets
        probability = self.predict(targets.user_index, targets.item_index, inputs=inputs, repeat=repeat)
        return mean_over_users((probability > 0.5) == targets.rating, targets.user_index)


def mean_over_users(right: NDArray[Any], user_index: NDArray[np.integer]) -> float:
    """The mean over users of each user's share of right predictions; users without any are left out."""
    counts = np.bincount(user_index)
    return float(np.mean(np.bincount(user_index, weights=right)[counts > 0] / counts[counts > 0]))
