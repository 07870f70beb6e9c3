"""A caller as the MCP SDK knows them."""

from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from pydantic import Field

from azuread_auth.principal import Principal

__all__ = ["SdkUser"]


class _Token(AccessToken):
    """The SDK's view of a token, which shows neither text nor claims when it is printed."""

    token: str = Field(repr=False)
    claims: dict[str, Any] | None = Field(default=None, repr=False)


class SdkUser(Principal, AuthenticatedUser):  # type: ignore[misc]  # our scopes are a set, the SDK's a list it never reads
    """A Principal that is the SDK's user, too: a session belongs to `access_token`'s client, issuer and subject.

    `own_client_id` stands for the client of a caller with a browser session, who has come through no other.
    """

    def __init__(self, caller: Principal, own_client_id: str) -> None:
        Principal.__init__(self, caller._checked, caller._token, caller._auth_method, caller._digest)  # noqa: SLF001 - the same caller
        self._own_client_id = own_client_id

    @property
    def access_token(self) -> AccessToken:  # type: ignore[override]  # the SDK keeps one; made when asked for
        """What `get_access_token()` of the SDK gives."""
        token = self.token
        return _Token(
            token=token.reveal() if token is not None else "",
            client_id=self.client_id or self._own_client_id,
            scopes=sorted(self.scopes),
            expires_at=int(self.expires_at),
            subject=self.subject,
            claims=dict(self.claims),
        )
