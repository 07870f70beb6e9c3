"""The answers of a recording, one after the other for each request."""

from collections.abc import Iterable
from typing import Final

from azuread_auth.errors import ReplayMismatch
from azuread_auth.simulation.recordings.process_lock import ProcessLock
from azuread_auth.simulation.recordings.recorded_exchange import RecordedAnswer, RequestKey
from azuread_auth.simulation.recordings.recording_schema import Exchanges

__all__ = ["RecordedAnswers", "nearest"]

_NEAREST: Final = 3
_MOST_SHOWN: Final = 300


class RecordedAnswers:
    """Gives the answers to a request in their order; the last one again and again. Safe to use from several threads.

    How often a token is asked for depends on caches and clocks, so that a request more is no mistake.
    """

    def __init__(self, exchanges: Exchanges, *, name: str) -> None:
        self._exchanges = exchanges
        self._name = name
        self._lock = ProcessLock()
        self._given: dict[RequestKey, int] = {}

    def next_for(self, key: RequestKey) -> RecordedAnswer:
        """The next answer. Raises ReplayMismatch where there is none at all."""
        answers = self._exchanges.get(key)
        if answers is None:
            raise self._mismatch(key)
        with self._lock:
            given = self._given.get(key, 0)
            self._given[key] = given + 1
        return answers[min(given, len(answers) - 1)]

    def _mismatch(self, key: RequestKey) -> ReplayMismatch:
        found = "; ".join(str(each)[:_MOST_SHOWN] for each in nearest(key, self._exchanges)) or "nothing at all"
        message = (
            f"the recording {self._name} has no answer to {str(key)[:_MOST_SHOWN]}, and nothing was sent; the nearest "
            f"that it has: {found}; record it anew with Recording, or correct the request"
        )
        return ReplayMismatch(message)


def nearest(key: RequestKey, known: Iterable[RequestKey]) -> list[RequestKey]:
    """The recorded requests that are most like this one, the best first."""
    return sorted(known, key=lambda other: (-_likeness(key, other), other))[:_NEAREST]


def _likeness(one: RequestKey, other: RequestKey) -> float:
    scopes, others = set(one.scopes), set(other.scopes)
    shared = len(scopes & others) / max(len(scopes | others), 1)
    same = (one.tenant == other.tenant, one.client == other.client, one.user == other.user, one.claims == other.claims)
    return 4 * (one.flow == other.flow) + 3 * shared + sum(same) / len(same)
