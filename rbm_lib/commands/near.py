"""The user with a typed id, or users with similar ids."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from .words import counted, plain

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")  # before a number
NAMED = 3  # ids in an error
MOST_COMPARED = 20_000  # ids that are compared character by character


def find_user(user_id: NDArray[Any], typed: str, argument: str = "--user") -> int:
    """The position of a user.

    Args:
        user_id: int64 or str `(num_users,)`, the known ids.
        typed: the id, as text.
        argument: for the error.
    Returns:
        place: int.
    Raises:
        ValueError: for an unknown id, naming similar ones.
    """
    wanted = unicodedata.normalize("NFC", typed).strip()
    known = [str(own) for own in user_id.tolist()]
    if wanted in known:
        return known.index(wanted)
    near = close_to(wanted, known)
    close = f"; close to it: {', '.join(repr(plain(one)) for one in near)}" if near else ""
    raise ValueError(f"{argument}: expected one of {counted(len(known), 'user')}, found {plain(typed)!r}{close}")


def close_to(wanted: str, known: list[str]) -> list[str]:
    """Up to `NAMED` of the known ids: the same but for case or zeros, else the most similar ones."""
    bare = ZEROS.sub("", wanted.casefold())
    same = [one for one in known if ZEROS.sub("", one.casefold()) == bare]
    if same:
        return same[:NAMED]
    alike = [one for one in known if abs(len(one) - len(wanted)) <= 2]
    alike = alike if len(alike) <= MOST_COMPARED else [one for one in alike if one[:1] == wanted[:1]][:MOST_COMPARED]
    return difflib.get_close_matches(wanted, alike, n=NAMED, cutoff=0.6)
