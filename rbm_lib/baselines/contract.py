"""The contract of a predictor: the methods that evaluation requires, and the optional ones.

A predictor needs a name, `fit` and `predict`; a recommender of lists needs a name, `fit` and `recommend`. There is no
base class: any class with these methods fulfils the contract, as `isinstance` and a type checker both confirm. A
baseline in ten lines:

    class Generosity:
        name = "user mean"

        def fit(self, train):
            self.seen = train
            total = np.bincount(train.user_index, train.rating, train.num_users)
            self.mean = (total + 5 * train.rating.mean()) / (train.ratings_per_user + 5)
            return self

        def predict(self, user_index, item_index):
            return self.mean[user_index]

Users and films are numbered as in the `Ratings` of the training part: `user_index` from 0 to `num_users` - 1,
`item_index` from 0 to `num_items` - 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings


@runtime_checkable
class Estimator(Protocol):
    """A class that can be fitted: a name, and `fit`.

    Attributes:
        name: str, used in tables and figures; the same for every setting of one kind, and unique to the kind.

    Example:
        >>> from rbm_lib.baselines import Ease, Estimator
        >>> isinstance(Ease(), Estimator), Ease().name
        (True, 'EASE')
    """

    name: str

    def fit(self, train: Ratings) -> Self:
        """Fits the training ratings, and keeps them as `seen` (see `Fitted`).

        Args:
            train: `Ratings` of stars, or of likes (1) and dislikes (0); some users and films may have no rating in it.
        Returns:
            self: fitted.
        """


@runtime_checkable
class Predictor(Estimator, Protocol):
    """A predictor of ratings for pairs of user and film: a name, `fit` and `predict`.

    Example:
        >>> from rbm_lib.baselines import Ease, ItemMean, Predictor
        >>> isinstance(ItemMean(), Predictor), isinstance(Ease(), Predictor)
        (True, False)
    """

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.floating]:
        """The expected rating of each pair.

        Args:
            user_index, item_index: ints `(num_asked,)`, the pairs, in any order.
        Returns:
            expected: float `(num_asked,)`, all finite: P(like), from 0 to 1, if fitted on likes and dislikes; expected
                stars if fitted on stars.
        """


@runtime_checkable
class Recommender(Estimator, Protocol):
    """A recommender of lists of films: a name, `fit` and `recommend`.

    Example:
        >>> from rbm_lib.baselines import Ease, ItemMean, Recommender
        >>> isinstance(Ease(), Recommender), isinstance(ItemMean(), Recommender)
        (True, False)
    """

    def recommend(self, user_index: NDArray[np.integer], n: int) -> NDArray[np.integer]:
        """The best films that each user has not rated.

        Args:
            user_index: int `(num_asked,)`, each user once.
            n: int >= 1, films a user.
        Returns:
            item_index: int32 `(num_asked, n)`, best first; -1 where there is no film left.
        """


@runtime_checkable
class Fitted(Protocol):
    """A predictor that keeps its training ratings: evaluation refuses a predictor that was fitted on a target.

    Example:
        >>> from rbm_lib import Ratings
        >>> from rbm_lib.baselines import Fitted, OverallMean
        >>> isinstance(OverallMean(), Fitted)
        False
        >>> isinstance(OverallMean().fit(Ratings.from_triples([1, 2], [10, 20], [5, 2])), Fitted)
        True
    """

    @property
    def seen(self) -> Ratings:
        """The `Ratings` that `fit` was given."""


@runtime_checkable
class FoldsIn(Protocol):
    """A predictor that can predict for users it was not fitted on, given some of their ratings.

    Example:
        >>> from rbm_lib.baselines import FoldsIn, ItemMean, ItemUserBias
        >>> isinstance(ItemUserBias(), FoldsIn), isinstance(ItemMean(), FoldsIn)
        (True, False)
    """

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the known ratings of such users; what was fitted to films stays.

        Args:
            inputs: `Ratings` over the users and items of `train`, of the same kind (stars, or likes and dislikes).
        Returns:
            self: predictions now depend on `inputs` for users with ratings in it.
        """


@runtime_checkable
class ReadsStars(Protocol):
    """A predictor that tells whether it is fitted on stars even to predict likes; without this property it is not.

    Example:
        >>> from rbm_lib import Recipe
        >>> from rbm_lib.baselines import ReadsStars
        >>> from rbm_lib.evaluation import Machine
        >>> machine = Machine(Recipe(), "RBM", threshold=3)
        >>> isinstance(machine, ReadsStars), machine.reads_stars
        (True, True)
    """

    @property
    def reads_stars(self) -> bool:
        """Whether `fit` needs stars while `predict` returns P(like)."""


CALLS = {
    "fit": "fit(train)",
    "predict": "predict(user_index, item_index)",
    "recommend": "recommend(user_index, n)",
    "fold_in": "fold_in(inputs)",
}
NEEDS: dict[type, tuple[str, ...]] = {
    Estimator: ("name", "fit"),
    Predictor: ("name", "fit", "predict"),
    Recommender: ("name", "fit", "recommend"),
    FoldsIn: ("fold_in",),
}


def check_predictor(candidate: object, contract: type, argument: str = "predictor") -> None:
    """Raises ValueError unless `candidate` fulfils a contract of this file, with what is missing and what to do.

    Args:
        candidate: the object to check.
        contract: `Estimator`, `Predictor`, `Recommender` or `FoldsIn`.
        argument: its name, for the error.
    Raises:
        ValueError: if a member of the contract is missing, or a class was given in place of a predictor.

    Example:
        >>> from rbm_lib.baselines import Ease, Recommender, check_predictor
        >>> check_predictor(Ease(), Recommender)
        >>> try:
        ...     check_predictor(Ease, Recommender)
        ... except ValueError as error:
        ...     print(str(error).split("found ")[1])
        the class Ease; make one of it: Ease(...)
    """
    *first, last = (CALLS.get(member, member) for member in NEEDS[contract])
    members = f"{', '.join(first)} and {last}" if first else last
    wanted = f"{argument}: expected {members}, as rbm_lib.baselines.{contract.__name__} describes"
    if isinstance(candidate, type):
        raise ValueError(f"{wanted}, found the class {candidate.__name__}; make one of it: {candidate.__name__}(...)")
    if not isinstance(candidate, contract):
        called = getattr(candidate, "name", None) or type(candidate).__name__
        missing = [member for member in NEEDS[contract] if getattr(candidate, member, None) is None]
        lacking = " and ".join(CALLS.get(member, member) for member in missing or NEEDS[contract])
        raise ValueError(f"{wanted}, found {called!r} without {lacking}; add what is missing")


def reads_stars(predictor: object) -> bool:
    """Whether a predictor is fitted on stars even to predict likes (`ReadsStars`).

    Args:
        predictor: any predictor.
    Returns:
        reads: bool, its `reads_stars`; False if it has none.

    Example:
        >>> from rbm_lib.baselines import ItemMean, reads_stars
        >>> reads_stars(ItemMean())
        False
    """
    return isinstance(predictor, ReadsStars) and bool(predictor.reads_stars)
