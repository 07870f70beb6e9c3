"""Remembers tokens that were found good, by the digest of their whole text; never the token."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azuread_auth._core.provider import TrustedKeys
from azuread_auth._core.refreshing import Refreshing
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.jwk import SigningKey

__all__ = ["RememberedToken", "ValidatedTokens"]

_ENTRY_OVERHEAD_BYTES: Final = 700


@dataclass(slots=True, eq=False)
class RememberedToken:
    """A token that was found good: its claims, and what must still hold for them to count."""

    checked: CheckedClaims
    key: SigningKey
    """What signed it; no longer current once the provider stopped publishing it."""
    source: Refreshing[TrustedKeys]
    """Where the key came from: without usable keys nothing that they signed is believed."""
    ends_at: float
    """When it must be judged anew, by the monotonic clock."""
    since: float = 0.0
    until: float = 0.0
    """Between the two, by the wall clock, nothing can have happened that matters but the key's withdrawal."""


class ValidatedTokens:
    """A cache bounded in entries and in bytes.

    Two generations: what is found in the older one moves to the newer, and when that is full the older is dropped
    and the newer takes its place. So a hit in the newer generation writes nothing and needs no lock; threads that
    race can at worst lose an entry, which costs one more verification.
    """

    __slots__ = ("_generation_bytes", "_generation_entries", "_older", "_size", "_younger", "find")

    find: Final[Callable[[bytes], RememberedToken | None]]
    """What is kept under a digest in the newer generation: `dict.get` itself, for the hot path."""

    def __init__(self, *, max_entries: int = 20_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._generation_entries = max_entries // 2
        self._generation_bytes = max_bytes // 2
        self._older: dict[bytes, RememberedToken] = {}
        self._younger: dict[bytes, RememberedToken] = {}
        self._size = 0
        self.find = self._younger.get

    def find_older(self, digest: bytes) -> RememberedToken | None:
        """What is kept under a digest in the older generation; it moves to the newer."""
        token = self._older.get(digest)
        if token is not None:
            self.keep(digest, token)
        return token

    def keep(self, digest: bytes, token: RememberedToken) -> None:
        """Remember a good token."""
        size = len(token.checked.payload) + _ENTRY_OVERHEAD_BYTES
        self._size += size
        if len(self._younger) >= self._generation_entries or self._size > self._generation_bytes:
            self._older = self._younger.copy()
            self._younger.clear()  # not replaced: `find` is bound to it
            self._size = size
        self._younger[digest] = token

    def forget(self, digest: bytes) -> None:
        """Drop one token."""
        self._younger.pop(digest, None)
        self._older.pop(digest, None)

    def __len__(self) -> int:
        return len(self._younger.keys() | self._older.keys())
