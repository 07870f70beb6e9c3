"""The end of a sign-in in the browser of this machine (RFC 8252 7.3): a listener that waits for one answer."""

import hmac
import queue
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from azuread_auth._protocol.authorization import single_parameters
from azuread_auth.cli.acquisition.page import HEADERS, page
from azuread_auth.errors import ConfigurationError, LoginFailed

__all__ = ["REGISTERED_URI", "CallbackListener"]

REGISTERED_URI: Final = "http://localhost"
"""What the app registration has to list; for loopback addresses Entra ignores the port."""

_PATH: Final = "/"
_IDLE_SECONDS: Final = 5.0  # browsers open connections in advance, and say nothing on them
_LOOK_SECONDS: Final = 0.5  # so that Ctrl-C is noticed on every system


class CallbackListener:
    """Listens on a loopback port, any free one when `port` is 0, until it is closed.

    Nothing but the answer to the sign-in that was begun with `expect` counts: whatever else asks, such as a page of
    another site, can neither end the sign-in nor bring in an answer of its own. Raises ConfigurationError when the
    port is taken.
    """

    def __init__(self, *, port: int = 0) -> None:
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._state: str | None = None
        try:
            self._server = _Server(("127.0.0.1", port), _handler(self))
        except OSError as error:
            message = f"port {port} is taken, or may not be opened; choose another with --port, or none for any"
            raise ConfigurationError(message) from error
        self.redirect_uri: str = f"{REGISTERED_URI}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def expect(self, state: str) -> None:
        """From now on the answer with this state counts."""
        self._state = state

    def is_expected(self, query: str) -> bool:
        """Whether these parameters answer the sign-in that was begun."""
        try:
            given = single_parameters(query).get("state", "")
        except LoginFailed:
            return False
        return self._state is not None and hmac.compare_digest(given.encode(), self._state.encode())

    def wait(self, *, seconds: float) -> str:
        """The answer's query string. Raises LoginFailed when none comes in time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                return self.answers.get(timeout=min(left, _LOOK_SECONDS))
            except queue.Empty:
                continue
        message = (
            f"nobody has signed in within {seconds:.0f} seconds; if the browser shows AADSTS50011, register the "
            f"redirect URI {REGISTERED_URI} for mobile and desktop applications, then start the sign-in again"
        )
        raise LoginFailed(message)

    def close(self) -> None:
        """Free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news."""


def _handler(listener: CallbackListener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS
        server_version = "azuread-auth"
        sys_version = ""

        # GET alone: what looks ahead with HEAD must not use the answer up.
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != _PATH:
                self._reply(HTTPStatus.NOT_FOUND, "There is nothing here.")
                return
            if not listener.is_expected(parts.query):
                self._reply(HTTPStatus.BAD_REQUEST, "This is no answer to a sign-in that was started here.")
                return
            self._reply(HTTPStatus.OK, "You can close this page. The command line says how the sign-in went.")
            listener.answers.put(parts.query)

        def _reply(self, status: HTTPStatus, sentence: str) -> None:
            body = page(sentence)
            self.send_response(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the answer has a code in it."""

    return Handler
