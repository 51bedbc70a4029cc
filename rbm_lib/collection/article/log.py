"""The article's training log: epoch, batch, acc_train, acc_test, as its `train.py` prints them."""

from typing import Any

import numpy as np
import pandas as pd

from rbm_lib._checks import check_count
from rbm_lib.splits import Split

from .machine import ArticleMachine

# The log of its own run in the repository's README, in thousandths, three lines an epoch: after batch 50, 100 and 150.
# (Another version of that README ends in 784 where this one ends in 786.)
PUBLISHED_ACC_TRAIN = (
    721, 744, 748, 767, 758, 756, 772, 758, 754, 767, 758, 756, 768, 756, 759, 772, 762, 760, 774, 764, 765, 779, 765,
    766, 777, 768, 764, 779, 763, 765, 775, 766, 771, 776, 765, 767, 783, 768, 764, 776, 767, 764, 777, 764, 767, 778,
    769, 770, 783, 766, 767,
)  # fmt: skip
PUBLISHED_ACC_TEST = (
    709, 704, 736, 764, 733, 732, 773, 769, 771, 725, 757, 760, 717, 743, 781, 769, 774, 775, 771, 776, 775, 780, 778,
    775, 785, 785, 766, 787, 784, 783, 763, 750, 784, 768, 783, 789, 789, 762, 774, 786, 778, 785, 786, 765, 767, 786,
    783, 783, 790, 787, 786,
)  # fmt: skip
BATCHES_AN_EPOCH, LOGGED_EVERY = 188, 50
COLUMNS = ("epoch", "batch", "passes", "acc_train", "agreement", "acc_test", "acc_training_folder")


class MachineLog:
    """Watches `ArticleMachine.fit` and stores the lines that the article prints.

    The article sums the accuracy of every mini-batch since its last line and divides by `every`. The first line of an
    epoch, after batch number `every` counted from 0, sums one mini-batch more than it divides by. `acc_train`
    reproduces this; `agreement` is the intended mean.

    Args:
        split: `Split` with the targets.
        every: int >= 1, mini-batches between two lines.
    """

    def __init__(self, split: Split, every: int = LOGGED_EVERY) -> None:
        self.split, self.every = split, check_count(every, "every")
        self.lines: list[dict[str, Any]] = []
        self._since: list[float] = []
        self._num_users = int((split.inputs.ratings_per_user > 0).sum())

    def __call__(self, machine: ArticleMachine, epoch: int, batch: int, agreement: float) -> None:
        if batch == 0:
            self._since = []
        self._since.append(agreement)
        if batch == 0 or batch % self.every:
            return
        published = machine.repaired()
        self.lines.append({
            "epoch": epoch,
            "batch": batch,
            "passes": epoch + batch * machine.batch_size / self._num_users,
            "acc_train": sum(self._since) / self.every,
            "agreement": float(np.mean(self._since)),
            "acc_test": published.score(self.split.inputs, self.split.targets),
            "acc_training_folder": published.score(self.split.inputs),
        })  # fmt: skip
        self._since = []

    def table(self) -> pd.DataFrame:
        """DataFrame, a row for each line of the log; `passes` is the time in epochs, the other columns are shares."""
        return pd.DataFrame(self.lines, columns=list(COLUMNS))


def published_log() -> pd.DataFrame:
    """The log in the README of the article's code: DataFrame with columns epoch, batch, passes, acc_train, acc_test."""
    line = np.arange(len(PUBLISHED_ACC_TEST))
    batch = LOGGED_EVERY * (1 + line % 3)
    return pd.DataFrame({
        "epoch": line // 3,
        "batch": batch,
        "passes": line // 3 + batch / BATCHES_AN_EPOCH,
        "acc_train": np.array(PUBLISHED_ACC_TRAIN) / 1000,
        "acc_test": np.array(PUBLISHED_ACC_TEST) / 1000,
    })  # fmt: skip
