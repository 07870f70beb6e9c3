"""Tokens for the caller of this API, got with the caller's own access token (Microsoft, "On-Behalf-Of flow")."""

from collections.abc import Awaitable, Callable

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.exchange import Exchange
from azuread_auth._protocol.grants import on_behalf_of_grant
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.secret import Secret

__all__ = ["OnBehalfOf"]


class OnBehalfOf:
    """Asks the token endpoint of the caller's tenant."""

    def __init__(self, exchange: Exchange, authorities: Authorities) -> None:
        self._exchange = exchange
        self._authorities = authorities

    def request(
        self, assertion: Secret, scopes: tuple[str, ...], *, tenant: str, claims: str | None
    ) -> Callable[[], Awaitable[ReceivedToken]]:
        """What gets such a token when it is called."""
        grant = on_behalf_of_grant(assertion, scopes, claims=claims)
        authority = self._authorities.at(tenant)
        return lambda: self._exchange.token(grant, authority=authority)
