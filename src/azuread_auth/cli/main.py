"""The program `azuread-auth`: finds the command and runs it."""

import argparse
import importlib.metadata
from collections.abc import Sequence
from typing import Final

from azuread_auth.cli import demo, inspect, key
from azuread_auth.cli.command import EXIT_CODES, Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.errors import ConfigurationError

__all__ = ["COMMANDS", "build_parser", "main"]

PROGRAM: Final = "azuread-auth"

COMMANDS: Final[tuple[Command, ...]] = (demo.COMMAND, inspect.COMMAND, key.COMMAND)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what it parses names its command in `command`."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Microsoft Entra ID authentication for Python web applications: try it, and see what a token says.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(subparser)
        subparser.set_defaults(command=command)
    return parser


def main(arguments: Sequence[str] | None = None, surroundings: Surroundings | None = None) -> int:
    """Run the program with these arguments, by default the process's own; gives the exit code.

    Raises SystemExit for arguments that make no sense, and after --help.
    """
    surroundings = surroundings if surroundings is not None else Surroundings()
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    if parsed.version:
        surroundings.say(f"{PROGRAM} {importlib.metadata.version(PROGRAM)}")
        return ExitCode.OK
    command: Command | None = parsed.command
    if command is None:
        surroundings.warn(parser.format_help())
        return ExitCode.UNUSABLE
    try:
        return command.run(parsed, surroundings)
    except ConfigurationError as error:
        surroundings.warn(f"{PROGRAM} {command.name}: {error}")
        return ExitCode.UNUSABLE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
