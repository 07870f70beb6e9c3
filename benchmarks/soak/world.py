"""What was wrong when, and so which answer was right."""

import math
import time
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.soak.wire import Answer

__all__ = ["Kind", "Seen", "Subject", "Verdict", "World"]

Kind = Literal["repeat", "new", "bad", "obo", "obo new", "page", "orders", "sign-in"]
Verdict = Literal["right", "told to wait", "rightly refused", "on a killed worker", "lost"]

_TIMEOUT_SECONDS = 2.0
"""What the application is given for one request to the provider."""
_LONGEST_SECONDS = {"provider": 20.0 + 2 * _TIMEOUT_SECONDS + 4.0, "redis": 8.0}
"""After so long a caller has been told, in whatever trouble: a token request is repeated for 20 seconds."""
_HEALED_SECONDS = {"provider": 31.0, "redis": 12.0}
"""So long after its end trouble may be felt: the longest pause of a token request, and of the breaker of the store."""
_BORN_INTO_TROUBLE_SECONDS = 61.0
"""The same for a worker that has no keys yet: its longest back-off."""
_KILL_SECONDS = 10.0


@dataclass(slots=True)
class Span:
    """A time in which something is wrong, by the monotonic clock."""

    what: str
    starts_at: float
    ends_at: float = math.inf


@dataclass(slots=True, eq=False)
class Subject:
    """A token or a person, whose requests depend on what came before."""

    text: str = field(repr=False)
    object_id: str
    key: int
    """The number of the key that signed its token."""
    made_at: float = field(default_factory=time.monotonic)
    known_at: float = math.inf
    """When a token for the next API was first got for it."""
    held_by: set[int] = field(default_factory=set)
    """The workers that have it in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request."""

    kind: Kind
    step: str
    subject: Subject
    due_at: float
    ended_at: float
    answer: Answer | None
    broken_pid: int | None = None
    """Whose connection broke; 0: nobody knows."""

    @property
    def pid(self) -> int:
        return self.answer.pid if self.answer is not None else 0


class World:
    """Keeps the times of trouble, and judges by them."""

    def __init__(self) -> None:
        self.keys = 1
        """Counts the keys that were signed with; the present one's number."""
        self.withdrawn_at: dict[int, float] = {}
        """When a key was taken away, by its number."""
        self._knows: dict[int, int] = {}
        """The newest key that each worker was seen to know."""
        self.spans: list[Span] = []
        self.losses: list[float] = []
        """When Redis lost its data."""
        self.killed: dict[int, float] = {}
        self.born_at: dict[int, float] = {}
        self.last_trouble: dict[str, float] = {}
        """By kind of trouble: how long after its end somebody was told to wait for it."""

    def begin(self, what: str) -> Span:
        self.spans.append(Span(what, time.monotonic()))
        return self.spans[-1]

    def end(self, span: Span) -> None:
        span.ends_at = time.monotonic()

    def change_key(self, *, keeps_old: bool) -> None:
        """Another one signs from now on; without the old ones all tokens of before are void."""
        if not keeps_old:
            self.withdrawn_at |= {key: time.monotonic() for key in range(self.keys + 1) if key not in self.withdrawn_at}
        self.keys += 1

    def judge(self, seen: Seen) -> Verdict:
        """What to make of it."""
        verdict = self._judged(seen)
        if verdict == "right" and seen.kind in ("repeat", "new", "obo", "obo new"):
            self._knows[seen.pid] = max(self._knows.get(seen.pid, 0), seen.subject.key)
        return verdict

    def _judged(self, seen: Seen) -> Verdict:
        answer = seen.answer
        if answer is None:
            return "on a killed worker" if self._was_killed(seen) else "lost"
        if answer.status == 503:
            return "told to wait" if self._may_be_told_to_wait(seen, answer) else "lost"
        if seen.kind == "bad":
            return "right" if answer.status == 401 else "lost"
        if answer.status == 401:
            is_withdrawn = seen.ended_at >= self.withdrawn_at.get(seen.subject.key, math.inf)
            return "rightly refused" if is_withdrawn and seen.kind in ("repeat", "new", "obo", "obo new") else "lost"
        return self._judged_by_content(seen, answer)

    def _judged_by_content(self, seen: Seen, answer: Answer) -> Verdict:
        expected = 303 if seen.step in ("login", "callback") else 200
        if answer.status == 303 and expected == 200 and seen.kind in ("page", "orders"):
            return "rightly refused" if self._lost_since(seen.subject.made_at, seen.ended_at) else "lost"
        if answer.status != expected:
            return "lost"
        if expected == 303:
            return "right" if "error" not in answer.header("location") else "lost"
        document = answer.document
        owners = {document.get("caller"), document.get("token_of", seen.subject.object_id)}
        return "right" if owners == {seen.subject.object_id} else "lost"

    def _was_killed(self, seen: Seen) -> bool:
        if seen.broken_pid is None:
            return False
        if seen.broken_pid:
            return seen.ended_at >= self.killed.get(seen.broken_pid, math.inf)
        return any(seen.due_at <= at + 1.0 and seen.ended_at <= at + _KILL_SECONDS for at in self.killed.values())

    def _may_be_told_to_wait(self, seen: Seen, answer: Answer) -> bool:
        """Whether 503 was right, for the trouble there was, and in time."""
        if not answer.header("retry-after") and seen.kind != "sign-in":
            return False
        for span in reversed(self.spans):
            if span.starts_at <= seen.ended_at and self._is_felt(span, seen):
                late = max(0.0, seen.due_at - span.ends_at)
                self.last_trouble[span.what] = max(late, self.last_trouble.get(span.what, 0.0))
                return seen.ended_at - seen.due_at <= _LONGEST_SECONDS[span.what]
        return False

    def _is_felt(self, span: Span, seen: Seen) -> bool:
        """Whether what was asked for cannot be had while this lasts, and it may still last for all that is known."""
        late = seen.due_at - span.ends_at
        if span.what == "redis":
            return late <= _HEALED_SECONDS["redis"] and seen.kind in ("page", "orders", "sign-in")
        if self._has_no_keys(span, seen):
            return late <= _BORN_INTO_TROUBLE_SECONDS
        return late <= _HEALED_SECONDS["provider"] and self._needs_provider(seen)

    def _has_no_keys(self, span: Span, seen: Seen) -> bool:
        """Whether the worker was born into trouble, or has not met a token of the present key before it."""
        is_born_into_it = span.starts_at - 5.0 <= self.born_at.get(seen.pid, math.inf) <= span.ends_at + 5.0
        is_behind = self._knows.get(seen.pid, 0) < seen.subject.key
        return is_born_into_it or (is_behind and seen.kind not in ("page", "orders"))

    def _needs_provider(self, seen: Seen) -> bool:
        if seen.kind in ("obo", "orders"):
            known_at = seen.subject.known_at
            is_in_store = known_at < seen.due_at and not self._lost_since(known_at, seen.ended_at)
            return seen.pid not in seen.subject.held_by and not is_in_store
        return seen.kind == "obo new" or seen.step == "callback"

    def _lost_since(self, since: float, until: float) -> bool:
        """Whether Redis lost what was put there since, or may not have taken it."""
        is_lost = any(since <= at <= until for at in self.losses)
        return is_lost or any(
            span.what == "redis" and span.starts_at <= since <= span.ends_at + _HEALED_SECONDS["redis"]
            for span in self.spans
        )
