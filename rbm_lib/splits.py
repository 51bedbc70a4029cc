"""Inputs and targets: every protocol that divides ratings into what a model sees and what it must predict."""

import hashlib
from dataclasses import dataclass

import numpy as np

from rbm_lib.batches import check_same_vocabulary
from rbm_lib.ratings import Ratings


@dataclass(frozen=True, eq=False)
class Split:
    """Two disjoint parts of the same ratings, over the same users and items.

    Attributes:
        inputs: what a model may see.
        targets: what it must predict; never an input.
        protocol: how the parts were made, in words that a table can show.
        dropped_users: raw ids of the users that the protocol left out of both parts.
        train: what a model learns from; the inputs, but for `new_users`, where it holds the ratings of other users.
    Raises:
        ValueError: if targets are among the inputs or the training part, or users or items are numbered differently.
    """

    inputs: Ratings
    targets: Ratings
    protocol: str
    dropped_users: np.ndarray
    train: Ratings | None = None

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
        train = None if self.train is self.inputs else self.train.binarize(threshold)
        return Split(inputs, targets, self.protocol, self.dropped_users, train)

    def transpose(self) -> "Split":
        """The same split with items in place of users; see `Ratings.transpose`.

        Raises:
            ValueError: for new users: to a model whose visible units are users, somebody new is no input at all.
        """
        self._check_learns_from_inputs("transpose")
        return Split(self.inputs.transpose(), self.targets.transpose(), f"transposed {self.protocol}", np.array([]))

    def validation(self, fraction: float = 0.1, *, seed: int) -> "Split":
        """Divide the inputs once more, for tuning; the targets stay out of both new parts.

        Args:
            fraction: share of the inputs that become validation targets, between 0 and 1.
            seed: root of the draw; independent of the draw that made this split, even for the same seed.
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
    """Raises ValueError if a target is among what was seen, naming the first; or if vocabularies differ."""
    check_same_vocabulary(seen, targets, names)
    both = np.intersect1d(_pairs(seen), _pairs(targets), assume_unique=True)
    if len(both):
        user, item = divmod(int(both[0]), seen.num_items)
        raise ValueError(
            f"{names[1]}: expected no rating that is also in {names[0]}, found {len(both)}, the first of user "
            f"{seen.user_id[user].item()!r} for item {seen.item_id[item].item()!r}"
        )


def first_n(ratings: Ratings, n: int = 10, more_than: int = 20) -> Split:
    """Each user's first ratings in the order of the source file are targets: the article's split.

    Args:
        ratings: with `source_row`.
        n: number of targets a user, at least 1.
        more_than: users with this many ratings or fewer are dropped from both parts.
    Returns:
        split: `n` targets for every user that is not dropped, all other ratings as inputs.
    Raises:
        ValueError: if `source_row` is missing, an argument is out of range, or a user would keep no inputs.
    References:
        github.com/artem-oppermann/Restricted-Boltzmann-Machine, `train_test_split.py` (ten ratings, more than twenty).
    """
    if ratings.source_row is None:
        raise ValueError("ratings: expected source_row, the order of the source file, found None")
    return take_n(ratings, n, more_than, ratings.source_row, f"first_n(n={n}, more_than={more_than})")


def random_n(ratings: Ratings, n: int, *, seed: int, more_than: int | None = None) -> Split:
    """Of each user, `n` ratings drawn at random are targets.

    Args:
        ratings: in any order; the draw depends on the ids and the seed alone.
        n: number of targets a user, at least 1.
        seed: root of the draw, from 0 to 2**64 - 1.
        more_than: users with this many ratings or fewer are dropped from both parts; None drops nobody.
    Returns:
        split: `n` targets for every user that is not dropped, all other ratings as inputs.
    Raises:
        ValueError: if an argument is out of range, or a user would keep no inputs.
    """
    dropping = "" if more_than is None else f", more_than={more_than}"
    rank_by = random_bits(ratings, seed, "random_n")
    return take_n(ratings, n, 0 if more_than is None else more_than, rank_by, f"random_n(n={n}{dropping}, seed={seed})")


def random_fraction(ratings: Ratings, fraction: float = 0.1, *, seed: int) -> Split:
    """Each rating is a target with probability `fraction`, whoever gave it.

    A user all of whose ratings would become targets keeps all of them as inputs: nobody is left without inputs.

    Args:
        ratings: in any order; the draw depends on the ids and the seed alone.
        fraction: between 0 and 1, both excluded.
        seed: root of the draw, from 0 to 2**64 - 1.
    Returns:
        split: about `fraction` of the ratings as targets; nobody is dropped.
    Raises:
        ValueError: if an argument is out of range.
    """
    inputs, targets = divide_by_fraction(ratings, fraction, seed, "random_fraction")
    return Split(inputs, targets, f"random_fraction(fraction={fraction:g}, seed={seed})", ratings.user_id[:0])


def take_n(ratings: Ratings, n: int, more_than: int, rank_by: np.ndarray, protocol: str) -> Split:
    """The split whose targets are, of each user with more than `more_than` ratings, the `n` that rank first."""
    if n < 1:
        raise ValueError(f"n: expected at least 1 target a user, found {n}")
    if more_than < 0:
        raise ValueError(f"more_than: expected at least 0, found {more_than}")
    counts = ratings.ratings_per_user
    kept = counts > more_than
    starved = np.flatnonzero(kept & (counts <= n))
    if len(starved):
        user = starved[0]
        raise ValueError(
            f"user {ratings.user_id[user].item()!r}: expected more than n={n} ratings, so that some remain as inputs, "
            f"found {counts[user]} ({len(starved)} such users; more_than={n} drops them)"
        )
    order = np.lexsort((rank_by, ratings.user_index))
    rank = np.empty(ratings.num_ratings, dtype=np.int64)
    rank[order] = np.arange(ratings.num_ratings) - ratings.row_splits[ratings.user_index]
    kept_rating = kept[ratings.user_index]
    inputs, targets = ratings.select(kept_rating & (rank >= n)), ratings.select(kept_rating & (rank < n))
    return Split(inputs, targets, protocol, ratings.user_id[(counts > 0) & ~kept])


def check_fraction(fraction: float, name: str = "fraction") -> None:
    """Raises ValueError unless 0 < fraction < 1."""
    if not 0 < fraction < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, both excluded, found {fraction!r}")


def divide_by_fraction(ratings: Ratings, fraction: float, seed: int, purpose: str) -> tuple[Ratings, Ratings]:
    """(Inputs, targets): each rating is a target with probability `fraction`; nobody is left without inputs."""
    check_fraction(fraction)
    uniform = (random_bits(ratings, seed, purpose) >> np.uint64(11)) * 2.0**-53
    is_target = uniform < fraction
    num_targets = np.bincount(ratings.user_index[is_target], minlength=ratings.num_users)
    is_target &= (num_targets < ratings.ratings_per_user)[ratings.user_index]
    return ratings.select(~is_target), ratings.select(is_target)


def _pairs(ratings: Ratings) -> np.ndarray:
    return ratings.user_index.astype(np.int64) * ratings.num_items + ratings.item_index


def random_bits(ratings: Ratings, seed: int, purpose: str) -> np.ndarray:
    """One uint64 a rating: a function of the seed, the purpose, the user's id and the item's id, and nothing else."""
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed: expected an integer from 0 to 2**64 - 1, found {seed}")
    # Two splits with the same seed must not draw the same numbers, else the second finds all its targets taken.
    root = _hash_text(f"{purpose}:{seed}")
    user_bits = _mix(_id_bits(ratings.user_id) ^ root)
    item_bits = _mix(_id_bits(ratings.item_id) + np.uint64(0x9E3779B97F4A7C15))
    return _mix(user_bits[ratings.user_index] + item_bits[ratings.item_index])


def _id_bits(ids: np.ndarray) -> np.ndarray:
    if ids.dtype.kind == "U":
        return np.array([_hash_text(text) for text in ids], dtype=np.uint64)
    return ids.astype(np.uint64)


def _hash_text(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(str(text).encode()).digest()[:8], "little"))


def _mix(bits: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every input bit moves about half the output bits."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
