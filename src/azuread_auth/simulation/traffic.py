"""What was asked of a simulated tenant, and the disturbances it suffers on purpose."""

import json
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer

__all__ = ["Disturbance", "LoggedRequest", "RequestKind", "Traffic", "failure_response"]

RequestKind = Literal["discovery", "keys", "route", "other"]
"""Discovery documents, key sets, what `tenant.route` added, and anything else."""

_LOGGED_REQUESTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request: what it asked for, without the query, and when (seconds since the epoch, by the tenant's clock)."""

    kind: RequestKind
    method: str
    url: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What becomes of a request in place of, or before, its proper answer."""

    answer: TransportAnswer | None
    """What is answered at once; None: the proper answer."""
    delay_seconds: float = 0.0


@dataclass(slots=True)
class _Failure:
    response: HttpResponse
    times_left: int | None


def failure_response(
    *,
    status: int,
    retry_after: float | str | None,
    body: str | bytes | Mapping[str, object] | None,
    headers: Mapping[str, str] | None,
) -> HttpResponse:
    """The answer of an endpoint that fails. A mapping as body becomes JSON; `headers` have the last word."""
    all_headers = {"content-type": "application/json" if isinstance(body, Mapping) else "text/html"}
    if retry_after is not None:
        all_headers["retry-after"] = str(retry_after)
    all_headers |= {name.lower(): value for name, value in (headers or {}).items()}
    if isinstance(body, Mapping):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body or b""
    return HttpResponse(status=status, headers=all_headers, body=data)


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in get_args(RequestKind):
        message = f"there are no requests of this kind; expected one of {', '.join(get_args(RequestKind))}"
        raise ConfigurationError(message)


class Traffic:
    """Counts requests and disturbs them; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log: deque[LoggedRequest] = deque(maxlen=_LOGGED_REQUESTS)
        self._counts: Counter[str] = Counter()
        self._is_down = False
        self._delays: dict[RequestKind | None, float] = {}
        self._failures: dict[RequestKind, _Failure] = {}

    def admit(self, kind: RequestKind, request: HttpRequest, *, at: float) -> Disturbance:
        """Take note of a request and say what becomes of it."""
        parts = urlsplit(request.url)
        entry = LoggedRequest(
            kind=kind, method=request.method, url=f"{parts.scheme}://{parts.netloc}{parts.path}", at=at
        )
        with self._lock:
            self._log.append(entry)
            self._counts[kind] += 1
            if self._is_down and kind != "route":
                return Disturbance(answer=TransportAnswer(response=None))
            for_all = 0.0 if kind == "route" else self._delays.get(None, 0.0)
            delay = self._delays.get(kind, for_all)
            response = self._next_failure(kind)
        answer = None if response is None else TransportAnswer(response=response, delay_seconds=delay)
        return Disturbance(answer=answer, delay_seconds=delay)

    def _next_failure(self, kind: RequestKind) -> HttpResponse | None:
        failure = self._failures.get(kind)
        if failure is None:
            return None
        if failure.times_left is not None:
            failure.times_left -= 1
            if failure.times_left <= 0:
                del self._failures[kind]
        return failure.response

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last 10,000 requests, oldest first."""
        with self._lock:
            return tuple(self._log)

    def count(self, kind: RequestKind | None = None) -> int:
        """How many requests there were, of one kind or of all."""
        _check_kind(kind)
        with self._lock:
            return self._counts.total() if kind is None else self._counts[kind]

    def go_down(self) -> None:
        """Refuse connections."""
        with self._lock:
            self._is_down = True

    def slow_down(self, seconds: float, kind: RequestKind | None) -> None:
        """Answer so many seconds later; `kind` None: all but added routes."""
        _check_kind(kind)
        with self._lock:
            self._delays[kind] = seconds

    def fail(self, kind: RequestKind, response: HttpResponse, *, times: int | None) -> None:
        """Answer so; `times` None: until things are restored."""
        _check_kind(kind)
        with self._lock:
            self._failures[kind] = _Failure(response, times)

    def restore(self) -> None:
        """End every disturbance."""
        with self._lock:
            self._is_down = False
            self._delays.clear()
            self._failures.clear()
