"""Tokens and sessions in the memory of one process."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from cachetools import TLRUCache

from azuread_auth.errors import ConfigurationError

__all__ = ["MemoryStore"]


class MemoryStore:
    """`TokenStore` that forgets the least recently used beyond `max_entries` (10,000) or `max_bytes` (64 MiB).

    An entry that is larger than its share takes the place of several. Safe for tasks and threads; a forked process
    begins empty. `monotonic` is the clock, in seconds. Raises ConfigurationError where nothing could be kept.
    """

    is_shared: ClassVar[bool] = False
    """Other processes have memories of their own."""

    def __init__(
        self,
        max_entries: int = 10_000,
        *,
        max_bytes: int = 64 * 1024 * 1024,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_entries < 1 or max_bytes < 1:
            message = "a MemoryStore that keeps nothing; expected max_entries and max_bytes of 1 at the least"
            raise ConfigurationError(message)
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._monotonic = monotonic
        self._by_process: dict[int, _Entries] = {}

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent, expired or evicted."""
        entries = self._entries()
        with entries.lock:
            entry = entries.cache.get(key)
        return None if entry is None else entry.value

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most; zero or less keeps nothing, an earlier value neither."""
        if not ttl_seconds > 0:
            await self.delete(key)
            return
        entries = self._entries()
        entry = _Entry(value, self._monotonic() + ttl_seconds)
        with entries.lock:
            entries.cache.pop(key, None)
            with suppress(ValueError):  # larger than all that may be kept
                entries.cache[key] = entry

    async def delete(self, key: str) -> None:
        """Forget the key; absent is fine."""
        entries = self._entries()
        with entries.lock:
            entries.cache.pop(key, None)

    def _entries(self) -> "_Entries":
        # By process: a lock that another thread held when this process was forked would stay locked for ever.
        process = os.getpid()
        entries = self._by_process.get(process)
        if entries is None:
            entries = self._by_process.setdefault(
                process, _Entries(self._max_entries, self._max_bytes, self._monotonic)
            )
        return entries


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    expires_at: float


class _Entries:
    def __init__(self, max_entries: int, max_bytes: int, monotonic: Callable[[], float]) -> None:
        self.lock = threading.Lock()
        share = max_bytes / max_entries
        self.cache: TLRUCache[str, _Entry] = TLRUCache(
            max_entries,
            ttu=lambda _key, entry, _now: entry.expires_at,
            timer=monotonic,
            getsizeof=lambda entry: max(1.0, len(entry.value) / share),
        )
