"""Who is signed in to a simulated tenant, in which browser, and which applications know it."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from azuread_auth.simulation.users import SimulatedUser

__all__ = ["ProviderSession", "ProviderSessions"]


@dataclass(slots=True, kw_only=True, eq=False)
class ProviderSession:
    """One user in one browser; its owner guards it with a lock."""

    user: SimulatedUser
    has_browser: bool
    """False: Python signs in for the user."""
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    sid: str = field(default_factory=lambda: str(uuid.uuid4()))
    has_mfa: bool = False
    issuers: dict[str, str] = field(default_factory=dict)
    """Which issuer's ID tokens each application got, by client id."""


class ProviderSessions:
    """The sessions of one tenant; its owner guards it with a lock."""

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self._by_cookie: dict[str, ProviderSession] = {}

    def begin(self, user: SimulatedUser, *, has_browser: bool) -> ProviderSession:
        """A new session."""
        session = ProviderSession(user=user, has_browser=has_browser)
        self._by_cookie[session.cookie] = session
        if len(self._by_cookie) > self._most:
            del self._by_cookie[next(iter(self._by_cookie))]
        return session

    def find(self, cookie: str | None) -> ProviderSession | None:
        """The session of a browser."""
        return self._by_cookie.get(cookie or "")

    def without_browser(self, user: SimulatedUser) -> ProviderSession | None:
        """The session that Python began for a user."""
        return next((each for each in self.of(user.object_id) if not each.has_browser), None)

    def of(self, user_id: str | None) -> tuple[ProviderSession, ...]:
        """The sessions of one user, or all."""
        return tuple(each for each in self._by_cookie.values() if user_id in (None, each.user.object_id))

    def end(self, sessions: Iterable[ProviderSession]) -> None:
        """Forget sessions."""
        for session in sessions:
            self._by_cookie.pop(session.cookie, None)
