"""A Bayesian factorisation machine with an ordered probit, the strongest baseline found for stars."""

from __future__ import annotations

import contextlib
import io
import pickle
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse

from rbm_lib._checks import check_count, check_number, check_seed
from rbm_lib.models import summarize_shares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split


SECONDS_OF_A_DAY = 86_400


class BayesianFactorisationMachine:
    """myFM: factors for indicators of user, film, the user's films and the film's users, by Gibbs sampling.

    A rating is an ordered probit of a factorisation machine of these indicators. Predictions are means over the sweeps
    of the sampler. There is no regularisation to set, because the priors are sampled as well.

    Args:
        rank: int >= 1, factors of each indicator.
        sweeps: int >= 2, of the Gibbs sampler; predictions are means over the second half of them.
        implicit: bool, whether the sets of a user's films and of a film's users are indicators too (SVD++); slower.
        day: bool, whether the day of a rating is an indicator too (timeSVD++); then only `predict_ratings` can predict,
            because it knows the targets' days.
        threshold: float, fewest stars of a like, to predict likes from stars; None to predict what it is fitted on.
        seed: int, root of all random numbers.
    Raises:
        ValueError: naming the argument.
    References:
        Rendle, Zhang and Koren (2019), "On the difficulty of evaluating baselines", Table 2, for its error on
            MovieLens-10M. Rendle (2013), "Scaling factorization machines to relational data".
    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import BayesianFactorisationMachine
        >>> ratings = Ratings.from_triples([1, 1, 2, 2, 3, 3], [10, 20, 10, 20, 10, 20], [5, 4, 2, 1, 4, 3])
        >>> machine = BayesianFactorisationMachine(rank=2, sweeps=20, seed=1).fit(ratings)
        >>> machine.predict([0, 1], [1, 1]).shape
        (2,)
    """

    name = "Bayesian factorisation machine"

    def __init__(
        self,
        rank: int = 10,
        sweeps: int = 200,
        *,
        implicit: bool = True,
        day: bool = False,
        threshold: float | None = None,
        seed: int,
    ) -> None:
        self.rank, self.sweeps = check_count(rank, "rank"), check_count(sweeps, "sweeps", least=2)
        self.implicit, self.day, self.seed = bool(implicit), bool(day), check_seed(seed)
        self.threshold = threshold if threshold is None else check_number(threshold, "threshold")
        self.reads_stars = threshold is not None

    def fit(self, train: Ratings) -> Self:
        """Runs the sampler; keeps the second half of the sweeps."""
        with _quietly():
            from myfm import MyFMOrderedProbit

        self.seen = train
        self.values: NDArray[np.float64] = np.unique(train.rating).astype(np.float64)
        if len(self.values) < 2:
            raise ValueError(f"train: expected at least two values of ratings, found {self.values.tolist()}")
        state = np.searchsorted(self.values, train.rating)
        shapes = [train.num_users, train.num_items]
        if self.implicit:  # a user's block: the user and the films; a film's block: the film and its users
            shapes = [train.num_users, train.num_items, train.num_items, train.num_users]
        if self.day:
            self.days = np.unique(_days(train, "train"))
            shapes.append(len(self.days))
        machine = MyFMOrderedProbit(rank=self.rank, random_seed=self.seed)
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            self.machine: Any = machine.fit(
                sparse.csr_matrix((train.num_ratings, 0)),
                state,
                X_rel=self._blocks(train.user_index, train.item_index, _days(train, "train") if self.day else None),
                group_shapes=shapes,
                n_iter=self.sweeps,
                n_kept_samples=self.sweeps // 2,
                callback=lambda *_: (False, None),
            )
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "machine" in state:
            state["machine"] = pickle.dumps(state["machine"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What comes back from another process imports myfm here, without its warning."""
        if "machine" in state:
            with _quietly():
                state = state | {"machine": pickle.loads(state["machine"])}
        self.__dict__.update(state)

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """Expected stars, or P(like), of each pair, float64 `(num_asked,)`; ValueError if it needs the day."""
        if self.day:
            raise ValueError("day: expected predict_ratings, which knows the targets' days, found predict; day=False")
        shares = self._shares(np.asarray(user_index), np.asarray(item_index), None)
        output, threshold = ("expected", 3.0) if self.threshold is None else ("like", self.threshold)
        answer: NDArray[np.float64] = summarize_shares(shares, self.values, output, threshold)
        return answer

    def predict_ratings(self, split: Split, *, output: str = "expected", threshold: float = 3) -> NDArray[np.float32]:
        """The prediction of each target of a split, in the form of `RBM.predict_ratings`."""
        targets = split.targets
        days = _days(targets, "targets") if self.day else None
        shares = self._shares(targets.user_index, targets.item_index, days)
        return summarize_shares(shares, self.values, output, threshold).astype(np.float32)

    def _shares(
        self, user_index: NDArray[Any], item_index: NDArray[Any], days: NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        blocks = self._blocks(user_index, item_index, days)
        found: NDArray[np.float64] = self.machine.predict_proba(sparse.csr_matrix((len(user_index), 0)), blocks)
        return found

    def _blocks(self, user_index: NDArray[Any], item_index: NDArray[Any], days: NDArray[np.int64] | None) -> list[Any]:
        """The features of user, film and day, each block stored once; a new day has no features."""
        from myfm import RelationBlock

        train = self.seen
        users, films = sparse.identity(train.num_users, format="csr"), sparse.identity(train.num_items, format="csr")
        if self.implicit:
            rated = sparse.csr_matrix(
                (np.ones(train.num_ratings), train.item_index, train.row_splits), (train.num_users, train.num_items)
            )
            users, films = (
                sparse.hstack([own, _of_unit_length(told)], format="csr")
                for own, told in ((users, rated), (films, rated.T.tocsr()))
            )
        blocks = [RelationBlock(user_index.astype(np.int64), users), RelationBlock(item_index.astype(np.int64), films)]
        if days is not None:
            place = np.minimum(np.searchsorted(self.days, days), len(self.days) - 1)
            place[self.days[place] != days] = len(self.days)
            blocks.append(RelationBlock(place, sparse.eye(len(self.days) + 1, len(self.days), format="csr")))
        return blocks


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the warning of myfm 0.4's look-up of its version."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated")
        yield


def _days(ratings: Ratings, argument: str) -> NDArray[np.int64]:
    """The day of each rating, int64 `(num_ratings,)`."""
    if ratings.timestamp is None:
        raise ValueError(f"{argument}: expected ratings that say when they were given, found no timestamps; day=False")
    return ratings.timestamp // SECONDS_OF_A_DAY


def _of_unit_length(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows divided by the root of their number of ones."""
    counts = np.maximum(np.diff(rows.indptr), 1)
    return sparse.diags(1 / np.sqrt(counts)) @ rows
