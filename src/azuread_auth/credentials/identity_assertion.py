"""A managed identity's token as proof of an application that trusts the identity."""

from collections.abc import Hashable, Mapping

from azuread_auth._protocol.client_assertion import assertion_fields
from azuread_auth._protocol.clouds import PUBLIC_FEDERATION_AUDIENCE, cloud_of
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials.base import AppTokenSource, CredentialSurroundings
from azuread_auth.ports import SharedWork

__all__ = ["IdentityAssertion"]

_EARLY_SECONDS = 300.0


class IdentityAssertion:
    """A `ClientAuthentication` by tokens of `source`, each of which is kept until 5 minutes before its end."""

    client_id: str | None = None

    def __init__(self, source: AppTokenSource, surroundings: CredentialSurroundings) -> None:
        self._source = source
        self._runtime = surroundings.runtime
        cloud = cloud_of(surroundings.authority_host.rpartition("://")[2].rstrip("/").lower())
        audience = PUBLIC_FEDERATION_AUDIENCE if cloud is None else cloud.federation_audience
        self._scopes = (f"{audience}/.default",)
        self._kept: ReceivedToken | None = None
        self._running: dict[Hashable, SharedWork[ReceivedToken]] = {}

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        """The token, as a client assertion. Raises what its source raises."""
        kept = self._kept
        if kept is None or kept.expires_at - _EARLY_SECONDS <= self._runtime.now():
            kept = await self._newly_issued()
        return assertion_fields(kept.access_token)

    def reload(self) -> bool:
        """Drop the token; the next one may be newer."""
        self._kept = None
        return True

    async def _newly_issued(self) -> ReceivedToken:
        """One request for all who need a token at the same time."""
        home = self._runtime.home()
        # Work of an event loop that was closed under it never gets to remove itself.
        for other in list(self._running):
            is_closed = getattr(other, "is_closed", None)
            if is_closed is not None and is_closed():
                self._running.pop(other, None)
        shared = self._running.setdefault(home, self._runtime.share(self._issue))
        try:
            return await shared.wait()
        finally:
            if self._running.get(home) is shared:
                self._running.pop(home, None)

    async def _issue(self) -> ReceivedToken:
        self._kept = token = await self._source.token(self._scopes, tenant_id=None, claims=None)
        return token
