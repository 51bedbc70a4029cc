"""Bootstrap samples of users and of films, and sums and rankings of ratings on each of them.

Ratings of one user are not independent, and neither are ratings of one film. The pigeonhole bootstrap resamples users
with replacement and, independently, films with replacement. The weight of a rating is the number of times that its user
was drawn times the number of times that its film was drawn.

The intervals are conservative. Let users, films and single ratings contribute the variances s_u, s_f and s_e to a mean
of N ratings. Let n_u and n_f be the number of ratings that a rating's user, and its film, has, averaged over the
ratings. The variance of the mean is (n_u s_u + n_f s_f + s_e) / N, and the bootstrap's is about ((n_u + 2) s_u + (n_f +
2) s_f + 3 s_e) / N. It is right if users or films differ and have many ratings. If only single ratings differ, its
intervals are sqrt(3) times too wide, which is the worst case. No bootstrap is right for all three (McCullagh). That of
users only is about (n_u s_u + s_f + s_e) / N: too narrow if films differ.

References:
    Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), pages 386 to 411.
    McCullagh (2000), "Resampling and exchangeable arrays", Bernoulli 6(2), pages 285 to 301.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rbm_lib._checks import LARGEST_LONG_SEED, check_choice, check_count, check_seed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

K = TypeVar("K", bound=Hashable)

OVER = {"users": "users", "both": "users and films"}  # what is resampled, and in words what an interval is over
NUMBERS_AT_ONCE = 2**18  # weights in a block of ratings: two megabytes, which fit a processor's cache


@dataclass(frozen=True, eq=False)
class Samples:
    """How often each user, and each film, is drawn in each bootstrap sample; sample 0 is the data itself.

    Attributes:
        user: int `(num_targets,)`, users numbered from 0 without gaps.
        user_weights: float64 `(1 + resamples, num_users)`, whole numbers; row 0 is all ones.
        item: int `(num_targets,)`, films numbered likewise; None if only users are resampled.
        item_weights: float64 `(1 + resamples, num_items)`; None likewise.
    """

    user: NDArray[np.int64]
    user_weights: NDArray[np.float64]
    item: NDArray[np.int64] | None = None
    item_weights: NDArray[np.float64] | None = None

    @property
    def fewest_drawn(self) -> int:
        """The number of users, or of films if these are resampled and are fewer."""
        others = [] if self.item_weights is None else [self.item_weights.shape[1]]
        return min([self.user_weights.shape[1], *others])

    @cached_property
    def _by_place(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """The weights, with a row for each user, and a row for each film."""
        films = None if self.item_weights is None else np.ascontiguousarray(self.item_weights.T)
        return np.ascontiguousarray(self.user_weights.T), films

    def blocks(
        self, order: NDArray[np.int64] | None = None, *, of_users: bool = True
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Ratings in blocks, with their weights.

        Args:
            order: int `(num,)`, which ratings in which order; None for all in their order.
            of_users: False for the weights of the films alone.
        Returns:
            blocks: yields rows, int `(block,)`, and their weights, float64 `(block, 1 + resamples)`, to read only.
        """
        users, films = self._by_place
        order = np.arange(len(self.user)) if order is None else order
        size = max(1, NUMBERS_AT_ONCE // users.shape[1])
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            weights = users[self.user[rows]] if of_users else np.ones((len(rows), users.shape[1]))
            if films is not None and self.item is not None:
                weights *= films[self.item[rows]]
            yield rows, weights

    def totals(self, columns: Mapping[K, NDArray[np.generic]]) -> dict[K, NDArray[np.float64]]:
        """The weighted sum of each column on each sample.

        Args:
            columns: dict to numbers `(num_targets,)`.
        Returns:
            totals: dict to float64 `(1 + resamples,)`; equal columns have equal totals, to the last bit.
        """
        digests = {name: blake2b(column.tobytes()).digest() for name, column in columns.items()}
        different = list({digest: columns[name] for name, digest in digests.items()}.values())
        if self.item_weights is None:
            size, user = self.user_weights.shape[1], self.user
            sums = [self.user_weights @ np.bincount(user, weights=column, minlength=size) for column in different]
        else:
            table = np.zeros((len(self.user_weights), len(different)))
            for rows, weights in self.blocks():
                table += weights.T @ np.stack([column[rows] for column in different], axis=1).astype(np.float64)
            sums = list(np.ascontiguousarray(table.T))
        place = {digest: number for number, digest in enumerate(dict.fromkeys(digests.values()))}
        return {name: sums[place[digest]] for name, digest in digests.items()}


def draw_samples(user_index: ArrayLike, item_index: ArrayLike | None = None, *, resamples: int, seed: int) -> Samples:
    """Draws bootstrap samples of users, and of films if `item_index` is given.

    Args:
        user_index: int `(num_targets,)`, the user of each rating.
        item_index: int `(num_targets,)`, the film of each rating; None to resample only users.
        resamples: int >= 2.
        seed: int, root of the random numbers; the sampled users are the same with films and without.
    Returns:
        samples: `Samples`.
    """
    resamples, seed = check_drawing(resamples, seed)
    user, user_weights = _draw(user_index, resamples, np.random.Philox(key=seed))
    if item_index is None:
        return Samples(user, user_weights)
    second_key = np.array([seed, 1], np.uint64)
    return Samples(user, user_weights, *_draw(item_index, resamples, np.random.Philox(key=second_key)))


def _draw(index: ArrayLike, resamples: int, key: np.random.Philox) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Positions numbered from 0 without gaps, and how often each is drawn: ones, then a row for each sample."""
    _, place = np.unique(index, return_inverse=True)
    count = place.max() + 1
    weights = np.random.Generator(key).multinomial(count, np.full(count, 1 / count), size=resamples)
    return place, np.vstack([np.ones(count), weights.astype(np.float64)])


def check_drawing(resamples: int, seed: int) -> tuple[int, int]:
    """Returns the number of samples and the root of the random numbers, or raises ValueError naming the argument."""
    return check_count(resamples, "resamples", least=2), check_seed(seed, most=LARGEST_LONG_SEED)


def check_resample(resample: str) -> str:
    """What is resampled, "users" or "both", or ValueError."""
    check_choice(resample, tuple(OVER), "resample")
    return resample


def weighted_auc(like: NDArray[np.bool_], score: NDArray[np.floating], samples: Samples) -> NDArray[np.float64]:
    """The AUC on each sample: the share of pairs of a like and a dislike in the right order, ties one half.

    The scores are sorted once. Ties are handled by sorting them both ways, likes last and likes first.

    Args:
        like: bool `(num_targets,)`.
        score: float `(num_targets,)`.
        samples: `Samples` of these targets.
    Returns:
        auc: float64 `(1 + resamples,)`; NaN where a sample lacks likes, or dislikes.
    """
    number = samples.totals({True: like, False: ~like})
    pairs, orders = number[True] * number[False], _orders(like, score)
    right = np.mean([_right_pairs(like, order, samples) for order in orders], axis=0)
    return share_of(right, pairs)


def weighted_user_auc(like: NDArray[np.bool_], score: NDArray[np.floating], samples: Samples) -> NDArray[np.float64]:
    """The mean AUC within users on each sample of users and films, over users with both likes and dislikes.

    Args:
        like, score, samples: as in `weighted_auc`.
    Returns:
        auc: float64 `(1 + resamples,)`; NaN where no user of a sample has both.
    """
    by_user = [order[np.argsort(samples.user[order], kind="stable")] for order in _orders(like, score)]
    found = [_pairs_of_users(like, order, samples) for order in by_user]
    right, pairs = np.mean([one[0] for one in found], axis=0), found[0][1]
    judged = samples.user_weights.T * (pairs > 0)
    return share_of((judged * share_of(right, pairs, 0.0)).sum(axis=0), judged.sum(axis=0))


def _orders(like: NDArray[np.bool_], score: NDArray[np.floating]) -> list[NDArray[np.int64]]:
    """The order of ascending scores with likes after dislikes of the same score; the other way too if it differs."""
    last, first = np.lexsort((like, score)), np.lexsort((~like, score))
    return [last] if np.array_equal(last, first) else [last, first]


def _right_pairs(like: NDArray[np.bool_], order: NDArray[np.int64], samples: Samples) -> NDArray[np.float64]:
    """The weight of all pairs in which a dislike comes before a like."""
    right, before = np.zeros(len(samples.user_weights)), np.zeros(len(samples.user_weights))
    for rows, weights in samples.blocks(order):
        below = np.cumsum(np.where(like[rows, None], 0.0, weights), axis=0) + before
        liked = like[rows]
        right += np.einsum("ij,ij->j", weights[liked], below[liked])
        before = below[-1]
    return right


def _pairs_of_users(
    like: NDArray[np.bool_], order: NDArray[np.int64], samples: Samples
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of right pairs, and of all pairs, of each user, films weighted: float64 `(num_users, 1 + resamples)`.

    `order` sorts by user first. The sums are of whole numbers, so the sum before a user can be subtracted exactly.
    """
    shape = samples.user_weights.T.shape
    summed, likes, dislikes = (np.zeros(shape) for _ in range(3))
    before = np.zeros(shape[1])
    for rows, weights in samples.blocks(order, of_users=False):
        liked, users = like[rows], samples.user[rows]
        of_dislikes = np.where(liked[:, None], 0.0, weights)
        below = np.cumsum(of_dislikes, axis=0) + before
        starts = np.flatnonzero(np.diff(users, prepend=-1))
        here, of_likes = users[starts], weights - of_dislikes
        likes[here] += np.add.reduceat(of_likes, starts, axis=0)
        dislikes[here] += np.add.reduceat(of_dislikes, starts, axis=0)
        summed[here] += np.add.reduceat(of_likes * below, starts, axis=0)
        before = below[-1]
    of_others = np.cumsum(dislikes, axis=0) - dislikes
    return summed - of_others * likes, likes * dislikes


def share_of(part: NDArray[np.float64], whole: NDArray[np.float64], missing: float = np.nan) -> NDArray[np.float64]:
    """part / whole, `missing` where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(part), missing), where=whole > 0)
