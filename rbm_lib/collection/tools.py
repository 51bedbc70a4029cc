"""Shared parts of the collection's commands: the packages that they need, and the exit status of an error."""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence

from rbm_lib._files import reason_of

FAILED, USAGE = 1, 2


def check_packages(packages: Iterable[str], needed_by: str, groups: Sequence[str]) -> None:
    """Look for optional packages before any work is done.

    Args:
        packages: names to import.
        needed_by: the part that needs them, for the error.
        groups: the dependency groups of pyproject.toml that install them.
    Raises:
        ValueError: naming what is missing and how to install it.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        named = " and ".join(f'"{group}"' for group in groups)
        several = len(groups) > 1
        group = f"the dependency group{'s' if several else ''} {named} of pyproject.toml"
        way_out = f"(in a clone, `make setup` installs {'them' if several else 'it'})"
        raise ValueError(f"{needed_by}: expected {group} {way_out}, found no {', '.join(missing)}")


def exit_status(act: Callable[[], int]) -> int:
    """Run a command; an error is one line on stderr.

    Args:
        act: returns the command's own exit status.
    Returns:
        status: that of `act`, 1 after an `OSError`, 2 after a `ValueError`.
    """
    try:
        return act()
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"error: {reason_of(error)}", file=sys.stderr)
        return FAILED
