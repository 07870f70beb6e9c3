"""The application's token store, as the core uses it: its failures cost speed and never a request."""

import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, Literal, TypeVar

from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Event, Lease, LeasingStore, Observer, Runtime, TokenStore
from azuread_auth.secret import Secret

__all__ = ["LEASE_SECONDS", "TAKEN", "SharedStore"]

T = TypeVar("T")


class _Outcome(Enum):
    FAILED = "failed"


_FAILED: Final = _Outcome.FAILED
LEASE_SECONDS: Final = 4.0
"""How long a process that was killed with a lease keeps the others waiting at the most."""
TAKEN: Final = "taken"
_POLL_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 1.0
"""Whoever waits for a process that has died waits for the one that takes its place as well."""
_MAX_FALLBACK: Final = 5_000


class SharedStore:
    """Reads and writes a `TokenStore`; when that is unavailable, what this process wrote itself is still there."""

    def __init__(self, store: TokenStore, *, runtime: Runtime, observer: Observer) -> None:
        self._store = store
        self._leases: LeasingStore | None = getattr(store, "leases", None)
        self._runtime = runtime
        self._observer = observer
        self._fallback: dict[str, tuple[Secret, float]] = {}
        self._unsaved: set[str] = set()

    async def read(self, key: str) -> bytes | None:
        """What is kept under the key, as far as can be told."""
        if key in self._unsaved:
            return await self._save_again(key)
        found = await self._tried(lambda: self._got(key))
        return self._recalled(key) if found is _FAILED else found

    async def write(
        self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease | None = None, is_precious: bool = False
    ) -> None:
        """Keep the value. What is precious, because nobody can ask for it again, outlives a failing store in memory."""
        leases = self._leases

        async def put() -> None:
            if lease is not None and leases is not None:
                await leases.put_leased(key, value, ttl_seconds=ttl_seconds, lease=lease)
            else:
                await self._store.put(key, value, ttl_seconds=ttl_seconds)

        failed = await self._tried(put) is _FAILED
        if is_precious:
            self._remember(key, value, ttl_seconds)
            (self._unsaved.add if failed else self._unsaved.discard)(key)

    async def forget(self, key: str) -> None:
        """Drop what is kept under the key."""
        self._fallback.pop(key, None)
        self._unsaved.discard(key)
        await self._tried(lambda: self._store.delete(key))

    async def lease(self, key: str) -> Lease | Literal["taken"] | None:
        """The right to renew what the key stands for; None where nobody can tell, "taken" while another has it."""
        leases = self._leases
        if leases is None:
            return None
        found = await self._tried(lambda: leases.lease(key, seconds=LEASE_SECONDS))
        if found is _FAILED:
            return None
        return TAKEN if found is None else found

    async def release(self, lease: Lease | None) -> None:
        """Let others renew it."""
        leases = self._leases
        if lease is not None and leases is not None:
            await self._tried(lambda: leases.release(lease))

    async def wait_for(self, look: Callable[[], Awaitable[T | None]], *, key: str) -> T | Lease | None:
        """What `look` finds while another process renews it; the lease if that one gives up; None if it takes too long.

        None too where the store fails meanwhile: then nobody need be waited for.
        """
        deadline = self._runtime.monotonic() + LEASE_SECONDS + _GRACE_SECONDS
        while self._runtime.monotonic() < deadline:
            await self._runtime.sleep(_POLL_SECONDS * (1 + self._runtime.random()))
            found = await look()
            if found is not None:
                return found
            lease = await self.lease(key)
            if lease != TAKEN:
                return lease
        return None

    async def _got(self, key: str) -> bytes | None:
        found: object = await self._store.get(key)
        if found is None or isinstance(found, bytes):
            return found
        message = f"the token store gave a {type(found).__name__}, expected bytes or None"
        raise StoreUnavailable(message)

    async def _save_again(self, key: str) -> bytes | None:
        """The store missed the last value, which is newer than what it has."""
        kept = self._fallback.get(key)
        left = kept[1] - self._runtime.now() if kept is not None else 0.0
        if kept is None or left <= 0:
            self._unsaved.discard(key)
            return None
        value = kept[0].reveal_bytes()
        await self.write(key, value, ttl_seconds=left, is_precious=True)
        return value

    def _recalled(self, key: str) -> bytes | None:
        kept = self._fallback.get(key)
        return kept[0].reveal_bytes() if kept is not None and self._runtime.now() < kept[1] else None

    def _remember(self, key: str, value: bytes, ttl_seconds: float) -> None:
        self._fallback.pop(key, None)
        excess = len(self._fallback) - _MAX_FALLBACK + 1
        # A copy: other threads add and drop meanwhile.
        for oldest in list(self._fallback)[:excess] if excess > 0 else ():
            self._fallback.pop(oldest, None)
            self._unsaved.discard(oldest)
        self._fallback[key] = (Secret(value), self._runtime.now() + ttl_seconds)

    async def _tried(self, operation: Callable[[], Awaitable[T]]) -> T | Literal[_Outcome.FAILED]:
        try:
            return await operation()
        # A store may be the application's own: whatever goes wrong in it must not refuse anybody a token.
        except Exception as error:  # noqa: BLE001
            message = (
                f"the token store cannot be used: {error}"
                if isinstance(error, StoreUnavailable)
                else (f"the token store failed with {type(error).__name__}")
            )
            fields = {"error": type(error).__name__}
            self._observer.record(Event("store.unavailable", logging.WARNING, message, fields))
            return _FAILED
