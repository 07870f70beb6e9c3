"""The program `azuread-auth`: finds the command and runs it."""

import argparse
import importlib.metadata
import os
from collections.abc import Sequence
from typing import Final, TypeAlias

from azuread_auth.cli import demo, doctor, inspect, key, simulate, token
from azuread_auth.cli.command import EXIT_CODES, Command, ExitCode
from azuread_auth.cli.surroundings import OutputLost, Surroundings
from azuread_auth.errors import ConfigurationError

__all__ = ["COMMANDS", "build_parser", "main"]

PROGRAM: Final = "azuread-auth"

COMMANDS: Final[tuple[Command, ...]] = (
    demo.COMMAND,
    simulate.COMMAND,
    inspect.COMMAND,
    *token.COMMANDS,
    doctor.COMMAND,
    key.COMMAND,
)
_GROUPS: Final = {"token": "get a token as an application, or as a user"}
"""What the first word of two says by itself."""

_Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what it parses names its command in `command`."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=(
            "Microsoft Entra ID authentication for Python web applications: try it, explain a token, get a token, and "
            "check an installation."
        ),
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.set_defaults(command=None, usage=parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    groups: dict[str, _Subparsers] = {}
    for command in COMMANDS:
        first, _, second = command.name.partition(" ")
        if second and first not in groups:
            groups[first] = _group(commands, first)
        subparser = _subparser(groups[first] if second else commands, second or first, command.summary, command)
        command.configure(subparser)
        subparser.set_defaults(command=command, usage=subparser)
    return parser


def _group(commands: _Subparsers, name: str) -> _Subparsers:
    """Commands of two words: the first one."""
    parser = _subparser(commands, name, _GROUPS[name])
    parser.set_defaults(usage=parser)
    return parser.add_subparsers(title="commands", metavar="COMMAND")


def _subparser(
    commands: _Subparsers, name: str, summary: str, command: Command | None = None
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=command.description if command is not None else f"{summary[:1].upper()}{summary[1:]}.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def main(arguments: Sequence[str] | None = None, surroundings: Surroundings | None = None) -> int:
    """Run the program with these arguments, by default the process's own; gives the exit code.

    Raises SystemExit for arguments that make no sense, and after --help.
    """
    surroundings = surroundings if surroundings is not None else Surroundings()
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    command: Command | None = parsed.command
    try:
        return _done(parsed, command, surroundings)
    except ConfigurationError as error:
        surroundings.warn(f"{PROGRAM} {command.name}: {error}" if command is not None else f"{PROGRAM}: {error}")
        if isinstance(error, OutputLost):
            _drop_output(surroundings)
        return ExitCode.UNUSABLE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # who reads the output has seen enough
        _drop_output(surroundings)
        return ExitCode.OK


def _done(parsed: argparse.Namespace, command: Command | None, surroundings: Surroundings) -> int:
    if parsed.version:
        surroundings.say(f"{PROGRAM} {importlib.metadata.version(PROGRAM)}")
        return ExitCode.OK
    if command is None:
        surroundings.warn(parsed.usage.format_help())
        return ExitCode.UNUSABLE
    return command.run(parsed, surroundings)


def _drop_output(surroundings: Surroundings) -> None:
    """What is left over must not fail at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), surroundings.stdout.fileno())
