"""What a command is, and what its exit code says."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from azuread_auth.cli.surroundings import Surroundings

__all__ = ["EXIT_CODES", "Command", "ExitCode"]


class ExitCode(IntEnum):
    """What a command tells the program that started it."""

    OK = 0
    REFUSED = 1
    """The command did its work, and the verdict is no: a token is refused, or a check has failed."""
    UNUSABLE = 2
    """Wrong usage or configuration, or something that is needed cannot be reached."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells have it."""


EXIT_CODES: Final = """exit codes:
  0    the command did what it was asked; a verdict is favourable
  1    the verdict is unfavourable: the token is refused, the provider gives none, or a check of doctor failed
  2    wrong usage or configuration, or the provider cannot be reached
  130  interrupted from the keyboard (demo and simulate: 0, that is how they end)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. Its module imports what it needs only when it runs, so that the others start quickly."""

    name: str
    """One word, or two: then the first is shared with the command's sisters."""
    summary: str
    """One line, in lower case."""
    description: str
    configure: Callable[[argparse.ArgumentParser], None]
    """Adds the command's arguments."""
    run: Callable[[argparse.Namespace, Surroundings], ExitCode]
    """Does the work. Raises ConfigurationError, which becomes a message and the exit code 2."""
