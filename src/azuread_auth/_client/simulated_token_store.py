"""Where a client with a recording or replay keeps its tokens: in its memory, apart from everybody's real ones."""

import hashlib
from contextvars import ContextVar
from typing import Final

from azuread_auth.ports import Lease, LeasingStore, TokenStore

__all__ = ["SimulatedTokenStore"]

_REFRESH_TOKEN: Final = ":refresh_token_itself:"  # noqa: S105 - a part of the name, as CacheKey spells it
_DIGEST_BYTES: Final = 32
_LIFE_SECONDS: Final = 90 * 86_400.0
_OWN: Final = "this process"
# The key whose refresh token the current task or thread is using. A task begun meanwhile uses it too.
_in_use: ContextVar[str] = ContextVar("azuread_auth_refresh_token_in_use", default="")


class SimulatedTokenStore:
    """Takes cached access tokens out of a store that others read too; sessions and refresh tokens stay in it.

    A replayed token would be sent by applications that are not simulated, and a token that is there already would not
    be asked for, so that it would be missing in a recording.

    Refresh tokens are real in a recording, which takes its turn with them as all others do. In a replay what becomes
    of their use is not: a replayed refusal must not end anybody's sign-in. Such changes are kept in memory, and only as
    long as the store has what they were made to. Those of a real sign-in or sign-out reach the store.
    """

    def __init__(self, store: TokenStore, tokens: TokenStore, *, is_replay: bool) -> None:
        self._store = store
        self._tokens = tokens
        self._is_replay = is_replay
        self.is_shared: bool = getattr(store, "is_shared", True)

    @property
    def leases(self) -> LeasingStore:
        """The store itself: those of refresh tokens are the real store's, all others this process gives itself."""
        return self

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent."""
        if not (self._is_replay and _is_refresh_token(key)):
            return await self._store_of(key).get(key)
        real = await self._store.get(key)
        change = await self._tokens.get(key)
        if change is None or change[:_DIGEST_BYTES] != _digest(real):
            return real
        return change[_DIGEST_BYTES:] or None

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most."""
        if self._is_replayed(key):
            await self._change(key, value, ttl_seconds=ttl_seconds)
        else:
            await self._store_of(key).put(key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key: str) -> None:
        """Forget the key."""
        if self._is_replayed(key):
            await self._change(key, b"", ttl_seconds=_LIFE_SECONDS)
        else:
            await self._store_of(key).delete(key)

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        """The lease, which ends by itself after so long; None while another process has it."""
        leases = self._leases_of(key)
        if leases is not None:
            return await leases.lease(key, seconds=seconds)
        if _is_refresh_token(key):
            _in_use.set(key)
        return Lease(key, 0, _OWN)

    async def release(self, lease: Lease) -> None:
        """Give the lease back."""
        leases = self._leases_of(lease.key)
        if leases is not None:
            await leases.release(lease)
        elif _in_use.get() == lease.key:
            _in_use.set("")

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        """As `put`, unless a later lease was given."""
        leases = self._leases_of(key)
        if leases is not None:
            return await leases.put_leased(key, value, ttl_seconds=ttl_seconds, lease=lease)
        await self.put(key, value, ttl_seconds=ttl_seconds)
        return True

    async def _change(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        real = await self._store.get(key)
        await self._tokens.put(key, _digest(real) + value, ttl_seconds=ttl_seconds)

    def _is_replayed(self, key: str) -> bool:
        return self._is_replay and _in_use.get() == key

    def _leases_of(self, key: str) -> LeasingStore | None:
        if self._is_replay or not _is_refresh_token(key):
            return None
        leases: LeasingStore | None = getattr(self._store, "leases", None)
        return leases

    def _store_of(self, key: str) -> TokenStore:
        # A token's key has lines, see CacheKey; that of a session is one word.
        return self._tokens if "\n" in key and not _is_refresh_token(key) else self._store


def _is_refresh_token(key: str) -> bool:
    first, *others = key.split("\n")
    return bool(others) and _REFRESH_TOKEN in first


def _digest(value: bytes | None) -> bytes:
    return hashlib.sha256(value or b"").digest()
