"""The repairs of the article's machine, in the order in which the waterfall shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rbm_lib._checks import check_count, check_number

from .machine import AS_PUBLISHED, ArticleMachine, Faults
from .switches import with_faults

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.models import RBM
    from rbm_lib.splits import Split

RATE, DECAY = "learning_rate", "weight_decay"
# Faults that do not affect training from a given start.
UNSEEN_IN_TRAINING = ("sampled_inference", "scored_on_training", "misaligned_users", "large_start")


@dataclass(frozen=True)
class Repair:
    """One step of the waterfall.

    Attributes:
        step: what the figure calls it.
        faults: names of the faults that it takes away.
        settings: arguments of `ArticleMachine` that change from here on.
    """

    step: str
    faults: tuple[str, ...] = ()
    settings: tuple[tuple[str, float], ...] = ()


def repairs(learning_rate: float, weight_decay: float) -> tuple[Repair, ...]:
    """The steps from the article's machine to plain CD-k, each repair kept by all later ones.

    Args:
        learning_rate: float, of the repaired update rule; the article's rule allows only 1.
        weight_decay: float, of the last step.
    Returns:
        repairs: tuple of `Repair`.
    """
    check_number(learning_rate, RATE, above=0)
    check_number(weight_decay, DECAY, least=0)
    return (
        Repair("one's own ratings", ("misaligned_users", "scored_on_training")),
        Repair("mean field, not bits", ("sampled_inference",)),
        Repair("unrated films absent", ("unrated_as_minus_one",)),
        Repair("biases learn", ("frozen_biases",)),
        Repair("small start", ("large_start",)),
        Repair("W + rate dW", ("rate_scales_weights",), ((RATE, learning_rate),)),
        Repair("weight decay", (), ((DECAY, weight_decay),)),
    )


def machines_of(
    steps: Iterable[Repair],
    train: Ratings,
    *,
    trained: Sequence[ArticleMachine] = (),
    progress: Callable[[Iterable[Repair]], Iterable[Repair]] = iter,
    **settings: Any,
) -> dict[str, ArticleMachine]:
    """The machine after each repair, the published one first.

    Args:
        steps: list of `Repair`.
        train: `Ratings` of likes and dislikes.
        trained: list of machines; what was trained as a step asks for is not trained again.
        progress: wraps the list of steps, as `tqdm` does.
        **settings: arguments of `ArticleMachine` for all of them, but for `faults` and `name`.
    Returns:
        machines: dict from the step's name to the trained `ArticleMachine`, in order; the first is "as published".
    """
    faults = AS_PUBLISHED
    machines: dict[str, ArticleMachine] = {}
    for repair in progress([Repair("as published"), *steps]):
        faults, settings = faults.without(*repair.faults), settings | dict(repair.settings)
        found = with_faults([*trained, *machines.values()], faults, settings)
        if found is None:
            found = ArticleMachine(faults=faults, **settings).fit(train)
        found.name = repair.step
        machines[repair.step] = found
    return machines


def twin_of(machine: ArticleMachine, train: Ratings) -> RBM:
    """`rbm_lib.RBM` trained as a machine without faults was: the same start, order, draws and rate, with Keras' SGD.

    Args:
        machine: `ArticleMachine` that was fitted on `train`.
        train: `Ratings` of likes and dislikes.
    Returns:
        model: `RBM`, whose parameters should equal the machine's but for rounding.
    Raises:
        ValueError: if the machine has a fault that training sees.
    """
    import keras

    from rbm_lib.models import RBM

    if machine.faults.without(*UNSEEN_IN_TRAINING) != Faults():
        raise ValueError(f"machine: expected one without faults in training, found {machine.faults}")
    start = copy(machine).begin(train).interaction_weights
    model = RBM(
        train.num_items, machine.num_hidden, cd_steps=machine.cd_steps, weight_decay=machine.weight_decay,
        seed=machine.seed,
    )  # fmt: skip
    model.rbm_layer.interaction_weights.assign(start)
    model.compile(keras.optimizers.SGD(machine.learning_rate))
    model.fit(train, batch_size=machine.batch_size, epochs=machine.epochs, verbose=0)
    return model


def train_library_rbm(
    split: Split,
    *,
    centred: bool = False,
    conditional: bool = False,
    num_hidden: int = 100,
    epochs: int = 40,
    patience: int = 4,
    batch_size: int = 256,
    learning_rate: float = 0.003,
    weight_decay: float = 0.001,
    seed: int = 0,
) -> RBM:
    """The library's RBM as `02-the-machine` trains it: base rates to start from, Adam, CD-1, stopped by validation.

    Args:
        split: `Split` for validation: trained on its inputs, stopped at the lowest log loss of its targets.
        centred: see `RBM.initialize_from_base_rates`.
        conditional, num_hidden, weight_decay, seed: as in `RBM`.
        epochs: int, passes at most; `patience` passes without a better log loss end the training.
        batch_size, learning_rate: of Adam's mini-batches.
    Returns:
        model: `RBM` with the weights of its best epoch.
    """
    check_count(patience, "patience", least=0)
    check_number(learning_rate, RATE, above=0)
    import keras

    from rbm_lib.models import RBM

    model = RBM(split.inputs.num_items, num_hidden, conditional=conditional, weight_decay=weight_decay, seed=seed)
    model.initialize_from_base_rates(split.inputs, centred=centred)
    model.compile(keras.optimizers.Adam(learning_rate))
    stop = keras.callbacks.EarlyStopping("val_log_loss", mode="min", patience=patience, restore_best_weights=True)
    model.fit(
        split.inputs, batch_size=batch_size, epochs=epochs, validation_data=split, callbacks=[stop], verbose=0
    )  # fmt: skip
    return model
