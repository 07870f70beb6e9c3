"""What was asked of a simulated tenant, and the disturbances it suffers on purpose."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation.failures import Failure, Failures
from azuread_auth.simulation.request_details import RequestDetails

__all__ = ["Disturbance", "LoggedRequest", "RequestKind", "TokenRequestEntry", "Traffic"]

RequestKind = Literal[
    "discovery", "keys", "token", "authorize", "devicecode", "logout", "managed_identity", "route", "other"
]
"""Discovery documents, key sets, token requests, sign-in pages, device codes, sign-outs, hosts of managed
identities, what `tenant.route` added, and anything else."""

_LOGGED_REQUESTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request: what it asked for, without the query, and when (seconds since the epoch, by the tenant's clock).

    Of token requests the parameters that are no secrets, as they came: nothing of them was checked.
    """

    kind: RequestKind
    method: str
    url: str
    at: float
    grant_type: str | None = None
    """client_credentials, on_behalf_of, refresh_token, authorization_code, device_code, or what else was asked for."""
    client_id: str | None = None
    tenant: str | None = None
    """The tenant as the URL spells it."""
    scopes: tuple[str, ...] = ()
    user: str | None = None
    """The object id of the user whose assertion, code or refresh token it was."""


class TokenRequestEntry(NamedTuple):
    """One request to the token endpoint, as far as it is no secret."""

    grant_type: str | None
    client_id: str | None
    tenant: str | None
    scopes: tuple[str, ...]
    user: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What becomes of a request in place of, or before, its proper answer."""

    answer: TransportAnswer | None
    """What is answered at once; None: the proper answer."""
    delay_seconds: float = 0.0


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
        self._failures = Failures()

    def admit(self, kind: RequestKind, request: HttpRequest, details: RequestDetails, *, at: float) -> Disturbance:
        """Take note of a request and say what becomes of it."""
        parts = urlsplit(request.url)
        url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        entry = LoggedRequest(
            kind=kind,
            method=request.method,
            url=url,
            at=at,
            grant_type=details.grant_type,
            client_id=details.client_id,
            tenant=details.tenant,
            scopes=details.scopes,
            user=details.user,
        )
        with self._lock:
            self._log.append(entry)
            self._counts[kind] += 1
            if self._is_down and kind != "route":
                return Disturbance(answer=TransportAnswer(response=None))
            for_all = 0.0 if kind == "route" else self._delays.get(None, 0.0)
            delay = self._delays.get(kind, for_all)
            failure = self._failures.next_for(kind, details)
        if failure is None:
            return Disturbance(answer=None, delay_seconds=delay)
        return Disturbance(answer=TransportAnswer(response=failure.answer(request), delay_seconds=delay))

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last 10,000 requests, oldest first."""
        with self._lock:
            return tuple(self._log)

    @property
    def token_requests(self) -> tuple[TokenRequestEntry, ...]:
        """Those of them that went to the token endpoint."""
        return tuple(
            TokenRequestEntry(entry.grant_type, entry.client_id, entry.tenant, entry.scopes, entry.user)
            for entry in self.requests
            if entry.kind == "token"
        )

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
