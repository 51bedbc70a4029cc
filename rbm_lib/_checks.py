"""Checks of arguments for every wing. Each returns the value, or raises ValueError that names the argument."""

import operator
import sys
from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np

LARGEST_SEED = 2**32 - 1  # a 32-bit word of Philox's key
LARGEST_LONG_SEED = 2**64 - 1  # a key of NumPy's Philox
_LARGEST = sys.float_info.max


def check_count(value: Any, argument: str, *, least: int = 1, most: int | None = None) -> int:
    """The value as an int, checked to be a whole number in a range.

    Whole numbers are what `operator.index` takes: Python's ints and NumPy's. Booleans and floats are refused, even 3.0.

    Args:
        value: the argument as given.
        argument: its name, for the error.
        least, most: the ends of its range, both included; None for no upper end.
    Returns:
        count: int.
    Raises:
        ValueError: for anything else.
    """
    count = _index(value)
    if count is None or count < least or (most is not None and count > most):
        reach = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{argument}: expected a whole number {reach}, found {value!r}")
    return count


def check_number(
    value: Any, argument: str, *, above: float | None = None, least: float | None = None, most: float | None = None
) -> float:
    """A finite real number.

    Args:
        value: the argument as given.
        argument: its name, for the error.
        above, least: the lower end of its range, excluded or included; None for no lower end.
        most: the upper end of its range, included; None for no upper end.
    Returns:
        number: the same number, of whatever type it was.
    Raises:
        ValueError: for NaN, an infinity, a boolean, text, an array, or a number out of range.
    """
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else None
    number = float(number) if isinstance(number, np.floating) else number  # NumPy's small floats overflow beside 1e308
    within = number is not None and -_LARGEST <= number <= _LARGEST
    within = within and (above is None or number > above) and (least is None or number >= least)
    if not within or (most is not None and number > most):
        raise ValueError(f"{argument}: expected a finite number{_range(above, least, most)}, found {value!r}")
    found: float = number
    return found


def check_fraction(value: Any, argument: str = "fraction") -> float:
    """A number between 0 and 1, both excluded, or ValueError naming the argument."""
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else None
    if number is None or not 0 < number < 1:
        raise ValueError(f"{argument}: expected a number between 0 and 1, both excluded, found {value!r}")
    fraction: float = number
    return fraction


def check_choice(value: Any, choices: Collection[str], argument: str) -> str:
    """One of the choices, or ValueError naming the argument and all of them."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{argument}: expected one of {', '.join(choices)}, found {value!r}")
    return value


def check_seed(value: Any, argument: str = "seed", *, most: int = LARGEST_SEED) -> int:
    """A whole number from 0 to `most` as an int, or ValueError naming the argument."""
    seed = _index(value)
    if seed is None or not 0 <= seed <= most:
        raise ValueError(f"{argument}: expected a whole number from 0 to 2**{most.bit_length()} - 1, found {value!r}")
    return seed


def _range(above: float | None, least: float | None, most: float | None) -> str:
    """The range in words that follow "a finite number"."""
    if least is not None:
        return f" of at least {least:g}" if most is None else f" from {least:g} to {most:g}"
    ends = [f"above {above:g}"] if above is not None else []
    ends += [f"up to {most:g}"] if most is not None else []
    return "".join(f" {end}" for end in [" and ".join(ends)] if end)


def _index(value: Any) -> int | None:
    """`operator.index` of the value; None for a boolean or a value without an index."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None
