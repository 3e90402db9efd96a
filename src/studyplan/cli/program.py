"""The program: parse the arguments, run one command, say a person's mistakes in one sentence."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from sqlalchemy.exc import DatabaseError, InternalError, OperationalError

from studyplan import __version__
from studyplan.cli.command import Command
from studyplan.domain.errors import StudyplanError
from studyplan.settings import BadSettings, load

HOMES = {
    "serve": "serve",
    "web": "serve",
    "clock": "serve",
    "worker": "serve",
    "upgrade": "upgrade",
    "import": "importing",
    "plan": "plan",
    "digest": "digest",
    "bounce": "bounce",
    "move": "move",
    "user": "users",
    "demo": "demo",
    "simulate": "simulate",
}
"""The module of each command. Only the one that is asked for is loaded: all would double its start."""

UNUSABLE = (DatabaseError, InternalError, OperationalError)
"""Raised for a database that is none, takes no writes or is out of reach; what derives from it is a fault of ours."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, or 1 after a mistake that is told on standard error."""
    words = sys.argv[1:] if arguments is None else arguments
    parsed = make_parser(words[0] if words else "").parse_args(words)
    try:
        parsed.command.run(parsed, load())
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough; what Python still holds must go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (StudyplanError, BadSettings, OSError) as error:
        print(f"studyplan: {error}", file=sys.stderr)
        return 1
    except DatabaseError as error:
        if type(error) not in UNUSABLE:
            raise
        print(f"studyplan: The database cannot be used: {str(error.orig).splitlines()[0]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


class _Parser(ArgumentParser):
    """Says what is wrong with the arguments in one sentence, as any other mistake."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 1."""
        self.exit(1, f"{self.prog}: {message}. `{self.prog} --help` shows an example.\n")


def make_parser(name: str = "") -> ArgumentParser:
    """Return the parser of one command, or of all when none has that name."""
    parser = _Parser(prog="studyplan", description="Spend your minutes where they buy most recall.")
    parser.add_argument("--version", action="version", version=f"studyplan {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in map(_load, [name] if name in HOMES else HOMES):
        sub = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=f"example:\n  {command.example}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        command.configure(sub)
        sub.set_defaults(command=command)
    return parser


def _load(name: str) -> Command:
    commands: tuple[Command, ...] = import_module(f"studyplan.cli.{HOMES[name]}").COMMANDS
    return next(command for command in commands if command.name == name)
