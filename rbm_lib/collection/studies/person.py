"""One person's ratings for a page: a user's, or invented ones where the licence forbids showing those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbm_lib.analysis import new_user, one_user, stand_in

from .shown import may_be_shown

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import Dataset


def person_to_show(data: Dataset, ratings: Ratings, count: int) -> Ratings:
    """One person's ratings.

    Args:
        data: `Dataset`.
        ratings: `Ratings` of its films, such as a part of it.
        count: int >= 1, ratings of an invented person.
    Returns:
        person: `Ratings` of one row; the user whose number of ratings is the median, or an invented person, see
            `rbm_lib.analysis.stand_in`, where those of `data` may not be shown.
    """
    if may_be_shown(data):
        return one_user(ratings, None)
    return new_user(stand_in(ratings, data.items, count), ratings, data.items)
