"""Sockets on which one deadline holds for all waits together: opening, TLS, writing and reading."""

import codecs
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from errno import EMFILE
from ipaddress import ip_address
from ssl import SSLContext, create_default_context, get_default_verify_paths
from typing import Any, TypeVar

from azuread_auth.stores._redis.address import Address

__all__ = ["BoundedSocket", "ClientTls", "Deadline", "open_socket"]

T = TypeVar("T")

# Imports the codec: the first look-up of a name would do so in another thread, when a fork may happen.
codecs.lookup("idna")


class Deadline:
    """When the operation under way ends, by `time.monotonic`; a connection has another one at each use."""

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at

    def left(self) -> float:
        """The seconds that are left. Raises TimeoutError when there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class BoundedSocket:
    """A socket whose next wait is never longer than what is left until the deadline."""

    def __init__(self, inner: socket.socket, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def recv(self, size: int) -> bytes:
        """Some bytes; none at the end of the stream."""
        self._inner.settimeout(self._deadline.left())
        return self._inner.recv(size)

    def recv_into(self, buffer: Any, size: int = 0) -> int:  # noqa: ANN401 - as sockets have it
        """The count of the bytes that were put into the buffer; 0 at the end of the stream."""
        self._inner.settimeout(self._deadline.left())
        return self._inner.recv_into(buffer, size)

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        rest = memoryview(data)
        while rest:
            self._inner.settimeout(self._deadline.left())
            rest = rest[self._inner.send(rest) :]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a socket has
        return getattr(self._inner, name)


class ClientTls:
    """The certificate authorities of a file, else of the system; certificates and host names are always checked."""

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._context: SSLContext | None = None

    @property
    def context(self) -> SSLContext:
        """Loaded when first needed, which takes 15 ms, and then kept. Raises OSError when the file cannot be loaded."""
        if self._context is None:
            self._context = self._loaded()
        return self._context

    def _loaded(self) -> SSLContext:
        context = create_default_context(cafile=self._ca_file)
        # OpenSSL says nothing where it cannot open the system's file, as when this process has too many open. Such a
        # context would trust nobody, and would be kept.
        if get_default_verify_paths().cafile is not None and not context.cert_store_stats()["x509"]:
            raise OSError(EMFILE, "the system's certificate authorities cannot be loaded")
        return context


def open_socket(address: Address, deadline: Deadline, tls: ClientTls) -> BoundedSocket:
    """Connect to the server. Raises OSError, and RuntimeError where no thread can be had to look up its name."""
    connected = _connected(address, deadline)
    try:
        if address.is_tls:
            connected.settimeout(deadline.left())
            connected = tls.context.wrap_socket(connected, server_hostname=address.host)
    except BaseException:
        connected.close()
        raise
    return BoundedSocket(connected, deadline)


def _connected(address: Address, deadline: Deadline) -> socket.socket:
    if address.path is not None:
        return _connect(socket.AF_UNIX, address.path, deadline.left())
    found = _resolved(address.host, address.port, deadline)
    failure: OSError = socket.gaierror("the name has no address")
    for index, (family, _, _, _, place) in enumerate(found):
        try:
            # Each address may take its share of what is left for them all.
            return _connect(family, place, deadline.left() / (len(found) - index))
        except OSError as error:
            failure = error
    raise failure


def _connect(family: int, place: Any, seconds: float) -> socket.socket:  # noqa: ANN401 - each family has its own
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family != socket.AF_UNIX:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.settimeout(seconds)
        opened.connect(place)
    except BaseException:
        opened.close()
        raise
    return opened


def _resolved(host: str, port: int, deadline: Deadline) -> list[Any]:
    def look_up() -> list[Any]:
        try:
            return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except ValueError as error:  # UnicodeError is one
            message = "no name of a host can look like this"
            raise socket.gaierror(message) from error

    with suppress(ValueError):
        ip_address(host)
        return look_up()
    # A resolver has a time limit of its own, of many seconds, and cannot be interrupted.
    return _in_daemon_thread(look_up, deadline)


def _in_daemon_thread(work: Callable[[], T], deadline: Deadline) -> T:
    outcome: list[T | OSError] = []
    is_done = threading.Event()

    def run() -> None:
        try:
            outcome.append(work())
        except OSError as error:
            outcome.append(error)
        finally:
            is_done.set()

    threading.Thread(target=run, name="azuread-auth redis name", daemon=True).start()
    if not is_done.wait(deadline.left()):
        raise TimeoutError
    if isinstance(outcome[0], OSError):
        raise outcome[0]
    return outcome[0]
