"""What a command reads from and writes to: the process it runs in, or what a test puts in its place."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

from azuread_auth.errors import ConfigurationError

__all__ = ["OutputLost", "Surroundings"]


def _standard_input() -> BinaryIO:
    return sys.stdin.buffer


def _standard_output() -> TextIO:
    return sys.stdout


def _standard_error() -> TextIO:
    return sys.stderr


def _environment() -> Mapping[str, str]:
    return os.environ


def _open_browser(url: str) -> bool:
    """Whether a browser has been opened; what browsers print is not part of a command's output.

    In a process of its own: a browser keeps the standard output it was given, and whoever waits for the end of the
    command's would wait for the browser's.
    """
    import subprocess  # noqa: PLC0415 - seldom needed, and each command would load it

    code = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
    command, nowhere = [sys.executable, "-c", code, url], subprocess.DEVNULL
    return subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False).returncode == 0  # noqa: S603 - fixed


class OutputLost(ConfigurationError):
    """What a command had to say could not be written."""


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
    open_browser: Callable[[str], bool] = _open_browser
    folder: Path = Path()
    """Where applications are looked for, as Python itself does."""

    @property
    def has_desktop(self) -> bool:
        """Whether there is a screen that a browser could open on, and not the terminal itself."""
        is_desktop = self.platform in ("darwin", "win32")
        return is_desktop or bool(self.environ.get("DISPLAY") or self.environ.get("WAYLAND_DISPLAY"))

    def say(self, text: str) -> None:
        """Print a result, at once: somebody may be waiting at the other end of a pipe.

        Raises OutputLost where it cannot be written, as on a full disk.
        """
        try:
            _print(text, self.stdout)
        except BrokenPipeError:
            raise
        except OSError as error:
            message = f"the output cannot be written ({error.strerror}); nothing, or a part of it, is there"
            raise OutputLost(message) from error

    def warn(self, text: str) -> None:
        """Print something that is not the result."""
        _print(text, self.stderr)


def _print(text: str, stream: TextIO) -> None:
    # A terminal that cannot show a character must not end the command.
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
