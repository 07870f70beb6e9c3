"""Runs commands in this process, and the demonstration in one of its own."""

import io
import json
import os
import signal
import subprocess
import sys
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
        self.process = subprocess.Popen(
            [*PROGRAM, "demo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ | {"PYTHONUNBUFFERED": "1"},
        )

    def notice(self) -> dict[str, str]:
        """Wait for the line of `--json` that says where it is."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(self.process.communicate()[1])
        return json.loads(line)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; gives the exit code and what was printed since."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err

    def close(self) -> None:
        """Make sure that nothing is left."""
        if self.process.returncode is None:
            assert self.end()[0] == 0


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
