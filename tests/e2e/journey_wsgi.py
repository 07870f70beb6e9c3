"""A WSGI server with a thread for each connection, with TLS where that is wanted."""

import socket
import ssl
import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

END_SECONDS = 10.0


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        address = listener.getsockname()
        super().__init__(address, _Handler, bind_and_activate=False)
        self.socket.close()
        # Threads shake hands: browsers open connections on which they say nothing.
        wrapped = tls and tls.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
        self.socket = wrapped or listener
        self.server_name, self.server_port = "localhost", address[1]
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news."""


class _Handler(WSGIRequestHandler):
    timeout = 5.0

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class ServedByThreads:
    """A WSGI application that is served in threads."""

    def __init__(self, app: Any, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server(listener, tls)
        self._server.set_app(app)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop, and see that nothing is left."""
        self._server.shutdown()
        self._thread.join(END_SECONDS)
        self._server.server_close()
        assert not self._thread.is_alive(), "a server does not stop"
