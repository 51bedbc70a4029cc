"""The repairs of the article's model, in the order of the waterfall figure."""

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
# Faults that do not affect training from given initial weights.
UNSEEN_IN_TRAINING = ("sampled_inference", "scored_on_training", "misaligned_users", "large_start")


@dataclass(frozen=True)
class Repair:
    """One step of the waterfall.

    Attributes:
        step: its name in the figure.
        faults: names of the faults that it removes.
        settings: arguments of `ArticleMachine` that change from this step on.
    """

    step: str
    faults: tuple[str, ...] = ()
    settings: tuple[tuple[str, float], ...] = ()


def repairs(learning_rate: float, weight_decay: float) -> tuple[Repair, ...]:
    """The steps from the article's model to plain CD-k; later steps keep all earlier repairs.

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
    """The model after each repair, preceded by the published one.

    Args:
        steps: list of `Repair`.
        train: `Ratings` of likes and dislikes.
        trained: list of trained models; one with the faults and settings of a step is reused.
        progress: wraps the list of steps, as `tqdm` does.
        **settings: arguments of `ArticleMachine` for all models, except `faults` and `name`.
    Returns:
        machines: dict from the name of the step to the trained `ArticleMachine`, in order; the first is "as published".
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
    """`rbm_lib.RBM`, trained with Keras' SGD from the same initial weights, with the same order, draws and rate.

    Args:
        machine: `ArticleMachine`, fitted on `train`.
        train: `Ratings` of likes and dislikes.
    Returns:
        model: `RBM`, whose parameters should equal the machine's up to rounding.
    Raises:
        ValueError: if the machine has a fault that affects training.
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
    """The library's RBM with the training of `02-the-machine`: initial base rates, Adam, CD-1, early stopping.

    Args:
        split: `Split` for validation; training uses its inputs, early stopping the log loss of its targets.
        centred: see `RBM.initialize_from_base_rates`.
        conditional, num_hidden, weight_decay, seed: as in `RBM`.
        epochs: int, maximal number of epochs.
        patience: int, epochs without a lower log loss before training stops.
        batch_size: int, users per mini-batch.
        learning_rate: float, of Adam.
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
