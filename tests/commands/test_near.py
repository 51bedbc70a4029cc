"""A user by the id as it is typed."""

import numpy as np
import pytest

from rbm_lib.commands.near import find_user


def users(*ids):
    return np.array(ids)


def test_an_id_is_found_as_it_is_typed():
    ids = users("007", "7", "Anna", "ann\u00e9")
    for typed, own in (("007", "007"), ("7", "7"), (" Anna ", "Anna"), ("anne\u0301", "ann\u00e9")):
        assert ids[find_user(ids, typed)] == own
    numbers = users(-3, 17, 19)
    assert numbers[find_user(numbers, "17")] == 17
    assert numbers[find_user(numbers, "-3")] == -3


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("anna", "; close to it: 'Anna', 'ANNA'"),  # the same but for case
        ("07", "; close to it: '7', '007'"),  # but for zeros
        ("U4", "; close to it: 'u04'"),
        ("Hanna", "; close to it: 'Anna'"),
        ("zebra", ""),
        ("\x1b[2J", ""),
    ],
)
def test_an_unknown_id_is_refused_with_those_that_are_written_like_it(typed, near):
    ids = users("Anna", "ANNA", "7", "007", "benjamin", "u04", "u94", "u40")
    with pytest.raises(ValueError, match="expected one of 8 users") as raised:
        find_user(ids, typed)
    said = str(raised.value)
    assert said.isprintable()
    assert set(said.partition("; close to it: ")[2].split(", ")) == set(
        near.partition("; close to it: ")[2].split(", ")
    )
