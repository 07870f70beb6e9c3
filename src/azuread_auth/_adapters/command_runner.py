"""Child processes with a time limit, for event loops and for threads."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import anyio.to_thread

from azuread_auth._adapters.homes import forget_closed
from azuread_auth._adapters.loading import loading
from azuread_auth._adapters.tasks import current_loop
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.ports import CommandResult

__all__ = ["AsyncCommandRunner", "BlockingCommandRunner"]

_MAX_OUTPUT_BYTES = 1_000_000
_READER_GRACE_SECONDS = 1.0
_MAX_COMMANDS_AT_ONCE = 10

# What this process proves itself with is nothing to a program that proves somebody else: neither these nor what begins
# with this package's own prefix.
_SECRET_VARIABLES: Final = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_HEADER")
_OWN_PREFIX: Final = "AZURE_AD_"


class BlockingCommandRunner:
    """`CommandPort` for threads. `environ` (default: the process's own) is what programs inherit and are found by.

    They inherit it without what this process proves itself with. Of its PATH, absolute folders count alone: what lies
    in the current directory may be anybody's.
    """

    def __init__(self, *, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    async def run(
        self, arguments: Sequence[str], *, timeout_seconds: float, environ: Mapping[str, str] | None = None
    ) -> CommandResult:
        """What the program printed. Raises CredentialUnavailable when it is absent, too slow or prints over 1 MB."""
        return _Command(arguments, {**_inherited(self._environ), **(environ or {})}).result(timeout_seconds)


class AsyncCommandRunner:
    """`CommandPort` on asyncio and trio: a worker thread waits for the program. The argument is the blocking one's.

    These threads are counted apart from the event loop's others: programs that hang keep nobody else's work waiting.
    """

    def __init__(self, *, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._limiters: dict[Hashable, anyio.CapacityLimiter] = {}

    async def run(
        self, arguments: Sequence[str], *, timeout_seconds: float, environ: Mapping[str, str] | None = None
    ) -> CommandResult:
        """What the program printed. Raises CredentialUnavailable when it is absent, too slow or prints over 1 MB."""
        command = _Command(arguments, {**_inherited(self._environ), **(environ or {})})
        try:
            return await anyio.to_thread.run_sync(
                command.result, timeout_seconds, abandon_on_cancel=True, limiter=self._limiter()
            )
        except BaseException:
            # Cancelled: the thread, which nobody waits for any more, ends with the program.
            command.kill()
            raise

    def _limiter(self) -> anyio.CapacityLimiter:
        home = current_loop()
        limiter = self._limiters.get(home)
        if limiter is None:
            forget_closed(self._limiters)
            with loading():  # anyio imports what it has for this kind of event loop when it is first used
                limiter = self._limiters.setdefault(home, anyio.CapacityLimiter(_MAX_COMMANDS_AT_ONCE))
        return limiter


class _Command:
    """One run of a program, in a process group of its own so that what it starts can be killed with it."""

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environ = environ
        self._name = Path(arguments[0]).name
        self._lock = threading.Lock()
        self._is_killed = False
        self._process: subprocess.Popen[bytes] | None = None

    def result(self, timeout_seconds: float) -> CommandResult:
        deadline = time.monotonic() + timeout_seconds
        process = self._start()
        outputs = [_Output(pipe, self.kill) for pipe in (process.stdout, process.stderr) if pipe is not None]
        try:
            self._wait(process, outputs, deadline, timeout_seconds)
        finally:
            self.kill()
            process.wait()
            for output in outputs:
                output.thread.join(_READER_GRACE_SECONDS)
        if any(len(output.data) > _MAX_OUTPUT_BYTES for output in outputs):
            message = f"{self._name} printed more than {_MAX_OUTPUT_BYTES} bytes; expected a short answer"
            raise CredentialUnavailable(message)
        stdout, stderr = (output.data for output in outputs)
        return CommandResult(exit_code=process.returncode, stdout=stdout, stderr=stderr)

    def kill(self) -> None:
        with self._lock:
            self._is_killed = True
            process = self._process
        # Once it has been waited for, its number may be another process's.
        if process is None or process.returncode is not None:
            return
        if sys.platform == "win32":  # pragma: no cover - process groups of this kind exist on POSIX only
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _start(self) -> subprocess.Popen[bytes]:
        program = _program(self._arguments[0], self._environ.get("PATH", os.defpath))
        if program is None:
            message = f"{self._name} is not installed, or not on the PATH of this process"
            raise CredentialUnavailable(message)
        with self._lock:
            if self._is_killed:
                message = f"{self._name} was not started: its caller was cancelled"
                raise CredentialUnavailable(message)
            try:
                self._process = subprocess.Popen(  # noqa: S603 - no shell, and the caller names the program
                    [program, *self._arguments[1:]],
                    cwd=_folder(self._environ),
                    env=dict(self._environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                message = f"{self._name} cannot be started ({error.strerror}); check its installation"
                raise CredentialUnavailable(message) from error
        return self._process

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        outputs: "Sequence[_Output]",
        deadline: float,
        timeout_seconds: float,
    ) -> None:
        # First to the end of the output: until the process is waited for, its group's number stays taken.
        for output in outputs:
            output.thread.join(max(0.0, deadline - time.monotonic()))
        if not any(output.thread.is_alive() for output in outputs):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
                return
        message = f"{self._name} did not end within {timeout_seconds:g} seconds and was killed"
        raise CredentialUnavailable(message)


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name not in _SECRET_VARIABLES and not name.startswith(_OWN_PREFIX)
    }


def _program(name: str, path: str) -> str | None:
    """Where the program is, by the absolute folders of a PATH alone."""
    folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
    found = shutil.which(name, path=os.pathsep.join(folders))
    # Relative: a name with a folder in it, or what Windows finds in the current directory.
    return found if found is not None and Path(found).is_absolute() else None


def _folder(environ: Mapping[str, str]) -> str:
    """Where programs run: a folder that only administrators may write in, for some load modules from where they are."""
    if sys.platform == "win32":  # pragma: no cover - as above
        return environ.get("SYSTEMROOT", "C:\\Windows")
    return "/"


class _Output:
    """What arrives in a pipe, up to one byte too many: the program is killed for that one."""

    def __init__(self, pipe: IO[bytes], kill: Callable[[], None]) -> None:
        self.data = b""
        self._pipe = pipe
        self._kill = kill
        self.thread = threading.Thread(target=self._read, name="azuread-auth command output", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with self._pipe:
            self.data = self._pipe.read(_MAX_OUTPUT_BYTES + 1)
            if len(self.data) > _MAX_OUTPUT_BYTES:
                self._kill()
