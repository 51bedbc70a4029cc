"""A computation for every user's machine, in as many threads as there are processors."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

from rbm_lib.data import Ratings
from rbm_lib.models import RBMParameters

from .annealing import UserMachine


def over_users(
    ratings: Ratings, parameters: RBMParameters, compute: Callable[[int, UserMachine], Any], name: str
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The users with ratings, and an array of `compute(user, machine)` of each, in their order."""
    users = np.flatnonzero(ratings.ratings_per_user).astype(np.int32)

    def of_user(user: np.int32) -> Any:
        films = ratings.item_index[slice(*ratings.row_splits[user : user + 2])]
        return compute(int(user), UserMachine(films, parameters))

    # One thread for each user: small matrix products gain nothing from more threads, and one thread rounds the same
    # way.
    with blas_threads().limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        found = tqdm(pool.map(of_user, users), name, len(users), unit="user", leave=False, disable=None)
        return users, np.array(list(found))


@cache
def blas_threads() -> ThreadpoolController:
    """The controller of the threads of NumPy's matrix products; made once."""
    return ThreadpoolController()


def mean_per_rating(total: NDArray[np.float64], num_ratings: NDArray[np.int64]) -> tuple[float, float]:
    """Mean per rating of totals over users' ratings, and its standard error over users (a ratio's, linearised)."""
    mean = total.sum() / num_ratings.sum()
    residual = total - mean * num_ratings
    users = len(total)
    return mean, np.sqrt((residual**2).sum() * users / max(users - 1, 1)) / num_ratings.sum()
