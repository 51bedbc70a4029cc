"""Units by their names."""

from __future__ import annotations

from rbm_lib._checks import check_count

from .bernoulli import Bernoulli
from .contract import VisibleUnits
from .gaussian import Gaussian
from .listed import ListedUnits
from .ordinal import OrdinalSoftmax
from .polynomial import PolynomialSoftmax
from .softmax import Softmax

# The units that come with the library, by the name that `RBM(units=...)` takes.
UNITS: dict[str, type[VisibleUnits]] = {
    kind.name: kind for kind in (Bernoulli, Softmax, OrdinalSoftmax, PolynomialSoftmax, Gaussian)
}
# Units whose arithmetic is also written in NumPy and as compiled loops, outside their own files.
COMPILED = (Bernoulli, Softmax, OrdinalSoftmax, PolynomialSoftmax)


def is_compiled(units: VisibleUnits) -> bool:
    """Whether the compiled loops support these units. A subclass is not supported: they would ignore its changes."""
    return type(units) in COMPILED


def check_compiled(units: VisibleUnits, argument: str) -> ListedUnits:
    """The units, checked to have a list of values and to be supported by the compiled loops.

    Args:
        units: `VisibleUnits`.
        argument: what to call them in an error.
    Returns:
        units: the same.
    Raises:
        ValueError: for units of your own, or without a list of values.
    Example:
        >>> from rbm_lib.models import Bernoulli, check_compiled
        >>> check_compiled(Bernoulli(), "units")
        Bernoulli()
    """
    if not (isinstance(units, ListedUnits) and is_compiled(units)):
        raise ValueError(f"{argument}: expected {compiled_in_words()}, found {units.name} units")
    return units


def compiled_in_words() -> str:
    """The units that the compiled loops support, for errors."""
    *others, last = [kind.name for kind in COMPILED]
    return f"{', '.join(others)} or {last} units"


def check_user_bias(user_bias: int, units: VisibleUnits) -> int:
    """The degree of users' biases over the scale, if these units can have it: 0, 1 or 2; 0 or 1 for likes."""
    user_bias = check_count(user_bias, "user_bias", least=0, most=2)
    if user_bias:
        check_compiled(units, "units of a machine with user_bias").tilts(user_bias)
    return user_bias


def make_units(units: str | VisibleUnits) -> VisibleUnits:
    """Units from a name, with the library's default values; other units are returned as they are.

    Args:
        units: "bernoulli", "softmax", "ordinal" or "polynomial" (one to five stars), "gaussian" (-10 to 10), or
            `VisibleUnits`.
    Returns:
        units: `VisibleUnits`.
    Raises:
        ValueError: for anything else.
    Example:
        >>> from rbm_lib.models import make_units
        >>> make_units("softmax")
        Softmax(stars=[1.0, 2.0, 3.0, 4.0, 5.0])
    """
    if isinstance(units, str) and units in UNITS:
        return UNITS[units]()
    if not isinstance(units, VisibleUnits):
        raise ValueError(f"units: expected one of {', '.join(UNITS)} or VisibleUnits, found {units!r}")
    return units
