"""A division of ratings by random bits that depend on the seed and the ids alone, not on the order."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import LARGEST_LONG_SEED, check_fraction, check_seed
from rbm_lib.data import Ratings


def divide_by_fraction(ratings: Ratings, fraction: float, seed: int, purpose: str) -> tuple[Ratings, Ratings]:
    """(Inputs, targets): each rating is a target with probability `fraction`; every user keeps at least one input."""
    check_fraction(fraction)
    uniform = (random_bits(ratings, seed, purpose) >> np.uint64(11)) * 2.0**-53
    is_target = uniform < fraction
    num_targets = np.bincount(ratings.user_index[is_target], minlength=ratings.num_users)
    is_target &= (num_targets < ratings.ratings_per_user)[ratings.user_index]
    return ratings.select(~is_target), ratings.select(is_target)


def random_bits(ratings: Ratings, seed: int, purpose: str) -> NDArray[np.uint64]:
    """One uint64 a rating: a function of the seed, the purpose, the user's id and the item's id, and nothing else."""
    seed = check_seed(seed, most=LARGEST_LONG_SEED)
    # Two splits with the same seed must not use the same numbers: the second would find all its targets taken.
    root = _hash_text(f"{purpose}:{seed}")
    user_bits = _mix(_id_bits(ratings.user_id) ^ root)
    item_bits = _mix(_id_bits(ratings.item_id) + np.uint64(0x9E3779B97F4A7C15))
    return _mix(user_bits[ratings.user_index] + item_bits[ratings.item_index])


def _id_bits(ids: NDArray[Any]) -> NDArray[np.uint64]:
    if ids.dtype.kind in "UO":
        return np.array([_hash_text(text) for text in ids], dtype=np.uint64)
    return ids.astype(np.uint64)


def _hash_text(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(str(text).encode()).digest()[:8], "little"))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every input bit changes about half the output bits."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
