"""Summaries of users' log-likelihoods: a bracket with its error, an interval over users, a gain over another model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rbm_lib.evaluation import VERDICTS, Verdict

from .over_users import mean_per_rating

NORMAL_95 = 1.96  # standard errors on each side of a 95 % interval


@dataclass(frozen=True, eq=False)
class UserLikelihoods:
    """Log-likelihood of each user's ratings, given which films they rated.

    Attributes:
        user_index: int32 `(num_users,)`.
        num_ratings: int64 `(num_users,)`.
        low, high: float64 `(num_users,)`, in nats, summed over the user's ratings: the bracket, from reverse AIS and
            from AIS. They are equal if the likelihood is exact. Each is a bound on average over chains. With few chains
            low may by chance be above high; the properties below then take the two ends in their actual order.
        low_error, high_error: float64 `(num_users,)`, in nats, standard errors of the two.
    """

    user_index: NDArray[np.int32]
    num_ratings: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    low_error: NDArray[np.float64]
    high_error: NDArray[np.float64]

    @property
    def bracket(self) -> tuple[float, float]:
        """(low, high), mean log-likelihood per rating, in nats, the lower first."""
        low, high = (total.sum() / self.num_ratings.sum() for total, _ in self._ends)
        return low, high

    @property
    def crossed(self) -> bool:
        """Whether low is above high: the chains' error is larger than the bracket. Use more chains then."""
        return bool(self.low.sum() > self.high.sum())

    @property
    def _ends(self) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
        """(users' totals, their standard errors) of both ends, the lower first."""
        ends = ((self.low, self.low_error), (self.high, self.high_error))
        return ends[::-1] if self.crossed else ends

    @property
    def middle(self) -> float:
        """Middle of the bracket, per rating, in nats."""
        return sum(self.bracket) / 2

    @property
    def standard_error(self) -> tuple[float, float]:
        """Of both ends of `bracket`, per rating, in nats, from the chains alone: the variation from seed to seed.

        If the bracket is crossed, it is at least half of the crossing, which comes from the chains alone.
        """
        low, high = (np.sqrt((error**2).sum()) / self.num_ratings.sum() for _, error in self._ends)
        least = (self.bracket[1] - self.bracket[0]) / 2 if self.crossed else 0.0
        return max(low, least), max(high, least)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean per rating, in nats: spread over users, bracket's width and chains' error."""
        ends = [mean_per_rating(total, self.num_ratings) for total, _ in self._ends]
        spread = [NORMAL_95 * np.hypot(ends[n][1], self.standard_error[n]) for n in (0, 1)]
        return ends[0][0] - spread[0], ends[1][0] + spread[1]

    def gain(self, over: "UserLikelihoods", words: tuple[str, str, str] = VERDICTS) -> Verdict:
        """How much more log-likelihood per rating than another model, on the same users.

        Args:
            over: `UserLikelihoods` of the same users.
            words: see `verdicts.compare`.
        Returns:
            gain: `Verdict`; its 95 % interval takes the worse ends of both brackets and the spread over users.
        Raises:
            ValueError: if the users or their ratings differ.
        """
        same = np.array_equal(self.user_index, over.user_index) and np.array_equal(self.num_ratings, over.num_ratings)
        if not same:
            found = f"{len(over.user_index)} users with {over.num_ratings.sum()} ratings"
            raise ValueError(f"over: expected the same users with as many ratings, found {found}")
        ends: list[float] = []
        (low, low_error), (high, high_error) = self._ends
        (their_low, their_low_error), (their_high, their_high_error) = over._ends
        for ours, theirs, errors, sign in (
            (low, their_high, (low_error, their_high_error), -1),
            (high, their_low, (high_error, their_low_error), 1),
        ):
            mean, spread = mean_per_rating(ours - theirs, self.num_ratings)
            chains = np.sqrt(sum((error**2).sum() for error in errors)) / self.num_ratings.sum()
            ends.append(mean + sign * NORMAL_95 * np.hypot(spread, chains))
        return Verdict(self.middle - over.middle, ends[0], ends[1], words)


def exact_likelihoods(
    users: NDArray[np.int32], counts: NDArray[np.int64], total: NDArray[np.float64]
) -> UserLikelihoods:
    """`UserLikelihoods` without a bracket."""
    return UserLikelihoods(users, counts, total, total, np.zeros(len(users)), np.zeros(len(users)))
