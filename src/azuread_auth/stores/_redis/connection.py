"""One connection to a Redis server."""

from typing import Any, Final

from redis.connection import Connection
from redis.credentials import CredentialProvider

from azuread_auth.stores._redis.address import Address
from azuread_auth.stores._redis.failures import unavailable
from azuread_auth.stores._redis.sockets import BoundedSocket, ClientTls, Deadline, open_socket

__all__ = ["BoundedConnection", "Command"]

Command = tuple[str | bytes | int, ...]

# Version 3 of the protocol would cost one more round trip before the first command.
_PROTOCOL: Final = 2


class BoundedConnection(Connection):
    """redis-py's connection over a socket with a deadline; it says who we are and chooses the database, no more."""

    def __init__(self, address: Address, deadline: Deadline, tls: ClientTls) -> None:
        has_user = bool(address.username or address.password)
        super().__init__(  # type: ignore[no-untyped-call] # as are most of redis-py's methods
            host=address.host,
            port=address.port,
            db=address.database,
            credential_provider=_Credentials(address) if has_user else None,
            protocol=_PROTOCOL,
        )
        # Two more round trips, by the names of several versions of redis-py.
        self.lib_name = self.lib_version = self.driver_info = None
        self.deadline = deadline
        self.idle_since = 0.0
        self._address = address
        self._tls = tls

    def ask(self, command: Command) -> Any:  # noqa: ANN401 - what the server says
        """The answer; a ResponseError that the server answers is raised."""
        self.send_command(*command)  # type: ignore[no-untyped-call]
        return self.read_response()

    def open(self) -> None:
        """Connect and say who we are. Raises StoreUnavailable, or what redis-py raises."""
        self.connect()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close; it may be closed already."""
        self.disconnect()  # type: ignore[no-untyped-call]

    def _connect(self) -> BoundedSocket:  # pyright: ignore[reportIncompatibleMethodOverride] # it is used like one
        try:
            return open_socket(self._address, self.deadline, self._tls)
        except (OSError, RuntimeError) as error:
            failure = unavailable(self._address.name, error)
        raise failure


class _Credentials(CredentialProvider):
    """Hands out the password for the moment in which it is sent."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        password = self._address.password.reveal()
        return (self._address.username, password) if self._address.username else (password,)
