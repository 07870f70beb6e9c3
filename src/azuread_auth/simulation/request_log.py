"""What was asked of a simulated tenant and what came of it, told without secrets."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.simulation.request_details import RequestDetails

__all__ = ["LoggedRequest", "RequestKind", "RequestLog", "TokenRequestEntry"]

RequestKind = Literal[
    "discovery", "keys", "token", "authorize", "devicecode", "logout", "graph", "managed_identity", "route", "other"
]
"""Discovery documents, key sets, token requests, sign-in pages, device codes, sign-outs, Microsoft Graph, hosts of
managed identities, what `tenant.route` added, and anything else."""

_MOST_REQUESTS: Final = 10_000
_ERROR_NAME: Final = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)
_AADSTS: Final = re.compile(r"AADSTS([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request: what it asked for, without the query, when by the tenant's clock (epoch), and what was answered.

    Of the parameters those that are no secrets, as they came: nothing of them was checked.
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
    """The object id of the user whose assertion, code, refresh token or access token it was, or who was picked."""
    has_claims: bool = False
    """Whether a `claims` parameter came along, as the answer to a claims challenge does."""
    number: int = 0
    """Counts from 1, for `requests_since`."""
    status: int | None = None
    """What was answered; None: nothing, because the tenant is down, or nothing yet."""
    error: str | None = None
    """The OAuth error of the answer, or Graph's code."""
    aadsts: int | None = None
    """The number of the AADSTS code in the answer or on the page."""

    def as_dict(self) -> dict[str, object]:
        """The same as JSON has it."""
        return {**asdict(self), "scopes": list(self.scopes)}


class TokenRequestEntry(NamedTuple):
    """One request to the token endpoint, as far as it is no secret."""

    grant_type: str | None
    client_id: str | None
    tenant: str | None
    scopes: tuple[str, ...]
    user: str | None


class RequestLog:
    """The last requests, oldest first; its owner guards it with a lock."""

    def __init__(self) -> None:
        self._entries: dict[int, LoggedRequest] = {}
        self._counts: Counter[str] = Counter()
        self._last_number = 0

    def add(self, kind: RequestKind, request: HttpRequest, details: RequestDetails, *, at: float) -> int:
        """Take note of a request; returns its number."""
        parts = urlsplit(request.url)
        self._last_number += 1
        self._counts[kind] += 1
        self._entries[self._last_number] = LoggedRequest(
            kind=kind,
            method=request.method,
            url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
            at=at,
            grant_type=details.grant_type,
            client_id=details.client_id,
            tenant=details.tenant,
            scopes=details.scopes,
            user=details.user,
            has_claims=details.has_claims,
            number=self._last_number,
        )
        if len(self._entries) > _MOST_REQUESTS:
            del self._entries[next(iter(self._entries))]
        return self._last_number

    def answered(self, number: int, response: HttpResponse | None) -> None:
        """Take note of what became of it."""
        entry = self._entries.get(number)
        if entry is None or response is None:
            return
        # What somebody else's route answers is nobody's business here.
        error, aadsts = (None, None) if entry.kind in ("route", "managed_identity") else _refusal_in(response)
        self._entries[number] = replace(entry, status=response.status, error=error, aadsts=aadsts)

    def clear(self) -> None:
        """Forget every request; numbers go on, so that whoever asks for those after one misses none."""
        self._entries.clear()
        self._counts.clear()

    def since(self, number: int) -> tuple[LoggedRequest, ...]:
        """Those with a higher number."""
        return tuple(entry for each, entry in self._entries.items() if each > number)

    def count(self, kind: RequestKind | None) -> int:
        """How many there were, of one kind or of all."""
        return self._counts.total() if kind is None else self._counts[kind]


def _refusal_in(response: HttpResponse) -> tuple[str | None, int | None]:
    """The error and the AADSTS code of a document, of a redirect, or of a page."""
    location = response.headers.get("location")
    if location is not None:
        query = parse_qs(urlsplit(location).query)
        return _error_name(query.get("error")), _code_in(query.get("error_description", []))
    if response.headers.get("content-type", "").startswith("text/html"):
        return None, _code_in([response.body.decode(errors="replace")])
    if response.status < 400:
        return None, None
    try:
        document = parse_object(response.body)
    except (ValueError, RecursionError):
        return None, None
    error = document.get("error")
    name = error.get("code") if isinstance(error, dict) else error
    return _error_name([name]), _code_in([str(document.get("error_description", ""))])


def _error_name(found: Iterable[object] | None) -> str | None:
    name = next(iter(found or ()), None)
    return name if isinstance(name, str) and _ERROR_NAME.fullmatch(name) else None


def _code_in(texts: Iterable[str]) -> int | None:
    match = next(filter(None, map(_AADSTS.search, texts)), None)
    return None if match is None else int(match[1])
