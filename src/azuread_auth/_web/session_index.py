"""Which sessions belong together: those of one sign-in at the provider, those of one user.

A store has no transactions, so two requests that change one list at the same time can lose one of the changes. What is
lost is only that ending the sessions from elsewhere misses one of them: whether a session is alive says its own record.
"""

import json
from dataclasses import dataclass
from typing import Final

from azuread_auth._web.session_store import SessionStore
from azuread_auth.principal import Account

__all__ = ["IndexKey", "SessionIndex"]

_MOST_OF_SIGN_IN: Final = 20
_MOST_OF_USER: Final = 100


@dataclass(frozen=True, slots=True)
class IndexKey:
    """Where a list is kept, and how many sessions may be in it."""

    text: str
    most: int


class SessionIndex:
    """Lists of the keys under which sessions are kept."""

    def __init__(self, store: SessionStore, *, lifetime_seconds: float) -> None:
        self._store = store
        self._lifetime_seconds = lifetime_seconds

    def of_sign_in(self, issuer: str, sid: str) -> IndexKey:
        """The sessions that came of one sign-in at the provider (its `iss` and `sid`)."""
        return IndexKey(self._store.key("sid", issuer, sid), _MOST_OF_SIGN_IN)

    def of_user(self, account: Account) -> IndexKey:
        """The sessions of one user."""
        return IndexKey(self._store.key("user", account.tenant_id.lower(), account.object_id.lower()), _MOST_OF_USER)

    async def add(self, index: IndexKey, session: str, *, now: float) -> list[str]:
        """Note a session; gives the oldest ones where these are too many now."""
        entries = {**await self._entries(index, now), session: now + self._lifetime_seconds}
        excess = max(len(entries) - index.most, 0)
        dropped = sorted(entries, key=entries.__getitem__)[:excess]
        for each in dropped:
            del entries[each]
        await self._write(index, entries)
        return dropped

    async def remove(self, index: IndexKey, session: str, *, now: float) -> None:
        """Forget a session."""
        entries = await self._entries(index, now)
        if entries.pop(session, None) is not None:
            await self._write(index, entries)

    async def take(self, index: IndexKey) -> list[str]:
        """All sessions, which are forgotten."""
        entries = await self._entries(index, 0.0)
        # At once: the shorter this takes, the fewer sessions that begin meanwhile are forgotten with it.
        await self._store.delete(index.text)
        return list(entries)

    async def _entries(self, index: IndexKey, now: float) -> dict[str, float]:
        """Keys of sessions that may be alive, and when they end at the latest."""
        data = await self._store.get(index.text)
        return {} if data is None else {key: ends_at for key, ends_at in _parsed(data).items() if now < ends_at}

    async def _write(self, index: IndexKey, entries: dict[str, float]) -> None:
        if entries:
            data = json.dumps(list(entries.items()), separators=(",", ":")).encode()
            await self._store.put(index.text, data, ttl_seconds=self._lifetime_seconds)
        else:
            await self._store.delete(index.text)


def _parsed(data: bytes) -> dict[str, float]:
    """What cannot be read is an empty list, as after an upgrade."""
    try:
        items = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    entries: dict[str, float] = {}
    for item in items if isinstance(items, list) else ():
        match item:
            case [str(key), int() | float() as ends_at]:
                entries[key] = float(ends_at)
            case _:
                continue
    return entries
