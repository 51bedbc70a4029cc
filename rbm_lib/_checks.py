"""Checks of arguments that every wing shares: each returns the value, or raises ValueError naming the argument."""

import numpy as np

_LOW_WORD = 0xFFFFFFFF


def check_seed(seed):
    """Returns `seed` as an int, or raises ValueError unless 0 <= seed < 2**32."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= _LOW_WORD:
        raise ValueError(f"seed: expected a whole number from 0 to 2**32 - 1, found {seed!r}")
    return int(seed)


def check_settings(whole, positive):
    """Raises ValueError unless the settings `whole` are whole numbers >= 1 and those in `positive` are above 0."""
    for name, value in whole.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}: expected a whole number of at least 1, found {value!r}")
    for name, value in positive.items():
        if not (value > 0 and np.isfinite(value)):
            raise ValueError(f"{name}: expected a finite number above 0, found {value!r}")


def check_count(value, argument):
    """Returns `value` as an int, or raises ValueError naming `argument` unless it is a whole number of at least 1."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"{argument}: expected a whole number of at least 1, found {value!r}")
    return int(value)


def check_choice(value, choices, argument):
    """Returns `value`, or raises ValueError naming `argument` unless it is one of the choices."""
    if value not in choices:
        raise ValueError(f"{argument}: expected one of {', '.join(choices)}, found {value!r}")
    return value


def check_fraction(fraction: float, name: str = "fraction") -> None:
    """Raises ValueError unless 0 < fraction < 1."""
    if not 0 < fraction < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, both excluded, found {fraction!r}")
