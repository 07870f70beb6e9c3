"""What a command reads from and writes to: the process it runs in, or what a test puts in its place."""

import os
import sys
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, TextIO

__all__ = ["Surroundings"]


def _standard_input() -> BinaryIO:
    return sys.stdin.buffer


def _standard_output() -> TextIO:
    return sys.stdout


def _standard_error() -> TextIO:
    return sys.stderr


def _environment() -> Mapping[str, str]:
    return os.environ


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The process's own unless told otherwise."""

    environ: Mapping[str, str] = field(default_factory=_environment, repr=False)
    stdin: BinaryIO = field(default_factory=_standard_input)
    stdout: TextIO = field(default_factory=_standard_output)
    stderr: TextIO = field(default_factory=_standard_error)
    now: Callable[[], float] = time.time
    """Seconds since the epoch."""
    platform: str = sys.platform
    open_browser: Callable[[str], bool] = webbrowser.open

    def say(self, text: str) -> None:
        """Print a result, at once: somebody may be waiting at the other end of a pipe."""
        _print(text, self.stdout)

    def warn(self, text: str) -> None:
        """Print something that is not the result."""
        _print(text, self.stderr)


def _print(text: str, stream: TextIO) -> None:
    # A terminal that cannot show a character must not end the command.
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
