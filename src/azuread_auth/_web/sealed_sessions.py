"""Sessions that are in the browser's cookies alone, sealed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from azuread_auth._web.opened_sessions import OpenedSession, OpenedSessions
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_cookies import MOST_CHARACTERS, FoundSession, SessionCookies
from azuread_auth._web.session_record import (
    SESSION_ID_BYTES,
    SessionRecord,
    SessionRules,
    checked_claims,
    fitted,
    new_record,
    principal_in,
    record_bytes,
    record_in,
)
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Account, Principal

__all__ = ["SealedSessions"]

# Many servers refuse a header of over 8 kB, and there are other cookies in it: groups may not fill it.
_MOST_CHARACTERS_WITH_GROUPS: Final = 6_000
_REMEDY: Final = ", or give WebLogin a session_store"


class SealedSessions:
    """Needs no store, and no server remembers whom it signed in: a session can be ended in its own browser only."""

    def __init__(
        self, cookies: SessionCookies, sealer: Sealer, rules: SessionRules, *, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._cookies = cookies
        self._sealer = sealer
        self._rules = rules
        self._random_bytes = random_bytes
        self._opened = OpenedSessions()

    def recall(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request, without waiting."""
        if not self._cookies.may_be_in(cookie_headers):
            return None
        digest = sha256(b"\n".join(cookie_headers)).digest()
        opened = self._opened.find(digest) or self._opened.find_older(digest)
        if opened is not None and opened.since <= now < opened.until:
            return FoundSession(Principal(opened.checked, None, "session"))
        record = self._record(cookie_headers, now)
        if record is None:
            return None
        renews_at = self._rules.renews_at(record)
        if now >= renews_at:
            return self._renewed(record, cookie_headers, now)
        checked = checked_claims(record, self._rules)
        until = min(renews_at, checked.expires_at)
        self._opened.keep(digest, OpenedSession(checked, self._rules.begins_at(record), until))
        return FoundSession(Principal(checked, None, "session"))

    async def find(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The same."""
        return self.recall(cookie_headers, now=now)

    async def begin(self, principal: Principal, cookie_headers: Sequence[bytes], *, now: float) -> list[str]:
        """Set-Cookie values of a new session. Raises LoginFailed where roles alone are too many for cookies."""
        record = new_record(principal, session_id=self._random_bytes(SESSION_ID_BYTES), now=now)

        def fits(record: SessionRecord) -> bool:
            most = _MOST_CHARACTERS_WITH_GROUPS if "groups" in record.claims else MOST_CHARACTERS
            return len(self._sealed(record, now)) <= most

        record = fitted(record, fits, remedy=_REMEDY)
        return self._cookies.written(self._sealed(record, now), cookie_headers)

    async def end(self, cookie_headers: Sequence[bytes], *, now: float) -> tuple[Principal | None, list[str]]:
        """Who is signed out, if anybody is, and Set-Cookie values that do it."""
        record = self._record(cookie_headers, now)
        principal = None if record is None else principal_in(record, self._rules)
        return principal, self._cookies.cleared(cookie_headers)

    async def end_by_sid(self, issuer: str, sid: str) -> None:
        """Nothing: the cookies are in the browser, which sends none from the provider's pages."""

    async def end_all(self, account: Account) -> None:  # noqa: ARG002 - for sessions in a store
        """Raise ConfigurationError: this takes a store."""
        message = "sessions in cookies cannot be ended from elsewhere; give WebLogin a session_store to end them"
        raise ConfigurationError(message)

    def _record(self, cookie_headers: Sequence[bytes], now: float) -> SessionRecord | None:
        for text in self._cookies.texts(cookie_headers):
            data = self._sealer.open(text, now=now, max_age_seconds=self._rules.lifetime_seconds)
            record = None if data is None else record_in(data)
            if record is not None and self._rules.is_current(record, now):
                return record
        return None

    def _renewed(self, record: SessionRecord, cookie_headers: Sequence[bytes], now: float) -> FoundSession:
        renewed = replace(record, seen_at=now)
        set_cookies = self._cookies.written(self._sealed(renewed, now), cookie_headers)
        return FoundSession(principal_in(renewed, self._rules), set_cookies)

    def _sealed(self, record: SessionRecord, now: float) -> str:
        return self._sealer.seal(record_bytes(record), now=now)
