"""The contract of visible units: an exponential family with one natural parameter for each sufficient statistic.

P(rating | hidden units) = exp(activation . statistic(rating) + log_base_measure(rating) - log_normaliser(activation))

The activation of a film is its visible bias plus the contribution of the hidden units. Everything specific to a kind of
unit is in its own file; the rest of the library uses this contract only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rbm_lib.data import Ratings

    from ..parameters import Increments, RBMParameters

SERIAL = keras.saving.register_keras_serializable(package="rbm_lib")


class VisibleUnits(ABC):
    """The kind of a rating: its possible values, its distribution, and its statistics.

    Attributes:
        name: used in errors, and in `RBM(units=...)` for units that come with the library.
        values: ascending floats, the possible ratings; None if a rating may be any number of a range.
        trains_increments: whether weights and biases are trained as increments from value to value.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.models import Gaussian, VisibleUnits
        >>> class Percent(Gaussian):  # whatever it does not say is as in `Gaussian`
        ...     name = "percent"
        ...     def __init__(self):
        ...         super().__init__(low=0, high=100, scale=20)
        ...     def get_config(self):
        ...         return {}
        >>> isinstance(Percent(), VisibleUnits)
        True
        >>> ratings = Ratings.from_triples([1, 1, 2], [10, 20, 10], [60, 80, 60])
        >>> model = RBM(num_items=2, num_hidden=3, units=Percent(), interaction_initializer="zeros")
        >>> model.initialize_from_base_rates(ratings, smoothing=1e-3)
        >>> model.predict(ratings, verbose=0)[0].round().tolist()  # the films' means
        [60.0, 80.0]
    """

    name: str
    values: tuple[float, ...] | None = None
    trains_increments: bool = False

    @abstractmethod
    def shape(self, num_items: int) -> tuple[int, ...]:
        """Shape of the visible biases, `(num_items,)` or `(num_items, num_statistics)`; weights have one more axis."""

    def coupling_shape(self, num_items: int) -> tuple[int, ...]:
        """Shape of the trained weights without their axis of hidden units: as `shape` for most units."""
        return self.shape(num_items)

    @abstractmethod
    def check(self, rating: NDArray[Any], argument: str) -> None:
        """Raises ValueError that names `argument` unless every entry of `rating` is a possible rating."""

    @abstractmethod
    def holds(self, rating: tf.Tensor) -> tf.Tensor:
        """Whether each rating is a possible one: bool, inside a graph."""

    @property
    @abstractmethod
    def ratings_in_words(self) -> str:
        """The possible ratings in words, for errors: "0 (dislike) or 1 (like)"."""

    @abstractmethod
    def encode(self, rating: tf.Tensor) -> tf.Tensor:
        """The sufficient statistic of each rating, the value in `visible`: float32 `(...[, num_statistics])`."""

    @abstractmethod
    def mean(self, activation: tf.Tensor) -> tf.Tensor:
        """The statistic's mean given the activation, the derivative of `log_normaliser`; of the activation's shape."""

    @abstractmethod
    def sample(self, mean: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
        """A sampled statistic.

        Args:
            mean: float `(...[, num_statistics])`, from `mean`.
            uniform: float `(...)`, random numbers in [0, 1), one for each film.
        Returns:
            statistic: float, of the shape of `mean`.
        """

    @abstractmethod
    def log_normaliser(self, activation: tf.Tensor) -> tf.Tensor:
        """log of the sum, or integral, over the ratings of exp(activation . statistic + log_base_measure), in nats."""

    @abstractmethod
    def log_normaliser_float64(self, activation: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same in NumPy and float64, for exact sums over hidden states."""

    @abstractmethod
    def exact(self, given: tf.Tensor, couplings: tf.Tensor, bias: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
        """The statistic's mean with the hidden units summed out: of one film at a time, given the inputs.

        Args:
            given: float `(num_targets, num_hidden)`, the hidden units' activation from the inputs.
            couplings: float `(num_targets[, num_statistics], num_hidden)`, the weights of the target's film.
            bias: float `(num_targets[, num_statistics])`, its visible bias.
            offset: float `(num_targets[, num_statistics], 1)`, which is subtracted from its statistic.
        Returns:
            mean: float `(num_targets[, num_statistics])`.
        References:
            Salakhutdinov, Mnih and Hinton (2007), Eq. 7.
        """

    @abstractmethod
    def start(self, ratings: Ratings, smoothing: float) -> tuple[NDArray[Any], NDArray[Any]]:
        """Base rates of a training part.

        Args:
            ratings: `Ratings`.
            smoothing: float > 0, how many average ratings are added to each film.
        Returns:
            visible_bias: trained biases, such that only base rates are predicted while the weights are 0.
            mean: each film's mean statistic; both of the shape `shape(num_items)`.
        """

    @abstractmethod
    def expected(self, mean: tf.Tensor) -> tf.Tensor:
        """The expected rating from the statistic's mean: float `(...)`, on the scale of the ratings."""

    def distribution(self, mean: NDArray[Any]) -> NDArray[Any]:
        """P(each of the values), float `(num_targets, num_values)`, from the statistic's mean.

        Raises:
            ValueError: for units whose ratings are no list of values.
        """
        raise ValueError(f"output: expected 'expected' of {self.name} units, whose ratings have no list of values")

    def tilted(self, offset: tf.Tensor, user_bias: tf.Tensor) -> tf.Tensor:
        """The statistic's mean `offset` of films, after each user's bias is added to their activation.

        Args:
            offset: float, of the shape `shape(num_items)`.
            user_bias: float `(batch[, num_statistics])`, in nats.
        Returns:
            offset: float `(batch, num_items[, num_statistics])`; 0 where it was 0.
        Raises:
            ValueError: for units whose ratings are no list of values.
        """
        raise ValueError(f"user_bias: expected 0 for {self.name} units, whose ratings have no list of values")

    def log_base_measure(self, visible: tf.Tensor) -> tf.Tensor | float:
        """The part of the energy that no parameter enters: float `(batch, num_items)`; 0 for most units."""
        return 0.0

    def agrees(self, reconstruction: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
        """Whether a chain's rating equals the given one: bool `(batch, num_items)`, or its probability."""
        same = tf.equal(reconstruction, visible)
        return same if len(visible.shape) == 2 else tf.reduce_all(same, axis=-1)

    def effective(self, trained: RBMParameters) -> RBMParameters:
        """The parameters as the conditionals use them, from the trained ones; they differ if units train increments."""
        return trained

    def pull_back(self, gradient: Increments) -> Increments:
        """The gradient by the trained parameters, from the gradient by the effective ones."""
        return gradient

    def get_config(self) -> dict[str, Any]:
        """The arguments that recreate these units."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> VisibleUnits:
        """Units of a saved model."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.get_config() == other.get_config()

    def __hash__(self) -> int:
        return hash((type(self), str(self.get_config())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self.get_config().items())})"
