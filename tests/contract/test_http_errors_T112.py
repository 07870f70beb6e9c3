"""What an error of an exchange keeps of the answer: nothing, on asyncio, trio and threads."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from socket import create_server, socket
from traceback import TracebackException

import pytest

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode

CANARY = "canary-access-token"
ANSWER = json.dumps({"token_type": "Bearer", "access_token": CANARY, "expires_in": 3600}).encode()
OK = b"HTTP/1.1 200 OK\r\n"


class RawServer:
    """Answers every connection with the bytes given, then closes it or keeps it open until the test has ended."""

    def __init__(self, answer: bytes, *, is_kept_open: bool) -> None:
        self._answer = answer
        self._is_kept_open = is_kept_open
        self._is_closing = threading.Event()
        self._listener = create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._is_closing.set()
        with create_connection_to(self._listener):
            self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._is_closing.is_set():
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                if self._is_closing.is_set():
                    return
                connection.recv(65536)
                connection.sendall(self._answer)
                if self._is_kept_open:
                    self._is_closing.wait(5)


def create_connection_to(listener: socket) -> socket:
    """A connection that wakes whoever accepts."""
    connection = socket()
    connection.connect(listener.getsockname())
    return connection


ANSWERS = [
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n" + ANSWER + b"\r\n", False, "Protocol", id="bad chunk"),
    pytest.param(OK + b"X: " + ANSWER + b"\r\nBroken\r\n\r\n", False, "Protocol", id="bad header"),
    pytest.param(OK + b"Content-Length: 100000\r\n\r\n" + ANSWER, False, "Protocol", id="cut short"),
    pytest.param(OK + b"Content-Length: 100000\r\n\r\n" + ANSWER, True, "did not answer within 0.3", id="stalled"),
    pytest.param(OK + b"\r\n" + ANSWER * 1000, False, "answered with more than 10000 bytes", id="too large"),
    pytest.param(OK + b"Content-Length: 99999\r\n\r\n" + ANSWER, True, "more than 10000 bytes", id="said too large"),
]


@pytest.fixture
def raw_server(request: pytest.FixtureRequest) -> Iterator[RawServer]:
    """A server with the answer of the test's parameter."""
    answer, is_kept_open = request.param
    server = RawServer(answer, is_kept_open=is_kept_open)
    yield server
    server.close()


@pytest.mark.parametrize(
    ("raw_server", "told", "limit"),
    [
        pytest.param(
            (case.values[0], case.values[1]),
            case.values[2],
            10_000 if "large" in str(case.id) else 1_000_000,
            id=case.id,
        )
        for case in ANSWERS
    ],
    indirect=["raw_server"],
)
def test_T112_an_error_keeps_nothing_of_the_answer(mode: Mode, raw_server: RawServer, told: str, limit: int) -> None:
    """T112: no cause, no context, and no local in any frame has a byte of it."""
    http = mode.http()
    request = HttpRequest(url=f"{raw_server.url}/token", timeout_seconds=0.3, max_response_bytes=limit)
    with pytest.raises(ProviderUnavailable, match=told) as caught:
        mode.run(lambda: http.send(request))
    assert caught.value.__cause__ is caught.value.__context__ is None
    report = "".join(TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert CANARY not in report


def test_R27_a_refused_connection_has_no_cause_either(mode: Mode, free_port: int) -> None:
    """R27: the reason is in the message."""
    http = mode.http()
    with pytest.raises(ProviderUnavailable, match=r"cannot be reached: .*check the network") as caught:
        mode.run(lambda: http.send(HttpRequest(url=f"http://127.0.0.1:{free_port}")))
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_T116_an_unusable_proxy_is_not_quoted_by_a_cause(mode: Mode) -> None:
    """T116: the library's error has the address with its password, and is dropped."""
    http = mode.http(environ={"HTTPS_PROXY": "gopher://name:canary@proxy.example"})
    with pytest.raises(ProviderUnavailable, match="HTTPS_PROXY names no usable proxy") as caught:
        mode.run(lambda: http.send(HttpRequest(url="https://login.example/")))
    assert caught.value.__cause__ is caught.value.__context__ is None
