"""Authorization codes of a simulated tenant: good once, for ten minutes."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from azuread_auth.simulation.claims_request import RequestedClaims
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["AuthorizationCode", "AuthorizationCodes"]

_LIFETIME_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """What a code stands for."""

    user: SimulatedUser
    client_id: str
    tenant_id: str
    redirect_uri: str
    scope: str
    claims: RequestedClaims
    has_mfa: bool
    sid: str
    """The session of the browser, of which ID tokens tell."""
    nonce: str | None = field(default=None, repr=False)
    code_challenge: str | None = field(default=None, repr=False)
    expires_at: float = 0.0
    is_redeemed: bool = False


class AuthorizationCodes:
    """What the codes stand for; its owner guards it with a lock."""

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self._codes: dict[str, AuthorizationCode] = {}

    def issue(self, code: AuthorizationCode, *, now: float) -> str:
        """The text of a new code."""
        text = f"1.{secrets.token_urlsafe(48)}"
        self._codes[text] = replace(code, expires_at=now + _LIFETIME_SECONDS)
        if len(self._codes) > self._most:
            del self._codes[next(iter(self._codes))]
        return text

    def peek(self, text: str) -> AuthorizationCode | None:
        """What the code stands for, without redeeming it."""
        return self._codes.get(text)

    def redeem(self, text: str, *, now: float) -> AuthorizationCode:
        """What the code stands for, this once. Raises Refused when it is unknown, used before or expired."""
        code = self._codes.get(text)
        if code is None:
            raise Refused(70000, detail="The authorization code is malformed or not valid.")
        if code.is_redeemed:
            raise Refused(54005)
        if code.expires_at <= now:
            raise Refused(70008)
        self._codes[text] = replace(code, is_redeemed=True)
        return code
