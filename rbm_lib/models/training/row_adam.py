"""Adam row by row: a film's row is updated in the steps whose mini-batch rated the film, and in no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from rbm_lib import sparse
from rbm_lib._checks import check_fraction, check_number
from rbm_lib._tensorflow import held_weakly

from .refusals import refuse_arguments

# Blocks of memory that are reused: three arrays for each of up to four parameters, before and after a step.
MOST_BLOCKS = 32
KINDS = [tf.float32, tf.float32, tf.float32, tf.int32]  # of weights, two moments and counts
SMALL = 2**20  # numbers of a parameter, 4 MB: writing all is faster than gathering and scattering most rows
# Arguments of Keras' optimizers that would change unlisted rows.
OF_ROWS = {
    "weight_decay": "it would move every row at every step; `RBM(weight_decay=...)` pulls the couplings of listed rows",
    "use_ema": "averages of all rows are taken at every step; `keras.optimizers.Adam` has them",
    "amsgrad": "it is not computed row by row; `keras.optimizers.Adam(amsgrad=True)` has it",
}


@keras.saving.register_keras_serializable(package="rbm_lib")
class RowAdam(keras.optimizers.Optimizer):
    """Adam whose step costs as much as the films of the mini-batch, however large the catalogue ("lazy Adam").

    A row is the part of a parameter that belongs to one film. It is listed in a step if a user of the mini-batch rated
    the film. Then its weights, its two moments and its count are updated as in Adam. In other steps the row does not
    change. If every film is listed in every step, this is `keras.optimizers.Adam`, up to float rounding. It differs
    where films are rare:

    - Moments are means over the steps that listed the film. Adam's are means over all steps: a rare film's gradient is
      averaged with zeros, and continues to move the film for some ten steps afterwards.
    - Bias correction is by the row's own count. A film that is first listed in step 10,000 moves by the learning rate,
      as in a first step. Adam moves it by three times as much, because it corrects young moments as if they were old.
    - The decay of `RBM(weight_decay=...)` applies to a film's weights in the steps that list it only, so a rare film's
      weights decay less.

    Parameters that belong to no film (hidden biases) are updated in every step, as in Adam. Clipping uses the norm of
    the listed rows, which is that of the whole gradient. With `gradient_accumulation_steps`, a row is listed if any of
    these steps lists it. In a large catalogue the sparse engine writes no array of films by hidden units in a step. The
    dense engine computes its gradients as usual, and the listed rows are taken from them. The step itself is computed
    on the CPU.

    Args:
        learning_rate: float >= 0, `keras.optimizers.schedules.LearningRateSchedule`, or function without arguments.
        beta_1, beta_2: floats between 0 and 1, the decay rates of the two moments of a listed row.
        epsilon: float > 0, added to the root of the second moment.
        **kwargs: those of `keras.optimizers.Optimizer`, such as `clipnorm`, without `weight_decay` and `use_ema`.
    Raises:
        ValueError: naming the argument, for a number out of range, or an argument that would change unlisted rows.
    References:
        Kingma and Ba (2015), "Adam: a method for stochastic optimization", Algorithm 1. TensorFlow Addons' `LazyAdam`
        also updates only listed rows, with one count for all of them.
    Example:
        >>> from rbm_lib import RBM, Ratings, RowAdam
        >>> model = RBM(num_items=3, num_hidden=2, seed=1)
        >>> model.compile(RowAdam(0.01))
        >>> likes = Ratings.from_triples([1, 1, 2], [10, 20, 30], [1, 0, 1])
        >>> history = model.fit(likes, batch_size=1, epochs=5, verbose=0)
        >>> counts = {variable.name: variable.numpy().tolist() for variable in model.optimizer.variables[-3:]}
        >>> counts["rbm_layer_visible_bias_count"]  # each film is in one of an epoch's two steps
        [5, 5, 5]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **kwargs: Any,
    ) -> None:
        refuse_arguments(kwargs, OF_ROWS)
        kwargs.pop("amsgrad", None)
        if not callable(learning_rate):
            learning_rate = float(check_number(learning_rate, "learning_rate", least=0))
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = float(check_fraction(beta_1, "beta_1"))
        self.beta_2 = float(check_fraction(beta_2, "beta_2"))
        self.epsilon = float(check_number(epsilon, "epsilon", above=0))
        self._memory = sparse.Memory(MOST_BLOCKS)

    def build(self, variables: list[Any]) -> None:
        """Makes the moments and counts of the variables, and the variables for accumulated gradients."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        self._counts = [self._one_a_row(variable, "count", "int32") for variable in variables]
        if self.gradient_accumulation_steps:
            self._listed = [self._one_a_row(variable, "listed", "bool") for variable in variables]

    def _one_a_row(self, variable: Any, name: str, dtype: str) -> keras.Variable:
        """A variable with one number for each row of another."""
        path = getattr(variable, "path", variable.name).replace("/", "_").replace(":", "_")
        return self.add_variable((variable.shape[0],), "zeros", dtype, name=f"{path}_{name}")

    def get_config(self) -> dict[str, Any]:
        numbers = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return super().get_config() | numbers

    def _backend_apply_gradients(self, grads: Sequence[Any], trainable_variables: Sequence[Any]) -> None:
        """Keras' step, over listed rows where Keras would use all."""
        if not self.gradient_accumulation_steps:
            self._step(grads, trainable_variables)
            return
        is_last = (self._iterations + 1) % self.gradient_accumulation_steps == 0
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self._accumulate(gradient, self._get_variable_index(variable))

        def step_of_all() -> None:
            self._step(
                [self._taken(g, v) for g, v in zip(grads, trainable_variables, strict=True)], trainable_variables
            )

        tf.cond(is_last, step_of_all, lambda: None)

    def _accumulate(self, gradient: Any, place: int) -> None:
        """Adds a gradient to the accumulated ones."""
        total = self._accumulated_gradients[place]
        if isinstance(gradient, tf.IndexedSlices):
            marks = tf.IndexedSlices(tf.ones_like(gradient.indices, tf.bool), gradient.indices)
            self.assign(self._listed[place], marks)
        self.assign_add(total, gradient)

    def _taken(self, gradient: Any, variable: Any) -> Any:
        """The mean of the accumulated gradients, of the listed rows; the accumulators are reset."""
        place, steps = self._get_variable_index(variable), float(self.gradient_accumulation_steps)
        total, listed = self._accumulated_gradients[place].value, self._listed[place].value
        if not isinstance(gradient, tf.IndexedSlices):
            mean = total / steps
            total.assign(tf.zeros_like(total))
            return mean
        rows = tf.cast(tf.where(listed)[:, 0], tf.int32)
        found = tf.gather(total, rows)
        total.scatter_update(tf.IndexedSlices(tf.zeros_like(found), rows))
        listed.scatter_update(tf.IndexedSlices(tf.zeros_like(rows, tf.bool), rows))
        return tf.IndexedSlices(found / steps, rows)

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        """Keras' clipping, applied to the listed rows."""
        if all(clip is None for clip in (self.clipnorm, self.clipvalue, self.global_clipnorm)):
            return list(grads)
        clipped = super()._clip_gradients([_values(one) for one in grads])
        return [
            tf.IndexedSlices(tf.convert_to_tensor(new), old.indices) if isinstance(old, tf.IndexedSlices) else new
            for new, old in zip(clipped, grads, strict=True)
        ]

    def _step(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        """Updates the listed rows of all variables: small ones as a whole in one compiled call, large ones by rows."""
        grads = self._clip_gradients(grads)
        slots = [self._momentums, self._velocities, self._counts]
        places = [self._get_variable_index(variable) for variable in variables]
        tables = [[_value(v), *(_value(slot[n]) for slot in slots)] for v, n in zip(variables, places, strict=True)]
        compute = _computed_by((self.beta_1, self.beta_2, self.epsilon), held_weakly(self._memory))
        rate = tf.cast(tf.convert_to_tensor(self.learning_rate), tf.float32)
        whole = []
        for gradient, row in zip(grads, tables, strict=True):
            if _by_rows(gradient, row):
                self._step_by_rows(gradient, row, lambda given: tf.numpy_function(compute, [rate, *given], KINDS))
            else:
                whole.append((_given(gradient, row), row))
        given = [part for parts, _ in whole for part in parts]
        moved = tf.numpy_function(compute, [rate, *given], KINDS * len(whole)) if whole else []
        for table, new in zip([table for _, row in whole for table in row], moved, strict=True):
            self.assign(table, new)

    def _step_by_rows(self, gradient: tf.IndexedSlices, row: Sequence[tf.Variable], compute: Any) -> None:
        """Gathers, updates and scatters the listed rows in parts, so that few of them are in memory twice."""
        rows = max(1, SMALL // (row[0].shape.num_elements() // row[0].shape[0]))
        indices = tf.cast(gradient.indices, tf.int32)
        ascending = tf.reduce_all(indices[1:] > indices[:-1])
        check = tf.debugging.Assert(ascending, ["listed: expected rows each once, ascending, found", indices])

        def move(first: tf.Tensor) -> tuple[tf.Tensor]:
            listed = indices[first : first + rows]
            found = [tf.gather(table, listed) for table in row]
            moved = compute([gradient.values[first : first + rows], tf.range(tf.size(listed)), *found])
            for table, new in zip(row, moved, strict=True):
                self.assign(table, tf.IndexedSlices(new, listed))
            return (first + rows,)

        with tf.control_dependencies([] if check is None else [check]):
            first = tf.constant(0)
            tf.while_loop(lambda first: first < tf.size(indices), move, (first,), parallel_iterations=1)


def _values(gradient: Any) -> tf.Tensor:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else tf.convert_to_tensor(gradient)


def _value(variable: Any) -> tf.Variable:
    return variable.value if isinstance(variable, keras.Variable) else variable


def _by_rows(gradient: Any, row: Sequence[tf.Variable]) -> bool:
    """Whether the listed rows are read and written one by one; a small parameter is faster to write as a whole."""
    return isinstance(gradient, tf.IndexedSlices) and row[0].shape.num_elements() > SMALL


def _given(gradient: Any, row: Sequence[tf.Variable]) -> list[tf.Tensor]:
    """The arguments of the compiled step: a gradient, the listed rows, and the four tables of rows."""
    listed = (
        tf.cast(gradient.indices, tf.int32) if isinstance(gradient, tf.IndexedSlices) else tf.range(row[0].shape[0])
    )
    return [_values(gradient), listed, *(tf.convert_to_tensor(table) for table in row)]


def _computed_by(settings: tuple[float, float, float], memory: Callable[[], sparse.Memory]) -> Callable[..., Any]:
    """The step as a NumPy function, which TensorFlow keeps for ever: it must not refer to the optimizer."""

    def compute(rate: Any, *parts: Any) -> list[Any]:
        moved: list[Any] = []
        for first in range(0, len(parts), 6):
            gradient, listed, *rows = parts[first : first + 6]
            now = (float(rate), *settings)
            moved += sparse.moved_rows(gradient, listed, sparse.RowMoments(*rows), now, memory())
        return moved

    return compute
