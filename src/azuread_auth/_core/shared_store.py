"""The application's token store, as the core uses it: its failures cost speed and never a request."""

import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, Literal, TypeVar

from azuread_auth._core.store_memory import Missed, StoreMemory
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Event, Lease, LeasingStore, Observer, Runtime, TokenStore

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
_ALONE_SECONDS: Final = 60.0
"""After nothing came of waiting for another process, for so long nobody waits for any."""
_OPERATION_SECONDS: Final = 2.0
"""For an application's own store, which may have no time limit."""


class SharedStore:
    """Reads and writes a `TokenStore`; when that is unavailable, what this process wrote itself is still there.

    A change that the store missed is made later only while the store has what it was to replace: what others have
    written since is newer, and nothing, where there was something, means that it was forgotten. Without the store, what
    this process saw in it serves for an hour at the most, and what was to be deleted never.
    """

    def __init__(self, store: TokenStore, *, runtime: Runtime, observer: Observer) -> None:
        self._store = store
        self._leases: LeasingStore | None = getattr(store, "leases", None)
        self._runtime = runtime
        self._observer = observer
        self._memory = StoreMemory(runtime.monotonic)
        self._alone_until = 0.0

    async def read(self, key: str, *, is_precious: bool = False) -> bytes | None:
        """What is kept under the key, as far as can be told."""
        found = await self._tried(lambda: self._got(key))
        if found is _FAILED and is_precious and self._memory.recall(key) is None and self._memory.missed(key) is None:
            # Without it a user has to sign in: a packet that is lost, or a moment in which nothing moved, is no reason.
            found = await self._tried(lambda: self._got(key))
        missed = self._memory.missed(key)
        if found is _FAILED:
            return self._memory.recall(key) if missed is None else _value(missed)
        if missed is not None and missed.replaces(found):
            return await self._made_up_for(key, missed)
        if is_precious or missed is not None or key in self._memory.seen:
            self._memory.see(key, found)
        return found

    async def write(
        self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease | None = None, is_precious: bool = False
    ) -> None:
        """Keep the value. What is precious, because nobody can ask for it again, outlives a failing store in memory."""
        leases = self._leases

        async def put() -> bool:
            if lease is not None and leases is not None:
                return await leases.put_leased(key, value, ttl_seconds=ttl_seconds, lease=lease)
            await self._store.put(key, value, ttl_seconds=ttl_seconds)
            return True

        is_written = await self._tried(put)
        if not is_precious:
            return
        if is_written is _FAILED:
            self._memory.miss(key, value, seconds=ttl_seconds)
        else:
            self._memory.see(key, value if is_written else None, seconds=ttl_seconds)

    async def forget(self, key: str) -> None:
        """Drop what is kept under the key: now, or when it is next read from a store that cannot be told."""
        if await self._tried(lambda: self._store.delete(key)) is _FAILED:
            self._memory.miss(key, None)
        else:
            self._memory.see(key, None)

    async def lease(self, key: str) -> Lease | Literal["taken"] | None:
        """The right to renew what the key stands for; None where nobody can tell, "taken" while another has it.

        None too for a while after somebody has kept others waiting for nothing.
        """
        if self._runtime.monotonic() < self._alone_until:
            return None
        return await self._leased(key, LEASE_SECONDS)

    async def turn(self, key: str, *, seconds: float, patience_seconds: float) -> Lease | Literal["taken"] | None:
        """As `lease`, for so many seconds and for what only one may use at a time: "taken" after so much patience."""
        deadline = self._runtime.monotonic() + patience_seconds
        lease = await self._leased(key, seconds)
        while lease == TAKEN and self._runtime.monotonic() < deadline:
            await self._pause()
            lease = await self._leased(key, seconds)
        return lease

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
            await self._pause()
            found = await look()
            if found is not None:
                return found
            lease = await self.lease(key)
            if lease != TAKEN:
                return lease
        self._alone_until = self._runtime.monotonic() + _ALONE_SECONDS
        return None

    async def _pause(self) -> None:
        await self._runtime.sleep(_POLL_SECONDS * (1 + self._runtime.random()))

    async def _leased(self, key: str, seconds: float) -> Lease | Literal["taken"] | None:
        leases = self._leases
        if leases is None:
            return None
        found = await self._tried(lambda: leases.lease(key, seconds=seconds))
        if found is _FAILED:
            return None
        return TAKEN if found is None else found

    async def _got(self, key: str) -> bytes | None:
        found: object = await self._store.get(key)
        if found is None or isinstance(found, bytes):
            return found
        message = f"the token store gave a {type(found).__name__}, expected bytes or None"
        raise StoreUnavailable(message)

    async def _made_up_for(self, key: str, missed: Missed) -> bytes | None:
        """Make the change that the store has missed."""
        value = _value(missed)
        if value is None:
            await self.forget(key)
        else:
            await self.write(key, value, ttl_seconds=missed.ends_at - self._runtime.monotonic(), is_precious=True)
        return value

    async def _tried(self, operation: Callable[[], Awaitable[T]]) -> T | Literal[_Outcome.FAILED]:
        try:
            return await self._runtime.within(_OPERATION_SECONDS, operation)
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


def _value(missed: Missed) -> bytes | None:
    return missed.value.reveal_bytes() if missed.value is not None else None
