"""What integration tests share: real servers in processes of their own, and raw bytes to put to them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from azuread_auth.simulation import SimulatedTenant

APPS: Final = Path(__file__).parent / "apps"
PATIENCE_SECONDS: Final = 20.0
# Larger headers than servers take by default, so that large tokens are judged by us and not by them.
H11_LIMIT: Final = "4000000"

# The access log of uvicorn has queries in it, where tests look for what we log.
UVICORN: Final = ["uvicorn", "--port", "0", "--no-access-log"]
GUNICORN: Final = ["gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket", "--limit-request-field_size", "100000"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a server is started, and what it needs."""

    command: list[str]
    app: str
    needs: tuple[str, ...] = ()


H11 = ["--http", "h11", "--h11-max-incomplete-event-size", H11_LIMIT]
ASGI_APP, WSGI_APP = "plain_asgi:app", "plain_wsgi:app"
KINDS: Final = {
    "uvicorn-h11": Kind(command=[*UVICORN, *H11], app=ASGI_APP),
    "uvicorn-httptools": Kind(command=[*UVICORN, "--http", "httptools"], app=ASGI_APP, needs=("httptools",)),
    "gunicorn-uvicorn": Kind(
        command=[*GUNICORN, "-k", "uvicorn_worker.UvicornWorker"], app=ASGI_APP, needs=("uvicorn_worker",)
    ),
    "gunicorn-asgi": Kind(command=[*GUNICORN, "-k", "asgi"], app=ASGI_APP, needs=("gunicorn.workers.gasgi",)),
    "gunicorn-sync": Kind(command=[*GUNICORN, "-k", "sync"], app=WSGI_APP),
    "gunicorn-gthread": Kind(command=[*GUNICORN, "-k", "gthread", "--threads", "64"], app=WSGI_APP),
    "gunicorn-gevent": Kind(command=[*GUNICORN, "-k", "gevent"], app=WSGI_APP, needs=("gevent",)),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back over the wire; header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    interim: tuple[int, ...] = ()
    """The statuses that came before it, such as 100."""

    def header(self, name: str) -> str | None:
        values = [value for each, value in self.headers if each == name]
        assert len(values) <= 1
        return values[0] if values else None

    @property
    def code(self) -> str:
        """The refusal it is, "OK", or the bare status where it is the server's own answer."""
        challenge = self.header("www-authenticate")
        if self.status == 200:
            return "OK"
        if self.status == 503 and self.header("retry-after") is not None:
            return "503"
        if challenge is None or self.header("cache-control") != "no-store":
            return f"server's {self.status}"
        error = re.fullmatch(
            r'Bearer(?: error="(\w+)", error_description="[a-zA-Z ,]+"(?:, scope="[^"]+")?)?', challenge
        )
        assert error is not None, challenge
        return REFUSALS.get((self.status, error[1]), f"{self.status} {error[1]}")


REFUSALS: Final = {
    (401, None): "401c",
    (401, "invalid_token"): "401t",
    (400, "invalid_request"): "400r",
    (403, "insufficient_scope"): "403s",
}


def parse(data: bytes) -> Answer:
    """Read an answer that is complete."""
    interim = []
    while True:
        head, separator, rest = data.partition(b"\r\n\r\n")
        assert separator, f"no complete answer: {data[:200]!r}"
        status_line, *lines = head.decode("latin-1").split("\r\n")
        status = int(status_line.split(" ")[1])
        if status >= 200:
            break
        interim.append(status)
        data = rest
    headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    if ("transfer-encoding", "chunked") in headers:
        rest = b"".join(re.split(rb"(?:\A|\r\n)[0-9a-f]+\r\n", rest.removesuffix(b"0\r\n\r\n")))
    return Answer(status=status, headers=headers, body=rest, interim=tuple(interim))


class Server:
    """A server process with an application of `apps`."""

    def __init__(self, command: list[str], environ: dict[str, str], log: Path, *, flags: tuple[str, ...] = ()) -> None:
        self._log = log
        self.was_asked = True
        """Whether the present test had to do with it: then a failure shows its log."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        folders = [str(APPS), *filter(None, [os.environ.get("PYTHONPATH")])]
        paths = {"PYTHONPATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1"}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *flags, "-m", *command],
                env=inherited | paths | environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_it_serves(self) -> None:
        """Until it has told its port; a request may still wait for a worker then."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (told := re.search(r"(?:running on|Listening at:) http://127\.0\.0\.1:(\d+)", self.log)) is None:
            assert self.process.poll() is None, f"the server has ended:\n{self.log}"
            assert time.monotonic() < deadline, f"the server does not start:\n{self.log}"
            time.sleep(0.02)
        self.port = int(told[1])

    def connect(self, timeout: float = PATIENCE_SECONDS) -> socket.socket:
        self.was_asked = True
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def send(self, request: bytes) -> Answer:
        """Put raw bytes on a connection of their own, and read until the server closes it."""
        received = bytearray()
        with self.connect() as connection:
            # A server that refuses early hangs up on what it has not read.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            with suppress(ConnectionResetError):
                while chunk := connection.recv(65536):
                    received += chunk
        return parse(bytes(received))

    def ask(self, path: str = "/", *lines: bytes, method: str = "GET") -> Answer:
        """Put a request with these header lines, exactly as they are."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n".encode("latin-1")
        return self.send(head + b"".join(line + b"\r\n" for line in lines) + b"\r\n")

    def ask_with(self, token: str, path: str = "/", *lines: bytes, method: str = "GET") -> Answer:
        """Put a request with a bearer token."""
        return self.ask(path, f"Authorization: Bearer {token}".encode(), *lines, method=method)

    def stop(self) -> int:
        """End it in good order; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it and its workers in any case."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


StartServer = Callable[..., Server]
RUNNING: Final = pytest.StashKey[list[Server]]()


@pytest.fixture(scope="session")
def tenant() -> Iterator[SimulatedTenant]:
    """The tenant on a loopback port that the shared servers trust; not to be disturbed."""
    with SimulatedTenant() as shared:
        shared.serve()
        yield shared


@pytest.fixture
def own_tenant() -> Iterator[SimulatedTenant]:
    """A tenant on a loopback port for one test, which may disturb it."""
    with SimulatedTenant() as own:
        own.serve()
        yield own


def missing_for(kind: str) -> str | None:
    """The module that a kind of server needs and that is not installed, if any."""
    return next((module for module in KINDS[kind].needs if find_spec(module) is None), None)


@pytest.fixture(scope="session")
def installed_kinds() -> list[str]:
    """The kinds of servers that can be started here."""
    return [kind for kind in KINDS if missing_for(kind) is None]


class Servers:
    """Starts servers and ends them all."""

    def __init__(self, folder: Path, running: list[Server]) -> None:
        self._folder = folder
        self._running = running
        self._own: list[Server] = []

    def start(
        self,
        kind: str,
        tenant: SimulatedTenant | None,
        *options: str,
        app: str | None = None,
        flags: tuple[str, ...] = (),
        is_to_serve: bool = True,
    ) -> Server:
        """Start one, with more options and another application than its kind's."""
        if (missing := missing_for(kind)) is not None:
            pytest.skip(f"{kind} needs {missing}, which is not installed")
        log = self._folder / f"{len(self._own)}-{kind}.log"
        environ = tenant.environ() if tenant is not None else {}
        server = Server([*KINDS[kind].command, *options, app or KINDS[kind].app], environ, log, flags=flags)
        self._own.append(server)
        self._running.append(server)
        if is_to_serve:
            server.wait_until_it_serves()
        return server

    def close(self) -> None:
        for server in self._own:
            server.process.terminate()
        for server in self._own:
            server.kill()
            self._running.remove(server)


@pytest.fixture(scope="session")
def shared_servers(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Servers]:
    """Starts servers that end with the test run."""
    servers = Servers(tmp_path_factory.mktemp("servers"), pytestconfig.stash.setdefault(RUNNING, []))
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def server_of(shared_servers: Servers, tenant: SimulatedTenant) -> StartServer:
    """The server of a kind, and with an application, that all tests share: started when it is first asked for."""
    started: dict[tuple[str, str | None], Server] = {}

    def start(kind: str, app: str | None = None) -> Server:
        if (kind, app) not in started:
            started[kind, app] = shared_servers.start(kind, tenant, app=app)
        return started[kind, app]

    return start


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, server_of: StartServer) -> Server:
    """A server of each kind with a plain application."""
    return server_of(request.param)


@pytest.fixture
def start_server(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[StartServer]:
    """Starts servers for one test: `start_server(kind, tenant, *options, app=...)`."""
    servers = Servers(tmp_path, pytestconfig.stash.setdefault(RUNNING, []))
    yield servers.start
    servers.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the logs of the servers that a failed test had to do with."""
    report = yield
    for server in item.config.stash.get(RUNNING, []):
        if report.failed and server.was_asked:
            report.sections.append((f"log of {' '.join(server.process.args[1:])}", server.log[-4000:]))
        if report.when == "teardown":
            server.was_asked = False
    return report
