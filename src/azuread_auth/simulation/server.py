"""A simulated tenant over HTTP or TLS, on loopback addresses only."""

import re
import socket
import threading
import time
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer

if TYPE_CHECKING:
    import ssl

__all__ = ["LoopbackServer", "is_loopback_name"]

_LOOPBACK: Final = "127.0.0.1"
_MAX_BODY_BYTES: Final = 1_048_576
_JOIN_SECONDS: Final = 1.0
_CHUNK_BYTES, _MOST_CHUNKS = 65_536, 256
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_IDLE_SECONDS: Final = 10.0  # a connection that says nothing must not keep a thread for ever
_LOOPBACK_NAME: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)

Answer = Callable[[HttpRequest], TransportAnswer]


def _plain(status: int, text: str) -> TransportAnswer:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return TransportAnswer(response=HttpResponse(status=status, headers=headers, body=f"{text}\n".encode()))


_MISDIRECTED: Final = _plain(421, "This simulated tenant answers to 127.0.0.1 and localhost alone.")


def is_loopback_name(host: str | None) -> bool:
    """Whether a Host header names this machine.

    A name of somebody else's that leads here gets no answer: else a page of theirs could read what is said here (DNS
    rebinding).
    """
    return host is not None and _LOOPBACK_NAME.fullmatch(host) is not None


class LoopbackServer:
    """Serves `answer` on 127.0.0.1 from a daemon thread until it is closed.

    Requests for other names than those of this machine are not answered (421). Raises ConfigurationError when the port
    is taken. There is no way to bind any other address.
    """

    def __init__(self, answer: Answer, *, port: int = 0, tls: "ssl.SSLContext | None" = None) -> None:
        self._closing = threading.Event()
        try:
            self._server = _Server((_LOOPBACK, port), _handler(answer, self._closing, self._origin_of_server))
        except OSError as error:
            message = f"port {port} of {_LOOPBACK} cannot be opened; choose another, or 0 for any free one"
            raise ConfigurationError(message) from error
        if tls is not None:
            # Shaking hands is left to the thread of each connection: one that says nothing must hold up no other.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "http" if tls is None else "https"
        self.origin: Final = f"{scheme}://{_LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulated-tenant", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port; answers that are being delayed are dropped."""
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _origin_of_server(self) -> str:
        return self.origin


class _Server(ThreadingHTTPServer):
    # Many callers at once are what tests of single flight bring along.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._handling: set[threading.Thread] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as typed by the base class
        """Handle a connection in a thread of its own.

        The base class forgets daemon threads; here they end before `server_close` returns, so that no socket is left.
        """
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._handling = {each for each in self._handling if each.is_alive()} | {thread}
        thread.start()

    def server_close(self) -> None:
        """Close the port and wait for connections that are being handled, shortly for those that say nothing."""
        super().server_close()
        ends_at = time.monotonic() + _JOIN_SECONDS
        for thread in self._handling:
            thread.join(max(0.0, ends_at - time.monotonic()))

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def _refusal(headers: Message) -> TransportAnswer | None:
    """The answer to a request that nobody here needs to see: for another host, or with a body that is not taken."""
    hosts, lengths = headers.get_all("host") or [], headers.get_all("content-length") or ["0"]
    if len(hosts) != 1 or not is_loopback_name(hosts[0]):
        return _MISDIRECTED
    if "transfer-encoding" in headers:
        return _plain(411, "This simulated tenant takes bodies with a Content-Length alone.")
    if len(lengths) != 1 or _LENGTH.fullmatch(lengths[0]) is None:
        return _plain(400, "The Content-Length is no number.")
    if int(lengths[0]) > _MAX_BODY_BYTES:
        return _plain(413, f"This simulated tenant takes bodies of up to {_MAX_BODY_BYTES} bytes.")
    return None


def _request_of(handler: BaseHTTPRequestHandler, origin: str) -> HttpRequest:
    return HttpRequest(
        method=handler.command,
        url=f"{origin}{handler.path}",
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=handler.rfile.read(int(handler.headers.get("content-length") or 0)),
    )


def _send(handler: BaseHTTPRequestHandler, response: HttpResponse) -> None:
    handler.send_response(response.status)
    for name, value in response.headers.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(response.body)))
    handler.send_header("connection", "close")
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(response.body)


def _hear_out(connection: socket.socket) -> None:
    """Read what is not wanted: a client that is still sending would not see the answer else."""
    connection.settimeout(_JOIN_SECONDS)
    for _ in range(_MOST_CHUNKS):
        if not connection.recv(_CHUNK_BYTES):
            break


def _handler(answer: Answer, closing: threading.Event, origin: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # One request for each connection: a kept connection would go on being answered after close().
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_SECONDS

        def _serve(self) -> None:
            self.close_connection = True
            refused = _refusal(self.headers)
            outcome = refused or answer(_request_of(self, origin()))
            # Without a response the connection is closed and nothing said, the nearest to refusing it.
            if closing.wait(outcome.delay_seconds) or outcome.response is None:
                return
            _send(self, outcome.response)
            if refused is not None:
                _hear_out(self.connection)

        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: `SimulatedTenant.requests` is the log."""

    return Handler
