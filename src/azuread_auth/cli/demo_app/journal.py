"""What the API told its operator, kept for the page."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from azuread_auth.ports import Event, Observer
from azuread_auth.rejection import RejectionReason

__all__ = ["Journal", "JournalEntry"]

_MAX_ENTRIES: Final = 200
_DETAILS: Final = ("method", "path", "tenant_id", "object_id", "correlation_id")

_OTHER_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "not_authenticated": ("the request has no credentials", "the client has to get a token and send it"),
    "permission_denied": (
        "the token is good, but lacks the permission that the route asks for",
        "have the client request the scope that the challenge names, and an administrator or the user consent to it",
    ),
    "provider_unavailable": (
        "the token names a key that is not known, and newer keys cannot be fetched",
        "check that this machine reaches the authority; callers may try again after the time in Retry-After",
    ),
    "keys_unavailable": (
        "keys were due for a refresh, and the provider did not answer",
        "nothing yet: the keys at hand serve for another day; check that this machine reaches the authority",
    ),
}
"""Explanation and remedy of reasons that are not about a token itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One event, with its reason in words."""

    number: int
    at: float
    """Seconds since the epoch."""
    level: int
    event: str
    reason: str
    message: str
    details: str
    """Whom it is about, where the event says so."""
    explanation: str
    remedy: str


class Journal:
    """An observer that keeps the last events and passes them on to another one. `now` gives seconds since the epoch."""

    def __init__(self, inner: Observer, *, now: Callable[[], float] = time.time) -> None:
        self._inner = inner
        self._now = now
        self._entries: deque[JournalEntry] = deque(maxlen=_MAX_ENTRIES)
        self._count = 0
        self._news = asyncio.Event()

    def record(self, event: Event) -> None:
        """Keep the event, and pass it on."""
        self._count += 1
        self._entries.append(_entry(self._count, self._now(), event))
        self._inner.record(event)
        self._news.set()

    @property
    def count(self) -> int:
        """How many events there were: the place from which `since` reads on."""
        return self._count

    async def wait_for_news(self, count: int) -> None:
        """Return as soon as there were more events than so many."""
        while self._count <= count:
            self._news.clear()
            await self._news.wait()

    def since(self, count: int) -> list[JournalEntry]:
        """The events after so many, as far as they are kept."""
        return [entry for entry in self._entries if entry.number > count]

    def latest(self, count: int) -> list[JournalEntry]:
        """The last events, the newest first."""
        return list(self._entries)[: -count - 1 : -1]


def _entry(number: int, at: float, event: Event) -> JournalEntry:
    reason = str(event.fields.get("reason", event.name.replace(".", "_")))
    try:
        explanation, remedy = RejectionReason(reason).explanation, RejectionReason(reason).remedy
    except ValueError:
        explanation, remedy = _OTHER_REASONS.get(reason, ("", ""))
    requirement = event.fields.get("requirement")
    if requirement is not None:
        explanation = f"{explanation}: {requirement}"
    return JournalEntry(
        number=number,
        at=at,
        level=event.level,
        event=event.name,
        reason=reason,
        message=event.message,
        details=" ".join(f"{name}={event.fields[name]}" for name in _DETAILS if event.fields.get(name)),
        explanation=explanation,
        remedy=remedy,
    )
