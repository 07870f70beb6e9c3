"""The store of sessions, as this package uses it: names of its own, failures that are told as such, changes in turn."""

import json
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Event, Lease, LeasingStore, Observer, Runtime, TokenStore

__all__ = ["SessionStore"]

T = TypeVar("T")

_OPERATION_SECONDS: Final = 2.0
"""For an application's own store, which may have no time limit."""
_AGAIN_SECONDS: Final = 1.0
"""What fails sooner may be tried once more."""
_LEASE_SECONDS: Final = 2.0
"""How long a process that was killed with a lease holds up the sign-ins of some users."""
_PATIENCE_SECONDS: Final = 3.0
_POLL_SECONDS: Final = 0.01
_MOST_TRIES: Final = 5
# By the last two digits of a key. A lease of each key would leave a trace of each in the store for a month.
_PARTS: Final = 256


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to become of a value."""

    key: str
    wanted: Callable[[bytes | None], bytes | None]
    ttl_seconds: float


class SessionStore:
    """Reads and writes a `TokenStore` for one application. Each method raises StoreUnavailable, whatever went wrong.

    A session that cannot be looked up is not a user who has signed out. On an event loop an operation that has not
    ended after two seconds has gone wrong too; a thread cannot be cancelled.
    """

    def __init__(self, store: TokenStore, *, app: str, runtime: Runtime, observer: Observer | None = None) -> None:
        self._store = store
        self._leases: LeasingStore | None = getattr(store, "leases", None)
        self._app = app
        self._runtime = runtime
        self._observer = observer
        self._locks = [runtime.lock() for _ in range(_PARTS)]

    @property
    def is_exclusive(self) -> bool:
        """Whether no other process can come between what `change` reads and what it writes."""
        return self._leases is not None

    def key(self, kind: str, *parts: str) -> str:
        """Where something is kept. It tells neither ids nor users to who reads the store's keys."""
        # As JSON: whatever is in the parts, others make another text.
        return f"azuread-{kind}-{sha256(json.dumps([self._app, *parts]).encode()).hexdigest()}"

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent."""
        found: object = await self._told(lambda: self._store.get(key))
        if found is None or isinstance(found, bytes):
            return found
        message = f"the session store gave a {type(found).__name__}, expected bytes or None"
        raise StoreUnavailable(message)

    async def look_up(self, key: str) -> bytes | None:
        """As `get`, for what each page needs and nothing stands in for: what fails within a second is tried once more.

        A packet that is lost is sent again after 200 milliseconds, which is as long as Redis is waited for.
        """
        begun_at = self._runtime.monotonic()
        try:
            return await self.get(key)
        except StoreUnavailable:
            if self._runtime.monotonic() - begun_at >= _AGAIN_SECONDS:
                raise
        return await self.get(key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most."""
        await self._told(lambda: self._store.put(key, value, ttl_seconds=ttl_seconds))

    async def delete(self, key: str) -> None:
        """Forget the key."""
        await self._told(lambda: self._store.delete(key))

    async def attempt(self, work: Awaitable[object], otherwise: str) -> None:
        """Do what no request need fail for: where the store is unavailable, the operator learns what was not done."""
        try:
            await work
        except StoreUnavailable as error:
            if self._observer is not None:
                fields = {"error": type(error).__name__}
                self._observer.record(Event("store.unavailable", logging.WARNING, f"{otherwise}: {error}", fields))

    async def change(self, key: str, wanted: Callable[[bytes | None], bytes | None], *, ttl_seconds: float) -> None:
        """Put what `wanted` makes of the value in its place; None stands for nothing.

        With a lease where the store gives them: then no other change is lost, and three seconds of waiting for it are
        StoreUnavailable. Else in turn within the process, and read back and made again where another process has undone
        it meanwhile. So `wanted` may be asked several times, and must leave alone what it made itself.
        """
        change = _Change(key, wanted, ttl_seconds)
        part = int(key[-2:], 16)
        if self._leases is not None:
            await self._change_leased(self._leases, self.key("part", str(part)), change)
            return
        async with self._locks[part]:
            for _ in range(_MOST_TRIES):
                if not await self._make(change):
                    return

    async def _make(self, change: _Change, *, until: float = math.inf) -> bool:
        """Whether there was something to do; from `until` on it is not done."""
        kept = await self.get(change.key)
        value = change.wanted(kept)
        if value == kept:
            return False
        if value is None and self._runtime.monotonic() < until:
            await self.delete(change.key)
        elif value is not None and self._runtime.monotonic() < until:
            await self.put(change.key, value, ttl_seconds=change.ttl_seconds)
        return True

    async def _change_leased(self, leases: LeasingStore, part: str, change: _Change) -> None:
        deadline = self._runtime.monotonic() + _PATIENCE_SECONDS
        while True:
            # Half of the lease is enough time for a store that works, and half is left for a write that is under way.
            until = self._runtime.monotonic() + _LEASE_SECONDS / 2
            lease = await self._told(lambda: leases.lease(part, seconds=_LEASE_SECONDS))
            if lease is not None and await self._is_made(leases, lease, change, until):
                return
            if self._runtime.monotonic() >= deadline:
                message = "the list of a user's sessions was being changed by others for three seconds; try again"
                raise StoreUnavailable(message)
            await self._runtime.sleep(_POLL_SECONDS * (1 + self._runtime.random()))

    async def _is_made(self, leases: LeasingStore, lease: Lease, change: _Change, until: float) -> bool:
        """Whether the change was made while the lease was ours without a doubt; else it is to be looked at again."""
        try:
            had_to_be_made = await self._make(change, until=until)
            return not had_to_be_made or self._runtime.monotonic() < until
        finally:
            with suppress(StoreUnavailable):  # it ends by itself
                await self._told(lambda: leases.release(lease))

    async def _told(self, operation: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._runtime.within(_OPERATION_SECONDS, operation)
        except StoreUnavailable:
            raise
        # A store may be the application's own: what goes wrong in it is a store that fails, and not the request.
        except Exception as error:
            message = f"the session store failed with {type(error).__name__}"
            raise StoreUnavailable(message) from error
