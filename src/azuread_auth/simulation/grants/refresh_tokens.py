"""Refresh tokens of a simulated tenant: each use gives a new one, and the old one stays good."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["SPA_LIFETIME_SECONDS", "RefreshGrant", "RefreshTokens"]

SPA_LIFETIME_SECONDS: Final = 86_400.0
"""How long after the sign-in the refresh tokens of pages end, however often they are used."""

_LIFETIME_SECONDS: Final = 90 * 86_400.0


@dataclass(slots=True, eq=False)
class _Family:
    is_revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshGrant:
    """What a refresh token stands for."""

    user: SimulatedUser
    client_id: str
    tenant_id: str
    is_confidential: bool
    """Whether the application had to prove itself when it got the token; it must do so again then."""
    has_mfa: bool
    sid: str | None
    """The session of the browser, where there was one."""
    spa_ends_at: float | None = None
    """When it ends, for the refresh token of a page."""
    family: _Family = field(default_factory=_Family)


@dataclass(slots=True)
class _Kept:
    grant: RefreshGrant
    expires_at: float
    is_used: bool = False


class RefreshTokens:
    """The grants by their tokens; its owner guards it with a lock."""

    def __init__(self, *, most: int = 200_000) -> None:
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def issue(self, grant: RefreshGrant, *, now: float) -> str:
        """A new token for the grant."""
        token = f"1.{secrets.token_urlsafe(64)}"
        self._kept[token] = _Kept(grant, grant.spa_ends_at or now + _LIFETIME_SECONDS)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return token

    def peek(self, token: str) -> RefreshGrant | None:
        """What the token stands for, without using it."""
        kept = self._kept.get(token)
        return None if kept is None else kept.grant

    def use(self, token: str, *, now: float, revokes_on_reuse: bool) -> RefreshGrant:
        """What the token stands for. Raises Refused when it is unknown, revoked, expired, or used once too often."""
        kept = self._kept.get(token)
        if kept is None:
            raise Refused(70000, suberror="bad_token", detail="The refresh token is malformed or not valid.")
        if kept.is_used and revokes_on_reuse:
            kept.grant.family.is_revoked = True
        if kept.grant.family.is_revoked:
            raise Refused(50173)
        if kept.expires_at <= now:
            raise Refused(700082 if kept.grant.spa_ends_at is None else 700084)
        kept.is_used = True
        return kept.grant

    def revoke(self, user_id: str | None) -> None:
        """End the grants of one user, or all."""
        for kept in self._kept.values():
            if user_id in (None, kept.grant.user.object_id):
                kept.grant.family.is_revoked = True
