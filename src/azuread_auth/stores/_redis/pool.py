"""The connections of one process to a Redis server, and when it is not asked."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores._redis.address import Address
from azuread_auth.stores._redis.connection import BoundedConnection, Command
from azuread_auth.stores._redis.failures import FAILURES, unavailable
from azuread_auth.stores._redis.sockets import ClientTls, Deadline
from azuread_auth.stores.breaker import Breaker

__all__ = ["Pool"]

_MAX_IDLE: Final = 20
# Firewalls and load balancers drop what is idle for minutes without a word: Azure's after four.
_MAX_IDLE_SECONDS: Final = 60.0


def _is_late(error: Exception) -> bool:
    # A packet that is lost is sent again after 200 milliseconds at the least, which is all that an operation has.
    return isinstance(error.__cause__, TimeoutError | RedisTimeoutError)


class Pool:
    """Asks the server from any number of threads; each has a connection to itself while it does."""

    def __init__(self, address: Address, *, operation_seconds: float, monotonic: Callable[[], float]) -> None:
        self.breaker: Breaker = Breaker(monotonic=monotonic, is_chance=_is_late)
        self._address = address
        self._operation_seconds = operation_seconds
        self._monotonic = monotonic
        self._tls = ClientTls(address.ca_file)
        # Its operations are atomic: no lock that a fork could catch.
        self._idle: deque[BoundedConnection] = deque()

    def execute(self, command: Command) -> Any:  # noqa: ANN401 - what the server says
        """The server's answer, within the time of an operation. Raises StoreUnavailable."""
        with self.breaker.attempt():
            answer = self._answer(command)
        # The server is there and quick to say no, for instance to writes alone: no reason not to ask it again.
        if isinstance(answer, ResponseError):
            raise unavailable(self._address.name, answer)
        return answer

    def close(self) -> None:
        """Close the connections that nobody uses at present."""
        while self._idle:
            with suppress(IndexError):  # another thread was quicker
                self._idle.pop().close()

    def _answer(self, command: Command) -> Any:  # noqa: ANN401 - what the server says, a ResponseError too
        try:
            return self._answer_by(time.monotonic() + self._operation_seconds, command)
        except StoreUnavailable:
            raise
        except FAILURES as error:
            failure = unavailable(self._address.name, error)
        raise failure

    def _answer_by(self, ends_at: float, command: Command) -> Any:  # noqa: ANN401 - as above
        connection = self._idle_connection()
        if connection is not None:
            connection.deadline.ends_at = ends_at
            with suppress(RedisConnectionError):
                return self._exchange(connection, command)
            # It was closed while it was idle, as all are by a restart of the server: once more, by a new one.
            self.close()
        connection = BoundedConnection(self._address, Deadline(ends_at), self._tls)
        connection.open()
        return self._exchange(connection, command)

    def _idle_connection(self) -> BoundedConnection | None:
        while self._idle:
            with suppress(IndexError):  # another thread was quicker
                connection = self._idle.pop()
                if self._monotonic() - connection.idle_since <= _MAX_IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def _exchange(self, connection: BoundedConnection, command: Command) -> Any:  # noqa: ANN401 - as above
        answer: Any = None
        is_whole = False
        try:
            answer = connection.ask(command)
            is_whole = True
        except ReadOnlyError as error:
            # After a failover these connections lead to what was the primary: the name is looked up again.
            self.close()
            answer = error
        except ResponseError as error:
            answer = error
            is_whole = True
        finally:
            # What broke off in between, also by the death of a greenlet, still has an answer to come.
            if is_whole and len(self._idle) < _MAX_IDLE:
                connection.idle_since = self._monotonic()
                self._idle.append(connection)
            else:
                connection.close()
        return answer
