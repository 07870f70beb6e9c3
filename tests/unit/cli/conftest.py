"""Runs commands in this process, and the demonstration in one of its own."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from azuread_auth.cli.main import main
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.simulation import SimulatedTenant

PROGRAM = (sys.executable, "-W", "error", "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def directory() -> Iterator[SimulatedTenant]:
    """A tenant of this test alone, over loopback HTTP."""
    with SimulatedTenant() as simulated:
        simulated.serve()
        yield simulated


@pytest.fixture
def run() -> Run:
    """Run a command: `run("inspect", "--json", stdin=token, environ={...}, now=...)`; `others` are of Surroundings."""

    def run_command(
        *arguments: str,
        stdin: str | bytes | io.BytesIO = b"",
        environ: Mapping[str, str] | None = None,
        now: Callable[[], float] = time.time,
        **others: Any,
    ) -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.StringIO(), io.StringIO()
        surroundings = Surroundings(
            environ=environ or {},
            stdin=data if isinstance(data, io.BytesIO) else io.BytesIO(data),
            stdout=out,
            stderr=err,
            now=now,
            **others,
        )
        code = main(arguments, surroundings)
        return Outcome(code, out.getvalue(), err.getvalue())

    return run_command


@pytest.fixture(scope="session")
def tenant() -> Iterator[SimulatedTenant]:
    """A tenant that answers over loopback HTTP."""
    with SimulatedTenant() as simulated:
        simulated.serve()
        yield simulated


class Demo:
    """A demonstration that runs in a process of its own."""

    def __init__(self, arguments: Sequence[str]) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        # Not a pipe: nobody reads it while many tests ask, and it would be full one day.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the rest
        self.process = subprocess.Popen(
            [*PROGRAM, "demo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environ | {"PYTHONUNBUFFERED": "1"},
        )

    def notice(self) -> dict[str, str]:
        """Wait for the line of `--json` that says where it is."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(self.wait()[2])
        return json.loads(line)

    def wait(self) -> tuple[int, str, str]:
        """The exit code, when it ends by itself, and what was printed since."""
        out, _ = self.process.communicate(timeout=20)
        self._errors.seek(0)
        return self.process.returncode, out, self._errors.read().decode()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; gives the same."""
        self.process.send_signal(number)
        return self.wait()

    def close(self) -> None:
        """Make sure that nothing is left."""
        if self.process.returncode is None:
            assert self.end()[0] == 0
        self._errors.close()


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side has closed it, also before it was accepted, as a busy machine may."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def start_demo() -> Iterator[Callable[..., Demo]]:
    """Start `azuread-auth demo` with these arguments."""
    started: list[Demo] = []

    def start(*arguments: str) -> Demo:
        started.append(Demo(arguments))
        return started[-1]

    yield start
    for demo in started:
        demo.close()


@pytest.fixture(scope="module")
def running_demo() -> Iterator[str]:
    """The address of one that the tests of a file share."""
    demo = Demo(("--json", "--port", "0"))
    yield demo.notice()["url"]
    demo.close()
