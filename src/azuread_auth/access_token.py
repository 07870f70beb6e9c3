"""Tokens for the next API, as an application sees them."""

from dataclasses import dataclass

from azuread_auth.principal import Principal
from azuread_auth.secret import Secret

__all__ = ["AccessToken", "UserToken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token for another API. It masks itself; `reveal()` gives the text for the Authorization header."""

    token: Secret
    expires_at: float
    """When it ends, in seconds since the epoch."""
    refresh_at: float
    """From when on a newer one is asked for while this one serves, in seconds since the epoch."""
    scopes: frozenset[str]
    """What was granted, as the provider names it; for tokens without such an answer, what was asked for."""
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name

    def reveal(self) -> str:
        """The token's text."""
        return self.token.reveal()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserToken(AccessToken):
    """What a sign-in brings: an access token, and who signed in."""

    principal: Principal
    """The user, from the ID token, which was checked completely."""
