"""Encryption of any store: its entries can be neither read, nor changed, nor moved without a key."""

import copy
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.token_store import encryption_keys
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Event, Lease, LeasingStore, Observer, TokenStore
from azuread_auth.secret import Secret
from azuread_auth.stores._sealing import SealingKey, Unreadable

__all__ = ["EncryptedStore"]

_KEYS: Final = "keys"


class EncryptedStore:
    """`TokenStore` that keeps its values sealed, under names that tell nothing, in another store.

    `keys` are 32 bytes each, as they are, as base64 or as `Secret`: what `azuread-auth key` prints. The last one seals,
    all of them open. To change keys while several processes run, give [new, old] to all, then [old, new], then [new].
    An entry that does not open, because it was changed, cut, swapped with another, put back after its time or sealed
    with another key, is absent, and told to `observer`. `now` is the wall clock, in seconds since the epoch.
    Raises ConfigurationError for keys that are none.
    """

    def __init__(
        self,
        store: TokenStore,
        keys: Sequence[str | bytes | Secret],
        *,
        observer: Observer | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        # Newest first, each once: deleting what older keys have named must not reach what the newest has named.
        self._keys = [SealingKey(key) for key in dict.fromkeys(reversed(encryption_keys(keys, _KEYS)))]
        if not self._keys:
            raise SettingRefused(_KEYS, "is empty; expected at least one key, as `azuread-auth key` prints it")
        self._store = store
        self._observer = observer
        self._now = now

    @property
    def leases(self) -> LeasingStore | None:
        """The store itself; None where the store that it wraps gives no leases."""
        return None if self._leasing() is None else self

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent, expired, evicted or not to be opened. Raises StoreUnavailable."""
        for sealing in self._keys:
            sealed = await self._store.get(sealing.name(key))
            if sealed is None:
                continue
            opened = self._opened(sealing, key, sealed)
            if opened is not None:
                return opened
        return None

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most; zero or less keeps nothing. Raises StoreUnavailable."""
        newest, sealed = self._sealed(key, value, ttl_seconds)
        del value  # no frame of what may fail below shows it
        await self._store.put(newest.name(key), sealed, ttl_seconds=ttl_seconds)
        await self._delete_older(key)

    async def delete(self, key: str) -> None:
        """Forget the key; absent is fine. Raises StoreUnavailable."""
        for sealing in self._keys:
            await self._store.delete(sealing.name(key))

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        """The lease, which ends by itself after so long; None while another has it. Raises StoreUnavailable."""
        lease = await self._leases().lease(self._keys[0].name(key), seconds=seconds)
        return None if lease is None else Lease(key, lease.fence, lease.owner)

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it still is ours. Raises StoreUnavailable."""
        await self._leases().release(self._inner(lease))

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        """As `put`, unless a later lease of the lease's key was given: then False, and nothing is written."""
        newest, sealed = self._sealed(key, value, ttl_seconds)
        del value
        is_written = await self._leases().put_leased(
            newest.name(key), sealed, ttl_seconds=ttl_seconds, lease=self._inner(lease)
        )
        if is_written:
            await self._delete_older(key)
        return is_written

    def blocking(self) -> "EncryptedStore":
        """The same store for threads, over the `blocking()` of what it wraps, where there is one."""
        twin = copy.copy(self)
        blocking = getattr(self._store, "blocking", None)
        if blocking is not None:
            twin._store = blocking()  # noqa: SLF001 - its own copy
        return twin

    async def aclose(self) -> None:
        """Close what the store that it wraps has open."""
        close = getattr(self._store, "aclose", None)
        if close is not None:
            await close()

    def _sealed(self, key: str, value: bytes, ttl_seconds: float) -> tuple[SealingKey, bytes]:
        newest = self._keys[0]
        return newest, newest.seal(key, value, expires_at=self._now() + ttl_seconds)

    def _opened(self, sealing: SealingKey, key: str, sealed: bytes) -> bytes | None:
        try:
            return sealing.open(key, sealed, now=self._now())
        except Unreadable as error:
            if self._observer is not None:
                message = f"an entry of the token store does not count: {error}"
                self._observer.record(Event("store.unreadable", logging.WARNING, message, {"reason": error.reason}))
        return None

    async def _delete_older(self, key: str) -> None:
        for sealing in self._keys[1:]:
            await self._store.delete(sealing.name(key))

    def _inner(self, lease: Lease) -> Lease:
        return Lease(self._keys[0].name(lease.key), lease.fence, lease.owner)

    def _leasing(self) -> LeasingStore | None:
        return getattr(self._store, "leases", None)

    def _leases(self) -> LeasingStore:
        leasing = self._leasing()
        if leasing is None:
            message = "the store that is encrypted gives no leases; ask its attribute leases before"
            raise StoreUnavailable(message)
        return leasing
