"""Time limits on a whole exchange for connections that block: httpcore2's own are on each wait alone."""

import codecs
import socket
import time
from collections.abc import Callable, Iterable
from ssl import SSLContext
from typing import Any, Self

import httpcore2

__all__ = ["DeadlineBackend", "TimeLeft"]

# Imports the codec: the first look-up of a name would do so at a time when a fork may happen.
codecs.lookup("idna")


class TimeLeft(float):
    """The seconds until `deadline`, by the monotonic clock, when this was made.

    httpcore2 asks an exchange once for its time limit and hands the same number to every wait. This number also tells
    how much is left by then.
    """

    __slots__ = ("_deadline",)

    _deadline: float

    def __new__(cls, deadline: float) -> Self:
        """`deadline` is a time of `time.monotonic`; when it is past, a millisecond is left.

        A socket takes 0 for "do not wait" and answers with another error than that the time is up.
        """
        left = super().__new__(cls, max(deadline - time.monotonic(), 0.001))
        left._deadline = deadline
        return left

    @classmethod
    def of(cls, seconds: float) -> Self:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def now(self) -> Self:
        """What is left at present."""
        return type(self)(self._deadline)

    def is_over(self) -> bool:
        """Whether the deadline is past."""
        return time.monotonic() >= self._deadline


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class DeadlineBackend(httpcore2.NetworkBackend):
    """Connections on which a `TimeLeft` given as time limit holds for all waits together.

    `resolve` gives the addresses of a host, in the order in which they are tried; the default asks the system.
    """

    def __init__(self, resolve: Callable[[str, int], list[str]] = _addresses) -> None:
        self._resolve = resolve
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers; each may take its share of what is left for them all."""
        addresses = self._resolve(host, port)
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for index, address in enumerate(addresses):
            left = _left(timeout)
            share = None if left is None else left / (len(addresses) - index)
            try:
                stream = self._sockets.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream)
        raise failure


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # Whoever always has another byte to send would be read for ever: no exchange goes on without reading.
        if isinstance(timeout, TimeLeft) and timeout.is_over():
            raise httpcore2.ReadTimeout
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the base class has it
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    return timeout.now() if isinstance(timeout, TimeLeft) else timeout
