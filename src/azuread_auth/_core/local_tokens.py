"""Access tokens in the memory of this process, ready for use."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from azuread_auth.access_token import AccessToken

__all__ = ["LocalToken", "LocalTokens"]

_ENTRY_OVERHEAD_BYTES: Final = 1000


@dataclass(slots=True, eq=False)
class LocalToken:
    """A token and when it is to be looked at again, by both clocks: a machine may sleep, a wall clock be set back."""

    token: AccessToken
    due_at: float
    """From when on a newer one is wanted, by the monotonic clock."""
    ends_at: float
    """When it no longer serves, by the monotonic clock."""
    until: float
    """The same by the wall clock, in seconds since the epoch."""
    failures: int = 0
    """How many attempts to renew it have failed in a row."""


class LocalTokens:
    """A map bounded in entries and in bytes.

    Two generations: what is found in the older one moves to the newer, and when that is full the older is dropped and
    the newer takes its place. So a hit in the newer generation writes nothing and needs no lock.
    """

    __slots__ = ("_generation_bytes", "_generation_entries", "_older", "_size", "_younger", "find")

    find: Final[Callable[[Hashable], LocalToken | None]]
    """What is kept under a key in the newer generation: `dict.get` itself, for the hot path."""

    def __init__(self, *, max_entries: int = 50_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._generation_entries = max(1, max_entries // 2)
        self._generation_bytes = max_bytes // 2
        self._older: dict[Hashable, LocalToken] = {}
        self._younger: dict[Hashable, LocalToken] = {}
        self._size = 0
        self.find = self._younger.get

    def find_anywhere(self, key: Hashable) -> LocalToken | None:
        """What is kept under a key, in either generation."""
        entry = self.find(key)
        if entry is None:
            entry = self._older.get(key)
            if entry is not None:
                self._make_room(entry)
                # Not over what another thread has kept meanwhile, which is newer.
                entry = self._younger.setdefault(key, entry)
        return entry

    def keep(self, key: Hashable, entry: LocalToken) -> None:
        """Remember a token in place of what was there."""
        self._make_room(entry)
        self._younger[key] = entry

    def forget(self, key: Hashable, entry: LocalToken) -> None:
        """Drop one token, unless another has taken its place."""
        for generation in (self._younger, self._older):
            if generation.get(key) is entry:
                generation.pop(key, None)

    def _make_room(self, entry: LocalToken) -> None:
        size = len(entry.token.token.reveal_bytes()) + _ENTRY_OVERHEAD_BYTES
        self._size += size
        if len(self._younger) >= self._generation_entries or self._size > self._generation_bytes:
            self._older = self._younger.copy()
            self._younger.clear()  # not replaced: `find` is bound to it
            self._size = size

    def __len__(self) -> int:
        return len(self._younger.keys() | self._older.keys())
