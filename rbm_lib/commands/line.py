"""The command line itself: the commands, their errors in words, and their exit status."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from rbm_lib._files import Locked, reason_of

from .options import as_typed
from .words import library_version, plain

COMMANDS = ("inspect", "train", "evaluate", "recommend")  # one file each
PROGRAM = "python -m rbm_lib"
FAILED, USAGE, INTERRUPTED = 1, 2, 130
DESCRIPTION = "Restricted Boltzmann machines as recommenders: look at ratings, train on them, measure, recommend."
EXAMPLES = """examples:
  python -m rbm_lib inspect ratings.csv
  python -m rbm_lib train ratings.csv -o machine.rbm
  python -m rbm_lib evaluate ratings.csv
  python -m rbm_lib recommend machine.rbm --user anna
  python -m rbm_lib recommend --movielens --my-ratings letterboxd.csv
"""
WAY_OUT = "make room, or name a place that can be written"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        print(f"error: {plain(message)}; {self.prog} --help says what there is", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line `python -m rbm_lib`.

    Args:
        arguments: those after the program's name; None takes the process' own.
    Returns:
        status: 0; 1 if something cannot be read or written; 2 for refused arguments or data; 130 if it was interrupted.
            An error is one line on the standard error, and no file is left incomplete.
    Example:
        >>> from rbm_lib.commands import main
        >>> main(["inspect", "no/such.csv"])  # says on the standard error what is wrong
        2
    """
    try:
        chosen = make_parser().parse_args(arguments)
        status: int = chosen.run(chosen)
        sys.stdout.flush()
        return status
    except SystemExit as end:  # from argparse, which has printed the error
        return end.code if isinstance(end.code, int) else USAGE
    except BrokenPipeError:  # the reader of our output has closed it
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (ValueError, ImportError, Locked) as error:
        return _say(as_typed(str(error)), USAGE)
    except OSError as error:
        return _say(f"{reason_of(error)}; {WAY_OUT}", FAILED)
    except MemoryError:
        return _say("memory: expected room for these ratings, found too little; take fewer of them", FAILED)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal may have been closed
            print("interrupted: nothing was written", file=sys.stderr, flush=True)
        return INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    form = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EXAMPLES, formatter_class=form)
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for name in COMMANDS:
        command: Any = importlib.import_module(f".{name}", __package__)
        own = commands.add_parser(
            name, help=command.HELP, description=_sentence(command.HELP), epilog=command.EXAMPLES, formatter_class=form
        )
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    return parser


class _Version(argparse.Action):
    """Prints the version of the library."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"rbm_lib {library_version()}")
        parser.exit()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _say(message: str, status: int) -> int:
    print(f"error: {plain(' '.join(message.split()))}", file=sys.stderr)
    return status
