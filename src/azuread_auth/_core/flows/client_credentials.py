"""Tokens for the application itself, by its own proof (RFC 6749 4.4)."""

from collections.abc import Awaitable, Callable

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.exchange import Exchange
from azuread_auth._protocol.grants import client_credentials_grant
from azuread_auth._protocol.token_response import ReceivedToken

__all__ = ["ClientCredentials"]


class ClientCredentials:
    """Asks the token endpoint of a tenant for the application's own token."""

    def __init__(self, exchange: Exchange, authorities: Authorities) -> None:
        self._exchange = exchange
        self._authorities = authorities

    def request(
        self, scopes: tuple[str, ...], *, tenant: str, claims: str | None
    ) -> Callable[[], Awaitable[ReceivedToken]]:
        """What gets such a token when it is called."""
        grant = client_credentials_grant(scopes, claims=claims)
        authority = self._authorities.at(tenant)
        return lambda: self._exchange.token(grant, authority=authority)
