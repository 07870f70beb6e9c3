"""What was asked of a simulated tenant, and the disturbances it suffers on purpose."""

import threading
from dataclasses import dataclass
from typing import get_args

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation.failures import Failure, Failures
from azuread_auth.simulation.request_details import RequestDetails
from azuread_auth.simulation.request_log import LoggedRequest, RequestKind, RequestLog

__all__ = ["Disturbance", "LoggedRequest", "Traffic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What becomes of a request in place of, or before, its proper answer."""

    answer: TransportAnswer | None
    """What is answered at once; None: the proper answer."""
    delay_seconds: float = 0.0
    number: int = 0
    """The request's in the log."""


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in get_args(RequestKind):
        message = f"there are no requests of this kind; expected one of {', '.join(get_args(RequestKind))}"
        raise ConfigurationError(message)


class Traffic:
    """Counts requests and disturbs them; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log = RequestLog()
        self._is_down = False
        self._delays: dict[RequestKind | None, float] = {}
        self._failures = Failures()

    def admit(self, kind: RequestKind, request: HttpRequest, details: RequestDetails, *, at: float) -> Disturbance:
        """Take note of a request and say what becomes of it."""
        with self._lock:
            number = self._log.add(kind, request, details, at=at)
            if self._is_down and kind != "route":
                return Disturbance(answer=TransportAnswer(response=None), number=number)
            for_all = 0.0 if kind == "route" else self._delays.get(None, 0.0)
            delay = self._delays.get(kind, for_all)
            failure = self._failures.next_for(kind, details)
        if failure is None:
            return Disturbance(answer=None, delay_seconds=delay, number=number)
        answer = TransportAnswer(response=failure.answer(request), delay_seconds=delay)
        self.answered(number, answer.response)
        return Disturbance(answer=answer, number=number)

    def answered(self, number: int, response: HttpResponse | None) -> None:
        """Take note of what became of a request."""
        with self._lock:
            self._log.answered(number, response)

    def since(self, number: int) -> tuple[LoggedRequest, ...]:
        """The last 10,000 requests that came after the one with this number, oldest first."""
        with self._lock:
            return self._log.since(number)

    def count(self, kind: RequestKind | None = None) -> int:
        """How many requests there were, of one kind or of all."""
        _check_kind(kind)
        with self._lock:
            return self._log.count(kind)

    def reset(self) -> None:
        """End every disturbance, and forget what was asked."""
        self.restore()
        with self._lock:
            self._log.clear()

    def go_down(self) -> None:
        """Refuse connections."""
        with self._lock:
            self._is_down = True

    def slow_down(self, seconds: float, kind: RequestKind | None) -> None:
        """Answer so many seconds later; `kind` None: all but added routes."""
        _check_kind(kind)
        with self._lock:
            self._delays[kind] = seconds

    def fail(self, kind: RequestKind, failure: Failure) -> None:
        """Answer so until things are restored, or as often as the failure says."""
        _check_kind(kind)
        with self._lock:
            self._failures.add(kind, failure)

    def restore(self) -> None:
        """End every disturbance."""
        with self._lock:
            self._is_down = False
            self._delays.clear()
            self._failures = Failures()
