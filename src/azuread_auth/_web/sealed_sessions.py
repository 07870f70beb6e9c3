"""Sessions that are in the browser's cookies alone, sealed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from azuread_auth._protocol.digest import digest_of
from azuread_auth._web.ended_sessions import EndedSessions
from azuread_auth._web.opened_sessions import OpenedSession, OpenedSessions
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.session_cookies import FoundSession, SessionCookies
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

# Many servers refuse any request with a header of over 8 kB, and there are other cookies in it.
_MOST_CHARACTERS: Final = 6_000
_REMEDY: Final = ", or give WebLogin a session_store"


class SealedSessions:
    """Needs no store, and no server remembers whom it signed in: a session can be ended in its own browser only.

    The browser itself is told which have ended, so that an answer which renews one and comes late does not revive it.
    """

    is_revocable: ClassVar[bool] = False
    """Nothing but its own browser ends a session."""

    def __init__(
        self,
        cookies: SessionCookies,
        sealer: Sealer,
        rules: SessionRules,
        *,
        admission: SessionAdmission,
        ended: EndedSessions,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._cookies = cookies
        self._sealer = sealer
        self._rules = rules
        self._admission = admission
        self._ended = ended
        self._random_bytes = random_bytes
        self._opened = OpenedSessions()

    def recall(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request, where nothing has to be asked about it."""
        if not self._cookies.may_be_in(cookie_headers):
            return None
        digest = _digest(cookie_headers)
        opened = self._opened.find(digest) or self._opened.find_older(digest)
        if opened is not None and opened.since <= now < opened.until:
            return FoundSession(Principal(opened.checked, None, "session"))
        record = next(self._current(cookie_headers, now), None)
        if record is None or self._admission.welcome_seconds(record) <= 0:
            return None
        return self._found(record, cookie_headers, digest, now)

    async def find(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request. Raises ProviderUnavailable where the application cannot say whether it counts."""
        for record in self._current(cookie_headers, now):
            if await self._admission.admits(record):
                return self._found(record, cookie_headers, _digest(cookie_headers), now)
        return None

    def present_id(self, cookie_headers: Sequence[bytes], *, now: float) -> str:  # noqa: ARG002 - for sessions in a store
        """Nothing: without its cookies such a session cannot be ended."""
        return ""

    async def begin(
        self,
        principal: Principal,
        cookie_headers: Sequence[bytes],
        *,
        now: float,
        earlier: str = "",  # noqa: ARG002 - for sessions in a store
    ) -> list[str]:
        """Set-Cookie values of a new session, in whose place no earlier one of this browser comes back.

        Raises LoginFailed where it does not fit into cookies, even without the user's groups.
        """
        record = new_record(principal, session_id=self._random_bytes(SESSION_ID_BYTES), now=now)
        record = fitted(record, lambda record: len(self._sealed(record, now)) <= _MOST_CHARACTERS, remedy=_REMEDY)
        written = self._cookies.written(self._sealed(record, now), cookie_headers)
        return [*written, *self._ending(cookie_headers, now)]

    async def end(self, cookie_headers: Sequence[bytes], *, now: float) -> tuple[Principal | None, list[str]]:
        """Who is signed out, if anybody is, and Set-Cookie values that do it."""
        record = next(self._current(cookie_headers, now), None)
        principal = None if record is None else principal_in(record, self._rules)
        return principal, [*self._cookies.cleared(cookie_headers), *self._ending(cookie_headers, now)]

    async def end_by_sid(self, issuer: str, sid: str) -> bool:  # noqa: ARG002 - for sessions in a store
        """None: the cookies are in the browser, which sends none from the provider's pages."""
        return False

    async def end_all(self, account: Account) -> None:  # noqa: ARG002 - for sessions in a store
        """Raise ConfigurationError: this takes a store."""
        message = "sessions in cookies cannot be ended from elsewhere; give WebLogin a session_store to end them"
        raise ConfigurationError(message)

    def _found(self, record: SessionRecord, cookie_headers: Sequence[bytes], digest: bytes, now: float) -> FoundSession:
        renews_at = self._rules.renews_at(record)
        if now >= renews_at:
            return self._renewed(record, cookie_headers, now)
        checked = checked_claims(record, self._rules)
        until = min(renews_at, checked.expires_at, now + self._admission.welcome_seconds(record))
        # Not before now: a clock that is set back must not give the application's answer more time than it has.
        self._opened.keep(digest, OpenedSession(checked, now, until))
        return FoundSession(Principal(checked, None, "session"))

    def _current(self, cookie_headers: Sequence[bytes], now: float) -> Iterator[SessionRecord]:
        """What has not ended."""
        for record in self._records(cookie_headers, now):
            is_current = self._rules.is_current(record, now)
            if is_current and not self._ended.has(record.session_id, cookie_headers, now=now):
                yield record

    def _records(self, cookie_headers: Sequence[bytes], now: float) -> Iterator[SessionRecord]:
        """What opens, whether it has ended or not."""
        for text in self._cookies.texts(cookie_headers):
            data = self._sealer.open(text, now=now, max_age_seconds=self._rules.lifetime_seconds)
            record = None if data is None else record_in(data)
            if record is not None:
                yield record

    def _ending(self, cookie_headers: Sequence[bytes], now: float) -> list[str]:
        """Set-Cookie values that note the end of what came with the request, also of what was idle for too long."""
        records = self._records(cookie_headers, now)
        ends = {record.session_id: self._rules.ends_at_the_latest(record) for record in records}
        return self._ended.noted(ends, cookie_headers, now=now)

    def _renewed(self, record: SessionRecord, cookie_headers: Sequence[bytes], now: float) -> FoundSession:
        renewed = replace(record, seen_at=now)
        set_cookies = self._cookies.written(self._sealed(renewed, now), cookie_headers)
        return FoundSession(principal_in(renewed, self._rules), set_cookies)

    def _sealed(self, record: SessionRecord, now: float) -> str:
        return self._sealer.seal(record_bytes(record), now=now)


def _digest(cookie_headers: Sequence[bytes]) -> bytes:
    """Of all cookies: what was opened beside others, such as those that say what has ended, is not found by it."""
    return digest_of(b"\n".join(cookie_headers))
