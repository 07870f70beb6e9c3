"""Starts and stops servers on loopback, each a process of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tokens import Tokens

__all__ = ["Server", "answer_of", "running", "spawn"]

_PROGRAM = Path(__file__).parent / "serve.py"
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and the port it serves: that is open before it has started."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/reports/1"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def spawn(kind: str, tokens: Tokens) -> Server:
    """Start a server; it may not be ready yet, but connections wait for it."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    with listening:
        environ = {**os.environ, **tokens.tenant.environ(), "BENCH_TRUST": json.dumps(asdict(tokens.trust))}
        process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), kind, str(listening.fileno())],
            pass_fds=[listening.fileno()],
            env=environ,
        )
        return Server(process, listening.getsockname()[1])


def answer_of(server: Server, token: str, *, method: str = "GET", path: str = "/reports/1") -> bytes:
    """The status line that one request is answered with, on a connection of its own."""
    request = (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=_START_SECONDS) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return answer.partition(b"\r\n")[0]


@contextmanager
def running(kinds: list[str], tokens: Tokens) -> Iterator[dict[str, Server]]:
    """All these servers, each having answered a request with 200."""
    servers = {kind: spawn(kind, tokens) for kind in kinds}
    try:
        for kind, server in servers.items():
            status = answer_of(server, tokens.distinct(1)[0])
            if status != b"HTTP/1.1 200 OK":
                message = f"the server {kind} answered {status!r}"
                raise RuntimeError(message)
        yield servers
    finally:
        for server in servers.values():
            server.stop()
