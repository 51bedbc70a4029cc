"""Lists of films: the best unseen ones by any score, and the base rate, the films with the most ratings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import numpy as np

from rbm_lib._checks import check_count
from rbm_lib.data import check_same_vocabulary

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings

CHUNK = 512  # users whose scores of every film are in memory at a time


def check_users(user_index: ArrayLike, num_users: int) -> NDArray[np.int64]:
    """The requested users, checked to be whole numbers from 0 to `num_users` - 1.

    Args:
        user_index: ints `(num_asked,)`.
        num_users: int, the number of users.
    Returns:
        user_index: int64 `(num_asked,)`.
    Raises:
        ValueError: if one is no whole number, or out of range.
    Example:
        >>> from rbm_lib.baselines import check_users
        >>> check_users([0, 2], num_users=3).tolist()
        [0, 2]
        >>> check_users([0, 3], num_users=3)
        Traceback (most recent call last):
        ValueError: user_index: expected 0 to 2, found 0 to 3
    """
    users = np.asarray(user_index)
    if users.ndim != 1 or (users.size and users.dtype.kind not in "iu"):
        raise ValueError(f"user_index: expected whole numbers in one axis, found {users.dtype} {users.shape}")
    if users.size and not (users.min() >= 0 and users.max() < num_users):
        raise ValueError(f"user_index: expected 0 to {num_users - 1}, found {users.min()} to {users.max()}")
    return users.astype(np.int64)


def best_unseen(
    score: Callable[[NDArray[np.int64]], ArrayLike], seen: Ratings, user_index: ArrayLike, n: int
) -> NDArray[np.int32]:
    """The films with the highest scores that each user has not rated.

    Args:
        score: function from int64 `(chunk,)`, some of the users, to float `(chunk, num_items)`, higher is better. Of
            two films with the same score the one with the lower `item_index` comes first.
        seen: `Ratings`, all known ratings of the users; a film is never recommended to a user who rated it there.
        user_index: int `(num_asked,)`, the users to recommend to.
        n: int >= 1, films a user.
    Returns:
        item_index: int32 `(num_asked, n)`, best first; -1 where a user has fewer unseen films.
    Raises:
        ValueError: if a user or `n` is out of range, or a score is NaN.
    Example:
        >>> import numpy as np
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import best_unseen
        >>> likes = Ratings.from_triples([1, 2, 2, 3], [10, 10, 20, 30], [1, 1, 0, 1])
        >>> best_unseen(lambda users: np.tile([0.2, 0.9, 0.5], (len(users), 1)), likes, [0, 1], n=2)
        array([[ 1,  2],
               [ 2, -1]], dtype=int32)
    """
    n, users = check_count(n, "n"), check_users(user_index, seen.num_users)
    found = np.full((len(users), n), -1, np.int32)
    for start in range(0, len(users), CHUNK):
        chunk = users[start : start + CHUNK]
        # A copy: the scores may be a view of an array shared by all users.
        scores = np.array(score(chunk), np.float64)
        if np.isnan(scores).any():
            raise ValueError(f"score: expected numbers, found {int(np.isnan(scores).sum())} that are not a number")
        rated = seen.take_users(chunk)
        scores[rated.user_index, rated.item_index] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        unseen = np.take_along_axis(scores, best, axis=1) > -np.inf
        found[start : start + len(chunk), : best.shape[1]] = np.where(unseen, best, -1)
    return found


class PopularFilms:
    """The films with the most ratings: the same list for every user, without the films that the user has rated.

    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import PopularFilms
        >>> likes = Ratings.from_triples([1, 2, 2, 3], [10, 10, 20, 30], [1, 1, 0, 1])
        >>> PopularFilms().fit(likes).recommend([0, 1], n=2)
        array([[ 1,  2],
               [ 2, -1]], dtype=int32)
    """

    name = "popular films"

    def fit(self, train: Ratings) -> Self:
        """Counts the ratings of each film in `train`, a `Ratings` of stars or likes; returns itself."""
        self.seen = self.inputs = train
        self.count = train.ratings_per_item
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on, `Ratings`; the counts stay. Returns itself."""
        check_same_vocabulary(self.seen, inputs, ("train", "inputs"))
        self.inputs = inputs
        return self

    def recommend(self, user_index: ArrayLike, n: int) -> NDArray[np.int32]:
        """The `n` most rated unseen films of each user; see `best_unseen`."""
        return best_unseen(lambda users: np.tile(self.count, (len(users), 1)), self.inputs, user_index, n)
