"""Which sessions belong together: those of one sign-in at the provider, those of one user.

Where a store gives leases, one request at a time changes a list, and no session is lost from it. A store that has but
`get`, `put` and `delete` cannot promise that to several processes: what is lost then is only that ending the sessions
from elsewhere misses one of them. Whether a session is alive says its own record.
"""

import json
import math
from collections.abc import Callable, Collection
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
        """Note a session; gives the oldest ones where these are too many now. Adding it again changes nothing."""
        dropped: dict[str, float] = {}

        def with_it(entries: dict[str, float]) -> None:
            entries.setdefault(session, now + self._lifetime_seconds)
            excess = max(len(entries) - index.most, 0)
            for each in sorted(entries, key=entries.__getitem__)[:excess]:
                dropped[each] = entries.pop(each)

        await self._change(index, with_it, now=now)
        return list(dropped)

    async def remove(self, index: IndexKey, sessions: Collection[str]) -> None:
        """Forget sessions."""

        def without_them(entries: dict[str, float]) -> None:
            for each in sessions:
                entries.pop(each, None)

        await self._change(index, without_them, now=0.0)

    async def listed(self, index: IndexKey) -> list[str]:
        """All sessions, also those that have ended by themselves."""
        return list(_parsed(await self._store.get(index.text)))

    async def _change(self, index: IndexKey, change: Callable[[dict[str, float]], None], *, now: float) -> None:
        """Change the keys of sessions that may be alive, and when they end at the latest."""

        def wanted(data: bytes | None) -> bytes | None:
            entries = {key: ends_at for key, ends_at in _parsed(data).items() if now < ends_at}
            change(entries)
            return json.dumps(list(entries.items()), separators=(",", ":")).encode() if entries else None

        await self._store.change(index.text, wanted, ttl_seconds=self._lifetime_seconds)


def _parsed(data: bytes | None) -> dict[str, float]:
    """What cannot be read is an empty list, as after an upgrade."""
    try:
        items = json.loads(data or b"[]", parse_int=float)  # no integer is too large for that: it is infinite
    except (ValueError, RecursionError):
        return {}
    entries: dict[str, float] = {}
    for item in items if isinstance(items, list) else ():
        match item:
            case [str(key), float(ends_at)] if math.isfinite(ends_at):
                entries[key] = ends_at
            case _:
                continue
    return entries
