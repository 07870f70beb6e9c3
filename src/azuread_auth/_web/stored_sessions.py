"""Sessions in a store: the browser has a random id, and whoever has the store can end them."""

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.session_cookies import FoundSession, SessionCookies
from azuread_auth._web.session_index import IndexKey, SessionIndex
from azuread_auth._web.session_record import (
    SESSION_ID_BYTES,
    SessionRecord,
    SessionRules,
    fitted,
    new_record,
    principal_in,
    record_bytes,
    record_in,
)
from azuread_auth._web.session_store import SessionStore
from azuread_auth.principal import Account, Principal

__all__ = ["StoredSessions"]

_FORMAT: Final = 1
_ID_BYTES: Final = 32
# Format, id, seen_at.
_HANDLE: Final = struct.Struct(f">B{_ID_BYTES}sd")
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Handle:
    """What the browser has of a session."""

    session_id: bytes = field(repr=False)
    seen_at: float


class StoredSessions:
    """The record of a session is written once, at its beginning, and read with each request.

    When the session was last seen stands beside the id in the cookie, which is sealed. So nothing is ever written back:
    a request that renews a session while another ends it cannot bring it to life again. Records are sealed too, each
    for its key: whoever can write into the store could sign in as anybody otherwise.
    """

    is_revocable: ClassVar[bool] = True
    """Who has the store can end any session."""

    def __init__(
        self,
        store: SessionStore,
        cookies: SessionCookies,
        rules: SessionRules,
        *,
        admission: SessionAdmission,
        handles: Sealer,
        records: Sealer,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._index = SessionIndex(store, lifetime_seconds=rules.lifetime_seconds)
        self._cookies = cookies
        self._rules = rules
        self._admission = admission
        self._handles = handles
        self._records = records
        self._random_bytes = random_bytes

    def recall(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:  # noqa: ARG002
        """None: without the store nobody knows whether a session has been ended."""
        return None

    async def find(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request. Raises StoreUnavailable, or ProviderUnavailable where none can say if it counts."""
        for handle in self._handles_in(cookie_headers, now):
            record = await self._current(handle, now)
            if record is None or not await self._admission.admits(record):
                continue
            if now < self._rules.renews_at(record):
                return FoundSession(principal_in(record, self._rules))
            principal = principal_in(replace(record, seen_at=now), self._rules)
            return FoundSession(principal, self._written(handle.session_id, cookie_headers, now))
        return None

    def present_id(self, cookie_headers: Sequence[bytes], *, now: float) -> str:
        """What `begin` ends when it is told so as `earlier`, alive or not: as text that is as secret as the cookie."""
        for handle in self._handles_in(cookie_headers, now):
            return base64_encode(handle.session_id).decode()
        return ""

    async def begin(
        self, principal: Principal, cookie_headers: Sequence[bytes], *, now: float, earlier: str = ""
    ) -> list[str]:
        """Set-Cookie values of a new session; the earlier one ends. Raises StoreUnavailable or LoginFailed."""
        record = new_record(principal, session_id=self._random_bytes(SESSION_ID_BYTES), now=now)
        record = fitted(record, lambda record: len(record_bytes(record)) <= _MOST_BYTES, remedy="")
        session_id = self._random_bytes(_ID_BYTES)
        key = self._key(session_id)
        sealed = self._records.seal(_bound(key, record_bytes(record)), now=now).encode()
        await self._store.put(key, sealed, ttl_seconds=self._rules.lifetime_seconds)
        await self._list(record, key, now)
        # Last: while the store fails, the earlier session is all that the browser has.
        await self._end([*self._handles_in(cookie_headers, now), *_handles_of(earlier)], now)
        if not self._store.is_exclusive:
            # Who came in between has written by now, and perhaps without this session. It has been listed once, and is
            # all that the browser has.
            await self._store.attempt(self._list(record, key, now), "a new session was not listed a second time")
        return self._written(session_id, cookie_headers, now)

    async def end(self, cookie_headers: Sequence[bytes], *, now: float) -> tuple[Principal | None, list[str]]:
        """Who is signed out, if anybody is, and Set-Cookie values that do it. Raises StoreUnavailable."""
        record = await self._end(self._handles_in(cookie_headers, now), now)
        principal = None if record is None else principal_in(record, self._rules)
        return principal, self._cookies.cleared(cookie_headers)

    async def end_by_sid(self, issuer: str, sid: str) -> bool:
        """End the sessions that came of one sign-in at the provider; was there any? Raises StoreUnavailable."""
        return await self._end_listed(self._index.of_sign_in(issuer, sid))

    async def end_all(self, account: Account) -> None:
        """End all sessions of a user. Raises StoreUnavailable."""
        await self._end_listed(self._index.of_user(account))

    async def _list(self, record: SessionRecord, key: str, now: float) -> None:
        for index in self._indexes(record):
            for dropped in await self._index.add(index, key, now=now):
                # What no list names any more could not be ended from elsewhere.
                await self._store.delete(dropped)

    async def _unlist(self, index: IndexKey, keys: Sequence[str]) -> None:
        """The sessions have ended: a list that names them still does no harm, and is no reason to say anything else."""
        if keys:
            await self._store.attempt(self._index.remove(index, keys), "a list still names sessions that have ended")

    async def _end_listed(self, index: IndexKey) -> bool:
        keys = await self._index.listed(index)
        for key in keys:
            await self._store.delete(key)
        await self._unlist(index, keys)
        return bool(keys)

    async def _end(self, handles: Iterable[_Handle], now: float) -> SessionRecord | None:
        """End what these stand for; gives the first session among them that was alive."""
        found: dict[str, _Handle] = {}
        for handle in handles:
            found.setdefault(self._key(handle.session_id), handle)
        # All are read before the first ends: while the store cannot be read, none does.
        records = {key: self._opened(key, await self._store.get(key), now) for key in found}
        for key in records:
            await self._store.delete(key)
        ended: SessionRecord | None = None
        for key, record in records.items():
            if record is None:
                continue
            for index in self._indexes(record):
                await self._unlist(index, [key])
            seen = replace(record, seen_at=found[key].seen_at)
            if ended is None and self._rules.is_current(seen, now):
                ended = seen
        return ended

    async def _current(self, handle: _Handle, now: float) -> SessionRecord | None:
        # Idle for too long is idle for too long whatever the store says: so the cookie is judged before it is asked.
        if now >= handle.seen_at + self._rules.idle_seconds:
            return None
        key = self._key(handle.session_id)
        record = self._opened(key, await self._store.look_up(key), now)
        if record is None:
            return None
        record = replace(record, seen_at=handle.seen_at)
        return record if self._rules.is_current(record, now) else None

    def _opened(self, key: str, sealed: bytes | None, now: float) -> SessionRecord | None:
        if sealed is None:
            return None
        text = sealed.decode("ascii", "replace")
        data = self._records.open(text, now=now, max_age_seconds=self._rules.lifetime_seconds)
        bound_to = _bound(key, b"")
        if data is None or not data.startswith(bound_to):  # or the record of another session, put in this one's place
            return None
        return record_in(data.removeprefix(bound_to))

    def _handles_in(self, cookie_headers: Sequence[bytes], now: float) -> Iterator[_Handle]:
        for text in self._cookies.texts(cookie_headers):
            data = self._handles.open(text, now=now, max_age_seconds=self._rules.lifetime_seconds)
            handle = None if data is None else _handle_in(data)
            if handle is not None:
                yield handle

    def _written(self, session_id: bytes, cookie_headers: Sequence[bytes], now: float) -> list[str]:
        text = self._handles.seal(_HANDLE.pack(_FORMAT, session_id, now), now=now)
        return self._cookies.written(text, cookie_headers)

    def _key(self, session_id: bytes) -> str:
        return self._store.key("session", session_id.hex())

    def _indexes(self, record: SessionRecord) -> list[IndexKey]:
        indexes = [self._index.of_user(Account(record.tenant_id, record.object_id))]
        match record.claims:
            case {"iss": str(issuer), "sid": str(sid)}:
                indexes.append(self._index.of_sign_in(issuer, sid))
            case _:
                pass
        return indexes


def _bound(key: str, record: bytes) -> bytes:
    return b"%s\0%s" % (key.encode(), record)


def _handle_in(data: bytes) -> _Handle | None:
    if len(data) != _HANDLE.size:
        return None
    form, session_id, seen_at = _HANDLE.unpack(data)
    return _Handle(session_id, seen_at) if form == _FORMAT and math.isfinite(seen_at) else None


def _handles_of(text: str) -> list[_Handle]:
    """What `present_id` gave; nothing for anything else."""
    try:
        session_id = base64_decode(text)
    except BadData:
        return []
    return [_Handle(session_id, 0.0)] if len(session_id) == _ID_BYTES else []
