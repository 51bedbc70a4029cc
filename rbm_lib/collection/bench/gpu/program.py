"""A training step of the dense engine as one StableHLO program, which any XLA runs, TensorFlow's or another's.

StableHLO is the portable form of what XLA compiles. So a machine that has JAX's XLA and not TensorFlow can run the very
step that the library trains with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from rbm_lib import draws
from rbm_lib.models import ascend

from .members import SMALL, STEPS, batches_of, make_member, random_ratings, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.models import RBM

# The arguments of a step. `row_splits` becomes part of the program: it fixes the shapes.
FED = ("item_index", "rating", "user_index", "step")


class Program(NamedTuple):
    """A training step outside TensorFlow.

    Attributes:
        stablehlo: bytes, the serialised program. Its arguments are those of `FED`, then the state.
        variables: list of `tf.Variable`, what the step reads: parameters, moments, settings.
        carried: list of int, the places among them that the program's outputs, from the second on, replace.
    """

    stablehlo: bytes
    variables: list[tf.Variable]
    carried: list[int]

    def state(self) -> list[NDArray[Any]]:
        """The variables as they are now."""
        return [one.numpy() for one in self.variables]


def step_of(model: RBM) -> Callable[..., tf.Tensor]:
    """A training step of the dense engine, compiled by XLA; it returns the sum of the squares of the direction."""

    @tf.function(jit_compile=True)
    def step(row_splits: Any, item_index: Any, rating: Any, user_index: Any, number: Any) -> tf.Tensor:
        batch = {"row_splits": row_splits, "item_index": item_index, "rating": rating, "user_index": user_index}
        direction = model.engine_in_use.direction(model, batch, number)[0]
        ascend(model, direction)
        return tf.add_n([tf.reduce_sum(tf.square(part)) for part in direction if not isinstance(part, float)])

    return step


def draws_of(seed: int, num_places: int) -> Callable[..., tf.Tensor]:
    """The random numbers of a training step, float32 `(batch, num_places)`, of both layers after one another."""

    @tf.function(jit_compile=True)
    def numbers(user_index: Any, number: Any) -> tf.Tensor:
        address = draws.DrawAddress(seed, draws.TRAINING, number, user_index)
        return tf.concat([draws.uniform(address, 1, layer, num_places) for layer in (draws.HIDDEN, draws.VISIBLE)], 1)

    return numbers


def arguments_of(batch: dict[str, tf.Tensor], number: int) -> list[tf.Tensor]:
    """The arguments of a step, `row_splits` first."""
    return [batch[name] for name in ("row_splits", *FED[:-1])] + [tf.constant(number, tf.int64)]


def small_training(settings: Mapping[str, Any]) -> tuple[RBM, list[list[tf.Tensor]]]:
    """A small machine whose training is compared, by the arguments of `RBM`; and the arguments of each of its steps."""
    ratings = random_ratings(SMALL, values_of(settings["units"]), users=2 * SMALL.batch_size)
    batches = batches_of(ratings, SMALL.batch_size)
    steps = [arguments_of(batches[number % len(batches)], number) for number in range(STEPS)]
    return make_member(SMALL, ratings, settings), steps


def program_of(model: RBM, step: Callable[..., tf.Tensor], arguments: list[tf.Tensor]) -> Program:
    """The step of a model as a `Program`, traced with these arguments."""
    traced = step.get_concrete_function(*arguments)  # type: ignore[attr-defined]
    compiled = step.experimental_get_compiler_ir(*arguments)(stage="stablehlo_serialized")  # type: ignore[attr-defined]
    known = {id(one.handle): one for one in _variables(model)}
    read = [known[id(handle)] for handle in traced.captured_inputs]
    changed = {id(one) for one in _changed(model)}
    return Program(
        stablehlo=compiled,
        variables=read,
        carried=[place for place, one in enumerate(read) if id(one) in changed],
    )


def _variables(model: RBM) -> list[tf.Variable]:
    return [one.value for one in [*model.variables, *model.optimizer.variables]]


def _changed(model: RBM) -> list[tf.Variable]:
    settings = [model.optimizer.learning_rate]
    kept = [one for one in model.optimizer.variables if not any(one is other for other in settings)]
    return [one.value for one in [*model.moving, *kept]]
