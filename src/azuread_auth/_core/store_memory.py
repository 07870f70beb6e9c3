"""What a process remembers of its store for bad times: what it saw there lately, and what the store has missed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from typing import Final, TypeVar

from azuread_auth.secret import Secret

__all__ = ["MAX_REMEMBERED", "Missed", "StoreMemory"]

T = TypeVar("T")

MAX_REMEMBERED: Final = 5_000
_SEEN_SECONDS: Final = 3_600.0
"""For so long at the most a value serves without the store, which may have been told to forget it by others."""


@dataclass(frozen=True, slots=True)
class _Seen:
    value: Secret
    until: float


@dataclass(frozen=True, slots=True)
class Missed:
    """A change that the store did not take."""

    value: Secret | None
    """None where the value was to be deleted."""
    ends_at: float
    replaced: tuple[bytes, ...] = field(repr=False)
    """Digests of what the store may still have of what this change replaces: the oldest and the latest of it."""
    is_certain: bool
    """Whether this process knew what the store had."""
    is_first: bool = True
    """Whether this process had never seen anything there."""

    def replaces(self, found: bytes | None) -> bool:
        """Whether the change is still to be made: a value of somebody else is newer than it.

        So is nothing where this process had seen something; else it is a sign-in that the store never heard of.
        """
        if found is None:
            return self.value is not None and self.is_first
        return _digest(found) in self.replaced or (self.value is None and not self.is_certain)


class StoreMemory:
    """By key, and bounded: the oldest is let go of. `monotonic` is the clock.

    By a wall clock that is set back a day, what may serve for an hour would serve for a day more.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self.seen: dict[str, _Seen] = {}
        self.unsaved: dict[str, Missed] = {}

    def see(self, key: str, value: bytes | None, *, seconds: float = inf) -> None:
        """The store has this, or nothing, for so long: it has missed nothing of this process."""
        self.unsaved.pop(key, None)
        if value is None:
            self.seen.pop(key, None)
        else:
            _add(self.seen, key, _Seen(Secret(value), self._now() + min(seconds, _SEEN_SECONDS)))

    def recall(self, key: str) -> bytes | None:
        """What was in the store a while ago."""
        seen = self.seen.get(key)
        return seen.value.reveal_bytes() if seen is not None and self._now() < seen.until else None

    def miss(self, key: str, value: bytes | None, *, seconds: float = inf) -> None:
        """The store did not take this value; None is a deletion."""
        before, seen = self.unsaved.get(key), self.seen.pop(key, None)
        replaced: tuple[bytes, ...] = ()
        is_certain = False
        is_first = before.is_first if before is not None else seen is None
        if before is not None:
            # A change that seemed to fail may have been made all the same.
            latest = () if before.value is None else (_digest(before.value.reveal_bytes()),)
            replaced, is_certain = before.replaced[:1] + latest, before.is_certain
        elif seen is not None:
            replaced, is_certain = (_digest(seen.value.reveal_bytes()),), self._now() < seen.until
        secret = Secret(value) if value is not None else None
        _add(self.unsaved, key, Missed(secret, self._now() + seconds, replaced, is_certain, is_first))

    def missed(self, key: str) -> Missed | None:
        """What the store has still to be told, unless its time is over."""
        missed = self.unsaved.get(key)
        if missed is None or self._now() < missed.ends_at:
            return missed
        self.unsaved.pop(key, None)
        return None


def _add(entries: dict[str, T], key: str, entry: T) -> None:
    entries.pop(key, None)
    excess = len(entries) - MAX_REMEMBERED + 1
    # A copy: other threads add and drop meanwhile.
    for oldest in list(entries)[:excess] if excess > 0 else ():
        entries.pop(oldest, None)
    entries[key] = entry


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
