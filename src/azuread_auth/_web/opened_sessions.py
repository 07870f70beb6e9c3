"""Remembers sealed sessions that were opened, by the digest of all Cookie headers; never a cookie."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.claims import CheckedClaims

__all__ = ["OpenedSession", "OpenedSessions"]

_ENTRY_OVERHEAD_BYTES: Final = 900


@dataclass(slots=True, eq=False)
class OpenedSession:
    """A session that was found good: its claims, and between which times nothing has to be done about it."""

    checked: CheckedClaims
    since: float
    until: float
    """Then it has ended, or must be renewed."""


class OpenedSessions:
    """A cache bounded in entries and in bytes, in two generations.

    What is found in the older one moves to the newer, and when that is full the older is dropped and the newer takes
    its place. So most finds write nothing and no find needs a lock; threads that race can at worst lose an entry.
    """

    __slots__ = ("_generation_bytes", "_generation_entries", "_older", "_size", "_younger", "find")

    find: Final[Callable[[bytes], OpenedSession | None]]
    """What is kept under a digest in the newer generation: `dict.get` itself, for the hot path."""

    def __init__(self, *, max_entries: int = 10_000, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._generation_entries = max_entries // 2
        self._generation_bytes = max_bytes // 2
        self._older: dict[bytes, OpenedSession] = {}
        self._younger: dict[bytes, OpenedSession] = {}
        self._size = 0
        self.find = self._younger.get

    def find_older(self, digest: bytes) -> OpenedSession | None:
        """What is kept under a digest in the older generation; it moves to the newer."""
        session = self._older.get(digest)
        if session is not None:
            self.keep(digest, session)
        return session

    def keep(self, digest: bytes, session: OpenedSession) -> None:
        """Remember a session."""
        size = _size(session.checked)
        self._size += size
        if len(self._younger) >= self._generation_entries or self._size > self._generation_bytes:
            self._older = self._younger.copy()
            self._younger.clear()  # not replaced: `find` is bound to it
            self._size = size
        self._younger[digest] = session

    def __len__(self) -> int:
        return len(self._younger.keys() | self._older.keys())


def _size(checked: CheckedClaims) -> int:
    """What a session takes in memory. Its roles are a set of texts of their own, and may be ten times the claims."""
    roles = checked.roles
    return _ENTRY_OVERHEAD_BYTES + len(checked.payload) + sys.getsizeof(roles) + sum(map(sys.getsizeof, roles))
