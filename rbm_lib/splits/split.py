"""`Split`: inputs and targets that cannot overlap."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib.data import Ratings, check_same_vocabulary

from .keyed import divide_by_fraction


@dataclass(frozen=True, eq=False)
class Split:
    """Two disjoint parts of the same ratings, over the same users and items.

    Attributes:
        inputs: what a model may see.
        targets: what it must predict; never an input.
        protocol: how the parts were made, in words for a table.
        dropped_users: raw ids of the users that the protocol left out of both parts.
        train: the ratings that a model is trained on: the inputs, or for `new_users` the ratings of other users.
    Raises:
        ValueError: if targets are among the inputs or the training part, or users or items are numbered differently.
    Example:
        >>> from rbm_lib import load, random_n
        >>> split = random_n(load("planted").ratings, 2, seed=1)
        >>> split
        Split(random_n(n=2, seed=1): 98114 inputs, 1886 targets, 0 users dropped)
        >>> tuning = split.validation(0.1, seed=1)  # the targets stay out of both parts
        >>> tuning.inputs.num_ratings + tuning.targets.num_ratings == split.inputs.num_ratings
        True
    """

    inputs: Ratings
    targets: Ratings
    protocol: str
    dropped_users: NDArray[Any]
    train: Ratings = None  # type: ignore[assignment]  # the inputs take its place

    def __post_init__(self) -> None:
        if self.train is None:
            object.__setattr__(self, "train", self.inputs)
        check_disjoint(self.inputs, self.targets, ("inputs", "targets"))
        if self.train is not self.inputs:
            check_disjoint(self.train, self.targets, ("train", "targets"))

    def __repr__(self) -> str:
        parts = f"{self.inputs.num_ratings} inputs, {self.targets.num_ratings} targets"
        return f"Split({self.protocol}: {parts}, {len(self.dropped_users)} users dropped)"

    def binarize(self, threshold: float = 3) -> "Split":
        """The same split of likes and dislikes; see `Ratings.binarize`."""
        inputs, targets = self.inputs.binarize(threshold), self.targets.binarize(threshold)
        train = inputs if self.train is self.inputs else self.train.binarize(threshold)
        return Split(inputs, targets, self.protocol, self.dropped_users, train)

    def transpose(self) -> "Split":
        """The same split with items in place of users; see `Ratings.transpose`.

        Raises:
            ValueError: for new users: a model whose visible units are users has no unit for a new one.
        """
        self._check_learns_from_inputs("transpose")
        return Split(self.inputs.transpose(), self.targets.transpose(), f"transposed {self.protocol}", np.array([]))

    def validation(self, fraction: float = 0.1, *, seed: int) -> "Split":
        """Split the inputs once more, for tuning; the targets stay out of both new parts.

        Args:
            fraction: share of the inputs that become validation targets, between 0 and 1.
            seed: root of the random choice; independent of the choice that made this split, even with the same seed.
        Returns:
            split: inputs and targets are both parts of this split's inputs.
        Raises:
            ValueError: if `fraction` or `seed` is out of range; for new users, whose validation part is a
                `new_users` split of `train`.
        """
        self._check_learns_from_inputs("validation")
        inputs, targets = divide_by_fraction(self.inputs, fraction, seed, "validation")
        name = f"validation(fraction={fraction:g}, seed={seed}) of {self.protocol}"
        return Split(inputs, targets, name, self.dropped_users)

    def _check_learns_from_inputs(self, what: str) -> None:
        if self.train is not self.inputs:
            raise ValueError(f"{what}: expected a split whose inputs are learned from, found {self.protocol}")


def check_disjoint(seen: Ratings, targets: Ratings, names: tuple[str, str] = ("inputs", "targets")) -> None:
    """Raises ValueError if a target is among the seen ratings, or if the ids differ.

    Args:
        seen, targets: `Ratings`.
        names: what to call the two in the error.
    Raises:
        ValueError: naming the first target among the seen ratings, or the ids that differ.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.splits import check_disjoint
        >>> split = random_n(load("planted").ratings, 2, seed=1)
        >>> check_disjoint(split.inputs, split.targets)  # says nothing: no target is among the inputs
    """
    check_same_vocabulary(seen, targets, names)
    both = np.intersect1d(seen.pair_index, targets.pair_index, assume_unique=True)
    if len(both):
        user, item = divmod(int(both[0]), seen.num_items)
        raise ValueError(
            f"{names[1]}: expected no rating that is also in {names[0]}, found {len(both)}, the first of user "
            f"{seen.user_id[user].item()!r} for item {seen.item_id[item].item()!r}"
        )
